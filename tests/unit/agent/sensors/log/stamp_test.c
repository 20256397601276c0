/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sensors/log/scan.h"
#include "agent/sensors/log/stamp.h"
#include "agent/sensors/log/stamp_other.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOV22 INT64_C(1795348681) /* 2026-11-22T11:58:01Z */

static void is_moment(const char *text, int64_t expected_us)
{
	struct str s = str_from(text);

	assert_int_equal(stamp_length(s), s.len);
	assert_int_equal(stamp_us(s), expected_us);
}

static void stamps_with_year_and_zone_are_moments(void **state)
{
	(void)state;
	is_moment("2026-11-22T11:58:01Z", NOV22 * 1000000);
	is_moment("2026-11-22T11:58:01.123456+00:00", NOV22 * 1000000 + 123456);
	is_moment("2026-11-22T11:58:01.5Z", NOV22 * 1000000 + 500000);
	is_moment("2026-11-22T11:58:01.123456789Z", NOV22 * 1000000 + 123456);
	is_moment("2026-11-22T13:58:01+02:00", NOV22 * 1000000);
	is_moment("2026-11-22T06:28:01-0530", NOV22 * 1000000);
	is_moment("2026-11-22T12:58:01+01", NOV22 * 1000000);
	is_moment("Sun 2026-11-22 11:58:01 UTC", NOV22 * 1000000);
	is_moment("Sun 2026-11-22 08:58:01 -03", NOV22 * 1000000);
	is_moment("Sun 2026-11-22 17:28:01.5 +0530", NOV22 * 1000000 + 500000);
	is_moment("2026-11-22T11:58:01.123456+0000", NOV22 * 1000000 + 123456);
	is_moment("1970-01-01T00:00:00Z", 0);
	is_moment("2000-02-29T00:00:00Z", INT64_C(951782400) * 1000000);
	is_moment("2100-03-01T00:00:00Z", INT64_C(4107542400) * 1000000);
}

static void seconds_and_milliseconds_since_1970_are_moments(void **state)
{
	(void)state;
	assert_int_equal(stamp_length(STR("1795348681123 gate x")), 13);
	assert_int_equal(stamp_us(STR("1795348681123")), NOV22 * 1000000 + 123000);
	assert_int_equal(stamp_length(STR("1795348681.5 gate x")), 12);
	assert_int_equal(stamp_us(STR("1795348681.5")), NOV22 * 1000000 + 500000);
	is_moment("[1795348681.123456]", NOV22 * 1000000 + 123456);
	assert_int_equal(stamp_length(STR("[12.345] gate sshd[7]: x")), 8);
	assert_int_equal(stamp_length(STR("[   12.345678                ] gate x")), 30);
	assert_int_equal(stamp_length(STR("[412] Nov 22 11:58:01 x")), 0);
	assert_int_equal(stamp_length(STR("[   12.345678 x] gate x")), 0);
}

static void halves_of_a_day_belong_to_the_stamp(void **state)
{
	(void)state;
	assert_int_equal(stamp_length(STR("Nov 22 11:58:01 PM gate x")), 18);
	assert_int_equal(stamp_length(STR("Nov 22 2026 11:58:01 AM gate x")), 23);
	assert_int_equal(stamp_length(STR("Nov 22 13:58:01 PM x[7]: y")), 15);
	assert_int_equal(stamp_length(STR("Nov 22 11:58:01 pm x[7]: y")), 15);
}

static int64_t other_us(const char *line)
{
	struct stamp_other stamp;

	return stamp_other_read(str_from(line), &stamp) ? stamp.us : -1;
}

static void stamps_of_templates_are_moments_where_they_have_year_and_zone(void **state)
{
	static const char *const lines[] = {
		"22/Nov/2026:11:58:01 +0000 gate x",
		"[22/Nov/2026:12:58:01 +0100] gate x",
		"20261122T115801Z gate x",
		"2026/11/22 11:58:01 +00:00 gate x",
		"Sun, 22 Nov 2026 06:28:01 -0530 gate x",
		"Sun Nov 22 11:58:01 UTC 2026 gate x",
		"Sun Nov 22 11:58:01 AM UTC 2026 gate x",
		"<38>2026/11/22 11:58:01 GMT gate x",
		"[2026-11-22T11:58:01Z] gate x",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(other_us(lines[i]), NOV22 * 1000000);
	assert_int_equal(other_us("2026/11/22 11:58:01 gate x"), 0);
	assert_int_equal(other_us("2026/11/22 11:58:01 CET gate x"), 0);
	assert_int_equal(other_us("22 Nov 11:58:01 gate x"), 0);
	/* Nobody knows which of them the month is. */
	assert_int_equal(other_us("11/12/2026 11:58:01 gate x"), -1);
	assert_int_equal(other_us("2026/13/22 11:58:01 gate x"), -1);
	assert_int_equal(other_us("2026/11/22 25:58:01 gate x"), -1);
	assert_int_equal(other_us("2026/11/22 11:58:01x gate"), -1);
	assert_int_equal(other_us("[2026/11/22 11:58:01 gate x"), -1);
}

static void stamps_without_year_or_zone_are_none(void **state)
{
	(void)state;
	is_moment("Nov 22 11:58:01", 0);
	is_moment("Nov  2 11:58:01.123456", 0);
	is_moment("2026-11-22T11:58:01", 0);
	is_moment("2026-11-22 11:58:01,500", 0);
	is_moment("Sun 2026-11-22 11:58:01 CET", 0);
	is_moment("[   12.345678]", 0);
	is_moment("[   12.345678 <    0.001234 >]", 0);
	is_moment("2026-13-22T11:58:01Z", 0);
	is_moment("2026-11-22T25:58:01Z", 0);
}

static void stamps_end_where_the_line_goes_on(void **state)
{
	(void)state;
	assert_int_equal(stamp_length(STR("Nov 22 11:58:01 gate x")), 15);
	assert_int_equal(stamp_length(STR("Nov 2 11:58:01 gate x")), 14);
	assert_int_equal(stamp_length(STR("Sun Nov 22 11:58:01 2026 x")), 24);
	assert_int_equal(stamp_length(STR("2026-11-22T11:58:01.123+00:00 gate")), 29);
	assert_int_equal(stamp_length(STR("2026-11-22 11:58:01: (mod_auth.c)")), 19);
}

static void other_text_is_no_stamp(void **state)
{
	(void)state;
	assert_int_equal(stamp_length(STR("")), 0);
	assert_int_equal(stamp_length(STR("Nov 22 11:58:0")), 0);
	assert_int_equal(stamp_length(STR("Nov 22 11:58-01 gate")), 0);
	assert_int_equal(stamp_length(STR("Now 22 11:58:01 gate")), 0);
	assert_int_equal(stamp_length(STR("2026/11/22 11:58:01 [error]")), 0);
	assert_int_equal(stamp_length(STR("203.0.113.5 - - [22/Nov/2026]")), 0);
	assert_int_equal(stamp_length(STR("type=USER_AUTH msg=audit(1.2:3)")), 0);
}

static void scanning_finds_words_and_numbers_of_any_length(void **state)
{
	(void)state;
	static const char text[] = "abcdefghijklmnopqrstuvwxyz 0123456789";

	for (size_t len = 0; len <= 26; len++) {
		char line[64];

		memcpy(line, text, len);
		line[len] = ' ';
		memcpy(line + len + 1, text, 26);
		assert_int_equal(scan_word((struct str){line, len + 27}), len);
		assert_int_equal(scan_word((struct str){line, len}), len);
		assert_int_equal(scan_last_word((struct str){line, len + 1}), len + 1);
		assert_int_equal(scan_last_word((struct str){line, len + 27}), len + 1);
		assert_int_equal(scan_last_word((struct str){line, len}), 0);
	}
}

static void number_is(const char *text, size_t digits, uint32_t value)
{
	uint32_t got = 99;

	assert_int_equal(scan_number(str_from(text), &got), digits);
	assert_int_equal(got, value);
}

static void number_back_is(const char *text, size_t digits, uint32_t value)
{
	uint32_t got = 99;

	assert_int_equal(scan_number_back(str_from(text), &got), digits);
	assert_int_equal(got, value);
}

static void scanning_reads_numbers_at_both_ends(void **state)
{
	(void)state;
	number_is("", 0, 0);
	number_is("x1", 0, 0);
	number_is("7", 1, 7);
	number_is("65535", 5, 65535);
	number_is("50001:11: Bye", 5, 50001);
	number_is("12345678", 8, 12345678);
	number_is("1234567x9", 7, 1234567);
	number_back_is("", 0, 0);
	number_back_is("7", 1, 7);
	number_back_is("port 50001", 5, 50001);
	number_back_is("sshd[4194303", 7, 4194303);
	number_back_is("a1b22", 2, 22);
	number_back_is("port 50001x", 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamps_with_year_and_zone_are_moments),
		cmocka_unit_test(seconds_and_milliseconds_since_1970_are_moments),
		cmocka_unit_test(halves_of_a_day_belong_to_the_stamp),
		cmocka_unit_test(stamps_of_templates_are_moments_where_they_have_year_and_zone),
		cmocka_unit_test(stamps_without_year_or_zone_are_none),
		cmocka_unit_test(stamps_end_where_the_line_goes_on),
		cmocka_unit_test(other_text_is_no_stamp),
		cmocka_unit_test(scanning_finds_words_and_numbers_of_any_length),
		cmocka_unit_test(scanning_reads_numbers_at_both_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
