/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of a table of iptables or ip6tables as the kernel has them (linux/netfilter_ipv4/ip_tables.h): a rule, or the
 * head of a chain, one behind the other in one piece of memory, jumps as offsets in it. For xtables_*.c, which read
 * tables and change them. Pure.
 */
#pragma once

#include "agent/base/str.h"

#include <linux/netfilter/x_tables.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XTABLES_HOOKS 5				    /* NF_INET_NUMHOOKS */
#define XTABLES_PIECE sizeof(struct xt_entry_match) /* header of a match, and of a target */
#define XTABLES_NAME_AT offsetof(struct xt_entry_match, u.user.name)
#define XTABLES_VERDICT_AT offsetof(struct xt_standard_target, verdict)

/* As XT_ALIGN of linux/netfilter/x_tables.h, which older headers write in GNU C. */
#define XTABLES_ALIGN(size) (((size) + _Alignof(struct _xt_align) - 1) & ~(_Alignof(struct _xt_align) - 1))

struct xtables_blob {
	uint8_t family; /* 4, 6 */
	uint8_t *bytes; /* the caller's, aligned as xt_counters */
	size_t len, cap;
	unsigned count; /* entries */
	uint32_t valid_hooks;
	uint32_t hook[XTABLES_HOOKS], under[XTABLES_HOOKS]; /* offsets of a hook's first and last entry */
};

/* How the entries of one family are laid out. */
struct xtables_layout {
	size_t head;	 /* length of what comes before matches */
	size_t target;	 /* offset of the uint16_t that is the target's offset; the next entry's is behind it */
	size_t counters; /* offset of struct xt_counters */
};
const struct xtables_layout *xtables_entry_layout(uint8_t family);

/* Offsets in the table: of the entry, of its target, of what comes behind it. */
struct xtables_entry {
	size_t at, target, next;
};

/* Take the entry at *at, whose lengths are checked. False: there is none, or it is damaged. */
bool xtables_entry_next(const struct xtables_blob *b, size_t *at, struct xtables_entry *e);

/* A uint16_t of the table, which may be at an odd address. */
uint16_t xtables_entry_u16(const uint8_t *p);

/* The name of its target; empty: it only jumps, returns or ends. */
struct str xtables_entry_target(const struct xtables_blob *b, const struct xtables_entry *e);

/* Whether the rule only jumps, returns or ends; *verdict is then what the kernel has for it. */
bool xtables_entry_standard(const struct xtables_blob *b, const struct xtables_entry *e, int *verdict);

/* Whether it is the head of a chain, or the table's last entry, which is called ERROR as well. */
bool xtables_entry_head(const struct xtables_blob *b, const struct xtables_entry *e, struct str *chain);

/* The name of the chain whose first rule is at that offset; empty: there is none. */
struct str xtables_entry_chain(const struct xtables_blob *b, int verdict);
