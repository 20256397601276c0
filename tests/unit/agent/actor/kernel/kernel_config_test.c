/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/kernel/kernel_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void says(const char *text, const char *symbol, enum kernel_answer answer)
{
	assert_int_equal(kernel_config_find(str_from(text), str_from(symbol)), answer);
}

static void each_form_of_line_has_its_answer(void **state)
{
	static const char text[] = "#\n# Automatically generated file; DO NOT EDIT.\n#\n"
				   "CONFIG_UNIX=y\nCONFIG_NF_TABLES=m\n# CONFIG_AUDIT is not set\nCONFIG_HZ=250\n"
				   "CONFIG_LSM=\"landlock,yama\"\nCONFIG_USB=n\n";

	(void)state;
	says(text, "UNIX", KERNEL_BUILT_IN);
	says(text, "NF_TABLES", KERNEL_MODULE);
	says(text, "AUDIT", KERNEL_OFF);
	says(text, "USB", KERNEL_OFF);
	says(text, "HZ", KERNEL_BUILT_IN);
	says(text, "LSM", KERNEL_BUILT_IN);
	says(text, "CONNECTOR", KERNEL_UNNAMED);
	says("", "UNIX", KERNEL_UNNAMED);
}

static void a_longer_name_is_another_symbol(void **state)
{
	(void)state;
	says("CONFIG_NF_TABLES_INET=y\n# CONFIG_NF_TABLES_ARP is not set\n", "NF_TABLES", KERNEL_UNNAMED);
	says("CONFIG_NF=y\nXCONFIG_NF_TABLES=y\nNF_TABLES=y\n", "NF_TABLES", KERNEL_UNNAMED);
	says("# CONFIG_NF_TABLES=y\n#CONFIG_NF_TABLES is not set\n", "NF_TABLES", KERNEL_UNNAMED);
}

/* As the kernel's own build reads fragments one behind the other. */
static void the_last_line_counts(void **state)
{
	(void)state;
	says("CONFIG_AUDIT=y\r\n# CONFIG_AUDIT is not set", "AUDIT", KERNEL_OFF);
	says("# CONFIG_AUDIT is not set\nCONFIG_AUDIT=y", "AUDIT", KERNEL_BUILT_IN);
}

static void since(const char *release, const char *version, bool answer)
{
	assert_int_equal(kernel_config_since(str_from(release), str_from(version)), answer);
}

static void releases_compare_by_their_numbers(void **state)
{
	(void)state;
	since("6.1.0-18-amd64", "5.9", true);
	since("5.9", "5.9", true);
	since("5.10.0", "5.9", true);
	since("5.8.18", "5.9", false);
	since("4.19.0+", "5.3", false);
	since("6", "5.3", false);
	since("", "5.3", false);
	since("next-20260801", "5.3", false);
	since("99999999999.1", "5.3", false);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_of_line_has_its_answer),
		cmocka_unit_test(a_longer_name_is_another_symbol),
		cmocka_unit_test(the_last_line_counts),
		cmocka_unit_test(releases_compare_by_their_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
