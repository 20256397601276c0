/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of iptables or ip6tables as the kernel gives and takes it (linux/netfilter_ipv4/ip_tables.h): entries in one
 * piece of memory, jumps as offsets in it. The guard has chains of its own in a table that belongs to all; here they
 * are found, compared and replaced, and everybody else's entries keep their order and their meaning. Pure.
 *
 * Chains of the guard bear names that begin with XTABLES_PREFIX; a group (bans, isolation, limits) is those that begin
 * with the group's name. Their jumps stand first in a hook's chain, in the order of the names.
 */
#pragma once

#include "agent/actor/sys/xtables_entry.h"
#include "agent/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XTABLES_PREFIX "CALTROP_"
#define XTABLES_BYTES_MAX 65536 /* of a table; a longer one is left alone, and said */
#define XTABLES_ENTRIES_MAX 600 /* as many fit into that */
#define XTABLES_NONE UINT32_MAX /* no entry */
#define XTABLES_CHAIN_MAX 29	/* of a chain's name with its NUL, as iptables(8) has it */

/* The guard's chains of one group, in the same form; offsets count from its own begin. */
struct xtables_group {
	const char *name; /* "CALTROP_BAN" */
	struct xtables_blob chains;
	uint32_t jump[XTABLES_HOOKS]; /* where a hook jumps to; XTABLES_NONE: it does not */
};

/* Append an entry without matches whose standard target is that verdict. False: no room. */
bool xtables_blob_plain(struct xtables_blob *b, int verdict);

/*
 * Check what the kernel gave: every length is inside of another one and hooks are at entries; count them. ERR_CORRUPT;
 * ERR_FULL: more than XTABLES_ENTRIES_MAX. What the kernel counts or keeps to itself becomes zeros.
 */
ERR_CHECK enum err xtables_blob_read(struct xtables_blob *b);

/*
 * A number that stands for all chains whose names begin with `name`, their rules and the hooks' jumps to them, wherever
 * they are in the table. That of several groups is their sum. The table was checked by xtables_blob_read().
 */
uint64_t xtables_blob_sum(const struct xtables_blob *b, const char *name);
uint64_t xtables_blob_group_sum(const struct xtables_group *g);

/*
 * Copy a group out of a table that was checked; *g has its name, its family and memory. ERR_TOO_LONG; ERR_CORRUPT: a
 * chain of it jumps to one that is not its own.
 */
ERR_CHECK enum err xtables_blob_take(const struct xtables_blob *b, struct xtables_group *g);

/*
 * Make `out` of a table and a group: the group's chains are those, or, if it has none, gone. `out` has memory and
 * nothing else; from[i] is the number that its entry i has in the table, XTABLES_NONE: it is new. ERR_TOO_LONG: it does
 * not fit into `out`; ERR_FULL; ERR_CORRUPT.
 */
ERR_CHECK enum err xtables_blob_put(const struct xtables_blob *b, const struct xtables_group *g,
				    struct xtables_blob *out, uint32_t from[XTABLES_ENTRIES_MAX]);
