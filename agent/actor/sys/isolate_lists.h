/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a filter of isolation passes, as sets of isolation's table. What differs from one order to the next is in them.
 * Only for isolate*.c.
 */
#pragma once

#include "agent/actor/sys/isolate.h"

enum isolate_list {
	ISOLATE_SERVICE4,
	ISOLATE_SERVICE6,
	ISOLATE_RESOLVER4, /* for the guard */
	ISOLATE_RESOLVER6,
	ISOLATE_NET4,
	ISOLATE_NET6,
	ISOLATE_DNS4, /* resolvers for everybody */
	ISOLATE_DNS6,
	ISOLATE_DHCP, /* ports of servers */
	ISOLATE_LISTS
};

/* As masks of bits: those that stay the same from one order to the next, and all. */
#define ISOLATE_LISTS_FIXED ((1u << ISOLATE_NET4) - 1)
#define ISOLATE_LISTS_ALL ((1u << ISOLATE_LISTS) - 1)

/* Its name in the kernel, and the number by which rules of the transaction that makes it may call it. */
const char *isolate_lists_name(enum isolate_list list);
uint32_t isolate_lists_id(enum isolate_list list);

/* Append to the transaction: make all sets; empty those of a mask and fill them from the filter. */
void isolate_lists_make(struct nft *n);
void isolate_lists_fill(struct nft *n, const struct isolate_filter *f, unsigned lists);

/* Which lists of the filter are not empty, as a mask. */
unsigned isolate_lists_used(const struct isolate_filter *f);

/* Read back the sets of a mask: they hold what the filter says and nothing else. ERR_UNVERIFIED. */
ERR_CHECK enum err isolate_lists_check(struct nft *n, const struct isolate_filter *f, unsigned lists);
