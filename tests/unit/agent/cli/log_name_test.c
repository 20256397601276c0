/* SPDX-License-Identifier: Apache-2.0 */
/* Which file of the settings a log is. */
#include "agent/cli/log_name.h"

#include "agent/sensors/log/declared.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct settings settings;
static char why[LOG_NAME_WHY_MAX];

static void with_files(const char *text)
{
	struct ini_error error;

	settings_default(&settings);
	assert_int_equal(settings_read(&settings, str_from(text), &error), ERR_OK);
}

/* The row of a log; -1: the user has to say which. */
static int row_of(const char *name, const char *as)
{
	unsigned row = 99;

	if (log_name_row(&settings, &(struct log_name){name, as}, &row, why) != ERR_OK)
		return -1;
	return (int)row;
}

static void rotation_is_taken_off_a_name(void **state)
{
	static const char *const names[][2] = {
		{"/log/auth.log.1", "/log/auth.log"},
		{"/log/auth.log-20261122", "/log/auth.log"},
		{"/log/auth.log.12", "/log/auth.log"},
		{"/log/auth.log", "/log/auth.log"},
		{"/log/auth.log-1", "/log/auth.log-1"},
		{"/log/2026", "/log/2026"},
		{"/log/.1", "/log/.1"},
		{"7", "7"},
		{"/log/20261122.log", "/log/20261122.log"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_true(str_equal(log_name_unrotated(names[i][0]), str_from(names[i][1])));
	assert_true(log_name_same(&(struct log_name){"a.1", NULL}, &(struct log_name){"a", NULL}));
	assert_false(log_name_same(&(struct log_name){"a", "/a"}, &(struct log_name){"a", "/b"}));
}

static void a_log_is_the_file_of_its_path_then_of_a_pattern_then_of_its_name(void **state)
{
	(void)state;
	with_files("[auth]\nfiles = /v/*.log /v/auth.log /w/web-*.log\n");
	assert_int_equal(row_of("/v/auth.log", NULL), 1);
	assert_int_equal(row_of("/v/auth.log.3", NULL), 1);
	assert_int_equal(row_of("/v/other.log.3", NULL), 0);
	assert_int_equal(row_of("/copy/auth.log", NULL), 1);
	assert_int_equal(row_of("auth.log-20261122", NULL), 1);
	assert_int_equal(row_of("/copy/messages", NULL), DECLARED_NONE);
	assert_int_equal(row_of("-", NULL), DECLARED_NONE);
	assert_int_equal(row_of("-", "/w/web-1.log"), 2);
	assert_int_equal(row_of("auth.log", "/elsewhere"), -1);
}

static void a_name_of_two_files_is_asked_about_only_where_they_differ(void **state)
{
	(void)state;
	with_files("[auth]\nfiles = /v/auth.log /w/auth.log /x/web*.log /y/*.log\n"
		   "[access]\nformat = /x/web*.log nginx\n");
	assert_int_equal(row_of("auth.log", NULL), 0);
	if (!IS_ENABLED(CONFIG_ACCESS_LOGS))
		return;
	assert_int_equal(row_of("web1.log", NULL), -1);
	assert_non_null(strstr(why, "web1.log may be /x/web*.log or /y/*.log of the settings"));
	assert_int_equal(row_of("/x/web1.log", NULL), 2);
	assert_int_equal(row_of("web1.log", "/y/web1.log"), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rotation_is_taken_off_a_name),
		cmocka_unit_test(a_log_is_the_file_of_its_path_then_of_a_pattern_then_of_its_name),
		cmocka_unit_test(a_name_of_two_files_is_asked_about_only_where_they_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
