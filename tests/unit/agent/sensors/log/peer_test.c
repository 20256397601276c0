/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sensors/log/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct auth_event a;

static void src_is(const char *address, uint16_t port)
{
	char text[ADDR_TEXT_MAX];

	assert_string_equal(addr_text(&a.src, text), address);
	assert_int_equal(a.src_port, port);
	assert_int_equal(a.src_host.len, 0);
}

static void rest_is(struct str rest, const char *expected)
{
	assert_true(str_equal(rest, str_from(expected)));
}

static void src_is_an_address_a_name_or_unknown(void **state)
{
	(void)state;
	assert_true(peer_set(&a, STR("::ffff:203.0.113.5")));
	src_is("203.0.113.5", 0);
	assert_true(peer_set(&a, STR("desk.example.net")));
	assert_int_equal(a.src.family, 0);
	assert_true(str_equal(a.src_host, STR("desk.example.net")));
	assert_true(peer_set(&a, STR("UNKNOWN")));
	assert_int_equal(a.src_host.len, 0);
	assert_true(peer_set(&a, STR("203.0.113.5")));
	assert_false(peer_set(&a, STR("203.0.113.5 x")));
	assert_int_equal(a.src.family, 0);
	assert_false(peer_set(&a, STR("x'y")));
}

static void peer_take_reads_the_front(void **state)
{
	(void)state;
	struct str s = STR("203.0.113.5 port 50001:11: Bye");

	assert_true(peer_take(&s, &a));
	src_is("203.0.113.5", 50001);
	rest_is(s, ":11: Bye");
	s = STR("2001:db8::5: 11: Bye");
	assert_true(peer_take(&s, &a));
	src_is("2001:db8::5", 0);
	rest_is(s, ": 11: Bye");
	s = STR("2001:db8:: port 1");
	assert_true(peer_take(&s, &a));
	src_is("2001:db8::", 1);
	s = STR("203.0.113.5");
	assert_true(peer_take(&s, &a));
	s = STR("203.0.113.5 port x");
	assert_false(peer_take(&s, &a));
	s = STR("203.0.113.5 port 65536");
	assert_false(peer_take(&s, &a));
	s = STR("");
	assert_false(peer_take(&s, &a));
}

static void peer_take_back_reads_the_end(void **state)
{
	(void)state;
	struct str s = STR("x from 198.51.100.66 port 22 from 203.0.113.5 port 50001");

	assert_true(peer_take_back(&s, &a));
	src_is("203.0.113.5", 50001);
	rest_is(s, "x from 198.51.100.66 port 22 from ");
	s = STR("from fe80::1%eth0");
	assert_true(peer_take_back(&s, &a));
	src_is("fe80::1", 0);
	s = STR("203.0.113.5 port 99999");
	assert_true(peer_take_back(&s, &a)); /* "99999" reads as a host name then */
	assert_int_equal(a.src.family, 0);
	s = STR("ends with a blank ");
	assert_false(peer_take_back(&s, &a));
	rest_is(s, "ends with a blank ");
}

static void ports_after_colons_are_read_too(void **state)
{
	(void)state;
	struct str s = STR("from 2001:db8::5:50001");

	assert_true(peer_take_back_colon(&s, &a));
	src_is("2001:db8::5", 50001);
	rest_is(s, "from ");
	s = STR("from [2001:db8::5]:50001");
	assert_true(peer_take_back_colon(&s, &a));
	src_is("2001:db8::5", 50001);
	s = STR("from 203.0.113.5");
	assert_false(peer_take_back_colon(&s, &a));
	s = STR("[203.0.113.5]:50001 on [192.0.2.1]:22");
	assert_true(peer_take_bracket(&s, &a));
	src_is("203.0.113.5", 50001);
	s = STR("[203.0.113.5]");
	assert_false(peer_take_bracket(&s, &a));
}

static void a_port_without_src_is_none(void **state)
{
	(void)state;
	struct str s = STR("UNKNOWN port 65535");

	assert_true(peer_take(&s, &a));
	assert_int_equal(a.src_port, 0);
	s = STR("from UNKNOWN port 65535");
	assert_true(peer_take_back(&s, &a));
	assert_int_equal(a.src_port, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(src_is_an_address_a_name_or_unknown),
		cmocka_unit_test(peer_take_reads_the_front),
		cmocka_unit_test(peer_take_back_reads_the_end),
		cmocka_unit_test(ports_after_colons_are_read_too),
		cmocka_unit_test(a_port_without_src_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
