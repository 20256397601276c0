/* SPDX-License-Identifier: Apache-2.0 */
/* The table that logs packets, in a network namespace of its own; skipped where that is not permitted. */
#include "agent/actor/sys/nft_packets.h"

#include "agent/actor/sys/nft_chain.h"
#include "agent/actor/sys/nft_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sched.h>

static const struct nft_chain chain = {NFT_PACKETS_TABLE, "input",   NF_INET_LOCAL_IN,
				       NFT_PRIORITY + 10, NF_ACCEPT, false};
static const struct nft_chain dropping = {NFT_PACKETS_TABLE, "input", NF_INET_LOCAL_IN, 0, NF_DROP, false};
static struct nft ours, other;
static struct settings settings;
static bool possible;

static int enter_namespace(void **state)
{
	(void)state;
	settings_default(&settings);
	settings.firewall = true;
	if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return 0;
	possible = nft_open(&ours) == ERR_OK && nft_open(&other) == ERR_OK && nft_setup(&ours) == ERR_OK;
	return 0;
}

static struct nft_chain_state now(void)
{
	struct nft_chain_state state;

	assert_int_equal(nft_chain_read(&other, &chain, 1, &state), ERR_OK);
	return state;
}

static void the_table_has_a_rule_for_each_decoy(void **state)
{
	(void)state;
	if (!possible)
		skip();
	assert_int_equal(nft_packets_setup(&ours, &settings), ERR_OK);
	assert_int_equal(now().uses[0], 8);
	for (settings.decoy_count = 0; settings.decoy_count < SETTINGS_DECOYS_MAX; settings.decoy_count++)
		settings.decoys[settings.decoy_count] = (uint16_t)(settings.decoy_count + 23);
	assert_int_equal(nft_packets_setup(&ours, &settings), ERR_OK);
	assert_int_equal(now().uses[0], 8 + SETTINGS_DECOYS_MAX);
	assert_int_equal(now().right, 1);
}

static void it_goes_when_nobody_asks_for_it(void **state)
{
	(void)state;
	if (!possible)
		skip();
	assert_int_equal(nft_packets_setup(&ours, &settings), ERR_OK);
	assert_true(now().table);
	settings.firewall = false;
	assert_int_equal(nft_packets_setup(&ours, &settings), ERR_OK);
	assert_false(now().table);
	assert_int_equal(nft_packets_remove(&ours), ERR_OK);
	settings.firewall = true;
}

static void what_somebody_left_under_its_name_goes(void **state)
{
	(void)state;
	if (!possible)
		skip();
	assert_int_equal(nft_packets_remove(&ours), ERR_OK);
	nft_wire_begin(&other);
	nft_chain_put_table(&other, NFT_PACKETS_TABLE, 0);
	nft_chain_put(&other, &dropping);
	assert_int_equal(nft_wire_commit(&other), ERR_OK);
	assert_int_equal(nft_packets_setup(&ours, &settings), ERR_OK);
	assert_int_equal(now().right, 1);
}

/* This kernel has all; what it has not is tried on a machine that boots (tests/boot/20-lacking.sh). */
static void nothing_is_lacking_here_and_nothing_is_left_of_the_question(void **state)
{
	struct netfilter_news news;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(nft_packets_setup(&ours, &settings), ERR_OK);
	nft_watch(&ours, &news);
	assert_int_equal(nft_packets_lacks(&ours, &settings), ACTOR_LACKS_NOTHING);
	assert_int_equal(now().right, 1);
	nft_watch(&ours, &news);
	assert_false(news.changed);
}

static void a_change_by_somebody_else_is_news(void **state)
{
	struct netfilter_news news;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(nft_packets_setup(&ours, &settings), ERR_OK);
	nft_watch(&ours, &news);
	nft_watch(&ours, &news);
	assert_false(news.changed);
	nft_wire_begin(&other);
	nft_chain_flush(&other, &chain);
	assert_int_equal(nft_wire_commit(&other), ERR_OK);
	nft_watch(&ours, &news);
	assert_true(news.changed);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_has_a_rule_for_each_decoy),
		cmocka_unit_test(it_goes_when_nobody_asks_for_it),
		cmocka_unit_test(what_somebody_left_under_its_name_goes),
		cmocka_unit_test(nothing_is_lacking_here_and_nothing_is_left_of_the_question),
		cmocka_unit_test(a_change_by_somebody_else_is_news),
	};

	return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
