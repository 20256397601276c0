/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of what groups are to ban. It sends nothing: links.c and link_session.c do. */
#include "server-stub/gateway/offers.h"

#include <stddef.h>

#define SECOND_US INT64_C(1000000)

static struct offer *find(struct offers *o, const struct offer *offer)
{
	for (unsigned i = 0; i < OFFERS_MAX; i++)
		if (o->rows[i].addr.family && o->rows[i].group == offer->group &&
		    addr_equal(&o->rows[i].addr, &offer->addr))
			return &o->rows[i];
	return NULL;
}

void offers_put(struct offers *o, const struct offer *offer)
{
	struct offer *row = find(o, offer);

	if (!row)
		row = &o->rows[o->next++ % OFFERS_MAX];
	*row = *offer;
}

const struct offer *offers_next(const struct offers *o, unsigned *at, uint64_t group, int64_t wall_us)
{
	while (*at < OFFERS_MAX) {
		const struct offer *row = &o->rows[(*at)++];

		if (row->addr.family && row->group == group && row->until_us > wall_us)
			return row;
	}
	return NULL;
}

uint32_t offers_left_s(const struct offer *offer, int64_t wall_us)
{
	int64_t left_us = offer->until_us - wall_us;

	return left_us < SECOND_US ? 1 : (uint32_t)(left_us / SECOND_US);
}
