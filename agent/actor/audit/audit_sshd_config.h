/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of sshd(8) as sshd reads them: sshd_config(5) with its Include, line by line, for the checks that look
 * at them. Of a keyword the first value counts, and those behind a Match count for some connections.
 */
#pragma once

#include "agent/actor/audit/audit.h"

struct audit_sshd_line {
	struct str keyword, value; /* without spaces around them; the value may be empty */
	const char *path;	   /* of the file, without the first '/' */
	bool match;		   /* it stands behind a Match, which lasts until its file ends */
};

/* Give each line that sets something to `take`; Include and Match are none. Says what could not be read. */
void audit_sshd_config(struct audit *a, void (*take)(void *context, const struct audit_sshd_line *line), void *context);

/* Take the next word of a value, which quotes may stand around. */
struct str audit_sshd_word(struct str *rest);
