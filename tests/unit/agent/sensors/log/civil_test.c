/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sensors/log/civil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NOV22_S INT64_C(1795348681) /* 2026-11-22T11:58:01Z */
#define DAY_S 86400

static int64_t seconds_of(const char *line, int64_t until_s)
{
	struct civil c;

	return civil_read(str_from(line), &c) ? civil_us(&c, until_s * 1000000) / 1000000 : -1;
}

static void civil_reads_stamps_with_a_year(void **state)
{
	static const char *const lines[] = {
		"Sun Nov 22 11:58:01 2026 authpriv.info dropbear[7]: x",
		"Sun Nov 22 11:58:01 2026 [pid 2] x",
		"Nov 22 2026 11:58:01 gate sshd[7]: x",
		"2026 Nov 22 11:58:01 gate x",
		"2026-11-22 11:58:01,123 gate x",
		"2026-11-22T11:58:01 gate x",
		"2026-11-22_11:58:01.17720 x y z",
		"2026/11/22 11:58:01 [error] x",
		"[Sun Nov 22 11:58:01.123456 2026] [auth_basic:error]",
		"Sun 2026-11-22 11:58:01 CET gate x",
		"Nov 22 2026 11:58:01 AM gate x",
		"2026/11/22 11:58:01 AM gate x",
		"22 Nov 2026 11:58:01 gate x",
		"[22/Nov/2026:11:58:01] gate x",
		"[2026-11-22 11:58:01] gate x",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(seconds_of(lines[i], 0), NOV22_S);
	assert_int_equal(seconds_of("Nov 22 2026 11:58:01 PM gate x", 0), NOV22_S + 12 * 3600);
	assert_int_equal(seconds_of("2026/11/22 11:58:01 PM gate x", 0), NOV22_S + 12 * 3600);
	assert_int_equal(seconds_of("Nov 22 2026 12:58:01 AM gate x", 0), NOV22_S - 11 * 3600);
}

static void civil_gives_the_latest_year_that_has_been(void **state)
{
	(void)state;
	assert_int_equal(seconds_of("Nov 22 11:58:01 gate x", NOV22_S), NOV22_S);
	assert_int_equal(seconds_of("Nov 22 11:58:01 gate x", NOV22_S + 364 * DAY_S), NOV22_S);
	assert_int_equal(seconds_of("Nov 22 11:58:01 gate x", NOV22_S - 1), NOV22_S - 365 * DAY_S);
	assert_int_equal(seconds_of("Nov 22 11:58:01 2nd x", NOV22_S), NOV22_S);
	assert_int_equal(seconds_of("Jan  1 00:00:01 gate x", 3600), 1);
	assert_int_equal(seconds_of("Dec 31 23:59:59 gate x", 3600), -1);
	assert_int_equal(seconds_of("Feb 29 00:00:00 gate x", 951782400), 951782400);
}

static void civil_reads_nothing_else(void **state)
{
	static const char *const lines[] = {
		"",
		"Nov 22",
		"198.51.100.7 - - [22/Nov/2026:11:58:01 +0000]",
		"Nov 22 25:58:01 gate x",
		"Nov 42 11:58:01 gate x",
		"2026-13-22 11:58:01 gate x",
		"2026-11/22 11:58:01 gate x",
		"[   12.345678] gate sshd[7]: x",
		"{\"log\":\"x\",\"time\":\"2026\"}",
		"Foo 22 11:58:01 gate x",
		"@4000000067402c0b12345678 x",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct civil c;

		assert_false(civil_read(str_from(lines[i]), &c));
	}
	/* No byte behind the end is read, wherever a line is cut. */
	const char whole[] = "[Sun Nov 22 2026 11:58:01.123 2026";

	for (size_t len = 0; len < sizeof(whole); len++) {
		char cut[sizeof(whole)];
		struct civil c;

		memcpy(cut, whole, len);
		(void)civil_read((struct str){cut, len}, &c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(civil_reads_stamps_with_a_year),
		cmocka_unit_test(civil_gives_the_latest_year_that_has_been),
		cmocka_unit_test(civil_reads_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
