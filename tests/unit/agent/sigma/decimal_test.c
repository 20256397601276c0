/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sigma/decimal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* From the lowest to the highest; equal ones stand in one row. */
static const char *const rows[][3] = {
	{"-1e3", "-1000", "-1000.0"},
	{"-17", "-17.0", "-1.7e1"},
	{"-0.5", "-.5", "-5e-1"},
	{"0", "-0", "0.000"},
	{"1e-9", "0.000000001", ".000000001"},
	{"0.5", ".5", "+0.50"},
	{"9", "9.", "009"},
	{"10", "1e1", "1.0E+1"},
	{"9007199254740992", "9007199254740992.0", "9007199254740992e0"},
	{"9007199254740993", "9007199254740993.0", "9.007199254740993e15"},
	{"18446744073709551616", "18446744073709551616.0", "1844674407370955161.6e1"},
	{"1e100", "10e99", "0.1e101"},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

static void decimal_compare_is_exact(void **state)
{
	(void)state;
	for (size_t a = 0; a < ROWS; a++)
		for (size_t b = 0; b < ROWS; b++)
			for (unsigned i = 0; i < 9; i++) {
				const char *one = rows[a][i / 3], *other = rows[b][i % 3];
				int is = decimal_compare(str_from(one), str_from(other));

				if (sign(is) != (a > b) - (a < b))
					fail_msg("%s and %s: %d", one, other, is);
			}
}

static void decimal_valid_refuses_what_is_no_number(void **state)
{
	static const char *const texts[] = {"",	  "-",	"+",	 ".",	"1e",	  "e5", "0x10",
					    "1 ", " 1", "1.2.3", "--1", "1e1000", "NaN"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (decimal_valid(str_from(texts[i])))
			fail_msg("'%s'", texts[i]);
	for (size_t i = 0; i < ROWS * 3; i++)
		if (!decimal_valid(str_from(rows[i / 3][i % 3])))
			fail_msg("'%s'", rows[i / 3][i % 3]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decimal_compare_is_exact),
		cmocka_unit_test(decimal_valid_refuses_what_is_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
