/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel tells of modules and of USB devices, and what is none of both. */
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
	module_sensor_row.decode(state, (struct str){own, bytes.len}, (struct now){0, 0}, &sink);
	free(own);
	return events > before;
}

static int begin(void **unused)
{
	(void)unused;
	free(state);
	state = calloc(1, module_sensor_row.size);
	events = 0;
	return 0;
}

#define LOAD "add@/module/dummy\0ACTION=add\0DEVPATH=/module/dummy\0SUBSYSTEM=module\0SEQNUM=1\0"

static void a_module_that_comes_or_goes_is_told(void **unused)
{
	(void)unused;
	assert_true(feed(STR(LOAD)));
	assert_string_equal(seen, "action=load name=dummy");
	assert_int_equal(severity, SEV_LOW);
	assert_true(feed(STR(LOAD "SYS_TAINT=OE\0")));
	assert_string_equal(seen, "action=load name=dummy foreign=true unsigned=true taint=OE");
	assert_int_equal(severity, SEV_MEDIUM);
	assert_true(feed(STR(LOAD "SYS_TAINT=FO\0")));
	assert_int_equal(severity, SEV_HIGH);
	assert_true(feed(STR("remove@/module/dummy\0ACTION=remove\0SUBSYSTEM=module\0")));
	assert_string_equal(seen, "action=unload name=dummy");
}

static void what_is_no_news_of_a_module_is_no_event(void **unused)
{
	(void)unused;
	/* udev at boot asks for all of them again. */
	assert_false(feed(STR(LOAD "SYNTH_UUID=0\0")));
	assert_false(feed(STR("change@/module/dummy\0SUBSYSTEM=module\0")));
	assert_false(feed(STR("add@/devices/x\0SUBSYSTEM=net\0")));
	assert_false(feed(STR("add@/module/dummy\0SUBSYSTEM=modules\0")));
	assert_false(feed(STR("add@/module/dummy")));
	assert_false(feed(STR("add@\0SUBSYSTEM=module\0")));
	assert_false(feed(STR("libudev\0\xfe\xed\xca\xfe")));
}

/* What a device calls itself stands behind the kernel's own words, and is none of them. */
static void the_first_value_of_a_name_counts(void **unused)
{
	(void)unused;
	assert_false(feed(STR("add@/x\0SUBSYSTEM=usb\0SUBSYSTEM=module\0")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_module_that_comes_or_goes_is_told, begin),
		cmocka_unit_test_setup(what_is_no_news_of_a_module_is_no_event, begin),
		cmocka_unit_test_setup(the_first_value_of_a_name_counts, begin),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(state);
	return failed;
}
