/* SPDX-License-Identifier: Apache-2.0 */
/* The table of failed logins. It is asked before a password is hashed, because hashing is expensive. Pure. */
#include "server-stub/api/limit.h"

#include "agent/base/now.h"

#include <string.h>

#define WAYS 8 /* places one key may have */

uint64_t limit_key(const struct limit *l, char kind, struct str text)
{
	char bytes[80] = {kind};
	size_t len = text.len < sizeof(bytes) - 1 ? text.len : sizeof(bytes) - 1;

	if (len)
		memcpy(bytes + 1, text.data, len);
	uint64_t key = hash_bytes(&l->hash, bytes, len + 1);

	return key ? key : 1;
}

static const struct limit_entry *find(const struct limit *l, uint64_t key)
{
	const struct limit_entry *set = &l->entries[key % (LIMIT_KEYS_MAX / WAYS) * WAYS];

	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].key == key)
			return &set[i];
	return NULL;
}

unsigned limit_wait_s(const struct limit *l, uint64_t key, int64_t mono_us)
{
	const struct limit_entry *e = find(l, key);

	if (!e || e->until_us <= mono_us)
		return 0;
	return (unsigned)((e->until_us - mono_us + SECOND_US - 1) / SECOND_US);
}

/* The key's own place, else a free one, else the one used longest ago. */
static struct limit_entry *claim(struct limit *l, uint64_t key)
{
	struct limit_entry *set = &l->entries[key % (LIMIT_KEYS_MAX / WAYS) * WAYS];
	struct limit_entry *oldest = set;

	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		if (set[i].key == 0 || (oldest->key && set[i].last_us < oldest->last_us))
			oldest = &set[i];
	}
	*oldest = (struct limit_entry){.key = key};
	return oldest;
}

void limit_failed(struct limit *l, uint64_t key, unsigned max_s, int64_t mono_us)
{
	struct limit_entry *e = claim(l, key);

	if (e->last_us && mono_us - e->last_us > LIMIT_MEMORY_S * SECOND_US)
		e->failures = 0;
	e->failures++;
	e->last_us = mono_us;
	if (e->failures < LIMIT_FREE)
		return;
	unsigned doubled = e->failures - LIMIT_FREE;
	int64_t wait_s = doubled < 16 ? INT64_C(1) << doubled : max_s;

	e->until_us = mono_us + (wait_s < (int64_t)max_s ? wait_s : (int64_t)max_s) * SECOND_US;
}

void limit_passed(struct limit *l, uint64_t key)
{
	struct limit_entry *e = claim(l, key);

	*e = (struct limit_entry){0};
}
