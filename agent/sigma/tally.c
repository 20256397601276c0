/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps marks and counts them. Which correlation a group is of, and what follows from a count, is not known here. */
#include "agent/sigma/tally.h"

#include "agent/base/require.h"

#define TICK_US 10000	/* ages are saved so */
#define SAVED_HEAD 9u	/* bytes of a saved group without its marks */
#define SAVED_MARK 8u	/* age and value, 4 each */
#define SERIAL_SHIFT 32 /* a step's value is its number, and above it which event its order began with */

struct mark {
	int64_t at_us; /* of a step: when its order began, so the order is over when that is */
	uint64_t value;
};

struct group {
	int64_t newest_us; /* the latest event */
	int64_t over_us;   /* when the last mark's window ends */
	uint32_t count;
	bool held;
	struct mark marks[]; /* in no order */
};

static size_t payload_of(uint32_t marks)
{
	return sizeof(struct group) + (size_t)marks * sizeof(struct mark);
}

size_t tally_size(uint32_t groups, uint32_t marks)
{
	return lru_size(groups, payload_of(marks));
}

void tally_init(struct tally *t, void *memory, uint32_t groups, uint32_t marks)
{
	require(marks > 0 && marks <= TALLY_MARKS_MAX);
	*t = (struct tally){.marks = marks};
	lru_init(&t->groups, memory, groups, payload_of(marks));
}

static struct group *add_group(struct tally *t, const struct tally_event *e)
{
	const struct group *oldest = lru_full(&t->groups) ? lru_oldest(&t->groups) : NULL;

	t->lost += oldest && oldest->over_us >= e->now_us;
	struct group *g = lru_add(&t->groups, e->group);

	g->newest_us = e->now_us;
	return g;
}

/*
 * The group, which becomes the newest. Its marks that are over are taken out. NULL: the event itself is, or it is a
 * later step where there is no first one, which must not cost another group its place.
 */
static struct group *group_of(struct tally *t, const struct tally_event *e)
{
	struct group *g = lru_find(&t->groups, e->group);
	uint32_t kept = 0;

	if (!g)
		return e->kind == TALLY_STEPS && e->value ? NULL : add_group(t, e);
	if (g->newest_us - e->now_us > e->window_us)
		return NULL;
	g->newest_us = e->now_us > g->newest_us ? e->now_us : g->newest_us;
	lru_touch(&t->groups, g);
	for (uint32_t i = 0; i < g->count; i++)
		if (g->newest_us - g->marks[i].at_us <= e->window_us)
			g->marks[kept++] = g->marks[i];
	g->count = kept;
	return g;
}

/* Of what was restored only the lower half of a value is known. */
static bool is_same(uint64_t a, uint64_t b)
{
	return a == b || ((uint32_t)a == (uint32_t)b && (a >> SERIAL_SHIFT == 0 || b >> SERIAL_SHIFT == 0));
}

static struct mark *mark_of_value(struct group *g, uint64_t value)
{
	for (uint32_t i = 0; i < g->count; i++)
		if (is_same(g->marks[i].value, value))
			return &g->marks[i];
	return NULL;
}

static struct mark *mark_of_step(struct group *g, uint32_t step)
{
	for (uint32_t i = 0; i < g->count; i++)
		if ((uint32_t)g->marks[i].value == step)
			return &g->marks[i];
	return NULL;
}

/* Add a mark, in place of the oldest one when there is no room. */
static void add(const struct tally *t, struct group *g, struct mark m)
{
	uint32_t oldest = 0;

	if (g->count < t->marks) {
		g->marks[g->count++] = m;
		return;
	}
	for (uint32_t i = 1; i < g->count; i++)
		if (g->marks[i].at_us < g->marks[oldest].at_us)
			oldest = i;
	g->marks[oldest] = m;
}

static void count_value(const struct tally *t, struct group *g, const struct tally_event *e)
{
	struct mark *m = mark_of_value(g, e->value);

	if (!m)
		add(t, g, (struct mark){e->now_us, e->value});
	else if (m->at_us <= e->now_us)
		*m = (struct mark){e->now_us, e->value};
}

/* Of the orders that came as far as a step, the one that began last lasts longest. */
static void count_step(const struct tally *t, struct group *g, const struct tally_event *e, struct tally_counted *out)
{
	uint32_t step = (uint32_t)e->value;
	const struct mark *before = step ? mark_of_step(g, step - 1) : NULL;
	struct mark *m = mark_of_step(g, step);
	struct mark now = {e->now_us, (uint64_t)t->serial << SERIAL_SHIFT | step};

	if (step && (!before || before->at_us > e->now_us))
		return;
	if (before)
		now = (struct mark){before->at_us, before->value + 1};
	out->step = step + 1;
	out->moved = !m || (now.at_us >= m->at_us && (now.at_us != m->at_us || now.value != m->value));
	if (!m)
		add(t, g, now);
	else if (out->moved)
		*m = now;
}

bool tally_count(struct tally *t, const struct tally_event *e, struct tally_counted *out)
{
	struct group *g = group_of(t, e);

	*out = (struct tally_counted){.step = 0};
	if (!g)
		return false;
	t->serial++;
	out->held = &g->held;
	out->before = g->count;
	switch (e->kind) {
	case TALLY_TIMES: add(t, g, (struct mark){e->now_us, 0}); break;
	case TALLY_VALUES: count_value(t, g, e); break;
	case TALLY_STEPS: count_step(t, g, e, out); break;
	}
	g->over_us = g->count ? g->newest_us + e->window_us : INT64_MIN;
	out->after = g->count;
	return true;
}

static uint32_t saved_age(int64_t now_us, int64_t at_us)
{
	int64_t age = now_us > at_us ? (now_us - at_us) / TICK_US : 0;

	return age < UINT32_MAX ? (uint32_t)age : UINT32_MAX;
}

uint32_t tally_save(const struct tally *t, struct buf *b, int64_t now_us)
{
	uint32_t left_out = 0;

	for (const struct group *g = lru_newest(&t->groups); g; g = lru_older(&t->groups, g)) {
		if (g->count > TALLY_SAVED_MAX || b->cap - b->len < SAVED_HEAD + g->count * SAVED_MARK) {
			left_out++;
			continue;
		}
		buf_be64(b, lru_key(g));
		buf_be8(b, (uint8_t)g->count);
		for (uint32_t i = 0; i < g->count; i++) {
			buf_be32(b, saved_age(now_us, g->marks[i].at_us));
			buf_be32(b, (uint32_t)g->marks[i].value);
		}
	}
	return left_out;
}

/* How long its window still lasts is known again with its next event. */
static void restore_group(struct group *g, struct view *v, uint32_t count, int64_t from_us)
{
	g->count = count;
	g->held = true;
	g->newest_us = INT64_MIN / 2;
	g->over_us = INT64_MAX;
	for (uint32_t i = 0; i < count; i++) {
		int64_t at_us = from_us - (int64_t)view_be32(v) * TICK_US;

		g->marks[i] = (struct mark){at_us, view_be32(v)};
		g->newest_us = at_us > g->newest_us ? at_us : g->newest_us;
	}
}

void tally_restore(struct tally *t, struct view *v, int64_t now_us, int64_t elapsed_us)
{
	while (v->len >= SAVED_HEAD) {
		uint64_t key = view_be64(v);
		uint32_t count = view_be8(v);

		if (key == 0 || count > t->marks || v->len < count * SAVED_MARK || lru_full(&t->groups) ||
		    lru_find(&t->groups, key))
			return;
		struct group *g = lru_add(&t->groups, key);

		lru_sink(&t->groups, g); /* the newest comes first */
		restore_group(g, v, count, now_us - elapsed_us);
	}
}
