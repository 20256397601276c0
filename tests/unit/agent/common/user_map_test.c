/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/common/user_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_map_of_root_alone_has_one_user(void **state)
{
	(void)state;
	assert_true(user_map_is_only_root("         0       1000          1\n"));
	assert_true(user_map_is_only_root("0 0 1\n"));
}

static void any_other_map_may_have_more(void **state)
{
	static const char *const maps[] = {
		"",
		"\n",
		"         0          0 4294967295\n",
		"         1       1000          1\n",
		"         0       1000\n",
		"         0       1000          -1\n",
		"root 1000 1\n",
		"         0       1000          1\n         1     100000      65536\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		assert_false(user_map_is_only_root(maps[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_of_root_alone_has_one_user),
		cmocka_unit_test(any_other_map_may_have_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
