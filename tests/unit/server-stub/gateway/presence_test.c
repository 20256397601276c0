/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/gateway/presence.h"

#include "server-stub/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define DEVICES 300

static unsigned posts;

static void post(void *arg)
{
	(void)arg;
	posts++;
}

/* All ids differ in few bits, so that many meet in the table. */
static struct presence_change change(unsigned number, uint64_t link)
{
	static uint8_t ids[DEVICES + 1][STORE_ID];

	memset(ids[number], 0, STORE_ID);
	ids[number][15] = (uint8_t)number;
	ids[number][0] = (uint8_t)(number >> 8);
	return (struct presence_change){ids[number], link, post, NULL};
}

static void newest_link_is_the_devices(void **state)
{
	struct presence *p = presence_new(4);
	struct presence_change first = change(1, 11), second = change(1, 12);
	uint64_t before = 99;

	(void)state;
	posts = 0;
	assert_true(presence_enter(p, &first, &before));
	assert_int_equal(before, 0);
	assert_true(presence_enter(p, &second, &before));
	assert_int_equal(before, 11);
	assert_int_equal(presence_count(p), 1);
	assert_int_equal(posts, 2);
	/* The old one leaves late: nothing to tell. */
	presence_leave(p, &first);
	assert_int_equal(posts, 2);
	presence_leave(p, &second);
	assert_int_equal(posts, 3);
	assert_int_equal(presence_count(p), 0);
	presence_free(p);
}

static void full_table_takes_no_more_devices_but_the_known(void **state)
{
	struct presence *p = presence_new(2);
	struct presence_change a = change(1, 1), b = change(2, 2), c = change(3, 3), again = change(1, 4);
	uint64_t before;

	(void)state;
	assert_true(presence_enter(p, &a, &before));
	assert_true(presence_enter(p, &b, &before));
	assert_false(presence_enter(p, &c, &before));
	assert_true(presence_enter(p, &again, &before));
	presence_leave(p, &b);
	assert_true(presence_enter(p, &c, &before));
	presence_free(p);
}

static void devices_are_found_after_others_left(void **state)
{
	struct presence *p = presence_new(DEVICES);
	uint64_t before;

	(void)state;
	for (unsigned round = 0; round < 5; round++) {
		for (unsigned i = 0; i < DEVICES; i++) {
			struct presence_change c = change(i, 1000 * (round + 1) + i);

			assert_true(presence_enter(p, &c, &before));
			/* Of every third one the link of the round before is still there. */
			assert_int_equal(before, round > 0 && i % 3 == 0 ? 1000 * round + i : 0);
		}
		for (unsigned i = 0; i < DEVICES; i++) {
			struct presence_change c = change(i, 1000 * (round + 1) + i);

			if (i % 3 != 0)
				presence_leave(p, &c);
		}
		assert_int_equal(presence_count(p), DEVICES / 3);
	}
	presence_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(newest_link_is_the_devices),
		cmocka_unit_test(full_table_takes_no_more_devices_but_the_known),
		cmocka_unit_test(devices_are_found_after_others_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
