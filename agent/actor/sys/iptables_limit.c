/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits as chains, for netfilter_limit.c:
 *
 *	-A PREROUTING -j CALTROP_LIMIT
 *	-A CALTROP_LIMIT -s 198.51.100.0/24 -j CALTROP_LIMIT_00
 *	-A CALTROP_LIMIT_00 -m limit --limit 20/sec --limit-burst 20 -j RETURN
 *	-A CALTROP_LIMIT_00 -j DROP
 *
 * before local and forwarded packets part, so that both count for one bucket. In ip6tables an IPv4 source that comes
 * through NAT64 has a bucket of its own.
 */
#include "agent/actor/sys/iptables_limit.h"

#include <linux/netfilter.h>

#include <stdio.h>
#include <string.h>

#define CHAIN XTABLES_PREFIX "LIMIT"
#define NAT64_PREFIX 96

struct bucket {
	struct addr addr; /* of the table's family */
	uint32_t rate;
	int chain;
};

static unsigned buckets_of(const struct netfilter_limit *list, unsigned count, uint8_t family,
			   struct bucket out[NETFILTER_LIMITS_MAX])
{
	unsigned buckets = 0;

	for (unsigned i = 0; i < count; i++) {
		struct addr a = list[i].addr;

		if (family == 4 && a.family == 6)
			continue;
		if (family == 6 && a.family == 4) {
			a = (struct addr){.family = 6, .prefix = (uint8_t)(NAT64_PREFIX + a.prefix)};
			memcpy(a.bytes, (const uint8_t[4]){0, 0x64, 0xff, 0x9b}, 4);
			memcpy(a.bytes + NAT64_PREFIX / 8, list[i].addr.bytes, 4);
		}
		out[buckets++] = (struct bucket){a, list[i].rate, 0};
	}
	return buckets;
}

/* The buckets' chains stand behind the one that leads to them, which is begun twice as long: its places are known then.
 */
static void make(struct iptables *t, uint8_t family, const struct netfilter_limit *list, unsigned count)
{
	struct bucket buckets[NETFILTER_LIMITS_MAX];
	unsigned bucket_count = buckets_of(list, count, family, buckets);
	struct xtables_group *g = &t->group;
	char name[XTABLES_CHAIN_MAX];
	int first = 0;

	for (unsigned round = 0; round < 2; round++) {
		iptables_begin(t, IPTABLES_LIMIT, family);
		if (bucket_count == 0)
			return;
		first = xtables_rule_chain(g, CHAIN);
		for (unsigned i = 0; i < bucket_count; i++)
			xtables_rule_put(g,
					 &(struct xtables_rule){.peer = &buckets[i].addr, .verdict = buckets[i].chain});
		for (unsigned i = 0; i < bucket_count; i++) {
			snprintf(name, sizeof(name), CHAIN "_%02u", i);
			buckets[i].chain = xtables_rule_chain(g, name);
			xtables_rule_put(g, &(struct xtables_rule){.rate = buckets[i].rate, .verdict = XTABLES_RETURN});
			xtables_rule_put(g, &(struct xtables_rule){.verdict = XTABLES_DROP});
		}
	}
	g->jump[NF_INET_PRE_ROUTING] = (uint32_t)first;
}

static enum err each_family(struct iptables *t, const struct netfilter_limit *list, unsigned count,
			    enum err (*act)(struct iptables *t, enum iptables_group which))
{
	enum err err = count > NETFILTER_LIMITS_MAX ? ERR_FULL : ERR_OK;

	for (unsigned i = 0; i < count && err == ERR_OK; i++)
		if (list[i].rate > IPTABLES_LIMIT_RATE_MAX)
			err = ERR_INVALID;
	for (unsigned i = 0; i < 2 && err == ERR_OK; i++) {
		make(t, i == 0 ? 4 : 6, list, count);
		err = act(t, IPTABLES_LIMIT);
	}
	return err;
}

enum err iptables_limit_set(struct iptables *t, const struct netfilter_limit *list, unsigned count)
{
	return each_family(t, list, count, iptables_put);
}

enum err iptables_limit_check(struct iptables *t, const struct netfilter_limit *list, unsigned count)
{
	return each_family(t, list, count, iptables_check);
}
