/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/budget.h"

#include "agent/base/now.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static unsigned take_all(struct budget *b, int64_t now_us)
{
	unsigned taken = 0;

	while (taken < 100000 && budget_spend(b, now_us))
		taken++;
	return taken;
}

static void budget_allows_its_limit_at_once_and_again_a_window_later(void **state)
{
	struct budget b;

	(void)state;
	budget_init(&b, 10, MINUTE_US, 0);
	assert_int_equal(take_all(&b, 1), 10);
	assert_int_equal(take_all(&b, 30 * SECOND_US), 0);
	assert_int_equal(take_all(&b, MINUTE_US), 0);
	assert_int_equal(take_all(&b, 61 * SECOND_US), 10);
	/* A clock that goes back gives nothing, nor does one that stands. */
	assert_int_equal(take_all(&b, 0), 0);
	assert_int_equal(take_all(&b, 61 * SECOND_US), 0);
	assert_int_equal(take_all(&b, HOUR_US), 10);
}

static void budget_holds_in_every_window_however_it_is_spent(void **state)
{
	static int64_t times[4000];
	struct budget b;
	uint32_t random = 1;
	unsigned count = 0, first = 0;

	(void)state;
	budget_init(&b, 100, MINUTE_US, 0);
	for (int64_t now_us = 0; now_us < 20 * MINUTE_US && count < 4000; now_us += random >> 14) {
		random = random * 1664525u + 1013904223u;
		if (!budget_spend(&b, now_us))
			continue;
		times[count++] = now_us;
		while (times[count - 1] - times[first] >= MINUTE_US)
			first++;
		assert_true(count - first <= 100);
	}
	/* And it is no less than the limit lets through. */
	assert_true(count > 1900);
}

static void budget_says_when_there_is_room_again(void **state)
{
	struct budget b;
	uint32_t random = 7;
	unsigned waits = 0;

	(void)state;
	budget_init(&b, 5, MINUTE_US, 0);
	for (int64_t now_us = 0; waits < 200; now_us += random >> 9) {
		int64_t next_us = budget_next_us(&b, now_us);

		random = random * 1664525u + 1013904223u;
		if (next_us > now_us) {
			waits++;
			assert_false(budget_spend(&b, next_us - 1));
			now_us = next_us;
		}
		assert_true(budget_spend(&b, now_us));
	}
}

static void budget_of_nothing_allows_nothing(void **state)
{
	struct budget b;

	(void)state;
	budget_init(&b, 0, MINUTE_US, 0);
	assert_false(budget_spend(&b, HOUR_US));
	assert_true(budget_next_us(&b, HOUR_US) == INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(budget_allows_its_limit_at_once_and_again_a_window_later),
		cmocka_unit_test(budget_holds_in_every_window_however_it_is_spent),
		cmocka_unit_test(budget_says_when_there_is_room_again),
		cmocka_unit_test(budget_of_nothing_allows_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
