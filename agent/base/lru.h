/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded table of entries of one size with 64-bit keys, in order of use. When the table is full, a new entry
 * replaces the one that was used longest ago, and that is counted. Where an attacker chooses the data, keys must come
 * from hash_bytes() with a secret key, so that nobody can make two keys collide on purpose.
 *
 * The caller gives the memory. Its pages are written only as entries are added, so an empty table costs little more
 * than its heads. An entry is a pointer to its payload, aligned to 8, and stays valid until the entry is removed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LRU_CAPACITY_MAX 65534

struct lru {
	uint8_t *nodes;
	uint16_t *heads;  /* node number + 1 of each chain's first node, 0: none */
	uint64_t evicted; /* entries that were removed to make room */
	uint32_t stride;  /* bytes of a node and its payload */
	uint32_t mask;	  /* heads - 1 */
	uint16_t capacity;
	uint16_t count;
	uint16_t fresh; /* number of the first node that was never used */
	uint16_t free;	/* first of the chain of removed nodes; node number + 1 */
	uint16_t newest, oldest;
};

/* Memory that a caller gives to a module which makes a table in it, and the number of entries it is for. */
struct lru_room {
	void *memory;
	uint32_t capacity;
};

/* Bytes of memory for `capacity` entries of `payload` bytes. */
size_t lru_size(uint32_t capacity, size_t payload);

/*
 * Begin an empty table of 1 to LRU_CAPACITY_MAX entries in lru_size() bytes of memory, aligned to 8, which must outlive
 * it. Any other capacity is a programming error.
 */
void lru_init(struct lru *l, void *memory, uint32_t capacity, size_t payload);

/* The entry with that key, or NULL. It does not count as a use. */
void *lru_find(const struct lru *l, uint64_t key);

/* Add an entry as the newest, with a payload of zeros. The key must not be in the table. Never NULL. */
void *lru_add(struct lru *l, uint64_t key);

/* Make an entry the newest. */
void lru_touch(struct lru *l, void *entry);

/* Make an entry the oldest, for a caller that puts saved entries back from the newest to the oldest. */
void lru_sink(struct lru *l, void *entry);

/* Remove an entry; the pointer is no longer valid. */
void lru_remove(struct lru *l, void *entry);

/* The key of an entry. */
uint64_t lru_key(const void *entry);

/* Walk the table in order of use; NULL at the end. To remove an entry on the way, ask for the next one first. */
void *lru_oldest(const struct lru *l);
void *lru_newest(const struct lru *l);
void *lru_newer(const struct lru *l, const void *entry);
void *lru_older(const struct lru *l, const void *entry);

/* Whether the next lru_add() removes the oldest entry. */
static inline bool lru_full(const struct lru *l)
{
	return l->count == l->capacity;
}
