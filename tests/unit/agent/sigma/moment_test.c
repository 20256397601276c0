/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sigma/moment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void moment_read_knows_every_form(void **state)
{
	static const struct {
		const char *text;
		int64_t us;
	} rows[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2026-01-31T12:34:56Z", INT64_C(1769862896000000)},
		{"2026-01-31 12:34:56.789", INT64_C(1769862896789000)},
		{"2026-01-31T14:34:56+02:00", INT64_C(1769862896000000)},
		{"2026-01-31T14:34:56.000001+0200", INT64_C(1769862896000001)},
		{"2024-02-29", INT64_C(1709164800000000)},
		{"1969-12-31T23:59:59Z", -1000000},
		{"1769862896", INT64_C(1769862896000000)},
		{"1769862896.5", INT64_C(1769862896500000)},
		{"1769862896789", INT64_C(1769862896789000)},
		{"1769862896789012", INT64_C(1769862896789012)},
		{"1769862896789012345", INT64_C(1769862896789012)},
	};
	struct moment m;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (moment_read(str_from(rows[i].text), &m) != ERR_OK || m.us != rows[i].us)
			fail_msg("%s", rows[i].text);
	}
}

static void moment_read_refuses_what_is_no_time(void **state)
{
	static const char *const texts[] = {"",
					    "now",
					    "2026-02-30",
					    "2025-02-29",
					    "2026-13-01",
					    "2026-1-1",
					    "12:34:56",
					    "1.",
					    "2026-01-01T25:00:00Z",
					    "-5",
					    "0x10",
					    "2026-01-01T",
					    "1e9",
					    "2026-01-01T10:00:00ZZ",
					    "2026-00-10",
					    "2026-01-00",
					    "99999999999999999999"};
	struct moment m;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (moment_read(str_from(texts[i]), &m) == ERR_OK)
			fail_msg("%s", texts[i]);
}

/* The first days of 2021 are of the last week of 2020, the last ones of 2024 of the first week of 2025. */
static void moment_read_counts_weeks_as_iso_8601(void **state)
{
	static const struct {
		const char *text;
		unsigned week;
	} rows[] = {{"2021-01-01", 53}, {"2024-12-30", 1}, {"2026-01-01", 1}, {"2026-12-31", 53}, {"2023-01-01", 52}};
	struct moment m;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(moment_read(str_from(rows[i].text), &m), ERR_OK);
		assert_int_equal(m.week, rows[i].week);
	}
}

static void moment_read_has_parts_as_they_are_written(void **state)
{
	struct moment m;

	(void)state;
	assert_int_equal(moment_read(STR("2026-12-31T23:45:00-10:00"), &m), ERR_OK);
	assert_true(m.year == 2026 && m.month == 12 && m.day == 31 && m.hour == 23 && m.minute == 45);
	assert_int_equal(moment_read(STR("1767225599"), &m), ERR_OK);
	assert_true(m.year == 2025 && m.month == 12 && m.day == 31 && m.hour == 23 && m.minute == 59);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moment_read_knows_every_form),
		cmocka_unit_test(moment_read_refuses_what_is_no_time),
		cmocka_unit_test(moment_read_counts_weeks_as_iso_8601),
		cmocka_unit_test(moment_read_has_parts_as_they_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
