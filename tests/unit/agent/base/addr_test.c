/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void reads_as(const char *text, const char *expected)
{
	struct addr a;
	char out[ADDR_TEXT_MAX];

	assert_int_equal(addr_parse(str_from(text), &a), ERR_OK);
	assert_string_equal(addr_text(&a, out), expected);
}

static void is_no_address(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(str_from(text), &a), ERR_INVALID);
	assert_int_equal(a.family, 0);
}

static void addr_parse_accepts_what_logs_hold(void **state)
{
	(void)state;
	reads_as("192.0.2.1", "192.0.2.1");
	reads_as("0.0.0.0", "0.0.0.0");
	reads_as("255.255.255.255", "255.255.255.255");
	reads_as("2001:DB8:0:0::1", "2001:db8::1");
	reads_as("::", "::");
	reads_as("fe80::1%eth0", "fe80::1");
	reads_as("::ffff:192.0.2.7", "192.0.2.7");
	reads_as("::FFFF:c000:0207", "192.0.2.7");
	reads_as("64:ff9b::192.0.2.7", "192.0.2.7");
	reads_as("64:FF9B:0:0::c000:207", "192.0.2.7");
	/* Not the well-known prefix: what lies in it is its network's own affair. */
	reads_as("64:ff9b:1::192.0.2.7", "64:ff9b:1::c000:207");
}

static void reads_as_libc_does(const char *text)
{
	struct addr a;
	uint8_t four[4];
	bool is_one = inet_pton(AF_INET, text, four) == 1;

	assert_int_equal(addr_parse(str_from(text), &a), is_one ? ERR_OK : ERR_INVALID);
	if (is_one)
		assert_memory_equal(a.bytes, four, sizeof(four));
}

/* Every mix of lengths, and at each place every byte that may look like one of a number. */
static void four_numbers_are_read_as_libc_reads_them(void **state)
{
	static const char *const numbers[] = {"0", "7", "10", "99", "100", "255", "256", "08", "300"};
	static const char odd[] = "0129./:;x -";
	const size_t n = sizeof(numbers) / sizeof(numbers[0]);
	char text[32];

	(void)state;
	for (size_t i = 0; i < n * n * n * n; i++) {
		int len = snprintf(text, sizeof(text), "%s.%s.%s.%s", numbers[i % n], numbers[i / n % n],
				   numbers[i / n / n % n], numbers[i / n / n / n]);

		reads_as_libc_does(text);
		for (const char *c = odd; *c; c++) {
			char *at = &text[(i + (size_t)(c - odd)) % (size_t)len], was = *at;

			*at = *c;
			reads_as_libc_does(text);
			*at = was;
		}
	}
}

static void packets_of_nat64_are_ipv6_packets(void **state)
{
	static const uint8_t nat64[16] = {[1] = 0x64, [2] = 0xff, [3] = 0x9b, [12] = 192, [14] = 2, [15] = 7};
	static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 7};
	char out[ADDR_TEXT_MAX];
	struct addr a, b;

	(void)state;
	assert_int_equal(addr_parse_wire(STR("64:ff9b::192.0.2.7"), &a), ERR_OK);
	assert_string_equal(addr_text(&a, out), "64:ff9b::c000:207");
	b = addr_wire(6, nat64);
	assert_true(addr_equal(&a, &b));
	assert_int_equal(addr_parse_wire(STR("::ffff:192.0.2.7"), &a), ERR_OK);
	assert_string_equal(addr_text(&a, out), "192.0.2.7");
	a = addr_wire(6, mapped);
	assert_string_equal(addr_text(&a, out), "192.0.2.7");
	assert_int_equal(addr_parse_prefix_wire(STR("64:ff9b::192.0.2.7/120"), &a), ERR_OK);
	assert_string_equal(addr_text(&a, out), "64:ff9b::c000:200/120");
	assert_int_equal(addr_parse_prefix_wire(STR("64:ff9b::192.0.2.7/129"), &a), ERR_INVALID);
	assert_int_equal(addr_parse_wire(STR("bastion"), &a), ERR_INVALID);
	assert_int_equal(a.family, 0);
	b = addr_from_bytes(6, nat64);
	assert_string_equal(addr_text(&b, out), "192.0.2.7");
}

static void addresses_of_the_kernel_are_read(void **state)
{
	static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 7};
	static const uint8_t one[16] = {[15] = 1};
	char out[ADDR_TEXT_MAX];
	struct addr a = addr_from_bytes(6, mapped);

	(void)state;
	assert_string_equal(addr_text(&a, out), "192.0.2.7");
	assert_false(addr_is_loopback(&a));
	a = addr_from_bytes(6, one);
	assert_string_equal(addr_text(&a, out), "::1");
	assert_true(addr_is_loopback(&a));
	a = addr_from_bytes(4, "\x7f\0\1\1");
	assert_string_equal(addr_text(&a, out), "127.0.1.1");
	assert_true(addr_is_loopback(&a));
}

static void addr_parse_refuses_what_only_looks_like_one(void **state)
{
	static const char *const bad[] = {
		"",
		"1",
		"1.2.3",
		"1.2.3.4.5",
		"1.2.3.256",
		"1.2.3.04",
		"01.2.3.4",
		"1.2.3.4 ",
		" 1.2.3.4",
		"1.2.3.4:22",
		"1..2.3",
		"a.b.c.d",
		"1.2.3.-4",
		"0x7f.1.1.1",
		"::1::",
		":::",
		"1:2:3:4:5:6:7:8:9",
		"fe80::1%",
		"[::1]",
		"12345::",
		"1.2.3.4/32",
		"host.example",
		"::ffff:1.2.3.400",
		"1.2.3.0001",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_no_address(bad[i]);
	struct addr a;

	assert_int_equal(addr_parse((struct str){"1.2.3.4\0", 8}, &a), ERR_INVALID);
	assert_int_equal(addr_parse((struct str){"::1\0", 4}, &a), ERR_INVALID);
}

static void addr_prefix_clears_the_host_part(void **state)
{
	struct addr a;
	char out[ADDR_TEXT_MAX];

	(void)state;
	assert_int_equal(addr_parse_prefix(STR("10.20.30.40/12"), &a), ERR_OK);
	assert_string_equal(addr_text(&a, out), "10.16.0.0/12");
	assert_int_equal(addr_parse_prefix(STR("2001:db8:1:2:3::/64"), &a), ERR_OK);
	assert_string_equal(addr_text(&a, out), "2001:db8:1:2::/64");
	assert_int_equal(addr_parse_prefix(STR("::ffff:10.1.2.3/104"), &a), ERR_OK);
	assert_string_equal(addr_text(&a, out), "10.0.0.0/8");
	assert_int_equal(addr_parse_prefix(STR("64:ff9b::192.0.2.77/120"), &a), ERR_OK);
	assert_string_equal(addr_text(&a, out), "192.0.2.0/24");
	/* That is all that there is behind NAT64, and no network of IPv4. */
	assert_int_equal(addr_parse_prefix(STR("64:ff9b::/96"), &a), ERR_OK);
	assert_string_equal(addr_text(&a, out), "64:ff9b::/96");
	assert_int_equal(addr_parse_prefix(STR("0.0.0.0/0"), &a), ERR_OK);
	assert_int_equal(addr_parse_prefix(STR("1.2.3.4/33"), &a), ERR_INVALID);
	assert_int_equal(addr_parse_prefix(STR("::/129"), &a), ERR_INVALID);
	assert_int_equal(addr_parse_prefix(STR("::ffff:1.2.3.4/90"), &a), ERR_INVALID);
	assert_int_equal(addr_parse_prefix(STR("1.2.3.4/"), &a), ERR_INVALID);
	assert_int_equal(addr_parse_prefix(STR("1.2.3.4/-1"), &a), ERR_INVALID);
}

static void addr_contains_only_what_lies_inside(void **state)
{
	struct addr net, inside, outside, other;

	(void)state;
	assert_int_equal(addr_parse_prefix(STR("192.0.2.128/25"), &net), ERR_OK);
	assert_int_equal(addr_parse(STR("192.0.2.200"), &inside), ERR_OK);
	assert_int_equal(addr_parse(STR("192.0.2.5"), &outside), ERR_OK);
	assert_int_equal(addr_parse(STR("2001:db8::1"), &other), ERR_OK);
	assert_true(addr_contains(&net, &inside));
	assert_false(addr_contains(&net, &outside));
	assert_false(addr_contains(&net, &other));
	assert_false(addr_contains(&inside, &net));
	assert_true(addr_overlaps(&inside, &net));
	assert_false(addr_overlaps(&outside, &net));
}

static void addr_special_covers_what_must_never_be_banned(void **state)
{
	static const char *const special[] = {"127.0.0.1",	 "127.255.0.9", "0.0.0.0",    "224.0.0.1",
					      "255.255.255.255", "::",		"::1",	      "ff02::1",
					      "0.0.0.0/0",	 "::/0",	"126.0.0.0/7"};
	static const char *const plain[] = {"10.0.0.1", "192.0.2.1", "2001:db8::1", "fe80::1", "223.255.255.255"};
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		assert_int_equal(addr_parse_prefix(str_from(special[i]), &a), ERR_OK);
		assert_true(addr_is_special(&a));
	}
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		assert_int_equal(addr_parse_prefix(str_from(plain[i]), &a), ERR_OK);
		assert_false(addr_is_special(&a));
	}
}

static void what_lies_beside_a_saved_address_is_cleared(void **state)
{
	static const char *const texts[] = {"192.0.2.1", "192.0.2.0/24", "2001:db8::/32", "2001:db8::1"};
	uint8_t bytes[64];
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct buf b = buf_over(bytes, sizeof(bytes));

		assert_int_equal(addr_parse_prefix(str_from(texts[i]), &a), ERR_OK);
		addr_save(&b, &a);
		for (size_t bit = a.prefix; bit < 128; bit++)
			bytes[2 + bit / 8] |= (uint8_t)(0x80u >> bit % 8);
		struct view v = view_over(bytes, b.len);
		struct addr back = addr_restore(&v);

		assert_true(addr_equal(&back, &a));
		assert_int_equal(v.len, 0);
	}
	bytes[0] = 5; /* no family */
	struct view v = view_over(bytes, sizeof(bytes));

	assert_int_equal(addr_restore(&v).family, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addr_parse_accepts_what_logs_hold),
		cmocka_unit_test(addresses_of_the_kernel_are_read),
		cmocka_unit_test(addr_parse_refuses_what_only_looks_like_one),
		cmocka_unit_test(four_numbers_are_read_as_libc_reads_them),
		cmocka_unit_test(packets_of_nat64_are_ipv6_packets),
		cmocka_unit_test(addr_prefix_clears_the_host_part),
		cmocka_unit_test(addr_contains_only_what_lies_inside),
		cmocka_unit_test(what_lies_beside_a_saved_address_is_cleared),
		cmocka_unit_test(addr_special_covers_what_must_never_be_banned),
	};

	return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
