/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table with chains and a list in order of use, both over one array of nodes. Links are 16-bit node numbers plus
 * one, so that 0 means none and a node costs 16 bytes beside its payload. Never looks at a payload.
 */
#include "agent/base/lru.h"

#include "agent/base/require.h"
#include "agent/base/zero.h"

#include <string.h>

struct node {
	uint64_t key;
	uint16_t chain; /* next in the chain of its head, or in the list of free nodes */
	uint16_t newer, older;
	uint16_t used; /* 1 while it is in the table */
};

_Static_assert(sizeof(struct node) == 16, "what a node costs beside its payload");

static uint32_t heads_for(uint32_t capacity)
{
	uint32_t heads = 1;

	while (heads < capacity)
		heads *= 2;
	return heads;
}

static uint32_t stride_for(size_t payload)
{
	return (uint32_t)(sizeof(struct node) + (payload + 7) / 8 * 8);
}

size_t lru_size(uint32_t capacity, size_t payload)
{
	size_t heads = heads_for(capacity) * sizeof(uint16_t);

	return (heads + 7) / 8 * 8 + (size_t)capacity * stride_for(payload);
}

void lru_init(struct lru *l, void *memory, uint32_t capacity, size_t payload)
{
	uint32_t heads = heads_for(capacity);
	size_t heads_bytes = (heads * sizeof(uint16_t) + 7) / 8 * 8;

	require(capacity > 0 && capacity <= LRU_CAPACITY_MAX);
	zero_fill(memory, heads_bytes);
	*l = (struct lru){
		.nodes = (uint8_t *)memory + heads_bytes,
		.heads = memory,
		.stride = stride_for(payload),
		.mask = heads - 1,
		.capacity = (uint16_t)capacity,
	};
}

static struct node *node_at(const struct lru *l, uint16_t number)
{
	return number ? (struct node *)(void *)(l->nodes + (size_t)(number - 1) * l->stride) : NULL;
}

static uint16_t number_of(const struct lru *l, const struct node *n)
{
	return (uint16_t)(((const uint8_t *)n - l->nodes) / l->stride + 1);
}

static struct node *node_of(const void *entry)
{
	return (struct node *)entry - 1;
}

static void *payload_of(struct node *n)
{
	return n ? n + 1 : NULL;
}

static uint16_t *head_of(const struct lru *l, uint64_t key)
{
	return &l->heads[(uint32_t)(key ^ key >> 32) & l->mask];
}

void *lru_find(const struct lru *l, uint64_t key)
{
	struct node *n = node_at(l, *head_of(l, key));

	while (n && n->key != key)
		n = node_at(l, n->chain);
	return payload_of(n);
}

static void link_newest(struct lru *l, struct node *n)
{
	uint16_t number = number_of(l, n);
	struct node *before = node_at(l, l->newest);

	n->older = l->newest;
	n->newer = 0;
	if (before)
		before->newer = number;
	else
		l->oldest = number;
	l->newest = number;
}

static void unlink_use(struct lru *l, struct node *n)
{
	struct node *newer = node_at(l, n->newer), *older = node_at(l, n->older);

	if (newer)
		newer->older = n->older;
	else
		l->newest = n->older;
	if (older)
		older->newer = n->newer;
	else
		l->oldest = n->newer;
}

void *lru_add(struct lru *l, uint64_t key)
{
	if (lru_full(l)) {
		lru_remove(l, lru_oldest(l));
		l->evicted++;
	}
	uint16_t number = l->free ? l->free : ++l->fresh;
	struct node *n = node_at(l, number);
	uint16_t *head = head_of(l, key);

	if (l->free)
		l->free = n->chain;
	memset(n, 0, l->stride);
	n->key = key;
	n->used = 1;
	n->chain = *head;
	*head = number;
	link_newest(l, n);
	l->count++;
	return payload_of(n);
}

void lru_touch(struct lru *l, void *entry)
{
	struct node *n = node_of(entry);

	if (l->newest == number_of(l, n))
		return;
	unlink_use(l, n);
	link_newest(l, n);
}

void lru_sink(struct lru *l, void *entry)
{
	struct node *n = node_of(entry), *before = node_at(l, l->oldest);
	uint16_t number = number_of(l, n);

	if (l->oldest == number)
		return;
	unlink_use(l, n);
	n->newer = l->oldest;
	n->older = 0;
	before->older = number;
	l->oldest = number;
}

void lru_remove(struct lru *l, void *entry)
{
	struct node *n = node_of(entry);
	uint16_t number = number_of(l, n);
	uint16_t *at = head_of(l, n->key);

	require(n->used == 1);
	while (*at != number)
		at = &node_at(l, *at)->chain;
	*at = n->chain;
	unlink_use(l, n);
	n->used = 0;
	n->chain = l->free;
	l->free = number;
	l->count--;
}

uint64_t lru_key(const void *entry)
{
	return node_of(entry)->key;
}

void *lru_oldest(const struct lru *l)
{
	return payload_of(node_at(l, l->oldest));
}

void *lru_newest(const struct lru *l)
{
	return payload_of(node_at(l, l->newest));
}

void *lru_newer(const struct lru *l, const void *entry)
{
	return payload_of(node_at(l, node_of(entry)->newer));
}

void *lru_older(const struct lru *l, const void *entry)
{
	return payload_of(node_at(l, node_of(entry)->older));
}
