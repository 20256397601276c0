/* SPDX-License-Identifier: Apache-2.0 */
/* The sources of this run, all together: what the loop calls. */
#pragma once

#include "agent/source/source.h"

#define SOURCES_MAX 16u

/* All sources of this build, ended by NULL. */
extern const struct source_row *const sources_table[];

struct sources {
	unsigned count;
	struct {
		const struct source_row *row;
		void *state;
	} open[SOURCES_MAX];
};

/* Reserve memory for the sources that the settings ask for, and open them. `s` must be zero. */
void sources_open(struct sources *s, struct feed *feed);

/* Call start(), opened(), owned() and tick() of all sources. */
void sources_start(struct sources *s);
void sources_opened(struct sources *s, const struct actor_source *answer, int fd);
void sources_owned(struct sources *s, const struct actor_owner_answer *answer);
void sources_tick(struct sources *s, struct now now);

/* Let each source read on. True: one has more that can be read now. */
bool sources_turn(struct sources *s);

/* Have those read what is there by now that others may tell of. */
void sources_catch_up(struct sources *s);

/* Whether a source that had to wait can read on. */
bool sources_resume(const struct sources *s);

/* The earliest deadline of all, CLOCK_BOOTTIME; INT64_MAX: no need. */
int64_t sources_deadline(const struct sources *s);

/* Add the counters of all. */
void sources_counters(const struct sources *s, struct core_shell_health *out);
