/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded table of entries of one size under 64-bit keys, kept in order of use. When it is full, the entry used
 * longest ago makes room and is counted. Keys come from hash_bytes() with a secret key wherever an attacker chooses
 * the data: two keys are then equal only if the data is.
 *
 * Memory is the caller's and is touched as entries are added, so an empty table costs nothing but its heads.
 * Entries are handed out as pointers to their payload, aligned to 8; they stay where they are until removed. Plain
 * pointers order the table: lru_oldest() and lru_newer() walk it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LRU_CAPACITY_MAX 65534

struct lru {
	uint8_t *nodes;
	uint16_t *heads;  /* node number + 1 of each chain's first node, 0: none */
	uint64_t evicted; /* entries that had to make room */
	uint32_t stride;  /* bytes of a node and its payload */
	uint32_t mask;	  /* heads - 1 */
	uint16_t capacity;
	uint16_t count;
	uint16_t fresh; /* nodes never used yet start here */
	uint16_t free;	/* removed nodes, chained; node number + 1 */
	uint16_t newest, oldest;
};

/* Memory for something bounded, and how many of it: for who makes a table inside. */
struct lru_room {
	void *memory;
	uint32_t capacity;
};

/* Bytes for `capacity` entries of `payload` bytes. */
size_t lru_size(uint32_t capacity, size_t payload);

/* Empty table in lru_size() bytes aligned to 8, for 1 .. LRU_CAPACITY_MAX entries. */
void lru_init(struct lru *l, void *memory, uint32_t capacity, size_t payload);

/* The entry with that key, NULL without one. Does not count as use. */
void *lru_find(const struct lru *l, uint64_t key);

/* A new entry as the newest, payload zeroed; the key must not be there yet. Removes the oldest one when full. */
void *lru_add(struct lru *l, uint64_t key);

/* Make an entry the newest. */
void lru_touch(struct lru *l, void *entry);

/* Make an entry the oldest: for one brought back in the order from new to old. */
void lru_sink(struct lru *l, void *entry);

void lru_remove(struct lru *l, void *entry);

uint64_t lru_key(const void *entry);

/* Walks: from the oldest to the newest and back; NULL at the end. Fetch the next before removing one. */
void *lru_oldest(const struct lru *l);
void *lru_newest(const struct lru *l);
void *lru_newer(const struct lru *l, const void *entry);
void *lru_older(const struct lru *l, const void *entry);

static inline bool lru_full(const struct lru *l)
{
	return l->count == l->capacity;
}
