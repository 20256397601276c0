/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output of the core that all its files use: records, lines for the log, and the note that the state has changed. Never
 * calls the files that use it.
 */
#include "agent/core/core_parts.h"

#include <stdarg.h>
#include <stdio.h>

#define SAVE_APART_US (5 * SECOND_US) /* between two saves, because each wears the flash */

bool core_full(const struct core *c)
{
	return effects_full(&c->effects);
}

void core_touch(struct core *c, enum core_haste haste)
{
	static const int64_t delay_us[] = {
		[CORE_SOON] = SECOND_US,
		[CORE_LATER] = 30 * SECOND_US,
		[CORE_AT_LEISURE] = 10 * MINUTE_US,
	};
	int64_t due = c->now.mono_us + delay_us[haste];

	if (due < c->saved_us + SAVE_APART_US)
		due = c->saved_us + SAVE_APART_US;
	if (due < c->save_us)
		c->save_us = due;
}

struct buf core_record_begin(struct core *c)
{
	return effects_begin(&c->effects);
}

struct record_head core_head(const struct core *c, enum severity severity)
{
	return (struct record_head){c->now, severity};
}

void core_record_end(struct core *c, const struct buf *b, enum severity severity)
{
	if (b->len == 0 && !b->overflow)
		return; /* this build has no records */
	effects_end(&c->effects, b, &(struct effect){.kind = EFFECT_RECORD, .severity = severity});
	c->records++;
}

void core_log(struct core *c, enum severity severity, const char *format, ...)
{
	struct buf b = effects_begin(&c->effects);
	va_list args;

	va_start(args, format);
	int len = vsnprintf(b.data, b.cap, format, args);

	va_end(args);
	b.len = len < 0 ? 0 : (size_t)len;
	b.overflow = b.len >= b.cap;
	effects_end(&c->effects, &b, &(struct effect){.kind = EFFECT_LOG, .severity = severity});
}

void core_tell_event(struct core *c, const struct event *event)
{
	if (!fold_feed(&c->fold, event, c->now))
		return;
	struct buf b = core_record_begin(c);

	record_event(&b, core_head(c, event->severity), event);
	core_record_end(c, &b, event->severity);
}
