/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the client of a connection as daemons write it: "A", "A port N", "A:N", "[A]:N", where A is an address, a host
 * name, or UNKNOWN. All decoders set src through this file, so that src is always an address, and src_host has only
 * characters of host names.
 *
 * These functions read from one end of a text, because an attacker may have chosen what is in the middle. The decoder
 * knows which end of its format is safe. When a function returns false, it has changed nothing.
 */
#pragma once

#include "agent/base/str.h"
#include "agent/event/event.h"

#include <stdbool.h>

/*
 * Set src, or src_host if text is a name, in place of what was set before. True, and neither is set, for "UNKNOWN", "?"
 * and "". False: text cannot stand for a host.
 */
bool peer_set(struct auth_event *a, struct str text);

/* Take "A port N" or "A" from the front of *s. A ends at a blank, at the end, or at a colon before one of these. */
bool peer_take(struct str *s, struct auth_event *a);

/* Take "A port N" or "A" from the back of *s. *s keeps the text before it, with the blank between. */
bool peer_take_back(struct str *s, struct auth_event *a);

/* Take "A:N" from the back of *s (dropbear). A may be an IPv6 address, with or without brackets. */
bool peer_take_back_colon(struct str *s, struct auth_event *a);

/* Take "[A]:N" from the front of *s (sshd's "drop connection"). */
bool peer_take_bracket(struct str *s, struct auth_event *a);

/*
 * Read "refused connect from WHO (A)", which libwrap logs in the name of any daemon. Sets outcome, reason and src. WHO
 * may have text of the client's ident server, so A is read from the back. `cut`: the end of the line may be missing, so
 * src stays empty.
 */
bool peer_take_wrapped(struct str s, bool cut, struct auth_event *a);

/* Clear src, src_host and src_port, because the line does not show which address is the true one. */
void peer_clear(struct auth_event *a);
