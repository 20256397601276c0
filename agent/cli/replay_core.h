/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the guard's core over lines in virtual time, with an actor that says yes to everything and does nothing. */
#pragma once

#include "agent/common/settings.h"
#include "agent/core/decision.h"

#include "agent/base/now.h"
#include "agent/base/str.h"

#include <stdint.h>

/* Where a line stands. */
struct replay_line {
	uint16_t log;	 /* number of its log */
	uint16_t source; /* the core's number of it, which a log has in common with its rotations */
	uint64_t number; /* from 1 */
	int64_t wall_us; /* when it was written; 0: not known */
	struct str text;
};

struct replay_core;

/* Tells of a decision and of the line that decided it, whose text is not there any more. */
typedef void replay_hear(void *owner, const struct replay_line *line, const struct decision *decision);

/* Which row of the settings' files each source is, or DECLARED_NONE (sensors/log/declared.h). */
struct replay_sources {
	unsigned count;
	unsigned rows[SETTINGS_FILES_MAX];
};

/* Begin with a core of the build's limits. NULL: there is no memory. Settings and sources must outlive it. */
struct replay_core *replay_core_begin(const struct settings *settings, const struct replay_sources *sources,
				      replay_hear *told, void *owner);

/* Have the lines judged by a pack of Sigma rules, too, before the first of them. NULL, or why it is not used. */
const char *replay_core_pack(struct replay_core *r, struct str bytes);

/* Let time pass until the line was written (it never goes back), and feed the line. */
void replay_core_line(struct replay_core *r, const struct replay_line *line);

/* Let time pass until a recorded event happened, and give it. Of its line, whose text is not used, the rest counts. */
void replay_core_event(struct replay_core *r, const struct replay_line *line, const struct event *event);

/* Let a minute pass, so that what waits is decided. */
void replay_core_end(struct replay_core *r);

/* core_unread() of a source: why it is not read, NULL: it is. */
const char *replay_core_unread(const struct replay_core *r, uint16_t source);

void replay_core_free(struct replay_core *r);
