/* SPDX-License-Identifier: Apache-2.0 */
/* Compares expressions attribute by attribute; knows no rule. */
#include "agent/actor/sys/nft_same.h"

#include "agent/actor/sys/nft_expr.h"

/* Before the kernel's headers, which then leave these definitions to the C library. */
#include <netinet/in.h>

#include <linux/netfilter/nf_tables.h>

#include <string.h>

#define NESTS_MAX 2 /* of a verdict: data, verdict, code */

static bool same_bytes(const struct netlink_attr *a, const struct netlink_attr *b)
{
	return a->value.len == b->value.len && memcmp(a->value.data, b->value.data, a->value.len) == 0;
}

/* All attributes of one are in the other one. A nest's flag differs between us and the kernel, so nests are opened. */
static bool has_all(struct view wanted, struct view got, unsigned nests)
{
	struct netlink_attr attr, other;
	unsigned count = 0;

	for (; netlink_next_attr(&wanted, &attr); count++)
		if (!netlink_find(got, attr.type, &other) ||
		    (!same_bytes(&attr, &other) && (nests == 0 || !has_all(attr.value, other.value, nests - 1))))
			return false;
	return count > 0 && !wanted.short_read;
}

/* The next expression, its name and data. */
static bool take(struct view *list, struct str *name, struct view *data)
{
	struct netlink_attr element, attr;

	*data = view_over(NULL, 0);
	if (!netlink_next_attr(list, &element) || !netlink_find(element.value, NFTA_EXPR_NAME, &attr))
		return false;
	*name = netlink_get_text(&attr);
	if (netlink_find(element.value, NFTA_EXPR_DATA, &attr))
		*data = attr.value;
	return true;
}

/* The number of a set is of the transaction that made it. */
static bool same_lookup(struct view wanted, struct view got)
{
	struct netlink_attr a, b;

	return netlink_find(wanted, NFTA_LOOKUP_SET, &a) && netlink_find(got, NFTA_LOOKUP_SET, &b) &&
	       str_equal(netlink_get_text(&a), netlink_get_text(&b)) && !netlink_find(got, NFTA_LOOKUP_DREG, &a) &&
	       (!netlink_find(got, NFTA_LOOKUP_FLAGS, &a) ||
		(a.value.len == 4 && memcmp(a.value.data, "\0\0\0\0", 4) == 0));
}

static bool same_rule(struct view wanted, struct view got)
{
	struct view ours, theirs;
	struct str name, other;

	while (take(&wanted, &name, &ours)) {
		if (!take(&got, &other, &theirs) || !str_equal(name, other))
			return false;
		if (str_equal(name, STR("counter")))
			continue;
		if (str_equal(name, STR("lookup")) ? !same_lookup(ours, theirs) : !has_all(ours, theirs, NESTS_MAX))
			return false;
	}
	return wanted.len == 0 && got.len == 0;
}

void nft_same_begin(struct nft_same *s)
{
	s->out = netlink_over(s->bytes, sizeof(s->bytes));
	netlink_begin(&s->out, NFT_MSG_NEWRULE, 0);
	s->list = nft_expr_list(&s->out);
}

bool nft_same_end(struct nft_same *s, struct view got)
{
	struct netlink_message m;
	struct netlink_attr wanted;
	struct view datagram;

	netlink_nest_end(&s->out, s->list);
	datagram = view_over(s->out.data, s->out.len);
	return netlink_check(&s->out) == ERR_OK && netlink_next(&datagram, &m) &&
	       netlink_find(m.body, NFTA_RULE_EXPRESSIONS, &wanted) && same_rule(wanted.value, got);
}
