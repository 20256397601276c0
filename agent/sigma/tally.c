/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps marks and counts them. Which correlation a group is of, and what follows from a count, is not known here. */
#include "agent/sigma/tally.h"

#include <string.h>

#define TICK_US 10000
#define SAVED_HEAD 9u /* bytes of a saved group without its marks */
#define SAVED_MARK 8u

struct group {
	uint32_t count;
	struct mark {
		uint32_t at, value;
	} marks[TALLY_MARKS]; /* in no order */
};

size_t tally_size(uint32_t groups)
{
	return lru_size(groups, sizeof(struct group));
}

void tally_init(struct tally *t, void *memory, uint32_t groups)
{
	*t = (struct tally){.lost = 0};
	lru_init(&t->groups, memory, groups, sizeof(struct group));
}

uint32_t tally_ticks(int64_t us)
{
	return (uint32_t)(us / TICK_US);
}

/* The group, which becomes the newest. Its marks that are over are taken out. */
static struct group *group_of(struct tally *t, const struct tally_event *e)
{
	struct group *g = lru_find(&t->groups, e->group);
	uint32_t kept = 0;

	if (!g) {
		t->lost += lru_full(&t->groups);
		return lru_add(&t->groups, e->group);
	}
	lru_touch(&t->groups, g);
	for (uint32_t i = 0; i < g->count; i++)
		if (e->now - g->marks[i].at <= e->window)
			g->marks[kept++] = g->marks[i];
	g->count = kept;
	return g;
}

static struct mark *mark_of(struct group *g, uint32_t value)
{
	for (uint32_t i = 0; i < g->count; i++)
		if (g->marks[i].value == value)
			return &g->marks[i];
	return NULL;
}

/* Add a mark, in place of the oldest one when there is no room. */
static void add(struct group *g, const struct tally_event *e, uint32_t at)
{
	uint32_t oldest = 0;

	if (g->count < TALLY_MARKS) {
		g->marks[g->count++] = (struct mark){at, e->value};
		return;
	}
	for (uint32_t i = 1; i < g->count; i++)
		if (e->now - g->marks[i].at > e->now - g->marks[oldest].at)
			oldest = i;
	g->marks[oldest] = (struct mark){at, e->value};
}

uint32_t tally_times(struct tally *t, const struct tally_event *e)
{
	struct group *g = group_of(t, e);

	add(g, e, e->now);
	return g->count;
}

uint32_t tally_values(struct tally *t, const struct tally_event *e)
{
	struct group *g = group_of(t, e);
	struct mark *m = mark_of(g, e->value);

	if (m)
		m->at = e->now;
	else
		add(g, e, e->now);
	return g->count;
}

uint32_t tally_steps(struct tally *t, const struct tally_event *e)
{
	struct group *g = group_of(t, e);
	const struct mark *before = e->value ? mark_of(g, e->value - 1) : NULL;
	struct mark *m = mark_of(g, e->value);
	/* A step has the time of the first one of its order, so the order is over when that is. */
	uint32_t at = before ? before->at : e->now;

	if (e->value && !before)
		return 0;
	if (m)
		m->at = at;
	else
		add(g, e, at);
	return e->value + 1;
}

uint32_t tally_save(const struct tally *t, struct buf *b, uint32_t now)
{
	uint32_t left_out = 0;

	for (const struct group *g = lru_newest(&t->groups); g; g = lru_older(&t->groups, g)) {
		if (b->cap - b->len < SAVED_HEAD + g->count * SAVED_MARK) {
			left_out++;
			continue;
		}
		buf_be64(b, lru_key(g));
		buf_be8(b, (uint8_t)g->count);
		for (uint32_t i = 0; i < g->count; i++) {
			buf_be32(b, now - g->marks[i].at);
			buf_be32(b, g->marks[i].value);
		}
	}
	return left_out;
}

static uint32_t aged(uint32_t now, uint32_t age, uint32_t elapsed)
{
	uint32_t sum = age + elapsed < age ? UINT32_MAX / 2 : age + elapsed;

	return now - (sum < UINT32_MAX / 2 ? sum : UINT32_MAX / 2);
}

void tally_restore(struct tally *t, struct view *v, uint32_t now, uint32_t elapsed)
{
	while (v->len >= SAVED_HEAD) {
		uint64_t key = view_be64(v);
		uint32_t count = view_be8(v);

		if (key == 0 || count > TALLY_MARKS || v->len < count * SAVED_MARK || lru_full(&t->groups) ||
		    lru_find(&t->groups, key))
			return;
		struct group *g = lru_add(&t->groups, key);

		lru_sink(&t->groups, g); /* the newest comes first */
		g->count = count;
		for (uint32_t i = 0; i < count; i++) {
			uint32_t age = view_be32(v);

			g->marks[i] = (struct mark){aged(now, age, elapsed), view_be32(v)};
		}
	}
}
