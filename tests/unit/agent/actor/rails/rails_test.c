/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/rails/rails.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct settings settings;
static struct rails_hosts hosts;

static struct addr addr_of(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_prefix(str_from(text), &a), ERR_OK);
	return a;
}

static enum err try_ban(const char *text)
{
	struct addr a = addr_of(text);
	char why[RAILS_WHY_MAX] = "";
	enum err err = rails_ban(&settings, &hosts, &a, why);

	assert_int_equal(err == ERR_OK, why[0] == '\0');
	return err;
}

static int set_up(void **state)
{
	struct addr a;

	(void)state;
	settings_default(&settings);
	memset(&hosts, 0, sizeof(hosts));
	settings.never_ban[0] = addr_of("192.0.2.0/24");
	settings.never_ban[1] = addr_of("2001:db8:aaaa::/48");
	settings.never_ban_count = 2;
	a = addr_of("203.0.113.10");
	rails_hosts_add(&hosts, RAILS_OWN, &a);
	a = addr_of("203.0.113.1");
	rails_hosts_add(&hosts, RAILS_GATEWAY, &a);
	a = addr_of("2001:db8:1::53");
	rails_hosts_add(&hosts, RAILS_RESOLVER, &a);
	a = addr_of("198.51.100.44");
	rails_hosts_add(&hosts, RAILS_SERVER, &a);
	return 0;
}

static void rails_let_an_attacker_be_banned(void **state)
{
	(void)state;
	assert_int_equal(try_ban("198.51.100.7"), ERR_OK);
	assert_int_equal(try_ban("198.51.101.0/24"), ERR_OK);
	assert_int_equal(try_ban("2001:db8::1"), ERR_OK);
	assert_int_equal(try_ban("2001:db8:5::/64"), ERR_OK);
}

static void rails_protect_infrastructure_from_bans(void **state)
{
	static const char *const addresses[] = {"192.0.2.9",	  "2001:db8:aaaa:1::9", "203.0.113.10", "203.0.113.1",
						"2001:db8:1::53", "198.51.100.44",	"127.0.0.1",	"::1",
						"0.0.0.0",	  "255.255.255.255"};

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		assert_int_equal(try_ban(addresses[i]), ERR_PROTECTED);
}

static void rails_protect_what_lies_inside_a_banned_prefix(void **state)
{
	(void)state;
	assert_int_equal(try_ban("198.51.100.0/24"), ERR_PROTECTED);
	assert_int_equal(try_ban("203.0.113.0/24"), ERR_PROTECTED);
	assert_int_equal(try_ban("2001:db8:1::/64"), ERR_PROTECTED);
}

static void rails_refuse_networks_that_are_too_wide(void **state)
{
	(void)state;
	assert_int_equal(try_ban("198.18.0.0/16"), ERR_OK);
	assert_int_equal(try_ban("198.51.101.0/25"), ERR_OK);
	assert_int_equal(try_ban("11.0.0.0/8"), ERR_OK);
	assert_int_equal(try_ban("12.0.0.0/7"), ERR_UNSUPPORTED);
	assert_int_equal(try_ban("2001:db8:5::/48"), ERR_OK);
	assert_int_equal(try_ban("2a00:db8::/32"), ERR_OK);
	assert_int_equal(try_ban("2a00:db8::/31"), ERR_UNSUPPORTED);
}

static void rails_nets_are_told_once_and_of_ipv6_only(void **state)
{
	static const char *const more[] = {"2001:db8:d::10", "2001:db8:d::11", "fe80::10", "::1", "2001:db8:e::1"};
	struct rails_hosts own = {0};
	struct addr nets[4], a;

	(void)state;
	a = addr_of("192.0.2.1");
	rails_hosts_add(&own, RAILS_OWN, &a);
	for (unsigned i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		a = addr_of(more[i]);
		rails_hosts_add(&own, RAILS_GATEWAY, &a);
	}
	assert_int_equal(rails_nets(&own, 64, nets, 4), 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(nets[i].prefix, 64);
	a = addr_of("2001:db8:e::/64");
	assert_true(addr_equal(&nets[2], &a));
	assert_int_equal(rails_nets(&own, 64, nets, 2), 2);
}

static void rails_hosts_are_replaced_by_kind(void **state)
{
	struct addr a = addr_of("198.51.100.45");

	(void)state;
	rails_hosts_clear(&hosts, RAILS_SERVER);
	assert_int_equal(try_ban("198.51.100.44"), ERR_OK);
	assert_int_equal(try_ban("203.0.113.1"), ERR_PROTECTED);
	rails_hosts_add(&hosts, RAILS_SERVER, &a);
	rails_hosts_add(&hosts, RAILS_SERVER, &a);
	assert_int_equal(hosts.count, 4);
	/* Many of one kind leave the others their room. */
	for (unsigned i = 0; i < RAILS_OWN_MAX + 5; i++) {
		a.bytes[1] = (uint8_t)(i >> 8);
		a.bytes[2] = (uint8_t)i;
		rails_hosts_add(&hosts, RAILS_OWN, &a);
	}
	assert_int_equal(hosts.of[RAILS_OWN], RAILS_OWN_MAX);
	assert_int_equal(hosts.left_out[RAILS_OWN], 6);
	a = addr_of("203.0.113.99");
	rails_hosts_add(&hosts, RAILS_GATEWAY, &a);
	assert_int_equal(try_ban("203.0.113.99"), ERR_PROTECTED);
	rails_hosts_clear(&hosts, RAILS_OWN);
	assert_int_equal(hosts.of[RAILS_OWN], 0);
	assert_int_equal(hosts.left_out[RAILS_OWN], 0);
	assert_int_equal(hosts.count, 4);
}

static void addresses_that_carry_ipv4_are_that_address(void **state)
{
	struct addr a;
	char why[RAILS_WHY_MAX];

	(void)state;
	/* Packets of the service come from its NAT64 address, and so it is known. */
	assert_int_equal(addr_parse_wire(STR("64:ff9b::198.51.100.200"), &a), ERR_OK);
	rails_hosts_add(&hosts, RAILS_SERVER, &a);
	assert_int_equal(try_ban("198.51.100.200"), ERR_PROTECTED);
	assert_int_equal(rails_ban(&settings, &hosts, &a, why), ERR_PROTECTED);
	assert_int_equal(try_ban("64:ff9b::/64"), ERR_PROTECTED);
	assert_int_equal(addr_parse_wire(STR("64:ff9b::192.0.2.9"), &a), ERR_OK);
	assert_int_equal(rails_ban(&settings, &hosts, &a, why), ERR_PROTECTED);
	assert_string_equal(why, "never_ban covers 192.0.2.0/24");
	assert_int_equal(try_ban("64:ff9b::198.51.100.201"), ERR_OK);
}

/* Such a network holds every address of never_ban, which are IPv4 here, and whoever else comes by NAT64. */
static void rails_protect_all_of_ipv4_behind_nat64(void **state)
{
	(void)state;
	assert_int_equal(try_ban("64:ff9b::/96"), ERR_PROTECTED);
	assert_int_equal(try_ban("64:ff9b::/64"), ERR_PROTECTED);
	assert_int_equal(try_ban("64:ff9b::/32"), ERR_PROTECTED);
	assert_int_equal(try_ban("64:ff9b::/97"), ERR_UNSUPPORTED);
	assert_int_equal(try_ban("64:ff9b:0:0:1::/80"), ERR_OK);
	assert_int_equal(try_ban("64:ff9b:1::/64"), ERR_OK);
}

static enum err try_account(const char *name, struct rails_account account, enum verb_origin origin)
{
	char why[RAILS_WHY_MAX] = "";

	account.name = name;
	account.origin = (uint8_t)origin;
	return rails_account(&settings, &account, why);
}

static void rails_leave_root_and_protected_accounts_to_orders(void **state)
{
	const struct rails_account plain = {0}, root = {.is_root = true};

	(void)state;
	memcpy(settings.protect[1], "operator", 9);
	settings.protect_count = 2;
	assert_int_equal(try_account("bob", plain, ORIGIN_RULE), ERR_OK);
	assert_int_equal(try_account("toor", root, ORIGIN_RULE), ERR_PROTECTED);
	assert_int_equal(try_account("operator", plain, ORIGIN_RULE), ERR_PROTECTED);
	assert_int_equal(try_account("operator", plain, ORIGIN_ORDER), ERR_OK);
	assert_int_equal(try_account("root", root, ORIGIN_LOCAL), ERR_OK);
}

/* Daemons have accounts, and so have the guard and the service. */
static void rails_leave_accounts_that_nobody_logs_in_with_to_orders(void **state)
{
	const struct rails_account daemon = {.no_login = "its shell lets nobody in"}, own = {.is_own = true},
				   alias = {.twin = "postgres"};

	(void)state;
	assert_int_equal(try_account("sshd", daemon, ORIGIN_RULE), ERR_PROTECTED);
	assert_int_equal(try_account("caltrop", own, ORIGIN_RULE), ERR_PROTECTED);
	assert_int_equal(try_account("pg", alias, ORIGIN_RULE), ERR_PROTECTED);
	assert_int_equal(try_account("sshd", daemon, ORIGIN_ORDER), ERR_OK);
}

static void rails_keep_init_kernel_and_guard_alive(void **state)
{
	const struct rails_process init = {.pid = 1}, kernel = {.pid = 7, .kernel_thread = true},
				   guard = {.pid = 90, .guard = true}, other = {.pid = 4711};
	const struct rails_process sshd = {.pid = 22, .way_in = true},
				   sshd_by_rule = {.pid = 22, .way_in = true, .by_rule = true};
	const struct rails_process bus = {.pid = 23, .daemon = true},
				   bus_by_rule = {.pid = 23, .daemon = true, .by_rule = true};
	char why[RAILS_WHY_MAX];

	(void)state;
	assert_int_equal(rails_kill(&init, why), ERR_PROTECTED);
	assert_int_equal(rails_kill(&kernel, why), ERR_PROTECTED);
	assert_int_equal(rails_kill(&guard, why), ERR_PROTECTED);
	assert_int_equal(rails_kill(&other, why), ERR_OK);
	assert_int_equal(rails_kill(&sshd_by_rule, why), ERR_PROTECTED);
	assert_int_equal(rails_kill(&sshd, why), ERR_OK);
	assert_int_equal(rails_kill(&bus_by_rule, why), ERR_PROTECTED);
	assert_int_equal(rails_kill(&bus, why), ERR_OK);
}

static void rails_keep_what_the_guard_runs_below_from_suspension(void **state)
{
	const struct rails_process init = {.pid = 1}, kernel = {.pid = 7, .kernel_thread = true},
				   guard = {.pid = 90, .guard = true}, above = {.pid = 80, .above_guard = true},
				   other = {.pid = 4711};
	char why[RAILS_WHY_MAX];

	(void)state;
	assert_int_equal(rails_suspend(&init, 1, why), ERR_PROTECTED);
	assert_int_equal(rails_suspend(&kernel, 7, why), ERR_PROTECTED);
	assert_int_equal(rails_suspend(&guard, 90, why), ERR_PROTECTED);
	assert_string_equal(why, "it is the guard itself");
	assert_int_equal(rails_suspend(&above, 80, why), ERR_PROTECTED);
	assert_string_equal(why, "the guard runs below it");
	assert_int_equal(rails_suspend(&other, 4711, why), ERR_OK);
	/* One of the tree is enough. */
	assert_int_equal(rails_suspend(&guard, 4711, why), ERR_PROTECTED);
	assert_string_equal(why, "process 90 of its tree: it is the guard itself");
	assert_int_equal(rails_suspend(&above, 4711, why), ERR_PROTECTED);
	assert_int_equal(rails_suspend(&other, 12, why), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(rails_let_an_attacker_be_banned, set_up),
		cmocka_unit_test_setup(rails_protect_infrastructure_from_bans, set_up),
		cmocka_unit_test_setup(rails_protect_what_lies_inside_a_banned_prefix, set_up),
		cmocka_unit_test_setup(rails_refuse_networks_that_are_too_wide, set_up),
		cmocka_unit_test(rails_nets_are_told_once_and_of_ipv6_only),
		cmocka_unit_test_setup(rails_hosts_are_replaced_by_kind, set_up),
		cmocka_unit_test_setup(addresses_that_carry_ipv4_are_that_address, set_up),
		cmocka_unit_test_setup(rails_protect_all_of_ipv4_behind_nat64, set_up),
		cmocka_unit_test_setup(rails_leave_root_and_protected_accounts_to_orders, set_up),
		cmocka_unit_test_setup(rails_leave_accounts_that_nobody_logs_in_with_to_orders, set_up),
		cmocka_unit_test(rails_keep_init_kernel_and_guard_alive),
		cmocka_unit_test(rails_keep_what_the_guard_runs_below_from_suspension),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
