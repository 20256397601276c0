/* SPDX-License-Identifier: Apache-2.0 */
/* ipset and iptables for real, in a network namespace of its own; skipped where that is not permitted. */
#include "agent/actor/sys/iptables.h"

#include "agent/actor/sys/iptables_isolate.h"
#include "agent/actor/sys/iptables_limit.h"
#include "agent/actor/sys/iptables_packets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <linux/netfilter.h>
#include <sched.h>

static struct iptables ours, other;
static const uint32_t none[BAN_SETS_MAX];
static bool possible;

static int set_up(void **state)
{
	(void)state;
	possible = unshare(CLONE_NEWNET) == 0 && iptables_open(&ours) == ERR_OK && iptables_open(&other) == ERR_OK &&
		   iptables_setup(&ours) == ERR_OK;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	iptables_close(&ours);
	iptables_close(&other);
	return 0;
}

static struct addr addr_of(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_prefix(str_from(text), &a), ERR_OK);
	return a;
}

static bool is_changed(const uint32_t least[BAN_SETS_MAX])
{
	struct netfilter_news news;

	iptables_watch(&ours, least, &news);
	return news.changed;
}

static void element_of_each_set_is_read_back(void **state)
{
	static const char *const addresses[] = {
		"198.51.100.7", "198.51.101.0/24",   "198.51.101.0/25", "10.128.0.0/9",	   "254.0.0.0/8",
		"2001:db8::1",	"2001:db8:1:2::/64", "2001:db8::/32",	"2001:db8::2/127", "fd00::8000:0/97",
	};
	uint64_t left_ms;

	(void)state;
	if (!possible)
		skip();
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct addr a = addr_of(addresses[i]);

		assert_int_equal(iptables_find(&ours, &a, &left_ms), ERR_NOT_FOUND);
		assert_int_equal(iptables_add(&ours, &a, 600000), ERR_OK);
		assert_int_equal(iptables_find(&ours, &a, &left_ms), ERR_OK);
		assert_int_equal(iptables_add(&ours, &a, 900000), ERR_OK);
		assert_int_equal(iptables_remove(&ours, &a), ERR_OK);
		assert_int_equal(iptables_remove(&ours, &a), ERR_NOT_FOUND);
	}
}

static void wider_network_does_not_stand_for_one_in_it(void **state)
{
	struct addr wide = addr_of("198.51.100.0/22"), in_it = addr_of("198.51.100.0/25"),
		    host = addr_of("198.51.100.7");
	uint64_t left_ms;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(iptables_add(&ours, &wide, 600000), ERR_OK);
	assert_int_equal(iptables_find(&ours, &in_it, &left_ms), ERR_NOT_FOUND);
	assert_int_equal(iptables_find(&ours, &host, &left_ms), ERR_NOT_FOUND);
}

struct seen {
	unsigned count;
	uint64_t left_ms;
};

static void see(void *context, const struct addr *a, uint64_t left_ms)
{
	struct seen *seen = context;

	(void)a;
	seen->count++;
	seen->left_ms = left_ms;
}

static bool next_of_600(void *context, struct addr *a, uint64_t *timeout_ms)
{
	unsigned *at = context;

	if (*at == 600)
		return false;
	*a = (struct addr){4, 32, {203, 0, (uint8_t)(*at / 250), (uint8_t)(1 + *at % 250)}};
	*timeout_ms = 500500;
	++*at;
	return true;
}

static void many_come_in_few_messages_and_are_told_with_their_times(void **state)
{
	struct seen seen = {0, 0};
	unsigned at = 0;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(iptables_bulk(&ours, BAN_SET4, next_of_600, &at), ERR_OK);
	assert_int_equal(iptables_dump(&ours, see, &seen), ERR_OK);
	assert_int_equal(seen.count, 600);
	assert_in_range(seen.left_ms, 490000, 501000);
	assert_false(is_changed((const uint32_t[BAN_SETS_MAX]){[BAN_SET4] = 600}));
	assert_true(is_changed((const uint32_t[BAN_SETS_MAX]){[BAN_SET4] = 601}));
}

/* Somebody else's chain, with a rule that jumps within it, made by the same means but under another name. */
static enum err put_foreign(unsigned rules)
{
	struct xtables_group *g = &other.group;
	int inner;

	iptables_begin(&other, IPTABLES_BAN, 4);
	g->name = "SOMEBODY";
	inner = xtables_rule_chain(g, "SOMEBODY_A");
	for (unsigned i = 0; i < rules; i++)
		xtables_rule_put(g, &(struct xtables_rule){.protocol = 17, .dst_port = 9, .verdict = XTABLES_RETURN});
	g->jump[NF_INET_LOCAL_IN] = (uint32_t)xtables_rule_chain(g, "SOMEBODY_B");
	xtables_rule_put(g, &(struct xtables_rule){.protocol = 6, .verdict = inner});
	if (xtables_rule_end(g) != ERR_OK)
		return ERR_TOO_LONG;
	return xtables_put(&other.tables, g);
}

static void what_others_have_in_the_table_stays(void **state)
{
	const struct netfilter_limit limit = {addr_of("203.0.113.0/24"), 20};
	const char *const name[] = {"SOMEBODY", NULL};
	uint64_t before, after;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(put_foreign(3), ERR_OK);
	assert_int_equal(xtables_sums(&other.tables, 4, name, &before), ERR_OK);
	assert_int_not_equal(before, 0);
	assert_int_equal(iptables_limit_set(&ours, &limit, 1), ERR_OK);
	assert_int_equal(iptables_limit_check(&ours, &limit, 1), ERR_OK);
	assert_int_equal(iptables_limit_set(&ours, NULL, 0), ERR_OK);
	assert_int_equal(iptables_setup(&ours), ERR_OK);
	assert_int_equal(xtables_sums(&other.tables, 4, name, &after), ERR_OK);
	assert_int_equal(before, after);
}

static void change_by_somebody_else_is_seen_and_put_back(void **state)
{
	(void)state;
	if (!possible)
		skip();
	assert_false(is_changed(none));
	iptables_begin(&other, IPTABLES_BAN, 6);
	assert_int_equal(iptables_put(&other, IPTABLES_BAN), ERR_OK);
	assert_true(is_changed(none));
	assert_int_equal(iptables_setup(&ours), ERR_OK);
	assert_false(is_changed(none));
	/* A rule in one of our chains that lets everything by. */
	iptables_begin(&other, IPTABLES_BAN, 4);
	other.group.jump[NF_INET_LOCAL_IN] = (uint32_t)xtables_rule_chain(&other.group, XTABLES_PREFIX "BAN_IN");
	xtables_rule_put(&other.group, &(struct xtables_rule){.verdict = XTABLES_RETURN});
	assert_int_equal(iptables_put(&other, IPTABLES_BAN), ERR_OK);
	assert_true(is_changed(none));
	assert_int_equal(iptables_setup(&ours), ERR_OK);
	assert_false(is_changed(none));
}

static void set_of_another_kind_is_replaced_and_others_keep_their_elements(void **state)
{
	const struct ipset_kind wrong = {"caltrop_ban4", 6, true};
	struct addr kept = addr_of("198.51.101.0/24"), a = addr_of("198.51.100.7");
	uint64_t left_ms;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(iptables_add(&ours, &kept, 600000), ERR_OK);
	for (unsigned i = 0; i < 2; i++) {
		iptables_begin(&other, IPTABLES_BAN, i ? 6 : 4);
		assert_int_equal(iptables_put(&other, IPTABLES_BAN), ERR_OK);
	}
	assert_int_equal(ipset_destroy(&other.sets, &wrong), ERR_OK);
	assert_int_equal(ipset_make(&other.sets, &wrong), ERR_OK);
	assert_int_equal(iptables_setup(&ours), ERR_OK);
	assert_int_equal(iptables_add(&ours, &a, 600000), ERR_OK);
	assert_int_equal(iptables_find(&ours, &a, &left_ms), ERR_OK);
	assert_int_equal(iptables_find(&ours, &kept, &left_ms), ERR_OK);
}

static void isolation_and_limits_outlive_a_new_start(void **state)
{
	const struct isolate_filter filter = {.dhcp = true};
	const struct netfilter_limit limit = {addr_of("2001:db8::/48"), 7};

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(iptables_isolate_set(&ours, &filter), ERR_OK);
	assert_int_equal(iptables_limit_set(&ours, &limit, 1), ERR_OK);
	iptables_close(&ours);
	assert_int_equal(iptables_open(&ours), ERR_OK);
	assert_int_equal(iptables_setup(&ours), ERR_OK);
	assert_true(iptables_isolate_is_set(&ours));
	assert_int_equal(iptables_isolate_check(&ours, &filter), ERR_OK);
	assert_int_equal(iptables_isolate_check(&ours, &(struct isolate_filter){.dhcp = false}), ERR_UNVERIFIED);
	assert_int_equal(iptables_limit_check(&ours, &limit, 1), ERR_OK);
	assert_int_equal(iptables_isolate_clear(&ours), ERR_OK);
	assert_int_equal(iptables_isolate_clear(&ours), ERR_NOT_FOUND);
	assert_int_equal(iptables_limit_set(&ours, &(struct netfilter_limit){limit.addr, 10001}, 1), ERR_INVALID);
}

static void log_of_packets_is_read_back_and_goes_when_nobody_asks(void **state)
{
	static struct settings settings;
	bool there;

	(void)state;
	if (!possible)
		skip();
	settings_default(&settings);
	settings.firewall = true;
	for (unsigned i = 0; i < SETTINGS_DECOYS_MAX; i++)
		settings.decoys[settings.decoy_count++] = (uint16_t)(i + 23);
	assert_int_equal(iptables_packets_setup(&ours, &settings), ERR_OK);
	assert_int_equal(iptables_packets_lacks(&ours), ACTOR_LACKS_NOTHING);
	assert_false(is_changed(none));
	assert_int_equal(iptables_packets_remove(&other), ERR_OK);
	assert_true(is_changed(none));
	assert_int_equal(iptables_packets_setup(&ours, &settings), ERR_OK);
	assert_false(is_changed(none));
	settings.firewall = false;
	assert_int_equal(iptables_packets_setup(&ours, &settings), ERR_OK);
	assert_int_equal(iptables_there(&ours, IPTABLES_PACKETS, &there), ERR_OK);
	assert_false(there);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(element_of_each_set_is_read_back),
		TEST(wider_network_does_not_stand_for_one_in_it),
		TEST(many_come_in_few_messages_and_are_told_with_their_times),
		TEST(what_others_have_in_the_table_stays),
		TEST(change_by_somebody_else_is_seen_and_put_back),
		TEST(set_of_another_kind_is_replaced_and_others_keep_their_elements),
		TEST(isolation_and_limits_outlive_a_new_start),
		TEST(log_of_packets_is_read_back_and_goes_when_nobody_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
