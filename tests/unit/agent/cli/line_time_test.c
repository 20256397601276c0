/* SPDX-License-Identifier: Apache-2.0 */
/* Times of lines whose stamps leave something out. */
#include "agent/cli/line_time.h"

#include "agent/base/now.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define UNTIL (INT64_C(1767398400) * SECOND_US) /* 2026-01-03T00:00:00Z */
#define DEC_31 INT64_C(1767225540)		/* 2025-12-31T23:59:00Z */

static int64_t seconds(struct line_time *t, const char *line)
{
	return line_time_us(t, str_from(line)) / SECOND_US;
}

static void line_time_finds_the_year_of_stamps_without_one(void **state)
{
	struct line_time t = line_time_begin(UNTIL);

	(void)state;
	assert_int_equal(seconds(&t, "Dec 31 23:59:00 gate sshd[1]: x"), DEC_31);
	assert_int_equal(seconds(&t, "Jan  1 00:00:00 gate sshd[1]: x"), DEC_31 + 60);
	/* Lines of several daemons are not quite in order. */
	assert_int_equal(seconds(&t, "Dec 31 23:59:30 gate sshd[1]: x"), DEC_31 + 30);
	assert_int_equal(seconds(&t, "Jan  1 00:00:10 gate sshd[1]: x"), DEC_31 + 70);
}

static void line_time_reads_every_form(void **state)
{
	static const char *const lines[] = {
		"2025-12-31T23:59:00Z gate sshd[1]: x",
		"2026-01-01T00:59:00+01:00 gate sshd[1]: x",
		"<38>1 2025-12-31T23:59:00Z gate sshd 1 - - x",
		"<38>Dec 31 23:59:00 sshd[1]: x",
		"2025-12-31T23:59:00 gate sshd[1]: x",
		"2025-12-31_23:59:00.17720 Failed password",
		"2025-12-31 23:59:00: (mod_auth.c.1) x",
		"2025/12/31 23:59:00 [error] 12#12: x",
		"Wed Dec 31 23:59:00 2025 authpriv.info sshd[1]: x",
		"Dec 31 2025 23:59:00 gate sshd[1]: x",
		"[Wed Dec 31 23:59:00.123456 2025] [auth_basic:error] x",
		"203.0.113.5 - - [01/Jan/2026:00:59:00 +0100] \"GET / HTTP/1.1\" 401 1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct line_time t = line_time_begin(UNTIL);

		if (seconds(&t, lines[i]) != DEC_31)
			fail_msg("%s: %lld", lines[i], (long long)seconds(&t, lines[i]));
	}
}

static void line_time_does_not_invent_one(void **state)
{
	struct line_time t = line_time_begin(UNTIL);

	(void)state;
	assert_int_equal(line_time_us(&t, STR("")), 0);
	assert_int_equal(line_time_us(&t, STR("<")), 0);
	assert_int_equal(line_time_us(&t, STR("[")), 0);
	assert_int_equal(line_time_us(&t, STR("sshd[1]: Failed password for root")), 0);
	assert_int_equal(line_time_us(&t, STR("Dec 32 23:59:00 gate sshd[1]: x")), 0);
}

static void line_time_uses_this_machines_zone(void **state)
{
	struct line_time t = line_time_begin(UNTIL);

	(void)state;
	setenv("TZ", "XST-1", 1);
	tzset();
	assert_int_equal(seconds(&t, "Jan  1 00:59:00 gate sshd[1]: x"), DEC_31);
	assert_int_equal(seconds(&t, "2025-12-31T23:59:00Z gate sshd[1]: x"), DEC_31);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_time_finds_the_year_of_stamps_without_one),
		cmocka_unit_test(line_time_reads_every_form),
		cmocka_unit_test(line_time_does_not_invent_one),
		cmocka_unit_test(line_time_uses_this_machines_zone),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("line_time", tests, NULL, NULL);
}
