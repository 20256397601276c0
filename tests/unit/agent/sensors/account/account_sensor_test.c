/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/common/lookout_sample.h"
#include "tests/unit/sensed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void feed(struct lookout_account h, size_t len)
{
	static const char exe[] = "/usr/sbin/useradd";
	char bytes[sizeof(h) + sizeof(exe)];

	h.version = h.version ? h.version : LOOKOUT_SAMPLE_VERSION;
	h.sensor = LOOKOUT_ACCOUNT;
	memcpy(bytes, &h, sizeof(h));
	memcpy(bytes + sizeof(h), exe, sizeof(exe));
	(void)sensed_feed((struct str){bytes, len ? len : sizeof(bytes) - 1});
}

static int begin(void **unused)
{
	(void)unused;
	return sensed_begin(&account_sensor_row);
}

static void a_change_says_whose_account_and_who_did_it(void **unused)
{
	(void)unused;
	feed((struct lookout_account){.action = ACCOUNT_JOINED,
				      .flags = LOOKOUT_IDS,
				      .id = 1000,
				      .name_len = 5,
				      .name = "alice",
				      .group_len = 4,
				      .group = "sudo"},
	     0);
	assert_string_equal(sensed.text,
			    "action=joined name=alice id=1000 group=sudo admin=true image=/usr/sbin/useradd user=root");
	assert_int_equal(sensed.severity, SEV_HIGH);
}

static void severity_is_what_somebody_gains(void **unused)
{
	static const struct {
		uint8_t action;
		uint32_t id;
		uint8_t flags, severity;
	} rows[] = {
		{ACCOUNT_ADDED, 1000, 0, SEV_MEDIUM},
		{ACCOUNT_ADDED, 999, LOOKOUT_UPDATE, SEV_INFO},
		{ACCOUNT_ADDED, 0, LOOKOUT_UPDATE, SEV_HIGH},
		{ACCOUNT_ADDED, 999, LOOKOUT_MAINTENANCE, SEV_INFO},
		{ACCOUNT_ADDED, 0, LOOKOUT_MAINTENANCE, SEV_HIGH},
		{ACCOUNT_UID, 0, 0, SEV_HIGH},
		{ACCOUNT_PASSWORD, 0, 0, SEV_MEDIUM},
		{ACCOUNT_EMPTIED, 1000, LOOKOUT_UPDATE, SEV_HIGH},
		{ACCOUNT_REMOVED, 0, 0, SEV_LOW},
		{ACCOUNT_LOCKED, 1000, LOOKOUT_UPDATE, SEV_INFO},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		feed((struct lookout_account){.action = rows[i].action,
					      .id = rows[i].id,
					      .flags = rows[i].flags,
					      .name_len = 1,
					      .name = "a"},
		     0);
		assert_int_equal(sensed.severity, rows[i].severity);
	}
}

static void damaged_samples_are_counted(void **unused)
{
	struct sensors_counter counters[SENSORS_COUNTERS_MAX];
	struct lookout_account h = {.name_len = 1, .name = "a"};

	(void)unused;
	feed(h, sizeof(h) - 1);
	h.version = LOOKOUT_SAMPLE_VERSION + 1;
	feed(h, 0);
	h.version = LOOKOUT_SAMPLE_VERSION;
	h.name_len = sizeof(h.name) + 1;
	feed(h, 0);
	h.name_len = 0;
	feed(h, 0);
	h.name_len = 1;
	h.shell_len = sizeof(h.shell) + 1;
	feed(h, 0);
	h.shell_len = 0;
	h.action = ACCOUNT_ACTIONS;
	feed(h, 0);
	assert_int_equal(sensed.events, 0);
	assert_int_equal(account_sensor_row.counters(sensed.state, counters), 2);
	assert_int_equal(counters[1].value, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_change_says_whose_account_and_who_did_it, begin),
		cmocka_unit_test_setup(severity_is_what_somebody_gains, begin),
		cmocka_unit_test_setup(damaged_samples_are_counted, begin),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	sensed_end();
	return failed;
}
