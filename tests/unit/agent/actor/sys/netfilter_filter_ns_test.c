/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A packet-filter policy in the kernel, by nf_tables and by iptables, each time in a network namespace of its own;
 * skipped where that is not permitted.
 */
#include "agent/actor/sys/netfilter_filter.h"

#include "agent/actor/sys/ipset.h"
#include "agent/base/require.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <linux/netfilter.h>
#include <sched.h>

static const struct addr hosts[] = {
	{4, 32, {192, 0, 2, 1}}, {6, 128, {0x20, 0x01, 0x0d, 0xb8}}, {4, 32, {192, 0, 2, 1}}};
static struct netfilter ours, other;
static bool possible;

static int set_up(bool by_iptables)
{
	memset(&ours, 0, sizeof(ours));
	memset(&other, 0, sizeof(other));
	possible = unshare(CLONE_NEWNET) == 0 && netfilter_open(&ours, by_iptables) == ERR_OK &&
		   netfilter_open(&other, by_iptables) == ERR_OK && netfilter_setup(&ours) == ERR_OK;
	/* What rules of another program take of the sets. */
	if (possible && by_iptables)
		possible = iptables_setup(other.iptables) == ERR_OK;
	return 0;
}

static int by_nf_tables(void **state)
{
	(void)state;
	return set_up(false);
}

static int by_iptables(void **state)
{
	(void)state;
	return set_up(true);
}

static int tear_down(void **state)
{
	(void)state;
	if (!possible)
		return 0;
	netfilter_close(&ours);
	netfilter_close(&other);
	return 0;
}

static struct nft_filter with(const struct filter *policy)
{
	return (struct nft_filter){.policy = policy,
				   .service = hosts,
				   .service_count = 3,
				   .service_port = 8443,
				   .resolvers = hosts,
				   .resolver_count = 1,
				   .guard_uid = 4711,
				   .log_group = 4848};
}

/* SSH from two networks, everything else dropped, outbound and forwarded too. */
static struct filter classic(void)
{
	struct filter f;

	memset(&f, 0, sizeof(f));
	f.drops[FILTER_IN] = f.drops[FILTER_OUT] = f.drops[FILTER_FORWARD] = true;
	f.log_rate = 10;
	f.decoy_count = 1;
	f.decoys[0] = 23;
	f.net_lists = f.port_lists = 1;
	f.nets_of[0] = (struct filter_list){0, 2};
	f.nets[0] = (struct addr){4, 8, {10}};
	f.nets[1] = (struct addr){6, 8, {0xfd}};
	f.ports_of[0] = (struct filter_list){0, 2};
	f.ranges[0] = (struct filter_range){22, 22};
	f.ranges[1] = (struct filter_range){65000, 65535};
	f.grants[0] = (struct filter_grant){FILTER_IN, FILTER_TCP, 1, 1, 0};
	f.grants[1] = (struct filter_grant){FILTER_IN, FILTER_PING, 0, 0, 0};
	f.grants[2] = (struct filter_grant){FILTER_FORWARD, FILTER_ANY, 0, 1, 1};
	f.grant_count = 3;
	return f;
}

/* As many lists, networks, ports and grants as there can be, and of IPv6, which takes more bytes. */
static struct filter largest(void)
{
	struct filter f;

	memset(&f, 0, sizeof(f));
	f.drops[FILTER_IN] = f.drops[FILTER_OUT] = f.drops[FILTER_FORWARD] = true;
	f.log_rate = FILTER_LOG_MAX;
	f.net_lists = f.port_lists = FILTER_LISTS_MAX;
	f.decoy_count = FILTER_DECOYS_MAX;
	for (unsigned i = 0; i < FILTER_DECOYS_MAX; i++)
		f.decoys[i] = (uint16_t)(i + 1);
	for (unsigned i = 0; i < FILTER_LISTS_MAX; i++) {
		f.nets_of[i] = f.ports_of[i] = (struct filter_list){(uint8_t)(i * 8), 8};
		for (unsigned k = 0; k < 8; k++) {
			f.nets[i * 8 + k] = (struct addr){k ? 6 : 4, k ? 128 : 32, {(uint8_t)(k + 1)}};
			f.ranges[i * 8 + k] = (struct filter_range){(uint16_t)(3 * k + 1), (uint16_t)(3 * k + 2)};
		}
	}
	for (unsigned i = 0; i < FILTER_GRANTS_MAX; i++)
		f.grants[i] =
			(struct filter_grant){FILTER_FORWARD, i < 16 ? FILTER_TCP : FILTER_UDP, (uint8_t)(i % 16 + 1),
					      (uint8_t)(i % 16 + 1), (uint8_t)(i % 16 + 1)};
	f.grant_count = FILTER_GRANTS_MAX;
	return f;
}

static void what_is_put_in_force_is_read_back_whole(void **state)
{
	struct filter f = classic(), another = classic();
	const struct nft_filter x = with(&f), y = with(&another);

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(netfilter_filter_check(&other, &x), ERR_NOT_FOUND);
	assert_int_equal(netfilter_filter_set(&ours, &x), ERR_OK);
	assert_int_equal(netfilter_filter_check(&other, &x), ERR_OK);
	/* One bit of it otherwise is another one. */
	another.ranges[0].last = 23;
	assert_int_equal(netfilter_filter_check(&other, &y), ERR_UNVERIFIED);
	another = classic();
	another.nets[0].prefix = 9;
	assert_int_equal(netfilter_filter_check(&other, &y), ERR_UNVERIFIED);
	another = classic();
	another.drops[FILTER_OUT] = false;
	assert_int_equal(netfilter_filter_check(&other, &y), ERR_UNVERIFIED);
	another = classic();
	another.grants[2].what = FILTER_PING;
	assert_int_equal(netfilter_filter_check(&other, &y), ERR_UNVERIFIED);
	another = classic();
	another.log_rate = 11;
	assert_int_equal(netfilter_filter_check(&other, &y), ERR_UNVERIFIED);
	another.log_rate = 0;
	assert_int_equal(netfilter_filter_set(&ours, &y), ERR_OK);
	assert_int_equal(netfilter_filter_check(&other, &y), ERR_OK);
	assert_int_equal(netfilter_filter_clear(&ours), ERR_OK);
	assert_int_equal(netfilter_filter_clear(&ours), ERR_NOT_FOUND);
}

static void the_largest_policy_is_put_in_force(void **state)
{
	struct filter f = largest();
	const struct nft_filter x = with(&f);
	uint8_t bytes[FILTER_BYTES_MAX];
	struct buf b = buf_over(bytes, sizeof(bytes));
	char why[FILTER_WHY_MAX];
	struct filter read;

	(void)state;
	filter_encode(&b, &f);
	assert_int_equal(filter_decode(buf_str(&b), &read, why), ERR_OK);
	if (!possible)
		skip();
	assert_int_equal(netfilter_filter_set(&ours, &x), ERR_OK);
	assert_int_equal(netfilter_filter_check(&other, &x), ERR_OK);
	assert_int_equal(netfilter_filter_clear(&ours), ERR_OK);
}

static bool is_seen(void)
{
	static const uint32_t least[BAN_SETS_MAX];
	struct netfilter_news news;

	netfilter_watch(&ours, least, &news);
	return news.changed;
}

/* Somebody else's chain in one family's table. */
static enum err put_foreign(uint8_t family, unsigned rules)
{
	struct iptables *t = other.iptables;
	struct xtables_group *g = &t->group;

	iptables_begin(t, IPTABLES_BAN, family);
	g->name = "SOMEBODY";
	g->jump[NF_INET_LOCAL_IN] = (uint32_t)xtables_rule_chain(g, "SOMEBODY");
	for (unsigned i = 0; i < rules; i++)
		xtables_rule_put(g, &(struct xtables_rule){.protocol = 17, .dst_port = 9, .verdict = XTABLES_DROP});
	require(xtables_rule_end(g) == ERR_OK);
	return xtables_put(&t->tables, g);
}

static bool has_set(const char *name)
{
	const struct ipset_kind k = {name, 6, true};
	uint16_t index;

	return ipset_index(ours.iptables->tables.fds[0], &k, &index) == ERR_OK;
}

/* There is room for it in the first family's table, and in the second one's there is not. */
static void what_fails_with_one_family_is_in_force_with_none(void **state)
{
	struct filter small = classic(), large = largest();
	const struct nft_filter x = with(&small), y = with(&large);

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(put_foreign(6, 150), ERR_OK);
	assert_int_equal(netfilter_filter_set(&ours, &y), ERR_TOO_LONG);
	assert_int_equal(netfilter_filter_check(&other, &x), ERR_NOT_FOUND);
	assert_false(is_seen());
	assert_int_equal(netfilter_filter_set(&ours, &x), ERR_OK);
	assert_int_equal(netfilter_filter_set(&ours, &y), ERR_TOO_LONG);
	assert_int_equal(netfilter_filter_check(&other, &x), ERR_OK);
	assert_false(is_seen());
	/* Nothing of the other one is left behind. */
	assert_true(has_set("caltrop_a_net1_6") != has_set("caltrop_b_net1_6"));
	assert_false(has_set("caltrop_a_net16_6") || has_set("caltrop_b_net16_6"));
	assert_int_equal(netfilter_filter_clear(&ours), ERR_OK);
	assert_false(has_set("caltrop_a_net1_6") || has_set("caltrop_b_net1_6"));
	assert_int_equal(put_foreign(6, 0), ERR_OK);
	assert_int_equal(netfilter_filter_set(&ours, &y), ERR_OK);
}

static void a_set_that_somebody_changes_is_seen_and_put_back(void **state)
{
	struct ipset_element more = {{6, 16, {0xfe, 0x80}}, 0};
	struct ipset *sets = &other.iptables->sets;
	struct ipset_kind k = {"caltrop_a_net1_6", 6, true};
	struct filter f = classic();
	const struct nft_filter x = with(&f);

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(netfilter_filter_set(&ours, &x), ERR_OK);
	assert_false(is_seen());
	k.name = has_set(k.name) ? k.name : "caltrop_b_net1_6";
	assert_int_equal(ipset_put_all(sets, &k, &more, 1), ERR_OK);
	assert_true(is_seen());
	assert_int_equal(netfilter_filter_check(&ours, &x), ERR_UNVERIFIED);
	assert_int_equal(netfilter_filter_set(&ours, &x), ERR_OK);
	assert_int_equal(netfilter_filter_check(&ours, &x), ERR_OK);
	assert_false(is_seen());
}

/* As when a guard died between two steps: sets of the other turn are there, and the next one knows of no turn. */
static void what_a_dead_guard_left_is_no_hindrance(void **state)
{
	struct filter f = classic(), another = classic();
	const struct nft_filter x = with(&f), y = with(&another);
	const struct ipset_kind kinds[] = {{"caltrop_a_net1_6", 6, true}, {"caltrop_b_net1_6", 6, true}};

	(void)state;
	if (!possible)
		skip();
	another.nets[1].prefix = 7;
	another.nets[1].bytes[0] = 0xfc;
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(netfilter_filter_set(&ours, i % 2 ? &y : &x), ERR_OK);
		for (unsigned k = 0; k < 2; k++)
			if (!has_set(kinds[k].name))
				assert_int_equal(ipset_make(&other.iptables->sets, &kinds[k]), ERR_OK);
		netfilter_close(&ours);
		memset(&ours, 0, sizeof(ours));
		assert_int_equal(netfilter_open(&ours, true), ERR_OK);
		assert_int_equal(netfilter_setup(&ours), ERR_OK);
		assert_int_equal(netfilter_filter_check(&ours, i % 2 ? &y : &x), ERR_OK);
		assert_int_equal(netfilter_filter_check(&ours, i % 2 ? &x : &y), ERR_UNVERIFIED);
	}
	assert_int_equal(netfilter_filter_clear(&ours), ERR_OK);
}

/* Who decides besides is named by table, chain and number, and nothing of the guard's is. */
static void rules_of_others_that_drop_are_named(void **state)
{
	struct filter f = classic();
	const struct nft_filter x = with(&f);
	struct nft_others o;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(netfilter_filter_set(&ours, &x), ERR_OK);
	assert_int_equal(netfilter_filter_others(&ours, &o), ERR_OK);
	assert_int_equal(o.dropping + o.filtering + o.rules, 0);
	assert_int_equal(put_foreign(6, NFT_OTHERS_RULES_MAX + 1), ERR_OK);
	assert_int_equal(netfilter_filter_others(&ours, &o), ERR_OK);
	assert_int_equal(o.rules, NFT_OTHERS_RULES_MAX + 1);
	assert_string_equal(o.named[1].place, "ip6tables mangle SOMEBODY");
	assert_int_equal(o.named[1].handle, 2);
	assert_false(o.named[1].before);
	assert_int_equal(netfilter_filter_check(&ours, &x), ERR_OK);
}

#define BOTH(f)                                                      \
	cmocka_unit_test_setup_teardown(f, by_nf_tables, tear_down), \
	{                                                            \
#f " by iptables", f, by_iptables, tear_down, NULL   \
	}
#define IPTABLES(f) cmocka_unit_test_setup_teardown(f, by_iptables, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(what_is_put_in_force_is_read_back_whole),
		BOTH(the_largest_policy_is_put_in_force),
		IPTABLES(what_fails_with_one_family_is_in_force_with_none),
		IPTABLES(a_set_that_somebody_changes_is_seen_and_put_back),
		IPTABLES(what_a_dead_guard_left_is_no_hindrance),
		IPTABLES(rules_of_others_that_drop_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
