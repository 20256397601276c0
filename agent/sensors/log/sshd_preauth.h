/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes sshd's messages about connections that have not authenticated. Only sshd.c uses it. */
#pragma once

#include "agent/base/str.h"
#include "agent/event/event.h"

#include <stdbool.h>

/* What sshd.c saw when it took the head and the tail from a message. */
struct sshd_mark {
	bool preauth; /* " [preauth]" ended it */
	bool cut;     /* its end may be missing */
};

/* Decode a message without "error: " and " [preauth]". *a has only the service before. False: *a must not be used. */
bool sshd_preauth(struct str s, struct sshd_mark mark, struct auth_event *a);
