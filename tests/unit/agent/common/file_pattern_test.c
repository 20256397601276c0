/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/common/file_pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool fits(const char *pattern, const char *name)
{
	return file_pattern_fits(pattern, str_from(name));
}

static void stars_and_question_marks_stand_for_bytes(void **state)
{
	(void)state;
	assert_true(fits("/var/log/*error.log", "error.log"));
	assert_true(fits("/var/log/*error.log", "shop.error.log"));
	assert_true(fits("/var/log/*error.log", "error.error.log"));
	assert_false(fits("/var/log/*error.log", "error.log.1"));
	assert_false(fits("/var/log/*error.log", "access.log"));
	assert_true(fits("/var/log/a*b*c", "axxbyybzzc"));
	assert_false(fits("/var/log/a*b*c", "axxcyyb"));
	assert_true(fits("/var/log/site?.log", "site1.log"));
	assert_false(fits("/var/log/site?.log", "site.log"));
	assert_false(fits("/var/log/site?.log", "site12.log"));
	assert_true(fits("/var/log/**", "x"));
	assert_false(fits("/var/log/*", ""));
}

static void hidden_and_packed_files_do_not_fit(void **state)
{
	(void)state;
	assert_false(fits("/var/log/*", ".hidden.log"));
	assert_false(fits("/var/log/?hidden", ".hidden"));
	assert_true(fits("/var/log/.h*", ".hidden"));
	assert_false(fits("/var/log/*.log*", "a.log.2.gz"));
	assert_true(fits("/var/log/*.log*", "a.log.2"));
}

static void a_name_of_many_stars_takes_no_time(void **state)
{
	char pattern[200] = "/", name[256];

	(void)state;
	for (unsigned i = 0; i < 90; i++)
		strcat(pattern, "a*");
	strcat(pattern, "b");
	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	assert_false(fits(pattern, name));
}

static void patterns_are_told_from_paths(void **state)
{
	(void)state;
	assert_true(file_pattern_is("/var/log/*.log"));
	assert_false(file_pattern_is("/var/log/auth.log"));
	assert_false(file_pattern_wrong(STR("/var/log/*.log")));
	assert_true(file_pattern_wrong(STR("/var/*/auth.log")));
	assert_true(file_pattern_wrong(STR("/var/log/[ab].log")));
	assert_int_equal(file_pattern_dir("/var/log/*.log"), 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stars_and_question_marks_stand_for_bytes),
		cmocka_unit_test(hidden_and_packed_files_do_not_fit),
		cmocka_unit_test(a_name_of_many_stars_takes_no_time),
		cmocka_unit_test(patterns_are_told_from_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
