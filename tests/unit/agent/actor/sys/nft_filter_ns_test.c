/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What others do to the table of a packet-filter policy, and beside it, in a network namespace of its own; skipped
 * where that is not permitted. The policy itself is tried by netfilter_filter_ns_test.c.
 */
#include "agent/actor/sys/nft_filter.h"

#include "agent/actor/sys/nft_chain.h"
#include "agent/actor/sys/nft_expr.h"
#include "agent/actor/sys/nft_others.h"
#include "agent/actor/sys/nft_wire.h"
#include "agent/base/require.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sched.h>

static const struct addr hosts[] = {
	{4, 32, {192, 0, 2, 1}}, {6, 128, {0x20, 0x01, 0x0d, 0xb8}}, {4, 32, {192, 0, 2, 1}}};
static const struct nft_chain input = {NFT_POLICY_TABLE,    "input", NF_INET_LOCAL_IN,
				       NFT_FILTER_PRIORITY, NF_DROP, false};
static struct nft ours, other;
static bool possible;

static int enter_namespace(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return 0;
	possible = nft_open(&ours) == ERR_OK && nft_open(&other) == ERR_OK && nft_setup(&ours) == ERR_OK;
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

static void commit(void)
{
	require(nft_wire_commit(&other) == ERR_OK);
}

/* Somebody else's changes of it: the guard has to see each. */
static void whatever_somebody_changes_is_seen(void **state)
{
	struct filter f = classic();
	const struct nft_filter x = with(&f);
	size_t list;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(nft_filter_set(&ours, &x), ERR_OK);
	nft_wire_begin(&other);
	nft_chain_flush(&other, &input);
	commit();
	assert_int_equal(nft_filter_check(&ours, &x), ERR_UNVERIFIED);

	assert_int_equal(nft_filter_set(&ours, &x), ERR_OK);
	nft_wire_begin(&other);
	list = nft_chain_rule(&other, &input);
	nft_expr_verdict(&other.out, NF_ACCEPT);
	netlink_nest_end(&other.out, list);
	commit();
	assert_int_equal(nft_filter_check(&ours, &x), ERR_UNVERIFIED);

	assert_int_equal(nft_filter_set(&ours, &x), ERR_OK);
	nft_wire_begin(&other);
	nft_chain_put_table(&other, NFT_POLICY_TABLE, NFT_TABLE_F_DORMANT);
	commit();
	assert_int_equal(nft_filter_check(&ours, &x), ERR_UNVERIFIED);
	/* And what is left of it is no hindrance. */
	assert_int_equal(nft_filter_set(&ours, &x), ERR_OK);
	assert_int_equal(nft_filter_check(&ours, &x), ERR_OK);
	assert_int_equal(nft_filter_clear(&ours), ERR_OK);
}

/* One that drops, one that has a rule, and ours, which are none of them. */
static void what_others_filter_is_told_by_table(void **state)
{
	const struct nft_chain dropping = {"firewall", "in", NF_INET_LOCAL_IN, 0, NF_DROP, false};
	const struct nft_chain accepting = {"zone", "out", NF_INET_LOCAL_OUT, 0, NF_ACCEPT, false};
	struct nft_others o;
	size_t list;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(nft_others_read(&ours, &o), ERR_OK);
	assert_int_equal(o.dropping + o.filtering, 0);
	nft_wire_begin(&other);
	nft_chain_put_table(&other, "firewall", 0);
	nft_chain_put(&other, &dropping);
	nft_chain_put_table(&other, "zone", 0);
	nft_chain_put(&other, &accepting);
	list = nft_chain_rule(&other, &accepting);
	nft_expr_verdict(&other.out, NF_ACCEPT);
	netlink_nest_end(&other.out, list);
	commit();
	assert_int_equal(nft_others_read(&ours, &o), ERR_OK);
	assert_int_equal(o.dropping, 1);
	assert_string_equal(o.drops, "inet firewall");
	assert_int_equal(o.filtering, 1);
	assert_string_equal(o.filters, "inet zone");
	assert_int_equal(o.rules, 0);
}

static void put_rule(const struct nft_chain *chain, uint32_t verdict)
{
	size_t list = nft_chain_rule(&other, chain);

	nft_expr_meta(&other.out, NFT_META_L4PROTO);
	nft_expr_cmp(&other.out, NFT_CMP_EQ, &(uint8_t){IPPROTO_TCP}, 1);
	nft_expr_verdict(&other.out, verdict);
	netlink_nest_end(&other.out, list);
}

/* One before ours and in a chain that its base chain leads to, and more behind ours than are named. */
static void rules_of_others_that_drop_are_told_by_place_and_number(void **state)
{
	const struct nft_chain first = {"raw_guard", "pre", NF_INET_LOCAL_IN, -300, NF_ACCEPT, false};
	const struct nft_chain user = {.table = "raw_guard", .name = "user", .plain = true};
	const struct nft_chain late = {"late", "in", NF_INET_LOCAL_IN, 10, NF_ACCEPT, false};
	const struct nft_chain elsewhere = {"elsewhere", "pre", NF_INET_PRE_ROUTING, -300, NF_ACCEPT, false};
	struct nft_others o;
	unsigned before = 0;

	(void)state;
	if (!possible)
		skip();
	nft_wire_begin(&other);
	nft_chain_put_table(&other, "raw_guard", 0);
	nft_chain_put(&other, &first);
	nft_chain_put(&other, &user);
	put_rule(&user, NF_DROP);
	nft_chain_put_table(&other, "late", 0);
	nft_chain_put(&other, &late);
	put_rule(&late, NF_ACCEPT);
	for (unsigned i = 0; i < NFT_OTHERS_RULES_MAX; i++)
		put_rule(&late, NF_DROP);
	nft_chain_put_table(&other, "elsewhere", 0);
	nft_chain_put(&other, &elsewhere);
	put_rule(&elsewhere, NF_DROP);
	commit();
	assert_int_equal(nft_others_read(&ours, &o), ERR_OK);
	assert_int_equal(o.rules, NFT_OTHERS_RULES_MAX + 1);
	for (unsigned i = 0; i < NFT_OTHERS_RULES_MAX; i++) {
		before += o.named[i].before;
		assert_string_equal(o.named[i].place, o.named[i].before ? "inet raw_guard user" : "inet late in");
		assert_true(o.named[i].handle > 0);
	}
	assert_int_equal(before, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_somebody_changes_is_seen),
		cmocka_unit_test(what_others_filter_is_told_by_table),
		cmocka_unit_test(rules_of_others_that_drop_are_told_by_place_and_number),
	};

	return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
