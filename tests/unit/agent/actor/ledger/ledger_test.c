/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/ledger/ledger.h"

#include "agent/base/now.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct ledger ledger;

static void empty(void)
{
	memset(&ledger, 0, sizeof(ledger));
	ledger_init(&ledger, (struct hash_key){1, 2});
}

static struct verb_args nth(unsigned i)
{
	return (struct verb_args){.verb = VERB_BAN,
				  .addr = {4, 32, {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}}};
}

static void effects_survive_removal_of_their_neighbours(void **state)
{
	struct verb_args a;

	(void)state;
	empty();
	for (unsigned i = 0; i < CONFIG_EFFECTS_MAX; i++) {
		a = nth(i);
		struct effect *e = ledger_put(&ledger, &a);

		assert_non_null(e);
		ledger_end_at(&ledger, e, (1000 + i) * LEDGER_TICK_US);
	}
	a = nth(CONFIG_EFFECTS_MAX);
	assert_null(ledger_put(&ledger, &a));
	for (unsigned i = 0; i < CONFIG_EFFECTS_MAX; i += 3) {
		a = nth(i);
		ledger_remove(&ledger, ledger_find(&ledger, &a));
	}
	for (unsigned i = 0; i < CONFIG_EFFECTS_MAX; i++) {
		struct effect *e;

		a = nth(i);
		e = ledger_find(&ledger, &a);
		assert_int_equal(e == NULL, i % 3 == 0);
		if (e)
			assert_int_equal(ledger_end_us(e), (1000 + i) * LEDGER_TICK_US);
	}
	while (ledger.count > 0)
		ledger_remove(&ledger, &ledger.rows[ledger.count / 2]);
	for (unsigned i = 0; i < LEDGER_BUCKETS; i++)
		assert_int_equal(ledger.buckets[i], 0);
	assert_int_equal(ledger_next_us(&ledger), INT64_MAX);
}

static void effects_tell_addresses_from_prefixes(void **state)
{
	struct verb_args single = nth(0), net = nth(0);

	(void)state;
	net.addr.prefix = 24;
	empty();
	assert_non_null(ledger_put(&ledger, &single));
	assert_null(ledger_find(&ledger, &net));
	assert_ptr_equal(ledger_put(&ledger, &single), ledger_find(&ledger, &single));
	assert_int_equal(ledger.count, 1);
}

static void effects_end_in_time_and_only_then(void **state)
{
	struct verb_args a = nth(1), b = nth(2);

	(void)state;
	empty();
	ledger_end_at(&ledger, ledger_put(&ledger, &a), 100 * SECOND_US - 1);
	ledger_end_at(&ledger, ledger_put(&ledger, &b), 200 * SECOND_US);
	assert_null(ledger_ended(&ledger, 100 * SECOND_US - 1));
	assert_true(addr_equal(&ledger_ended(&ledger, 150 * SECOND_US)->addr, &a.addr));
	ledger_remove(&ledger, ledger_ended(&ledger, 150 * SECOND_US));
	assert_null(ledger_ended(&ledger, 150 * SECOND_US));
	assert_int_equal(ledger_next_us(&ledger), 200 * SECOND_US);
	ledger_end_at(&ledger, ledger_find(&ledger, &b), INT64_MAX);
	assert_null(ledger_ended(&ledger, INT64_MAX - 1));
	assert_int_equal(ledger_next_us(&ledger), INT64_MAX);
}

static void few_effects_take_little_of_the_index(void **state)
{
	(void)state;
	empty();
	for (unsigned i = 0; i < LEDGER_BUCKETS_MIN; i++) {
		struct verb_args a = nth(i);

		assert_non_null(ledger_put(&ledger, &a));
	}
	for (unsigned i = 2 * LEDGER_BUCKETS_MIN; i < LEDGER_BUCKETS; i++)
		assert_int_equal(ledger.buckets[i], 0);
	assert_int_equal(ledger.bucket_count, 2 * LEDGER_BUCKETS_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(effects_survive_removal_of_their_neighbours),
		cmocka_unit_test(few_effects_take_little_of_the_index),
		cmocka_unit_test(effects_tell_addresses_from_prefixes),
		cmocka_unit_test(effects_end_in_time_and_only_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
