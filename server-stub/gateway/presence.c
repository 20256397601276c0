/* SPDX-License-Identifier: Apache-2.0 */
/* The connected devices in one hash table (open addressing, linear probing) under one lock. */
#include "server-stub/gateway/presence.h"

#include "server-stub/store/store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct slot {
	uint8_t device[STORE_ID];
	uint64_t link; /* 0: free */
};

struct presence {
	pthread_mutex_t mutex;
	unsigned count, max;
	size_t mask;
	struct slot slots[];
};

struct presence *presence_new(unsigned devices_max)
{
	size_t slots = 64;
	struct presence *p;

	while (slots < 2 * (size_t)devices_max)
		slots *= 2;
	p = calloc(1, sizeof(*p) + slots * sizeof(p->slots[0]));
	if (!p)
		return NULL;
	pthread_mutex_init(&p->mutex, NULL);
	p->max = devices_max;
	p->mask = slots - 1;
	return p;
}

void presence_free(struct presence *p)
{
	if (!p)
		return;
	pthread_mutex_destroy(&p->mutex);
	free(p);
}

/* Ids are random and made by ourselves: their own bytes spread well enough. */
static size_t home(const struct presence *p, const uint8_t *device)
{
	uint64_t bits;

	memcpy(&bits, device + 8, sizeof(bits));
	return (size_t)((bits * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & p->mask;
}

static size_t find(const struct presence *p, const uint8_t *device)
{
	size_t i = home(p, device);

	while (p->slots[i].link && memcmp(p->slots[i].device, device, STORE_ID) != 0)
		i = (i + 1) & p->mask;
	return i;
}

/* Knuth's algorithm 6.4R: close the gap, so that no mark of a removed entry is needed. */
static void remove_slot(struct presence *p, size_t gap)
{
	for (size_t i = (gap + 1) & p->mask; p->slots[i].link; i = (i + 1) & p->mask) {
		size_t at = home(p, p->slots[i].device);

		if (((i - at) & p->mask) < ((i - gap) & p->mask))
			continue;
		p->slots[gap] = p->slots[i];
		gap = i;
	}
	memset(&p->slots[gap], 0, sizeof(p->slots[gap]));
}

bool presence_enter(struct presence *p, const struct presence_change *c, uint64_t *before)
{
	struct slot *slot;
	bool fits;

	pthread_mutex_lock(&p->mutex);
	slot = &p->slots[find(p, c->device)];
	*before = slot->link;
	fits = slot->link || p->count < p->max;
	if (fits) {
		p->count += slot->link == 0;
		memcpy(slot->device, c->device, STORE_ID);
		slot->link = c->link;
		c->post(c->arg);
	}
	pthread_mutex_unlock(&p->mutex);
	return fits;
}

void presence_leave(struct presence *p, const struct presence_change *c)
{
	size_t i;

	pthread_mutex_lock(&p->mutex);
	i = find(p, c->device);
	if (p->slots[i].link == c->link && c->link) {
		remove_slot(p, i);
		p->count--;
		c->post(c->arg);
	}
	pthread_mutex_unlock(&p->mutex);
}

unsigned presence_count(struct presence *p)
{
	unsigned count;

	pthread_mutex_lock(&p->mutex);
	count = p->count;
	pthread_mutex_unlock(&p->mutex);
	return count;
}
