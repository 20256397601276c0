/* SPDX-License-Identifier: Apache-2.0 */
/* What is given to a browser, and what a service cannot have us run or print. */
#include "server-stub/cli/browser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void only_addresses_are_opened(void **state)
{
	static const char *const good[] = {"https://fleet.example:8444/#/desk/BCDF-GHJK",
					   "https://[2001:db8::1]:8444/#/desk/BCDF-GHJK"};
	static const char *const bad[] = {"",
					  "https://",
					  "http://fleet.example/",
					  "file:///etc/passwd",
					  "--version",
					  "https://a b",
					  "https://a\n",
					  "https://a\033[2J",
					  "https://a\"",
					  "https://a`id`",
					  "https://\303\244"};

	(void)state;
	setenv("BROWSER", "/nonexistent/browser", 1);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(browser_is_address(good[i]));
		assert_false(browser_open(good[i]));
	}
	setenv("BROWSER", "true:false", 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(browser_is_address(bad[i]));
		assert_false(browser_open(bad[i]));
	}
	assert_true(browser_open(good[0]));
}

static void without_desktop_nothing_is_opened(void **state)
{
	(void)state;
	unsetenv("BROWSER");
	unsetenv("DISPLAY");
	unsetenv("WAYLAND_DISPLAY");
	assert_false(browser_open("https://fleet.example:8444/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_addresses_are_opened),
		cmocka_unit_test(without_desktop_nothing_is_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
