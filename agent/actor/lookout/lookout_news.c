/* SPDX-License-Identifier: Apache-2.0 */
/* Joins what is told of one file. Reads who did it at once, since the process may end in the next moment. */
#include "agent/actor/lookout/lookout_news.h"

#include "agent/event/file.h"

#include <string.h>

static struct lookout_waiting *find(struct lookout_queue *q, uint16_t dir, struct str name)
{
	for (unsigned i = 0; i < LOOKOUT_WAITING_MAX; i++) {
		struct lookout_waiting *w = &q->rows[i];

		if (w->used && w->dir == dir && str_equal((struct str){w->name, w->name_len}, name))
			return w;
	}
	return NULL;
}

/* A free one, or the one whose rest ends first: that is only a courtesy to a file which is written all the time. */
static struct lookout_waiting *find_free(struct lookout_queue *q)
{
	struct lookout_waiting *resting = NULL;

	for (unsigned i = 0; i < LOOKOUT_WAITING_MAX; i++) {
		struct lookout_waiting *w = &q->rows[i];

		if (!w->used)
			return w;
		if (w->told == 0 && (!resting || w->rest_us < resting->rest_us))
			resting = w;
	}
	return resting;
}

static struct lookout_waiting *add(struct lookout_queue *q, uint16_t dir, struct str name)
{
	struct lookout_waiting *w = name.len <= NAME_MAX ? find_free(q) : NULL;

	if (!w)
		return NULL;
	memset(w, 0, sizeof(*w));
	w->used = true;
	w->dir = dir;
	w->due_us = INT64_MAX;
	w->name_len = (uint16_t)name.len;
	memcpy(w->name, name.data, name.len);
	return w;
}

static void note_who(struct lookout_queue *q, struct lookout_waiting *w, uint32_t pid)
{
	if (pid == 0 || w->who.pid == pid)
		return;
	if (q->last.pid != pid)
		lookout_who_read(&q->last, pid);
	w->who = q->last;
}

bool lookout_news_note(struct lookout_queue *q, uint16_t dir, const struct lookout_event *e, int64_t now_us)
{
	struct lookout_waiting *w = find(q, dir, e->name);
	bool writes = (e->told & ~(uint32_t)(LOOKOUT_WRITTEN | LOOKOUT_MADE)) == 0;
	int64_t due_us = now_us;

	if (!w)
		w = add(q, dir, e->name);
	if (!w)
		return false;
	w->told |= e->told;
	w->source = e->wd >= 0 ? FILE_SOURCE_INOTIFY : FILE_SOURCE_FANOTIFY;
	note_who(q, w, e->pid);
	if (writes)
		due_us = now_us + LOOKOUT_WRITE_US > w->rest_us ? now_us + LOOKOUT_WRITE_US : w->rest_us;
	if (due_us < w->due_us)
		w->due_us = due_us;
	return true;
}

struct lookout_waiting *lookout_news_due(struct lookout_queue *q, int64_t now_us)
{
	for (unsigned i = 0; i < LOOKOUT_WAITING_MAX; i++)
		if (q->rows[i].used && q->rows[i].told && q->rows[i].due_us <= now_us)
			return &q->rows[i];
	/* Numbers of processes are used again. */
	q->last.pid = 0;
	return NULL;
}

void lookout_news_end(struct lookout_waiting *w, int64_t now_us)
{
	bool written = w->told & LOOKOUT_WRITTEN && !(w->told & LOOKOUT_CLOSED);

	w->used = written;
	w->told = 0;
	w->due_us = INT64_MAX;
	w->rest_us = now_us + LOOKOUT_WRITES_US;
}

int64_t lookout_news_next_us(const struct lookout_queue *q)
{
	int64_t next_us = INT64_MAX;

	for (unsigned i = 0; i < LOOKOUT_WAITING_MAX; i++)
		if (q->rows[i].used && q->rows[i].due_us < next_us)
			next_us = q->rows[i].due_us;
	return next_us;
}
