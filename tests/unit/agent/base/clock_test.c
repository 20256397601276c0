/* SPDX-License-Identifier: Apache-2.0 */
/* Times are told as they are, on every processor: one of 32 bits too goes on behind 2038. */
#include "agent/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void expect_utc(int64_t wall_us, const char *wanted)
{
	char text[64];
	struct buf b = buf_over(text, sizeof(text));

	clock_put_utc(&b, wall_us);
	assert_int_equal(b.len, strlen(wanted));
	assert_memory_equal(text, wanted, b.len);
}

static void a_time_is_written_in_utc(void **state)
{
	(void)state;
	expect_utc(INT64_C(1767323045000006), "2026-01-02T03:04:05.000006Z");
	expect_utc(0, "1970-01-01T00:00:00.000000Z");
}

/* A clock that somebody set ahead ends no program: 2^31 seconds are 2038-01-19. */
static void a_time_behind_2038_is_one_like_others(void **state)
{
	(void)state;
	assert_true((int64_t)(time_t)INT64_C(2208988800) == INT64_C(2208988800));
	expect_utc(INT64_C(2147483648) * SECOND_US, "2038-01-19T03:14:08.000000Z");
	expect_utc(INT64_C(2208988800) * SECOND_US + 1, "2040-01-01T00:00:00.000001Z");
}

static void readings_go_forward_and_agree(void **state)
{
	int64_t before = clock_mono_us(), wall_s = clock_wall_s();
	struct now now = clock_now();

	(void)state;
	assert_true(now.mono_us >= before);
	assert_true(clock_mono_ms() >= now.mono_us / MS_US);
	assert_in_range(now.wall_us / SECOND_US - wall_s, 0, 60);
	assert_in_range(clock_wall_ms() / 1000 - wall_s, 0, 60);
	assert_true(clock_awake_us() <= clock_mono_us());
}

static void the_minute_of_the_day_is_that_of_the_zone(void **state)
{
	int utc, east;

	(void)state;
	setenv("TZ", "UTC0", 1);
	utc = clock_local_minute();
	setenv("TZ", "EAST-5:30", 1);
	east = clock_local_minute();
	assert_in_range(utc, 0, 1439);
	assert_in_range((east - utc - 330 + 1440) % 1440, 0, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_is_written_in_utc),
		cmocka_unit_test(a_time_behind_2038_is_one_like_others),
		cmocka_unit_test(readings_go_forward_and_agree),
		cmocka_unit_test(the_minute_of_the_day_is_that_of_the_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
