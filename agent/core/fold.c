/* SPDX-License-Identifier: Apache-2.0 */
/* Counts equal events, so that they become one record. Never judges an event, and no incident depends on it. */
#include "agent/core/fold.h"

#include <string.h>

struct entry {
	int64_t since_us;
	struct addr src;
	uint32_t count; /* events that no record has yet */
	uint32_t pid;
	uint8_t service, outcome, trace, method, reason;
	uint8_t user_len, host_len;
	char text[FOLD_TEXT_MAX];
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

static uint64_t key_of(const struct fold *f, const struct auth_event *e)
{
	uint64_t part[4] = {
		(uint64_t)e->service << 16 | (uint64_t)e->outcome << 8 | e->src.family,
		hash_bytes(&f->key, e->src.bytes, sizeof(e->src.bytes)),
		hash_bytes(&f->key, e->user.data, e->user.len),
		hash_bytes(&f->key, e->src_host.data, e->src_host.len),
	};

	return hash_bytes(&f->key, part, sizeof(part));
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

static struct entry *begin(struct fold *f, uint64_t key, const struct auth_event *e, struct now now)
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
	entry->src = e->src;
	entry->service = e->service;
	entry->outcome = e->outcome;
	entry->trace = e->trace;
	entry->method = e->method;
	entry->reason = e->reason;
	entry->pid = e->pid;
	entry->user_len = (uint8_t)(e->user.len < FOLD_TEXT_MAX / 2 ? e->user.len : FOLD_TEXT_MAX / 2);
	entry->host_len = (uint8_t)(e->src_host.len < FOLD_TEXT_MAX / 2 ? e->src_host.len : FOLD_TEXT_MAX / 2);
	if (entry->user_len)
		memcpy(entry->text, e->user.data, entry->user_len);
	if (entry->host_len)
		memcpy(entry->text + entry->user_len, e->src_host.data, entry->host_len);
	return entry;
}

bool fold_feed(struct fold *f, const struct auth_event *event, struct now now)
{
	uint64_t key = key_of(f, event);
	struct entry *entry = lru_find(&f->table, key);
	uint32_t count = event->repeats ? event->repeats : 1;

	if (entry && entry->count == 0 && now.mono_us - entry->since_us >= FOLD_US) {
		lru_remove(&f->table, entry);
		entry = NULL;
	}
	if ((!entry || event->outcome == AUTH_SUCCESS) && spend_credit(f, now)) {
		if (!entry)
			begin(f, key, event, now);
		return true;
	}
	if (!entry)
		entry = begin(f, key, event, now);
	f->waiting += entry->count == 0;
	entry->count = entry->count + count < count ? UINT32_MAX : entry->count + count;
	return false;
}

static void give(const struct entry *entry, struct folded *out)
{
	memcpy(out->text, entry->text, sizeof(out->text));
	out->count = entry->count;
	out->event = (struct auth_event){
		.service = entry->service,
		.outcome = entry->outcome,
		.trace = entry->trace,
		.method = entry->method,
		.reason = entry->reason,
		.pid = entry->pid,
		.src = entry->src,
		.user = {out->text, entry->user_len},
		.src_host = {out->text + entry->user_len, entry->host_len},
	};
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
		give(entry, out);
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
