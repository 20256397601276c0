/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of iptables of any bytes: nothing is read outside of them, and what is made of one and a group of the guard's
 * chains can be read again and has that group and no other; one that is taken out of it stands by itself. The seeds are
 * the kernel's: a byte for the family, the hooks in the machine's order, the entries.
 */
#include "agent/actor/sys/xtables_rule.h"
#include "agent/base/require.h"

#include <stdint.h>
#include <string.h>

#define NAME XTABLES_PREFIX "BAN"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t bytes[XTABLES_BYTES_MAX] __attribute__((aligned(8)));
static uint8_t made_bytes[XTABLES_BYTES_MAX] __attribute__((aligned(8)));
static uint8_t group_bytes[4096] __attribute__((aligned(8)));
static uint8_t taken_bytes[8192] __attribute__((aligned(8)));
static uint32_t from[XTABLES_ENTRIES_MAX];

static bool take(const uint8_t **data, size_t *size, void *out, size_t len)
{
	if (*size < len)
		return false;
	memcpy(out, *data, len);
	*data += len;
	*size -= len;
	return true;
}

static void make_group(struct xtables_group *g, uint8_t family)
{
	const struct xtables_set set = {7, 4};

	g->chains = (struct xtables_blob){.bytes = group_bytes, .cap = sizeof(group_bytes)};
	xtables_rule_begin(g, NAME, family);
	g->jump[1] = (uint32_t)xtables_rule_chain(g, NAME "_IN");
	xtables_rule_put(g, &(struct xtables_rule){.src_set = &set, .verdict = XTABLES_DROP});
	g->jump[3] = (uint32_t)xtables_rule_chain(g, NAME "_OUT");
	xtables_rule_put(g, &(struct xtables_rule){.dst_set = &set, .verdict = XTABLES_DROP});
	require(xtables_rule_end(g) == ERR_OK);
}

/* What was taken out of a table stands by itself: its jumps lead into it. */
static void take_out(const struct xtables_blob *b)
{
	struct xtables_group g = {.name = NAME};
	struct xtables_entry e;
	size_t at = 0;
	int verdict;

	g.chains = (struct xtables_blob){.family = b->family, .bytes = taken_bytes, .cap = sizeof(taken_bytes)};
	if (xtables_blob_take(b, &g) != ERR_OK)
		return;
	while (xtables_entry_next(&g.chains, &at, &e))
		require(!xtables_entry_standard(&g.chains, &e, &verdict) || verdict <= (int)g.chains.len);
	require(at == g.chains.len);
	for (unsigned h = 0; h < XTABLES_HOOKS; h++)
		require(g.jump[h] == XTABLES_NONE || g.jump[h] <= g.chains.len);
}

static void put(const struct xtables_blob *b, const struct xtables_group *g)
{
	struct xtables_blob made = {.bytes = made_bytes, .cap = sizeof(made_bytes)};

	if (xtables_blob_put(b, g, &made, from) != ERR_OK)
		return;
	for (unsigned i = 0; i < made.count; i++)
		require(from[i] == XTABLES_NONE || from[i] < b->count);
	require(xtables_blob_read(&made) == ERR_OK);
	take_out(&made);
	/* Hooks that are in each other's way are none of the kernel's. */
	if (g->chains.count == 0)
		require(xtables_blob_sum(&made, NAME) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xtables_blob b = {.bytes = bytes, .cap = sizeof(bytes)};
	struct xtables_group group;
	uint8_t family;

	if (!take(&data, &size, &family, sizeof(family)) ||
	    !take(&data, &size, &b.valid_hooks, sizeof(b.valid_hooks)) || !take(&data, &size, b.hook, sizeof(b.hook)) ||
	    !take(&data, &size, b.under, sizeof(b.under)) || size > sizeof(bytes))
		return 0;
	b.family = family == 6 ? 6 : 4;
	memcpy(bytes, data, size);
	b.len = size;
	if (xtables_blob_read(&b) != ERR_OK)
		return 0;
	take_out(&b);
	make_group(&group, b.family);
	put(&b, &group);
	xtables_rule_begin(&group, NAME, b.family);
	put(&b, &group);
	return 0;
}
