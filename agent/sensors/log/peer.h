/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The far end of a connection as daemons write it: "A", "A port N", "A:N", "[A]:N", where A is an address, a host
 * name, or UNKNOWN. All decoders set src by this file, so that nothing but an address ever becomes src and
 * nothing but the characters of a host name ever becomes src_host.
 *
 * The takers work on one end of a text, because its middle may hold what an attacker chose. Which end is safe is
 * the decoder's knowledge of its format. On false, nothing is changed.
 */
#pragma once

#include "agent/base/str.h"
#include "agent/event/event.h"

#include <stdbool.h>

/*
 * Set src, or src_host when text is a name, in place of what was set before. "UNKNOWN", "?" and "" set neither and
 * are true all the same. False: text is nothing that stands for a host; neither is set.
 */
bool peer_set(struct auth_event *a, struct str text);

/* From the front of *s: "A port N" or "A", up to a blank, the end, or a colon that a blank or the end follows. */
bool peer_take(struct str *s, struct auth_event *a);

/* From the back of *s: "A port N" or "A". *s keeps what stands before it, with the blank between. */
bool peer_take_back(struct str *s, struct auth_event *a);

/* From the back of *s: "A:N" (dropbear; A may be an IPv6 address, in brackets or not). */
bool peer_take_back_colon(struct str *s, struct auth_event *a);

/* From the front of *s: "[A]:N" (sshd's drop connection). */
bool peer_take_bracket(struct str *s, struct auth_event *a);

/*
 * "refused connect from WHO (A)", which libwrap logs in the name of any daemon: sets outcome, reason and src. WHO
 * may hold what a client's ident server says, so A is read from the back. cut: the line's end may be missing, and src
 * stays empty.
 */
bool peer_take_wrapped(struct str s, bool cut, struct auth_event *a);

/* Empty src and src_host: the decoder found that the line does not show which address is the true one. */
void peer_clear(struct auth_event *a);
