/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/called.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int first(int argc, char **argv)
{
	(void)argv;
	return argc;
}

static int second(int argc, char **argv)
{
	(void)argv;
	return -argc;
}

static const struct called rows[] = {{"guardd", first}, {"guard", second}, {NULL, NULL}};

static void the_name_is_what_follows_the_last_slash(void **state)
{
	(void)state;
	assert_ptr_equal(called_find(rows, "guard"), &rows[1]);
	assert_ptr_equal(called_find(rows, "/usr/sbin/guardd"), &rows[0]);
	assert_ptr_equal(called_find(rows, "../libexec/guard"), &rows[1]);
	assert_ptr_equal(called_find(rows, "guard/guardd"), &rows[0]);
	assert_int_equal(called_find(rows, "guardd")->run(3, NULL), 3);
}

static void another_name_is_none_of_them(void **state)
{
	static const char *const others[] = {"",      "/",	"guard/", "guar",    "guarddd",
					     "Guard", "guard ", "-guard", "/guard/x"};

	(void)state;
	assert_null(called_find(rows, NULL));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_null(called_find(rows, others[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_name_is_what_follows_the_last_slash),
		cmocka_unit_test(another_name_is_none_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
