/* SPDX-License-Identifier: Apache-2.0 */
/* The part of sshd's messages that is about connections rather than accounts. Used by sshd.c alone. */
#pragma once

#include "agent/base/str.h"
#include "agent/event/event.h"

#include <stdbool.h>

/* What a message without its head and tail no longer shows. */
struct sshd_mark {
	bool preauth; /* " [preauth]" ended it */
	bool cut;     /* its end may be missing */
};

/* s is a message without "error: " and " [preauth]". *a holds the service only; on false its content means nothing. */
bool sshd_preauth(struct str s, struct sshd_mark mark, struct auth_event *a);
