/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the decisions of a replay on standard output, one line each, as replay.h says. */
#pragma once

#include "agent/cli/log_name.h"
#include "agent/cli/replay_core.h"
#include "agent/common/settings.h"

#include <stdbool.h>
#include <stdint.h>

#define REPLAY_SHOW_FOUND 1024 /* findings that are known for the steps that follow from them */

/* A finding, for the steps that follow from it, at once or later. */
struct replay_found {
	uint16_t log;
	uint64_t number;
	const char *rule, *title;
	uint32_t count;
	char service[SETTINGS_NAME_MAX], user[SETTINGS_NAME_MAX];
};

struct replay_show {
	bool json, all;		       /* of the command line */
	bool failed, broken;	       /* something could not be printed; nothing can be any more */
	const struct log_name *names;  /* of the logs, by number */
	char other[SETTINGS_NAME_MAX]; /* the last attempt's service, when it has only a name */
	uint64_t found_count;
	struct replay_found found[REPLAY_SHOW_FOUND];
};

/* Print a decision, unless it is one that only `all` shows. */
void replay_show_decision(struct replay_show *s, const struct replay_line *line, const struct decision *d);
