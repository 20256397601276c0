/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/numbers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void blanks_or_one_sign_are_between(void **state)
{
	uint64_t n[3];

	(void)state;
	assert_int_equal(numbers_read("         0       1000          1\n", '\0', n, 3), 3);
	assert_true(n[0] == 0 && n[1] == 1000 && n[2] == 1);
	assert_int_equal(numbers_read("8:25634", ':', n, 2), 2);
	assert_true(n[0] == 8 && n[1] == 25634);
	assert_int_equal(numbers_read("7\t8 9", '\0', n, 2), 2);
	assert_true(n[0] == 7 && n[1] == 8);
}

static void reading_ends_at_what_is_no_number(void **state)
{
	static const struct {
		const char *text;
		char between;
		unsigned count;
	} rows[] = {
		{"", ':', 0},
		{"x", ':', 0},
		{"-1", ':', 0},
		{"+1", ':', 0},
		{":1", ':', 0},
		{"1", ':', 1},
		{"1:", ':', 1},
		{"1:x", ':', 1},
		{"1::2", ':', 1},
		{"1,2", ':', 1},
		{"1\n2", '\0', 1},
		{"18446744073709551615:18446744073709551616", ':', 1},
		{"184467440737095516150", ':', 0},
	};
	uint64_t n[2];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(numbers_read(rows[i].text, rows[i].between, n, 2), rows[i].count);
	assert_int_equal(numbers_read("18446744073709551615", ':', n, 2), 1);
	assert_true(n[0] == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blanks_or_one_sign_are_between),
		cmocka_unit_test(reading_ends_at_what_is_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
