/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table behind ledger.h: dense rows, so that walks touch only what is in use, and an open-addressed index over
 * them. Targets come from attackers, so the hash is keyed.
 */
#include "agent/actor/ledger/ledger.h"

#include "agent/base/require.h"

#include <string.h>

#define NO_END UINT32_MAX
#define KEY_MAX (2 + sizeof(struct addr) + VERB_PATH_MAX)

_Static_assert(sizeof(struct effect) + LEDGER_BUCKETS * 2 / CONFIG_EFFECTS_MAX <= 64, "a ban costs at most 64 bytes");
_Static_assert(LEDGER_BUCKETS_MIN <= LEDGER_BUCKETS, "the index has a first size");
_Static_assert(CONFIG_EFFECTS_MAX < UINT16_MAX, "rows are counted in 16 bits");

bool ledger_is_plain(uint16_t verb)
{
	const struct verb_row *row = verb_row(verb);
	uint32_t all = row ? row->needs | row->takes | row->one_of : 0;

	return row && (row->needs & VERB_PARAM(VERB_ADDR)) &&
	       (all & ~(VERB_PARAM(VERB_ADDR) | VERB_PARAM(VERB_DURATION))) == 0;
}

void ledger_init(struct ledger *l, struct hash_key key)
{
	/* Nothing of the tables: pages that no effect ever needed are never touched. */
	l->key = key;
	l->bucket_count = LEDGER_BUCKETS_MIN;
	l->earliest_ticks = NO_END;
}

/* Verb and target as bytes that are equal when they are. */
static size_t key_of(const struct verb_args *args, uint8_t key[KEY_MAX])
{
	const struct verb_param *what = verb_what(args);
	struct buf b = buf_over(key, KEY_MAX);

	buf_be16(&b, args->verb);
	if (what && what->type == VERB_TYPE_ADDR)
		buf_bytes(&b, &args->addr, sizeof(args->addr));
	else if (what)
		verb_arg_put(&b, args, what);
	return b.len;
}

static unsigned home(const struct ledger *l, const struct verb_args *args)
{
	uint8_t key[KEY_MAX];
	size_t len = key_of(args, key);

	return (unsigned)(hash_bytes(&l->key, key, len) % l->bucket_count);
}

struct verb_args ledger_args(const struct ledger *l, const struct effect *e)
{
	struct verb_args args;

	if (e->more)
		return l->more[e->more - 1].args;
	memset(&args, 0, sizeof(args));
	args.verb = e->verb;
	args.addr = e->addr;
	args.duration_s = e->duration_s;
	return args;
}

static bool is_it(const struct ledger *l, const struct effect *e, const struct verb_args *args)
{
	uint8_t key[KEY_MAX], other[KEY_MAX];
	struct verb_args own;
	size_t len;

	if (e->verb != args->verb)
		return false;
	if (!e->more)
		return addr_equal(&e->addr, &args->addr);
	own = ledger_args(l, e);
	len = key_of(args, key);
	return key_of(&own, other) == len && memcmp(key, other, len) == 0;
}

/* The bucket of a target, or the free one where it would go. */
static unsigned bucket_of(const struct ledger *l, const struct verb_args *args)
{
	unsigned i = home(l, args);

	while (l->buckets[i] != 0 && !is_it(l, &l->rows[l->buckets[i] - 1], args))
		i = (i + 1) % l->bucket_count;
	return i;
}

struct effect *ledger_find(struct ledger *l, const struct verb_args *args)
{
	unsigned row = l->buckets[bucket_of(l, args)];

	return row ? &l->rows[row - 1] : NULL;
}

/* A larger index, when half of it would be in use, so that few effects take few pages. All rows move. */
static void grow(struct ledger *l)
{
	l->bucket_count = 2 * l->bucket_count < LEDGER_BUCKETS ? 2 * l->bucket_count : LEDGER_BUCKETS;
	memset(l->buckets, 0, l->bucket_count * sizeof(l->buckets[0]));
	for (unsigned row = 0; row < l->count; row++) {
		struct verb_args args = ledger_args(l, &l->rows[row]);

		l->buckets[bucket_of(l, &args)] = (uint16_t)(row + 1);
	}
}

static uint16_t take_more(struct ledger *l)
{
	for (unsigned i = 0; i < LEDGER_MORE_MAX; i++) {
		if (l->more[i].used)
			continue;
		memset(&l->more[i], 0, sizeof(l->more[i]));
		l->more[i].used = true;
		l->more[i].end_us = INT64_MAX;
		l->more_count++;
		return (uint16_t)(i + 1);
	}
	return 0;
}

struct effect *ledger_put(struct ledger *l, const struct verb_args *args)
{
	unsigned i = bucket_of(l, args);
	bool plain = ledger_is_plain(args->verb);
	struct effect *e;
	uint16_t more;

	if (l->buckets[i] != 0)
		return &l->rows[l->buckets[i] - 1];
	if (l->count == CONFIG_EFFECTS_MAX)
		return NULL;
	more = plain ? 0 : take_more(l);
	if (!plain && more == 0)
		return NULL;
	if (2 * (l->count + 1) > l->bucket_count && l->bucket_count < LEDGER_BUCKETS) {
		grow(l);
		i = bucket_of(l, args);
	}
	e = &l->rows[l->count++];
	memset(e, 0, sizeof(*e));
	e->verb = (uint8_t)args->verb;
	e->addr = args->addr;
	e->duration_s = args->duration_s;
	e->until_ticks = NO_END;
	e->more = more;
	if (more)
		l->more[more - 1].args = *args;
	l->buckets[i] = (uint16_t)l->count;
	return e;
}

/* Open addressing without tombstones: those behind the hole that may not stay move up (Knuth, TAOCP 6.4 R). */
static void free_bucket(struct ledger *l, unsigned hole)
{
	unsigned i = hole;

	for (;;) {
		l->buckets[hole] = 0;
		for (;;) {
			struct verb_args args;
			unsigned wants;

			i = (i + 1) % l->bucket_count;
			if (l->buckets[i] == 0)
				return;
			args = ledger_args(l, &l->rows[l->buckets[i] - 1]);
			wants = home(l, &args);
			if ((i + l->bucket_count - wants) % l->bucket_count >=
			    (i + l->bucket_count - hole) % l->bucket_count)
				break;
		}
		l->buckets[hole] = l->buckets[i];
		hole = i;
	}
}

void ledger_remove(struct ledger *l, struct effect *e)
{
	unsigned row = (unsigned)(e - l->rows);
	struct verb_args args = ledger_args(l, e);
	uint16_t more = e->more;

	require(row < l->count);
	free_bucket(l, bucket_of(l, &args));
	l->count--;
	if (row != l->count) {
		args = ledger_args(l, &l->rows[l->count]);
		l->buckets[bucket_of(l, &args)] = (uint16_t)(row + 1);
		*e = l->rows[l->count];
	}
	if (more) {
		memset(&l->more[more - 1], 0, sizeof(l->more[0]));
		l->more_count--;
	}
	if (l->count == 0)
		l->earliest_ticks = NO_END;
}

void ledger_end_at(struct ledger *l, struct effect *e, int64_t mono_us)
{
	int64_t ticks = mono_us == INT64_MAX ? NO_END : (mono_us + LEDGER_TICK_US - 1) / LEDGER_TICK_US;

	e->until_ticks = ticks < 0 ? 0 : ticks < NO_END ? (uint32_t)ticks : NO_END;
	if (e->until_ticks < l->earliest_ticks)
		l->earliest_ticks = e->until_ticks;
}

static int64_t us_of(uint32_t ticks)
{
	return ticks == NO_END ? INT64_MAX : (int64_t)ticks * LEDGER_TICK_US;
}

int64_t ledger_end_us(const struct effect *e)
{
	return us_of(e->until_ticks);
}

struct effect *ledger_ended(struct ledger *l, int64_t mono_us)
{
	uint32_t earliest = NO_END;

	if (mono_us < us_of(l->earliest_ticks))
		return NULL;
	for (unsigned i = 0; i < l->count; i++) {
		if (us_of(l->rows[i].until_ticks) <= mono_us)
			return &l->rows[i];
		if (l->rows[i].until_ticks < earliest)
			earliest = l->rows[i].until_ticks;
	}
	l->earliest_ticks = earliest;
	return NULL;
}

int64_t ledger_next_us(const struct ledger *l)
{
	return us_of(l->earliest_ticks);
}

struct effect_more *ledger_more(struct ledger *l, const struct effect *e)
{
	return e->more ? &l->more[e->more - 1] : NULL;
}

unsigned ledger_leases(const struct ledger *l)
{
	unsigned count = 0;

	for (unsigned i = 0; i < LEDGER_MORE_MAX && l->more_count > 0; i++)
		count += l->more[i].used && l->more[i].args.lease_s > 0;
	return count;
}
