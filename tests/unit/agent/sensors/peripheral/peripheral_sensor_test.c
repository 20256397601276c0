/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/event/fields.h"
#include "agent/sensors/sensors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char seen[1024]; /* the event that came last, as people read it */
static unsigned events, severity;
static void *state;

static void emit(void *context, const struct event *e)
{
	struct buf b = buf_over(seen, sizeof(seen) - 1);

	(void)context;
	fields_show(&b, e);
	assert_int_equal(buf_check(&b), ERR_OK);
	seen[b.len] = '\0';
	severity = e->severity;
	events++;
}

static bool feed(struct str bytes)
{
	const struct sensors_sink sink = {emit, NULL};
	char *own = malloc(bytes.len); /* a block of its own, so that a read past its end is seen */
	unsigned before = events;

	memcpy(own, bytes.data, bytes.len);
	seen[0] = '\0';
	peripheral_sensor_row.decode(state, (struct str){own, bytes.len}, (struct now){0, 0}, &sink);
	free(own);
	return events > before;
}

static int begin(void **unused)
{
	(void)unused;
	free(state);
	state = calloc(1, peripheral_sensor_row.size);
	events = 0;
	return 0;
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
		assert_true(feed(rows[i].bytes));
		assert_non_null(strstr(seen, "action=attach"));
		assert_non_null(strstr(seen, rows[i].class));
		assert_non_null(strstr(seen, "vendor=046d product=c52b"));
		assert_non_null(strstr(seen, "port=1-1.2"));
		assert_int_equal(severity, rows[i].severity);
	}
}

static void its_own_words_are_told_as_they_are(void **unused)
{
	(void)unused;
	assert_true(feed(STR(INTERFACE("8/6/80") "SYS_MANUFACTURER=A\nB\0SYS_PRODUCT=Stick\0SYS_SERIAL=1=2\0")));
	assert_non_null(strstr(seen, "name=A?B Stick"));
	assert_non_null(strstr(seen, "serial=1=2"));
}

static void a_device_that_goes_is_told_once(void **unused)
{
	(void)unused;
	assert_true(feed(STR("remove@/devices/usb1/1-1\0SUBSYSTEM=usb\0DEVTYPE=usb_device\0PRODUCT=46d/c52b/1201\0")));
	assert_non_null(strstr(seen, "action=detach"));
	assert_int_equal(severity, SEV_INFO);
	assert_false(feed(STR("remove@/devices/usb1/1-1/1-1:1.0\0SUBSYSTEM=usb\0DEVTYPE=usb_interface\0")));
	assert_false(feed(STR("add@/devices/usb1/1-1\0SUBSYSTEM=usb\0DEVTYPE=usb_device\0")));
	/* Numbers of another form are none. */
	assert_true(feed(STR("remove@/devices/usb1/1-1\0SUBSYSTEM=usb\0DEVTYPE=usb_device\0PRODUCT=123456/\0")));
	assert_null(strstr(seen, "123456"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_device_says_what_it_is_at_each_interface, begin),
		cmocka_unit_test_setup(its_own_words_are_told_as_they_are, begin),
		cmocka_unit_test_setup(a_device_that_goes_is_told_once, begin),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(state);
	return failed;
}
