/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel tells of modules and of USB devices, and what is none of both. */
#include "tests/unit/sensed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int begin(void **unused)
{
	(void)unused;
	return sensed_begin(&module_sensor_row);
}

#define LOAD "add@/module/dummy\0ACTION=add\0DEVPATH=/module/dummy\0SUBSYSTEM=module\0SEQNUM=1\0"

static void a_module_that_comes_or_goes_is_told(void **unused)
{
	(void)unused;
	assert_true(sensed_feed(STR(LOAD)));
	assert_string_equal(sensed.text, "action=load name=dummy");
	assert_int_equal(sensed.severity, SEV_LOW);
	assert_true(sensed_feed(STR(LOAD "SYS_TAINT=OE\0")));
	assert_string_equal(sensed.text, "action=load name=dummy foreign=true unsigned=true taint=OE");
	assert_int_equal(sensed.severity, SEV_MEDIUM);
	assert_true(sensed_feed(STR(LOAD "SYS_TAINT=FO\0")));
	assert_int_equal(sensed.severity, SEV_HIGH);
	assert_true(sensed_feed(STR("remove@/module/dummy\0ACTION=remove\0SUBSYSTEM=module\0")));
	assert_string_equal(sensed.text, "action=unload name=dummy");
}

static void what_is_no_news_of_a_module_is_no_event(void **unused)
{
	(void)unused;
	/* udev at boot asks for all of them again. */
	assert_false(sensed_feed(STR(LOAD "SYNTH_UUID=0\0")));
	assert_false(sensed_feed(STR("change@/module/dummy\0SUBSYSTEM=module\0")));
	assert_false(sensed_feed(STR("add@/devices/x\0SUBSYSTEM=net\0")));
	assert_false(sensed_feed(STR("add@/module/dummy\0SUBSYSTEM=modules\0")));
	assert_false(sensed_feed(STR("add@/module/dummy")));
	assert_false(sensed_feed(STR("add@\0SUBSYSTEM=module\0")));
	assert_false(sensed_feed(STR("libudev\0\xfe\xed\xca\xfe")));
}

/* What a device calls itself stands behind the kernel's own words, and is none of them. */
static void the_first_value_of_a_name_counts(void **unused)
{
	(void)unused;
	assert_false(sensed_feed(STR("add@/x\0SUBSYSTEM=usb\0SUBSYSTEM=module\0")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_module_that_comes_or_goes_is_told, begin),
		cmocka_unit_test_setup(what_is_no_news_of_a_module_is_no_event, begin),
		cmocka_unit_test_setup(the_first_value_of_a_name_counts, begin),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	sensed_end();
	return failed;
}
