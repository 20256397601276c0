/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shell's problems, as sentences. There is one slot for each kind of problem: its sentence is set when the problem
 * begins and cleared when it ends. After a change the loop feeds all sentences to the core, which puts them into
 * records and into `caltrop local health`.
 */
#pragma once

#include "agent/common/settings.h"
#include "agent/core/core.h"

#include <stdbool.h>

enum health_slot {
	HEALTH_SPOOL,
	HEALTH_STATE,
	HEALTH_ACTOR,
	HEALTH_LINK,
	HEALTH_IDENTITY,
	HEALTH_SANDBOX,
	HEALTH_SKIPPED,
	HEALTH_OBJECTS, /* of the service; the next one: for the service */
	HEALTH_OBJECTS_OUT,
	HEALTH_FILE,					  /* plus the index of the log file */
	HEALTH_SOURCE = HEALTH_FILE + SETTINGS_FILES_MAX, /* plus the place of the source among those that are open */
	HEALTH_SLOTS = HEALTH_SOURCE + 16,
};

struct health {
	bool changed;
	char texts[HEALTH_SLOTS][320]; /* empty: no problem */
};

/* Set a slot's sentence; NULL clears it. A sentence that differs from the last one is also written to the log. */
void health_set(struct health *h, unsigned slot, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Add a counter. `name` must be a constant. Beyond CORE_COUNTERS_MAX counters it is left out. */
void health_count(struct core_shell_health *out, const char *name, uint64_t value);

/* Add pointers to the sentences that are set to out, up to CORE_PROBLEMS_MAX. They are valid until the next change. */
void health_fill(const struct health *h, struct core_shell_health *out);
