/* SPDX-License-Identifier: Apache-2.0 */
/* The table of tries to log in. It is asked before a password is hashed, because hashing is expensive. Pure. */
#include "server-stub/api/limit.h"

#include "agent/base/buf.h"
#include "agent/base/now.h"

#include <stdbool.h>

#define WAYS 8	      /* places one key may have */
#define KEY_BYTES 256 /* more than a name and an address have; what is cut off is no longer told apart */

static uint64_t key_of(const struct limit *l, struct buf *b)
{
	uint64_t key = hash_bytes(&l->hash, b->data, b->len);

	return key ? key : 1;
}

uint64_t limit_key_address(const struct limit *l, struct str address)
{
	char bytes[KEY_BYTES];
	struct buf b = buf_over(bytes, sizeof(bytes));

	buf_char(&b, 'a');
	buf_put(&b, address);
	return key_of(l, &b);
}

/* Neither holds a NUL. */
uint64_t limit_key_pair(const struct limit *l, struct str user, struct str address)
{
	char bytes[KEY_BYTES];
	struct buf b = buf_over(bytes, sizeof(bytes));

	buf_char(&b, 'p');
	buf_put(&b, address);
	buf_char(&b, '\0');
	buf_put(&b, user);
	return key_of(l, &b);
}

static const struct limit_entry *find(const struct limit *l, uint64_t key)
{
	const struct limit_entry *set = &l->entries[key % (LIMIT_KEYS_MAX / WAYS) * WAYS];

	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].key == key)
			return &set[i];
	return NULL;
}

static bool is_stale(const struct limit_entry *e, int64_t mono_us)
{
	return e->last_us && mono_us - e->last_us > LIMIT_MEMORY_S * SECOND_US;
}

unsigned limit_failures(const struct limit *l, uint64_t key, int64_t mono_us)
{
	const struct limit_entry *e = find(l, key);

	return e && !is_stale(e, mono_us) ? e->failures : 0;
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

void limit_try(struct limit *l, uint64_t key, unsigned max_s, int64_t mono_us)
{
	struct limit_entry *e = claim(l, key);

	if (is_stale(e, mono_us))
		e->failures = 0;
	e->failures++;
	e->last_us = mono_us;
	if (e->failures < LIMIT_FREE)
		return;
	unsigned doubled = e->failures - LIMIT_FREE;
	int64_t wait_s = doubled < 16 ? INT64_C(1) << doubled : max_s;

	e->until_us = mono_us + (wait_s < (int64_t)max_s ? wait_s : (int64_t)max_s) * SECOND_US;
}

void limit_forgive(struct limit *l, uint64_t key, unsigned count)
{
	struct limit_entry *e = claim(l, key);

	e->failures -= count < e->failures ? count : e->failures;
	if (e->failures < LIMIT_FREE)
		e->until_us = 0;
	if (e->failures == 0)
		*e = (struct limit_entry){0};
}
