/* SPDX-License-Identifier: Apache-2.0 */
/* Counts equal events, so that they become one record. Never judges an event, and no incident depends on it. */
#include "agent/core/fold.h"

#include "agent/base/sum.h"

#include <string.h>

struct entry {
	int64_t since_us;
	uint32_t count; /* events that no record has yet */
	uint16_t body_len;
	uint8_t kind;
	char body[FOLD_BODY_MAX];
};

size_t fold_size(uint32_t folds)
{
	return lru_size(folds, sizeof(struct entry));
}

void fold_init(struct fold *f, void *memory, uint32_t folds, struct hash_key key)
{
	*f = (struct fold){.key = key, .credit = FOLD_BURST, .dropped_us = INT64_MIN / 2};
	lru_init(&f->table, memory, folds, sizeof(struct entry));
}

static bool spend_credit(struct fold *f, struct now now)
{
	int64_t refill = (now.mono_us - f->credit_us) / (SECOND_US / FOLD_RATE);

	if (refill > 0) {
		f->credit = refill > FOLD_BURST - f->credit ? FOLD_BURST : f->credit + (uint32_t)refill;
		f->credit_us += refill * (SECOND_US / FOLD_RATE);
	}
	if (f->credit == 0)
		return false;
	f->credit--;
	return true;
}

static struct entry *begin(struct fold *f, uint64_t key, const struct event *e, struct now now)
{
	/*
	 * The table is full. The oldest entry is replaced; if its events have no record yet, they are dropped and
	 * counted.
	 */
	struct entry *entry = lru_full(&f->table) ? lru_oldest(&f->table) : NULL;

	if (entry) {
		f->waiting -= entry->count > 0;
		f->dropped += entry->count;
		f->dropped_all += entry->count;
		lru_remove(&f->table, entry);
	}
	entry = lru_add(&f->table, key);
	entry->since_us = now.mono_us;
	entry->kind = e->kind;
	struct buf body = buf_over(entry->body, sizeof(entry->body));

	fields_encode(&body, e, FOLD_TEXT_MAX);
	entry->body_len = (uint16_t)body.len;
	return entry;
}

bool fold_feed(struct fold *f, const struct event *event, struct now now)
{
	uint64_t key = fields_key(&f->key, event);
	struct entry *entry = lru_find(&f->table, key);

	if (entry && entry->count == 0 && now.mono_us - entry->since_us >= FOLD_US) {
		lru_remove(&f->table, entry);
		entry = NULL;
	}
	if ((!entry || event->alone) && spend_credit(f, now)) {
		if (!entry)
			begin(f, key, event, now);
		return true;
	}
	if (!entry)
		entry = begin(f, key, event, now);
	f->waiting += entry->count == 0;
	entry->count = sum_u32(entry->count, event->count);
	return false;
}

bool fold_take(struct fold *f, bool all, struct now now, struct folded *out)
{
	for (struct entry *entry = f->waiting ? lru_oldest(&f->table) : NULL, *newer; entry; entry = newer) {
		newer = lru_newer(&f->table, entry);
		if (!all && now.mono_us - entry->since_us < FOLD_US)
			return false;
		if (entry->count == 0) {
			if (now.mono_us - entry->since_us >= FOLD_US)
				lru_remove(&f->table, entry);
			continue;
		}
		*out = (struct folded){entry->kind, entry->count, {entry->body, entry->body_len}};
		f->waiting--;
		entry->count = 0;
		entry->since_us = now.mono_us;
		lru_touch(&f->table, entry);
		return true;
	}
	return false;
}

uint64_t fold_dropped(struct fold *f, bool all, struct now now)
{
	uint64_t dropped = f->dropped;

	if (dropped == 0 || (!all && now.mono_us - f->dropped_us < FOLD_US))
		return 0;
	f->dropped = 0;
	f->dropped_us = now.mono_us;
	return dropped;
}

int64_t fold_deadline(const struct fold *f)
{
	const struct entry *entry = f->waiting ? lru_oldest(&f->table) : NULL;
	int64_t due = f->dropped ? f->dropped_us + FOLD_US : INT64_MAX;

	return entry && entry->since_us + FOLD_US < due ? entry->since_us + FOLD_US : due;
}
