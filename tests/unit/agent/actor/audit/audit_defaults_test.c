/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which passwords are tried, and that none of the built-in list is lost or tried for nothing. */
#include "agent/actor/audit/audit_defaults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void the_likeliest_comes_first(void **state)
{
	struct audit_defaults d = {.account = STR("admin"),
				   .vendor = STR("root:one\nadmin:two:with\n#admin:x\nadmin:\n")};
	struct str password, last = STR_NONE;
	uint8_t source;

	(void)state;
	assert_true(audit_defaults_next(&d, &password, &source));
	assert_true(str_equal(password, STR("two:with")) && source == AUDIT_DEFAULT_VENDOR);
	assert_true(audit_defaults_next(&d, &password, &source));
	assert_true(str_equal(password, STR("admin")) && source == AUDIT_DEFAULT_BOTNETS);
	while (source == AUDIT_DEFAULT_BOTNETS)
		assert_true(audit_defaults_next(&d, &password, &source));
	assert_true(str_equal(password, STR("admin")) && source == AUDIT_DEFAULT_NAME);
	assert_true(audit_defaults_next(&d, &password, &source));
	assert_true(str_equal(password, STR("xc3511")) && source == AUDIT_DEFAULT_OTHERS);
	while (audit_defaults_next(&d, &password, &source))
		last = password;
	assert_true(str_equal(last, STR("one")));
	assert_false(audit_defaults_next(&d, &password, &source));
}

static void a_password_of_several_accounts_is_tried_once(void **state)
{
	struct audit_defaults d = {.account = STR("nobody in the list")};
	struct str password;
	uint8_t source;
	unsigned all = 0, twelve = 0;

	(void)state;
	while (audit_defaults_next(&d, &password, &source)) {
		all++;
		twelve += str_equal(password, STR("12345"));
	}
	assert_int_equal(twelve, 1);
	assert_true(all > 100);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_likeliest_comes_first),
		cmocka_unit_test(a_password_of_several_accounts_is_tried_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
