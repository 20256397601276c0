/* SPDX-License-Identifier: Apache-2.0 */
/* Series of marks, which the rules count. Times are ticks of 16.4 ms, so that a mark is 4 bytes. It calls no rule. */
#include "agent/rules/state.h"

#include "agent/base/hash.h"
#include "agent/base/require.h"
#include "agent/rules/attempt.h"

#include <string.h>

#define TICK_SHIFT 14
#define MARKS_MAX 10000u
#define SERIES_HEAD 12u /* bytes before the marks of a series in the saved state */
#define SRCS_MIN 16u	/* counts that leave room for fewer are cut */

/* Payload of an entry. A time mark is one word, a value mark two: hash and time. */
struct marks {
	uint16_t count; /* used slots */
	uint16_t next;	/* times: slot of the next mark, the oldest one when all are used */
	uint16_t fresh; /* times: how many of the latest came after the last state_restart() */
	uint16_t unused;
	uint32_t word[];
};

static const struct shape {
	const char *name; /* what the saved state knows it by, so it is never changed */
	uint8_t class;
	uint8_t words; /* of a mark */
	bool unknown_only;
} shapes[STATE_MAX] = {
	[STATE_FAILURES] = {"failures", ATTEMPT_FAILURE, 1, false},
	[STATE_PROBES] = {"probes", ATTEMPT_PROBE, 1, false},
	[STATE_USERS] = {"users", ATTEMPT_FAILURE, 2, false},
	[STATE_UNKNOWN_USERS] = {"unknown_users", ATTEMPT_FAILURE, 2, true},
	[STATE_LOOKS] = {"looks", ATTEMPT_LOOK, 1, false},
	[STATE_FLOODS] = {"floods", ATTEMPT_LOOK, 1, false},
	[STATE_VOUCHED] = {"vouched", STATE_CLASS_VOUCHED, 1, false},
};

uint32_t state_ticks(int64_t us)
{
	return (uint32_t)(us >> TICK_SHIFT);
}

size_t state_size(uint32_t srcs)
{
	return (size_t)srcs * STATE_BYTES;
}

/* How far apart two times are; lines of several sources need not come in order. */
static uint32_t apart(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0 ? b - a : a - b;
}

static bool is_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static size_t payload_of(uint8_t series, uint32_t slots)
{
	return sizeof(struct marks) + (size_t)slots * shapes[series].words * sizeof(uint32_t);
}

/* Bytes that one src costs in all series; heads of hash chains are below 4 bytes for each. */
static size_t cost_of(const uint16_t slots[STATE_MAX])
{
	size_t cost = 0;

	for (uint8_t i = 0; i < STATE_MAX; i++)
		if (slots[i])
			cost += lru_size(1, payload_of(i, slots[i])) + 4;
	return cost;
}

void state_init(struct state *s, void *memory, uint32_t srcs, const struct state_want want[STATE_MAX])
{
	size_t bytes = state_size(srcs) - STATE_MAX * 16;
	uint8_t *at = memory;
	uint32_t cut = MARKS_MAX;

	memset(s, 0, sizeof(*s));
	do {
		for (uint8_t i = 0; i < STATE_MAX; i++)
			s->slots[i] = (uint16_t)(want[i].marks < cut ? want[i].marks : cut);
		cut = cut * 3 / 4;
	} while (cut > 1 && cost_of(s->slots) * SRCS_MIN > bytes);
	size_t cost = cost_of(s->slots);
	size_t capacity = cost ? bytes / cost : 0;

	if (capacity > LRU_CAPACITY_MAX)
		capacity = LRU_CAPACITY_MAX;
	for (uint8_t i = 0; i < STATE_MAX; i++) {
		if (s->slots[i] == 0)
			continue;
		s->window[i] = state_ticks(want[i].window_us) + 1;
		lru_init(&s->series[i], at, (uint32_t)capacity, payload_of(i, s->slots[i]));
		at += lru_size((uint32_t)capacity, payload_of(i, s->slots[i]));
	}
	require(at <= (uint8_t *)memory + state_size(srcs));
}

/* Times lie in their order, so that what an old line tells of does not take the place of what came later. */
static void put_time(struct marks *m, uint16_t slots, uint32_t now, uint32_t weight)
{
	for (uint32_t i = 0; i < weight && i < slots; i++) {
		uint16_t at = m->next, behind = 0;

		if (m->count == slots && is_before(now, m->word[at]))
			return;
		m->next = (uint16_t)((m->next + 1) % slots);
		m->count += m->count < slots;
		for (; behind + 1 < m->count; behind++) {
			uint16_t before = (uint16_t)((at + slots - 1) % slots);

			if (!is_before(now, m->word[before]))
				break;
			m->word[at] = m->word[before];
			at = before;
		}
		m->word[at] = now;
		m->fresh += m->fresh < slots && behind <= m->fresh;
	}
}

/* A value seen before becomes younger; a new one takes a free slot, else the place of the oldest. */
static void put_value(struct marks *m, uint16_t slots, uint32_t now, uint32_t hash)
{
	uint16_t at = 0;

	for (uint16_t i = 0; i < m->count; i++) {
		if (m->word[2 * i] == hash) {
			m->word[2 * i + 1] = now;
			return;
		}
		if (apart(now, m->word[2 * i + 1]) > apart(now, m->word[2 * at + 1]))
			at = i;
	}
	if (m->count < slots)
		at = m->count++;
	m->word[2 * at] = hash;
	m->word[2 * at + 1] = now;
}

/* The src quiet for longest makes room; what no rule would look at any more is no loss. */
static struct marks *add(struct state *s, uint8_t series, const struct state_event *event)
{
	struct lru *l = &s->series[series];
	const struct marks *oldest = lru_full(l) ? lru_oldest(l) : NULL;
	uint8_t words = shapes[series].words;

	for (uint16_t i = 0; oldest && i < oldest->count; i++) {
		if (apart(event->now, oldest->word[i * words + words - 1]) > s->window[series])
			continue;
		s->lost++;
		s->lost_now = event->now;
		break;
	}
	return lru_add(l, event->group);
}

void state_feed(struct state *s, const struct state_event *event)
{
	for (uint8_t i = 0; i < STATE_MAX; i++) {
		const struct shape *shape = &shapes[i];

		if (s->slots[i] == 0 || shape->class != event->class || (shape->unknown_only && !event->unknown_user) ||
		    (shape->words == 2 && event->user == 0))
			continue;
		struct marks *m = lru_find(&s->series[i], event->group);

		if (m)
			lru_touch(&s->series[i], m);
		else
			m = add(s, i, event);
		if (shape->words == 1)
			put_time(m, s->slots[i], event->now, event->weight);
		else
			put_value(m, s->slots[i], event->now, event->user);
	}
}

static void drop_times(struct marks *m, uint16_t slots, uint32_t weight)
{
	for (uint32_t i = 0; i < weight && m->count; i++) {
		m->next = (uint16_t)((m->next + slots - 1) % slots);
		m->count--;
		m->fresh -= m->fresh > 0;
	}
}

void state_take_back(struct state *s, const struct state_event *event)
{
	for (uint8_t i = 0; i < STATE_MAX; i++) {
		struct marks *m = NULL;

		if (s->slots[i] && shapes[i].class == event->class && shapes[i].words == 1)
			m = lru_find(&s->series[i], event->group);
		if (m)
			drop_times(m, s->slots[i], event->weight);
	}
}

uint32_t state_count(const struct state *s, const struct state_event *event, struct state_question question)
{
	uint8_t series = question.series;
	const struct marks *m = s->slots[series] ? lru_find(&s->series[series], event->group) : NULL;
	uint8_t words = shapes[series].words;
	uint16_t slots = s->slots[series];
	uint32_t count = 0;

	if (!m)
		return 0;
	/* The latest time stands before `next`. */
	for (uint16_t i = 0; i < m->count; i++) {
		uint16_t at = words == 1 ? (uint16_t)((m->next + slots - 1 - i) % slots) : i;

		if (words == 1 && question.fresh && i == m->fresh)
			break;
		count += apart(event->now, m->word[at * words + words - 1]) <= question.window;
	}
	return count;
}

uint32_t state_need(const struct state *s, uint8_t series, uint32_t count)
{
	return count < s->slots[series] ? count : s->slots[series];
}

void state_restart(struct state *s, uint8_t series, uint64_t group)
{
	struct marks *m = s->slots[series] ? lru_find(&s->series[series], group) : NULL;

	if (!m)
		return;
	if (shapes[series].words == 1)
		m->fresh = 0;
	else
		lru_remove(&s->series[series], m);
}

void state_forget(struct state *s, uint64_t group)
{
	for (uint8_t i = 0; i < STATE_MAX; i++) {
		void *m = s->slots[i] ? lru_find(&s->series[i], group) : NULL;

		if (m)
			lru_remove(&s->series[i], m);
	}
}

uint64_t state_evicted(const struct state *s)
{
	uint64_t sum = 0;

	for (uint8_t i = 0; i < STATE_MAX; i++)
		sum += s->series[i].evicted;
	return sum;
}

/* In how many entries there are marks: one for each src of each series. */
static uint32_t marked(const struct state *s)
{
	uint32_t count = 0;

	for (uint8_t i = 0; i < STATE_MAX; i++)
		count += s->series[i].count;
	return count;
}

/* One series on its way into or out of the saved state. */
struct saving {
	struct lru *table;
	uint16_t slots;
	uint8_t words;
	uint32_t window, now, elapsed;
};

static struct saving saving_of(const struct state *s, uint8_t series, struct state_times times)
{
	return (struct saving){(struct lru *)(uintptr_t)&s->series[series],
			       s->slots[series],
			       shapes[series].words,
			       s->window[series],
			       times.now,
			       times.elapsed};
}

static bool alive(const struct saving *s, const struct marks *m)
{
	for (uint16_t i = 0; i < m->count; i++)
		if (apart(s->now, m->word[i * s->words + s->words - 1]) <= s->window)
			return true;
	return false;
}

static void save_one(const struct saving *s, struct buf *b, const struct marks *m)
{
	buf_be64(b, lru_key(m));
	buf_be16(b, m->count);
	buf_be16(b, m->fresh);
	for (uint16_t i = 0; i < m->count; i++) {
		uint16_t at = s->words == 1 ? (uint16_t)((m->next + s->slots - m->count + i) % s->slots) : i;

		if (s->words == 2)
			buf_be32(b, m->word[2 * at]);
		buf_be32(b, apart(s->now, m->word[at * s->words + s->words - 1]));
	}
}

static uint32_t save_series(const struct state *s, uint8_t series, struct buf *b, uint32_t now)
{
	struct saving saving = saving_of(s, series, (struct state_times){now, 0});
	uint32_t left_out = 0;

	const struct marks *m = saving.slots ? lru_newest(saving.table) : NULL;

	for (; m; m = lru_older(saving.table, m)) {
		if (!alive(&saving, m))
			continue;
		if (left_out || b->cap - b->len < 12 + (size_t)m->count * saving.words * 4)
			left_out++;
		else
			save_one(&saving, b, m);
	}
	return left_out;
}

uint32_t state_save(const struct state *s, struct buf *b, uint32_t now)
{
	uint32_t left_out = 0;

	if (b->cap - b->len < STATE_MAX * SERIES_HEAD)
		return marked(s);
	for (uint8_t i = 0; i < STATE_MAX; i++) {
		/* The heads of this series and of those behind it have room; the rest is divided among them. */
		size_t share = (b->cap - b->len - (STATE_MAX - i) * SERIES_HEAD) / (STATE_MAX - i);
		struct buf part = buf_over(b->data + b->len + SERIES_HEAD, share);

		left_out += save_series(s, i, &part, now);
		buf_be64(b, hash_name(shapes[i].name));
		buf_be32(b, (uint32_t)part.len);
		b->len += part.len;
	}
	return left_out;
}

/* The marks of one src, into m unless that is NULL. */
static void restore_marks(const struct saving *s, struct view *v, struct marks *m, uint16_t count)
{
	for (uint16_t i = 0; i < count; i++) {
		uint32_t hash = s->words == 2 ? view_be32(v) : 0;
		uint32_t age = view_be32(v);

		if (!m || age > s->window)
			continue;
		if (s->words == 2)
			put_value(m, s->slots, s->now - s->elapsed - age, hash);
		else
			put_time(m, s->slots, s->now - s->elapsed - age, 1);
	}
}

/* One src; false when nothing more can be read. */
static bool restore_one(const struct saving *s, struct view *v)
{
	uint64_t key = view_be64(v);
	uint16_t count = view_be16(v), fresh = view_be16(v);
	struct marks *m = NULL;

	if (v->short_read || count > MARKS_MAX || v->len < (size_t)count * s->words * 4)
		return false;
	if (s->slots && key && !lru_full(s->table) && !lru_find(s->table, key))
		lru_sink(s->table, m = lru_add(s->table, key));
	restore_marks(s, v, m, count);
	if (m && m->fresh > fresh)
		m->fresh = fresh;
	if (m && m->count == 0)
		lru_remove(s->table, m);
	return true;
}

void state_restore_series(struct state *s, uint64_t name, struct view *v, struct state_times times)
{
	for (uint8_t i = 0; i < STATE_MAX; i++) {
		struct saving saving = saving_of(s, i, times);

		if (hash_name(shapes[i].name) != name)
			continue;
		while (v->len && restore_one(&saving, v))
			;
	}
}

void state_restore(struct state *s, struct view *v, struct state_times times)
{
	while (v->len) {
		uint64_t name = view_be64(v);
		uint32_t len = view_be32(v);
		const uint8_t *marks = view_borrow(v, len);

		if (!marks)
			return;
		struct view inside = view_over(marks, len);

		state_restore_series(s, name, &inside, times);
	}
}
