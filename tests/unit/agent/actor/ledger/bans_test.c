/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/ledger/bans.h"

#include "agent/base/now.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct bans bans;

static struct addr nth(unsigned i)
{
	return (struct addr){4, 32, {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
}

static void bans_survive_removal_of_their_neighbours(void **state)
{
	struct addr a;

	(void)state;
	bans_init(&bans, (struct hash_key){1, 2});
	for (unsigned i = 0; i < MESSAGE_BANS_MAX; i++) {
		a = nth(i);
		struct ban *ban = bans_put(&bans, &a);

		assert_non_null(ban);
		bans_expire_at(&bans, ban, 1000 + i, 5000 + i);
	}
	a = nth(MESSAGE_BANS_MAX);
	assert_null(bans_put(&bans, &a));
	for (unsigned i = 0; i < MESSAGE_BANS_MAX; i += 3) {
		a = nth(i);
		bans_remove(&bans, bans_find(&bans, &a));
	}
	for (unsigned i = 0; i < MESSAGE_BANS_MAX; i++) {
		struct ban *ban;

		a = nth(i);
		ban = bans_find(&bans, &a);
		assert_int_equal(ban == NULL, i % 3 == 0);
		if (ban)
			assert_int_equal(ban->expires_mono_us, 1000 + i);
	}
	while (bans.count > 0)
		bans_remove(&bans, &bans.rows[bans.count / 2]);
	for (unsigned i = 0; i < BANS_BUCKETS; i++)
		assert_int_equal(bans.buckets[i], 0);
	assert_int_equal(bans.earliest_us, INT64_MAX);
}

static void bans_tell_addresses_from_prefixes(void **state)
{
	struct addr single = {4, 32, {198, 51, 100, 0}}, net = {4, 24, {198, 51, 100, 0}};

	(void)state;
	bans_init(&bans, (struct hash_key){3, 4});
	assert_non_null(bans_put(&bans, &single));
	assert_null(bans_find(&bans, &net));
	assert_ptr_equal(bans_put(&bans, &single), bans_find(&bans, &single));
	assert_int_equal(bans.count, 1);
}

static void bans_end_in_time_and_only_then(void **state)
{
	struct addr a = nth(1), b = nth(2);

	(void)state;
	bans_init(&bans, (struct hash_key){5, 6});
	bans_expire_at(&bans, bans_put(&bans, &a), 100, 0);
	bans_expire_at(&bans, bans_put(&bans, &b), 200, 0);
	assert_null(bans_ended(&bans, 99));
	assert_true(addr_equal(&bans_ended(&bans, 150)->addr, &a));
	bans_remove(&bans, bans_ended(&bans, 150));
	assert_null(bans_ended(&bans, 150));
	assert_int_equal(bans.earliest_us, 200);
	bans_expire_at(&bans, bans_find(&bans, &b), 900, 0);
	assert_null(bans_ended(&bans, 300));
	assert_int_equal(bans.earliest_us, 900);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bans_survive_removal_of_their_neighbours),
		cmocka_unit_test(bans_tell_addresses_from_prefixes),
		cmocka_unit_test(bans_end_in_time_and_only_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
