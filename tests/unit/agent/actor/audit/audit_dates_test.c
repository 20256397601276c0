/* SPDX-License-Identifier: Apache-2.0 */
/* Days of the calendar, and those in texts. */
#include "agent/actor/audit/audit_dates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int64_t day(unsigned year, unsigned month, unsigned number)
{
	return audit_dates_s(&(struct audit_date){year, month, number}) / AUDIT_DAY_S;
}

static void days_are_those_of_the_calendar(void **state)
{
	(void)state;
	assert_int_equal(day(1970, 1, 1), 0);
	assert_int_equal(day(1999, 12, 31), 10956);
	assert_int_equal(day(2000, 2, 29), 11016);
	assert_int_equal(day(2000, 3, 1), 11017);
	assert_int_equal(day(2024, 2, 29), 19782);
	assert_int_equal(day(2024, 3, 1), 19783);
	assert_int_equal(day(2100, 3, 1), 47541);
	assert_int_equal(day(1950, 1, 1), -7305);
}

static void dates_in_texts_are_found(void **state)
{
	static const struct {
		const char *text;
		int64_t day; /* -1: none */
	} rows[] = {
		{"#1 SMP Debian 6.1.90-1 (2024-05-03)", 19846},
		{"\"20240503093000\"", 19846},
		{"#1 SMP PREEMPT Fri May  3 22:09:42 UTC 2024", 19846},
		{"#0 Fri May 3 22:09:42 2024", 19846},
		{"r23497-6637af95aa", -1},
		{"6.1.0-21 of 12345678901", -1},
		{"2024-13-03 20240532", -1},
		{"1999-01-01", -1},
		{"May 2024", -1},
		{"", -1},
		{"2024-05", -1},
		{"2024-0503", -1},
	};
	int64_t when_s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool found = audit_dates_find(str_from(rows[i].text), &when_s);

		assert_int_equal(found, rows[i].day >= 0);
		if (found)
			assert_int_equal(when_s, rows[i].day * AUDIT_DAY_S);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_are_those_of_the_calendar),
		cmocka_unit_test(dates_in_texts_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
