/* SPDX-License-Identifier: Apache-2.0 */
/* What groups are to ban is kept for those that come later, as long as it is to last, and in bounds. */
#include "server-stub/gateway/offers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define SECOND_US INT64_C(1000000)

static struct offers offers;

static int set_up(void **state)
{
	(void)state;
	offers = (struct offers){0};
	return 0;
}

static void put(uint64_t group, unsigned host, int64_t until_s)
{
	const struct offer offer = {
		group, {4, 32, {198, 51, (uint8_t)(host >> 8), (uint8_t)host}}, until_s * SECOND_US};

	offers_put(&offers, &offer);
}

/* How many there are for a group at that second. */
static unsigned count(uint64_t group, int64_t now_s)
{
	unsigned at = 0, n = 0;

	while (offers_next(&offers, &at, group, now_s * SECOND_US))
		n++;
	return n;
}

static void each_group_has_its_own_until_they_are_over(void **state)
{
	(void)state;
	assert_int_equal(count(1, 0), 0);
	put(1, 7, 100);
	put(1, 8, 200);
	put(2, 7, 300);
	assert_int_equal(count(1, 99), 2);
	assert_int_equal(count(1, 100), 1);
	assert_int_equal(count(2, 200), 1);
	assert_int_equal(count(3, 0), 0);
}

static void one_address_is_kept_once_by_its_latest_end(void **state)
{
	(void)state;
	put(1, 7, 100);
	put(1, 7, 200);
	assert_int_equal(count(1, 50), 1);
	assert_int_equal(count(1, 150), 1);
}

static void the_oldest_goes_when_there_is_no_room(void **state)
{
	unsigned at = 0;

	(void)state;
	for (unsigned i = 0; i < OFFERS_MAX + 10; i++)
		put(1, i, 100);
	assert_int_equal(count(1, 0), OFFERS_MAX);
	for (const struct offer *o; (o = offers_next(&offers, &at, 1, 0)) != NULL;)
		assert_true(o->addr.bytes[2] > 0 || o->addr.bytes[3] >= 10);
}

static void what_is_left_is_at_least_a_second(void **state)
{
	const struct offer offer = {1, {4, 32, {198, 51, 100, 7}}, 100 * SECOND_US};

	(void)state;
	assert_int_equal(offers_left_s(&offer, 40 * SECOND_US), 60);
	assert_int_equal(offers_left_s(&offer, 100 * SECOND_US - 1), 1);
	assert_int_equal(offers_left_s(&offer, 200 * SECOND_US), 1);
}

#define OFFERS_TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OFFERS_TEST(each_group_has_its_own_until_they_are_over),
		OFFERS_TEST(one_address_is_kept_once_by_its_latest_end),
		OFFERS_TEST(the_oldest_goes_when_there_is_no_room),
		OFFERS_TEST(what_is_left_is_at_least_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
