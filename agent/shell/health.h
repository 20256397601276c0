/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong, as sentences, one slot for each thing that can be: set when it begins, cleared when it ends.
 * The loop feeds them to the core when they change, which puts them into records and `caltrop local health`.
 */
#pragma once

#include "agent/common/settings.h"
#include "agent/core/core.h"

#include <stdbool.h>

enum health_slot {
	HEALTH_SPOOL,
	HEALTH_STATE,
	HEALTH_ACTOR,
	HEALTH_SYSLOG,
	HEALTH_AUDIT,
	HEALTH_LINK,
	HEALTH_IDENTITY,
	HEALTH_SANDBOX,
	HEALTH_SOURCE, /* + index of the log file */
	HEALTH_SLOTS = HEALTH_SOURCE + SETTINGS_FILES_MAX,
};

struct health {
	bool changed;
	char texts[HEALTH_SLOTS][320]; /* empty: well */
};

/* Set a sentence; NULL clears it. A new sentence also goes to the log. */
void health_set(struct health *h, unsigned slot, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The sentences that stand, at most CORE_PROBLEMS_MAX. */
void health_fill(const struct health *h, struct core_shell_health *out);
