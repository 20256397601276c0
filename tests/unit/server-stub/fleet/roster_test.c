/* SPDX-License-Identifier: Apache-2.0 */
/* Rosters: what a line means, and what is said of those that mean nothing. */
#include "server-stub/fleet/roster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_text(struct str have, const char *want)
{
	assert_int_equal(have.len, strlen(want));
	assert_memory_equal(have.data ? have.data : "", want, have.len);
}

static void columns_stand_in_any_order_and_values_in_quotes(void **state)
{
	static const char text[] = "\xef\xbb\xbf"
				   "Labels,NAME, token\r\n\r\n\"a=b c\",\"x-1\",ct1.q\r\n, y ,\r\n";
	char why[ROSTER_WHY_MAX];
	struct roster_row row;
	struct roster r;

	(void)state;
	assert_int_equal(roster_open(&r, str_from(text), why), ERR_OK);
	assert_int_equal(roster_next(&r, &row, why), ERR_OK);
	assert_int_equal(row.line, 3);
	expect_text(row.values[ROSTER_NAME], "x-1");
	expect_text(row.values[ROSTER_LABELS], "a=b c");
	expect_text(row.values[ROSTER_TOKEN], "ct1.q");
	expect_text(row.values[ROSTER_GROUP], "");
	assert_int_equal(roster_next(&r, &row, why), ERR_OK);
	assert_int_equal(row.line, 4);
	expect_text(row.values[ROSTER_NAME], "y");
	assert_int_equal(roster_next(&r, &row, why), ERR_NOT_FOUND);
	assert_int_equal(r.rows, 2);
}

static void first_line_that_names_no_columns_is_refused_with_a_reason(void **state)
{
	static const char *const cases[][2] = {
		{"", "nothing in it"},
		{"\n \r\n", "nothing in it"},
		{"group,labels\n", "no column 'name'"},
		{"name;group\n", "'name;group' is no column"},
		{"name,colour\n", "'colour' is no column"},
		{"name,group,Name\n", "comes twice"},
		{"name,\n", "'' is no column"},
		{"\"name\n", "no second one"},
	};
	char why[ROSTER_WHY_MAX];
	struct roster r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(roster_open(&r, str_from(cases[i][0]), why), ERR_INVALID);
		assert_non_null(strstr(why, cases[i][1]));
	}
}

static void each_wrong_line_has_its_reason_and_the_next_one_is_read(void **state)
{
	static const char *const cases[][2] = {
		{"-x,g,", "a device's name is of letters"},
		{"a b,g,", "a device's name is of letters"},
		{",g,", "it has no name"},
		{"x,.g,", "a group's name is of letters"},
		{"x,g,a=b !", "a label is of letters"},
		{"x,g", "fewer values"},
		{"x,g,a,b", "more values"},
		{"\"x,g,", "no second one"},
		{"\"x\"y,g,", "something else than a comma"},
		{"x\"y,g,", "in the middle of a value"},
		{"x\x01,g,", "a device's name is of letters"},
	};
	char text[512], why[ROSTER_WHY_MAX];
	struct roster_row row;
	struct roster r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "name,group,labels\n%s\nnext,g,a\n", cases[i][0]);
		assert_int_equal(roster_open(&r, str_from(text), why), ERR_OK);
		assert_int_equal(roster_next(&r, &row, why), ERR_INVALID);
		assert_int_equal(row.line, 2);
		assert_non_null(strstr(why, cases[i][1]));
		assert_int_equal(roster_next(&r, &row, why), ERR_OK);
		assert_int_equal(row.line, 3);
		assert_int_equal(roster_next(&r, &row, why), ERR_NOT_FOUND);
	}
}

static void serial_numbers_are_printable_and_a_factory_goes_with_one(void **state)
{
	static const char *const cases[][2] = {
		{"x,SN\x01,acme", "printable"},
		{"x,0123456789012345678901234567890123456789012345678901234567890123,acme", "up to 63"},
		{"x,,acme", "no serial number"},
		{"x,1,a/b", "a factory's name"},
	};
	char text[512], why[ROSTER_WHY_MAX];
	struct roster_row row;
	struct roster r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "name,serial,factory\n%s\ny,\"PID:X, SN:1\",\n", cases[i][0]);
		assert_int_equal(roster_open(&r, str_from(text), why), ERR_OK);
		assert_int_equal(roster_next(&r, &row, why), ERR_INVALID);
		assert_non_null(strstr(why, cases[i][1]));
		assert_int_equal(roster_next(&r, &row, why), ERR_OK);
		expect_text(row.values[ROSTER_SERIAL], "PID:X, SN:1");
	}
}

static void names_and_labels_that_are_too_long_are_refused(void **state)
{
	char text[1024], many[320], why[ROSTER_WHY_MAX];
	struct roster_row row;
	struct roster r;

	(void)state;
	snprintf(text, sizeof(text), "name\n%064d\n%063d\n", 0, 0);
	assert_int_equal(roster_open(&r, str_from(text), why), ERR_OK);
	assert_int_equal(roster_next(&r, &row, why), ERR_INVALID);
	assert_int_equal(roster_next(&r, &row, why), ERR_OK);
	for (unsigned i = 0; i < 75; i++)
		snprintf(many + (size_t)i * 4, 5, "%03u ", i);
	snprintf(text, sizeof(text), "name,labels\nx,%s\n", many);
	assert_int_equal(roster_open(&r, str_from(text), why), ERR_OK);
	assert_int_equal(roster_next(&r, &row, why), ERR_INVALID);
	assert_non_null(strstr(why, "together"));
}

static void more_devices_than_there_may_be_are_refused(void **state)
{
	static char text[(ROSTER_ROWS_MAX + 3) * 8];
	char why[ROSTER_WHY_MAX];
	struct roster_row row;
	struct roster r;
	size_t len = (size_t)snprintf(text, sizeof(text), "name\n");

	(void)state;
	for (unsigned i = 0; i <= ROSTER_ROWS_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "d%u\n", i);
	assert_int_equal(roster_open(&r, (struct str){text, len}, why), ERR_OK);
	for (unsigned i = 0; i < ROSTER_ROWS_MAX; i++)
		assert_int_equal(roster_next(&r, &row, why), ERR_OK);
	assert_int_equal(roster_next(&r, &row, why), ERR_FULL);
	assert_int_equal(row.line, ROSTER_ROWS_MAX + 2);
}

static void namesake_is_the_first_line_with_the_name(void **state)
{
	struct str text = STR("name,group\na,g\n-b,g\nb,g\na,h\n");

	(void)state;
	assert_int_equal(roster_namesake(text, STR("a"), 5), 2);
	assert_int_equal(roster_namesake(text, STR("b"), 5), 4);
	assert_int_equal(roster_namesake(text, STR("a"), 2), 0);
	assert_int_equal(roster_namesake(text, STR("c"), 9), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_stand_in_any_order_and_values_in_quotes),
		cmocka_unit_test(first_line_that_names_no_columns_is_refused_with_a_reason),
		cmocka_unit_test(each_wrong_line_has_its_reason_and_the_next_one_is_read),
		cmocka_unit_test(serial_numbers_are_printable_and_a_factory_goes_with_one),
		cmocka_unit_test(names_and_labels_that_are_too_long_are_refused),
		cmocka_unit_test(more_devices_than_there_may_be_are_refused),
		cmocka_unit_test(namesake_is_the_first_line_with_the_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
