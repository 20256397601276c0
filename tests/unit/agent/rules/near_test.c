/* SPDX-License-Identifier: Apache-2.0 */
/* Who is counted and banned together, and who alone. */
#include "agent/rules/near.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct addr addr(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_prefix(str_from(text), &a), ERR_OK);
	return a;
}

static void is(const struct near *n, const char *src, const char *want)
{
	struct addr a = addr(src), net = near_net(n, &a);
	char text[ADDR_TEXT_MAX];

	assert_string_equal(addr_text(&net, text), want);
}

static void near_is_a_network_unless_it_is_shared(void **state)
{
	struct settings settings;
	struct near n;
	struct actor_nets told = {.count = 1};

	(void)state;
	settings_default(&settings);
	settings.never_ban[settings.never_ban_count++] = addr("2001:db8:f::77");
	settings.never_ban[settings.never_ban_count++] = addr("2001:db8:9::/48");
	settings.nat64[settings.nat64_count++] = addr("2001:db8:64::/96");
	near_init(&n, &settings);
	is(&n, "2001:db8:64::c633:6442", "2001:db8:64::c633:6442");
	is(&n, "2001:db8:65::c633:6442", "2001:db8:65::/64");
	is(&n, "2001:db8:d::66", "2001:db8:d::/64");
	told.nets[0] = addr("2001:db8:d::/64");
	near_learn(&n, &told);
	is(&n, "2001:db8:d::66", "2001:db8:d::66");
	is(&n, "2001:db8:d:1::66", "2001:db8:d:1::/64");
	is(&n, "2001:db8:f::66", "2001:db8:f::66");
	is(&n, "2001:db8:9:1::66", "2001:db8:9:1::66");
	is(&n, "fe80::66", "fe80::66");
	is(&n, "64:ff9b::c633:6442", "198.51.100.66");
	is(&n, "64:ff9b:1:2::c633:6442", "64:ff9b:1:2::c633:6442");
	is(&n, "64:ff9b:2::66", "64:ff9b:2::/64");
	is(&n, "2001:0:c633:6401::66", "2001:0:c633:6401::66");
	is(&n, "fd00::66", "fd00::/64");
	is(&n, "192.0.2.66", "192.0.2.66");
	is(&n, "::ffff:192.0.2.66", "192.0.2.66");
	/* What is told later takes the place of it. */
	told.count = 0;
	near_learn(&n, &told);
	is(&n, "2001:db8:d::66", "2001:db8:d::/64");
	settings.ban_prefix6 = 128;
	is(&n, "2001:db8:d::66", "2001:db8:d::66");
}

static void near_believes_no_count_beyond_its_room(void **state)
{
	struct settings settings;
	struct near n;
	struct actor_nets told = {.count = UINT32_MAX};

	(void)state;
	settings_default(&settings);
	near_init(&n, &settings);
	near_learn(&n, &told);
	assert_int_equal(n.count, MESSAGE_NETS_MAX);
	is(&n, "2001:db8:d::66", "2001:db8:d::/64");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(near_is_a_network_unless_it_is_shared),
		cmocka_unit_test(near_believes_no_count_beyond_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
