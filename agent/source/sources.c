/* SPDX-License-Identifier: Apache-2.0 */
/* Calls the rows of the sources that are open. Never knows what a source reads. */
#include "agent/source/sources.h"

#include "agent/base/require.h"
#include "agent/common/core_fds.h"
#include "agent/source/feed.h"

void sources_open(struct sources *s, struct feed *feed)
{
	if (feed->has_fd(CORE_FD_READING))
		skipped_open(&feed->skipped, CORE_FD_READING);
	for (const struct source_row *const *at = sources_table; *at; at++) {
		const struct source_row *row = *at;
		struct source_given given = {feed, feed->has_fd(row->fd) ? row->fd : -1, HEALTH_SOURCE + s->count};

		if (!row->wanted(feed->settings))
			continue;
		require(s->count < SOURCES_MAX);
		s->open[s->count].row = row;
		s->open[s->count].state = feed->reserve(row->size);
		row->open(s->open[s->count].state, &given);
		s->count++;
	}
}

void sources_start(struct sources *s)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->open[i].row->start)
			s->open[i].row->start(s->open[i].state);
}

void sources_opened(struct sources *s, const struct actor_source *answer, int fd)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->open[i].row->opened)
			s->open[i].row->opened(s->open[i].state, answer, fd);
}

void sources_owned(struct sources *s, const struct actor_owner_answer *answer)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->open[i].row->owned)
			s->open[i].row->owned(s->open[i].state, answer);
}

void sources_tick(struct sources *s, struct now now)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->open[i].row->tick)
			s->open[i].row->tick(s->open[i].state, now);
}

bool sources_turn(struct sources *s)
{
	bool more = false;

	for (unsigned i = 0; i < s->count; i++)
		if (s->open[i].row->turn)
			more |= s->open[i].row->turn(s->open[i].state);
	return more;
}

void sources_catch_up(struct sources *s)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->open[i].row->catch_up)
			s->open[i].row->catch_up(s->open[i].state);
}

bool sources_resume(const struct sources *s)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->open[i].row->resumes && s->open[i].row->resumes(s->open[i].state))
			return true;
	return false;
}

int64_t sources_deadline(const struct sources *s)
{
	int64_t due = INT64_MAX;

	for (unsigned i = 0; i < s->count; i++) {
		int64_t at = s->open[i].row->deadline ? s->open[i].row->deadline(s->open[i].state) : INT64_MAX;

		due = at < due ? at : due;
	}
	return due;
}

void sources_counters(const struct sources *s, struct core_shell_health *out)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->open[i].row->counters)
			s->open[i].row->counters(s->open[i].state, out);
}
