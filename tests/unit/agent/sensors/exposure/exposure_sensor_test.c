/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/now.h"
#include "agent/common/exposure_sample.h"
#include "agent/event/fields.h"
#include "agent/sensors/sensors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char seen[1024]; /* the event that came last, as people read it */
static unsigned events;
static uint8_t severity; /* of what is fed */
static void *state;

static void emit(void *context, const struct event *e)
{
	struct buf b = buf_over(seen, sizeof(seen) - 1);

	(void)context;
	fields_show(&b, e);
	seen[b.len] = '\0';
	events++;
}

static int begin(void **unused)
{
	(void)unused;
	free(state);
	state = malloc(exposure_sensor_row.size);
	memset(state, 0xa5, exposure_sensor_row.size);
	exposure_sensor_row.init(state, NULL);
	events = 0;
	severity = SEV_HIGH;
	return 0;
}

static void feed(uint8_t kind, uint8_t check, const char *id, const char *object)
{
	const struct sensors_sink sink = {emit, NULL};
	struct exposure_sample s = {.version = EXPOSURE_SAMPLE_VERSION, .kind = kind, .check = check};

	s.severity = severity;
	snprintf(s.id, sizeof(s.id), "%s", id);
	snprintf(s.object, sizeof(s.object), "%s", object);
	snprintf(s.evidence, sizeof(s.evidence), "because");
	snprintf(s.remedy, sizeof(s.remedy), "fix");
	exposure_sensor_row.decode(state, (struct str){(const char *)&s, sizeof(s)}, (struct now){0, 5 * SECOND_US},
				   &sink);
}

static unsigned rows(void)
{
	struct event e;
	unsigned count = 0;

	while (exposure_sensor_row.tables[0].row(state, count, &e)) {
		emit(NULL, &e);
		count++;
	}
	return count;
}

static void a_finding_is_told_of_once_and_when_it_is_fixed(void **unused)
{
	(void)unused;
	for (unsigned round = 0; round < 3; round++) {
		feed(EXPOSURE_SAMPLE_FOUND, 1, "empty_password", "bob");
		feed(EXPOSURE_SAMPLE_DONE, 1, "", "");
	}
	assert_int_equal(events, 1);
	assert_string_equal(seen, "action=found level=high id=empty_password object=bob evidence=because remedy=fix");
	feed(EXPOSURE_SAMPLE_DONE, 1, "", "");
	assert_int_equal(events, 2);
	assert_string_equal(seen, "action=fixed level=high id=empty_password object=bob evidence=because remedy=fix");
	feed(EXPOSURE_SAMPLE_FOUND, 1, "empty_password", "bob");
	assert_int_equal(events, 3);
}

static void a_short_round_fixes_nothing_that_it_did_not_look_at(void **unused)
{
	(void)unused;
	feed(EXPOSURE_SAMPLE_FOUND, 1, "empty_password", "bob");
	feed(EXPOSURE_SAMPLE_FOUND, 5, "suid_program", "/tmp/x");
	feed(EXPOSURE_SAMPLE_DONE, 1, "", "");
	feed(EXPOSURE_SAMPLE_DONE, 5, "", "");
	feed(EXPOSURE_SAMPLE_END, 0, "", "");
	assert_int_equal(rows(), 2);
	feed(EXPOSURE_SAMPLE_DONE, 1, "", "");
	feed(EXPOSURE_SAMPLE_END, 0, "", "");
	assert_int_equal(rows(), 1);
	assert_string_equal(seen, "action=found level=high id=suid_program object=/tmp/x evidence=because remedy=fix");
}

static void the_table_says_that_the_first_round_is_not_over(void **unused)
{
	(void)unused;
	assert_int_equal(rows(), 1);
	assert_non_null(strstr(seen, "action=pending"));
	feed(EXPOSURE_SAMPLE_END, 0, "", "");
	assert_int_equal(rows(), 0);
}

static void more_than_is_kept_is_said(void **unused)
{
	char object[16];

	(void)unused;
	for (unsigned i = 0; i < CONFIG_EXPOSURES_MAX + 5; i++) {
		snprintf(object, sizeof(object), "%u", i);
		assert_true(i > CONFIG_EXPOSURES_MAX || !exposure_sensor_row.problem(state));
		feed(EXPOSURE_SAMPLE_FOUND, 1, "empty_password", object);
	}
	assert_non_null(exposure_sensor_row.problem(state));
	feed(EXPOSURE_SAMPLE_END, 0, "", "");
	assert_int_equal(rows(), CONFIG_EXPOSURES_MAX);
}

static void the_least_severe_gives_way_to_a_more_severe_one(void **unused)
{
	char object[16];

	(void)unused;
	for (unsigned i = 0; i < CONFIG_EXPOSURES_MAX; i++) {
		severity = i == 7 ? SEV_LOW : SEV_MEDIUM;
		snprintf(object, sizeof(object), "%u", i);
		feed(EXPOSURE_SAMPLE_FOUND, 1, "weak_key", object);
	}
	severity = SEV_CRITICAL;
	feed(EXPOSURE_SAMPLE_FOUND, 2, "default_password", "root");
	assert_int_equal(events, CONFIG_EXPOSURES_MAX + 1);
	assert_string_equal(seen, "action=found level=critical id=default_password object=root evidence=because "
				  "remedy=fix");
	severity = SEV_LOW;
	feed(EXPOSURE_SAMPLE_FOUND, 1, "weak_key", "7");
	assert_int_equal(events, CONFIG_EXPOSURES_MAX + 1);
	assert_non_null(exposure_sensor_row.problem(state));
}

static void damaged_samples_are_counted(void **unused)
{
	struct sensors_counter out[SENSORS_COUNTERS_MAX];

	(void)unused;
	feed(EXPOSURE_SAMPLE_KINDS, 1, "x", "y");
	feed(EXPOSURE_SAMPLE_FOUND, EXPOSURE_CHECKS_MAX, "x", "y");
	exposure_sensor_row.decode(state, STR("short"), (struct now){0, 0}, NULL);
	assert_int_equal(exposure_sensor_row.counters(state, out), 4);
	assert_int_equal(out[3].value, 3);
	assert_int_equal(events, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_finding_is_told_of_once_and_when_it_is_fixed, begin),
		cmocka_unit_test_setup(a_short_round_fixes_nothing_that_it_did_not_look_at, begin),
		cmocka_unit_test_setup(the_table_says_that_the_first_round_is_not_over, begin),
		cmocka_unit_test_setup(more_than_is_kept_is_said, begin),
		cmocka_unit_test_setup(the_least_severe_gives_way_to_a_more_severe_one, begin),
		cmocka_unit_test_setup(damaged_samples_are_counted, begin),
	};

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(state);
	return failed;
}
