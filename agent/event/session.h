/* SPDX-License-Identifier: Apache-2.0 */
/* A session event: somebody's session on the device began or ended, or was refused. Its rows are in session.c. */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/str.h"

#include <stdint.h>

enum session_action {
	SESSION_BEGIN = 0,
	SESSION_END = 1,
	SESSION_REFUSED = 2, /* a log-in failed */
	SESSION_ACTIONS = 3,
};

/* What told of it. */
enum session_source {
	SESSION_SOURCE_NONE = 0,
	SESSION_SOURCE_WTMP = 1,   /* utmp(5), and btmp for what was refused */
	SESSION_SOURCE_LOGIND = 2, /* systemd-logind's files */
	SESSION_SOURCES = 3,
};

struct session_event {
	uint8_t action; /* enum session_action */
	uint8_t source; /* enum session_source */
	uint32_t pid;	/* of the process that began it; 0: not known */
	struct addr src;
	struct str host;    /* the name of where it comes from, if that is no address */
	struct str user;    /* refused: any bytes, whoever tried chose them */
	struct str tty;	    /* "pts/0"; by logind, sshd's session has none when it begins, and has it when it ends */
	struct str service; /* logind: "sshd" */
	struct str id;	    /* logind: its number */
};
