/* SPDX-License-Identifier: Apache-2.0 */
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
	return sensed_begin(&peripheral_sensor_row);
}

#define INTERFACE(interface)                                                                                     \
	"add@/devices/pci0/usb1/1-1/1-1.2/1-1.2:1.0\0ACTION=add\0SUBSYSTEM=usb\0DEVTYPE=usb_interface\0PRODUCT=" \
	"46d/c52b/1201\0TYPE=0/0/0\0INTERFACE=" interface "\0"

static void a_device_says_what_it_is_at_each_interface(void **unused)
{
	static const struct {
		struct str bytes;
		const char *class;
		unsigned severity;
	} rows[] = {
		{STR(INTERFACE("3/1/1")), "class=keyboard", SEV_MEDIUM},
		{STR(INTERFACE("3/1/2")), "class=hid", SEV_LOW},
		{STR(INTERFACE("8/6/80")), "class=storage", SEV_LOW},
		{STR(INTERFACE("2/6/0")), "class=network", SEV_MEDIUM},
		{STR(INTERFACE("224/1/1")), "class=network", SEV_MEDIUM},
		{STR(INTERFACE("255/0/0")), "class=other", SEV_INFO},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(sensed_feed(rows[i].bytes));
		assert_non_null(strstr(sensed.text, "action=attach"));
		assert_non_null(strstr(sensed.text, rows[i].class));
		assert_non_null(strstr(sensed.text, "vendor=046d product=c52b"));
		assert_non_null(strstr(sensed.text, "port=1-1.2"));
		assert_int_equal(sensed.severity, rows[i].severity);
	}
}

static void its_own_words_are_told_as_they_are(void **unused)
{
	(void)unused;
	assert_true(sensed_feed(STR(INTERFACE("8/6/80") "SYS_MANUFACTURER=A\nB\0SYS_PRODUCT=Stick\0SYS_SERIAL=1=2\0")));
	assert_non_null(strstr(sensed.text, "name=A?B Stick"));
	assert_non_null(strstr(sensed.text, "serial=1=2"));
}

static void a_device_that_goes_is_told_once(void **unused)
{
	(void)unused;
	assert_true(sensed_feed(
		STR("remove@/devices/usb1/1-1\0SUBSYSTEM=usb\0DEVTYPE=usb_device\0PRODUCT=46d/c52b/1201\0")));
	assert_non_null(strstr(sensed.text, "action=detach"));
	assert_int_equal(sensed.severity, SEV_INFO);
	assert_false(sensed_feed(STR("remove@/devices/usb1/1-1/1-1:1.0\0SUBSYSTEM=usb\0DEVTYPE=usb_interface\0")));
	assert_false(sensed_feed(STR("add@/devices/usb1/1-1\0SUBSYSTEM=usb\0DEVTYPE=usb_device\0")));
	/* Numbers of another form are none. */
	assert_true(sensed_feed(STR("remove@/devices/usb1/1-1\0SUBSYSTEM=usb\0DEVTYPE=usb_device\0PRODUCT=123456/\0")));
	assert_null(strstr(sensed.text, "123456"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_device_says_what_it_is_at_each_interface, begin),
		cmocka_unit_test_setup(its_own_words_are_told_as_they_are, begin),
		cmocka_unit_test_setup(a_device_that_goes_is_told_once, begin),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	sensed_end();
	return failed;
}
