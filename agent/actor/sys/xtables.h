/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table `mangle` of iptables and ip6tables, spoken to as iptables-legacy(8) does, by socket options, but without a
 * program. mangle, because it has the hooks input, forward and output, and packets meet it after connection tracking
 * and before everybody's `filter`. Each change of a family is one replacement of its table; everybody else's rules and
 * counters in it stay, and the lock of iptables(8) is held meanwhile. Other tables are only read.
 */
#pragma once

#include "agent/actor/sys/xtables_blob.h"
#include "agent/base/err.h"

#include <linux/netfilter/x_tables.h>

#include <stdbool.h>
#include <stdint.h>

#define XTABLES_LOCK "/run/xtables.lock"
#define XTABLES_BACK_MAX (XTABLES_ENTRIES_MAX + 4) /* struct xt_counters_info, and the counters behind it */
#define XTABLES_HEADER_MAX 128			   /* of what is in front of entries in a call */

struct xtables {
	int fds[2]; /* by family; -1: this kernel does not have it */
	int lock;   /* -1: there is none to be had, as without /run */
	uint8_t old[XTABLES_HEADER_MAX + XTABLES_BYTES_MAX] __attribute__((aligned(8)));
	uint8_t made[XTABLES_HEADER_MAX + XTABLES_BYTES_MAX] __attribute__((aligned(8)));
	struct xt_counters counters[XTABLES_ENTRIES_MAX];
	struct xt_counters back[XTABLES_BACK_MAX];
};

/* ERR_DENIED, ERR_UNSUPPORTED: the kernel has no IPv4. xtables_close is right after an error too. */
ERR_CHECK enum err xtables_open(struct xtables *x);
void xtables_close(struct xtables *x);
bool xtables_has(const struct xtables *x, uint8_t family);

/* Whether rules of a family can have that revision of a match, or of a target. */
bool xtables_has_match(const struct xtables *x, uint8_t family, const char *name, uint8_t revision);
bool xtables_has_target(const struct xtables *x, uint8_t family, const char *name, uint8_t revision);

/*
 * Read a table of that name, which must be there, else the kernel makes it. Its bytes are good until the next call.
 * ERR_TOO_LONG, ERR_FULL: it is longer than those that can be read; ERR_UNSUPPORTED; ERR_BUSY.
 */
ERR_CHECK enum err xtables_read(struct xtables *x, uint8_t family, const char *table, struct xtables_blob *b);

/*
 * Put a group's chains in force, for its family; no chains: they go. ERR_UNSUPPORTED: the kernel has no such table, or
 * lacks a match; ERR_BUSY: another program holds the lock or was faster; ERR_TOO_LONG, ERR_FULL: the table is too long.
 */
ERR_CHECK enum err xtables_put(struct xtables *x, const struct xtables_group *g);

/*
 * Make of *g, which has a name, a family and memory, the group that is in force. ERR_TOO_LONG; ERR_CORRUPT: somebody
 * has it jump to chains that are not its own.
 */
ERR_CHECK enum err xtables_take(struct xtables *x, struct xtables_group *g);

/*
 * Read the table; sums[i] is that of the chains whose names begin with names[i] (xtables_blob_sum). The last name is
 * NULL.
 */
ERR_CHECK enum err xtables_sums(struct xtables *x, uint8_t family, const char *const *names, uint64_t *sums);
