/* SPDX-License-Identifier: Apache-2.0 */
/* Whose address is behind a long name: it counts wherever no daemon can have cut the line there. */
#include "agent/sensors/log/log_cut.h"

#include "agent/sensors/log/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define CLASSIC "Nov 22 11:58:01 gate "
#define BUSYBOX "Nov 22 11:58:01 gate auth.info "
#define SMALL "Nov 22 11:58:01 "
#define ISO "2026-11-22T11:58:01.000000+00:00 gate "
#define LOGD "Sun Nov 22 11:58:01 2026 auth.info "

/* Whether the address counts of a failure whose line has `bytes` from the tag on. */
static bool counts(const char *head, const char *tag, size_t bytes)
{
	static const char begin[] = "Failed password for invalid user ", end[] = " from 203.0.113.5 port 50001 ssh2";
	struct stream s = {.format = STREAM_AUTO};
	char line[1400], name[1200];
	struct event e;
	size_t fixed = strlen(tag) + sizeof(begin) + sizeof(end) - 2;

	assert_true(bytes > fixed && bytes - fixed < sizeof(name));
	memset(name, 'a', bytes - fixed);
	name[bytes - fixed] = '\0';
	snprintf(line, sizeof(line), "%s%s%s%s%s", head, tag, begin, name, end);
	assert_true(stream_decode(&s, str_from(line), &e));
	assert_int_equal(e.auth.outcome, AUTH_FAILURE);
	assert_true(e.auth.src.family == 0 || e.auth.src_port == 50001);
	return e.auth.src.family != 0;
}

static void line_that_fills_the_buffer_of_busybox_proves_no_address(void **state)
{
	static const char *const heads[] = {CLASSIC, BUSYBOX, SMALL, ISO};

	(void)state;
	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		assert_true(counts(heads[i], "sshd[801]: ", 219));
		assert_false(counts(heads[i], "sshd[801]: ", 220));
		assert_false(counts(heads[i], "sshd[801]: ", 255));
		assert_false(counts(heads[i], "sshd[801]: ", 476));
		assert_false(counts(heads[i], "sshd[801]: ", 511));
	}
}

/* A name of 200 bytes is no way to stay unseen. */
static void longer_line_than_busybox_keeps_has_its_address(void **state)
{
	static const char *const heads[] = {CLASSIC, BUSYBOX, SMALL, ISO, LOGD};

	(void)state;
	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		for (size_t bytes = 256; bytes < 476; bytes++)
			assert_true(counts(heads[i], "sshd[801]: ", bytes));
		assert_true(counts(heads[i], "sshd[801]: ", 512));
		assert_true(counts(heads[i], "sshd[801]: ", 960));
		assert_false(counts(heads[i], "sshd[801]: ", 1000));
	}
}

static void line_of_this_machine_or_of_logd_has_its_address(void **state)
{
	(void)state;
	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	for (size_t bytes = 200; bytes <= 960; bytes++)
		assert_true(counts(LOGD, "sshd[801]: ", bytes));
	log_cut_own_host(STR("GATE.example.org"));
	for (size_t bytes = 200; bytes <= 960; bytes++) {
		assert_true(counts(CLASSIC, "sshd[801]: ", bytes));
		assert_true(counts(ISO, "sshd[801]: ", bytes));
		assert_true(counts("<38>1 2026-11-22T11:58:01Z gate.example.net ", "sshd 801 - - ", bytes));
	}
	log_cut_own_host(STR_NONE);
	assert_false(counts(CLASSIC, "sshd[801]: ", 230));
}

/* BusyBox writes no host alone, and a host of another name may have been passed on by one. */
static void line_of_this_machine_as_busybox_writes_it_proves_no_address(void **state)
{
	(void)state;
	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	log_cut_own_host(STR("gate"));
	assert_false(counts(BUSYBOX, "sshd[801]: ", 235));
	assert_false(counts(SMALL, "sshd[801]: ", 235));
	assert_false(counts("Nov 22 11:58:01 gate2 ", "sshd[801]: ", 235));
	assert_false(counts("", "sshd[801]: ", 235));
	log_cut_own_host(STR_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_that_fills_the_buffer_of_busybox_proves_no_address),
		cmocka_unit_test(longer_line_than_busybox_keeps_has_its_address),
		cmocka_unit_test(line_of_this_machine_or_of_logd_has_its_address),
		cmocka_unit_test(line_of_this_machine_as_busybox_writes_it_proves_no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
