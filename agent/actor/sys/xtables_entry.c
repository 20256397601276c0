/* SPDX-License-Identifier: Apache-2.0 */
/* Finds entries in a table and says what they are. Changes nothing. */
#include "agent/actor/sys/xtables_entry.h"

#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <string.h>

#define CHAIN_AT offsetof(struct xt_error_target, errorname)

_Static_assert(sizeof(struct xt_entry_target) == XTABLES_PIECE && XTABLES_VERDICT_AT == XTABLES_PIECE &&
		       CHAIN_AT == XTABLES_PIECE,
	       "one form for all");
_Static_assert(XTABLES_HOOKS == NF_INET_NUMHOOKS, "the kernel's hooks");
_Static_assert(offsetof(struct ip6t_entry, next_offset) == offsetof(struct ip6t_entry, target_offset) + 2, "pair");

static const struct xtables_layout layouts[2] = {
	{sizeof(struct ipt_entry), offsetof(struct ipt_entry, target_offset), offsetof(struct ipt_entry, counters)},
	{sizeof(struct ip6t_entry), offsetof(struct ip6t_entry, target_offset), offsetof(struct ip6t_entry, counters)},
};

const struct xtables_layout *xtables_entry_layout(uint8_t family)
{
	return &layouts[family == 6];
}

uint16_t xtables_entry_u16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

bool xtables_entry_next(const struct xtables_blob *b, size_t *at, struct xtables_entry *e)
{
	const struct xtables_layout *l = xtables_entry_layout(b->family);
	size_t left = b->len - *at, target, next;

	if (*at >= b->len || left < l->head + XTABLES_PIECE)
		return false;
	target = xtables_entry_u16(b->bytes + *at + l->target);
	next = xtables_entry_u16(b->bytes + *at + l->target + 2);
	if (target < l->head || next > left || next < target + XTABLES_PIECE ||
	    next % __alignof__(struct _xt_align) != 0 || xtables_entry_u16(b->bytes + *at + target) < XTABLES_PIECE ||
	    xtables_entry_u16(b->bytes + *at + target) > next - target)
		return false;
	*e = (struct xtables_entry){*at, *at + target, *at + next};
	*at = e->next;
	return true;
}

static struct str name_at(const struct xtables_blob *b, size_t at, size_t max)
{
	const char *text = (const char *)b->bytes + at;

	return (struct str){text, strnlen(text, max)};
}

struct str xtables_entry_target(const struct xtables_blob *b, const struct xtables_entry *e)
{
	return name_at(b, e->target + XTABLES_NAME_AT, XT_EXTENSION_MAXNAMELEN);
}

bool xtables_entry_standard(const struct xtables_blob *b, const struct xtables_entry *e, int *verdict)
{
	if (xtables_entry_target(b, e).len != 0 || e->next - e->target < sizeof(struct xt_standard_target))
		return false;
	memcpy(verdict, b->bytes + e->target + XTABLES_VERDICT_AT, sizeof(*verdict));
	return true;
}

bool xtables_entry_head(const struct xtables_blob *b, const struct xtables_entry *e, struct str *chain)
{
	if (!str_equal(xtables_entry_target(b, e), STR(XT_ERROR_TARGET)) ||
	    e->next - e->target < sizeof(struct xt_error_target))
		return false;
	*chain = name_at(b, e->target + CHAIN_AT, XT_FUNCTION_MAXNAMELEN);
	return true;
}

struct str xtables_entry_chain(const struct xtables_blob *b, int verdict)
{
	struct str chain = {"", 0};
	struct xtables_entry e;
	size_t at = 0;

	while (verdict > 0 && xtables_entry_next(b, &at, &e))
		if (e.next == (size_t)verdict && xtables_entry_head(b, &e, &chain))
			return chain;
	return (struct str){"", 0};
}
