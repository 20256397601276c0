/* SPDX-License-Identifier: Apache-2.0 */
/* Compares expressions attribute by attribute; knows no rule. */
#include "agent/actor/sys/nft_same.h"

#include "agent/base/netlink.h"

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

bool nft_same_rule(struct view wanted, struct view got)
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
