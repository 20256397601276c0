/* SPDX-License-Identifier: Apache-2.0 */
/* How many devices are many, and when it is said again, is what the terms say. */
#include "server-stub/ingest/witnesses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WINDOW_US 1000
#define NOW_US INT64_C(1700000000000000)

static int64_t now_us;
static struct witnesses_found found;

static struct witnesses *begin(unsigned least, int64_t again_us)
{
	now_us = NOW_US;
	return witnesses_init(calloc(1, witnesses_size()), (struct hash_key){3, 4},
			      &(struct witnesses_terms){least, WINDOW_US, again_us});
}

static bool sees(struct witnesses *w, uint8_t device, uint8_t thing)
{
	const struct witnesses_sight sight = {{device}, ++now_us};

	return witnesses_saw(w, (const uint8_t[WITNESSES_NAME]){thing}, &sight, &found);
}

static void as_many_as_the_terms_say_are_many(void **state)
{
	(void)state;
	for (unsigned least = 2; least <= WITNESSES_MAX; least++) {
		struct witnesses *w = begin(least, INT64_MAX);

		for (uint8_t device = 1; device < least; device++)
			assert_false(sees(w, device, 0));
		assert_false(sees(w, 1, 0));
		assert_false(sees(w, 99, 1));
		assert_true(sees(w, 99, 0));
		assert_int_equal(found.count, least);
		assert_int_equal(found.seen[least - 1].device[0], 99);
		assert_int_equal(found.seen[0].device[0], least == 2 ? 1 : 2);
		free(w);
	}
}

static void it_is_said_again_when_the_terms_say(void **state)
{
	struct witnesses *w = begin(2, 100);

	(void)state;
	assert_false(sees(w, 1, 0));
	assert_true(sees(w, 2, 0));
	assert_false(sees(w, 3, 0));
	now_us += 90;
	assert_false(sees(w, 3, 0));
	now_us += 10;
	assert_true(sees(w, 3, 0));
	assert_false(sees(w, 1, 0));
	free(w);
	w = begin(2, INT64_MAX);
	assert_false(sees(w, 1, 0));
	assert_true(sees(w, 2, 0));
	for (unsigned i = 0; i < 20; i++) {
		now_us += WINDOW_US / 2;
		assert_false(sees(w, 3, 0));
	}
	now_us += WINDOW_US + 1;
	assert_false(sees(w, 1, 0));
	assert_true(sees(w, 2, 0));
	free(w);
}

/* A keeper's memory. */
struct kept {
	struct witnesses_thing things[8192];
	unsigned count;
};

static void keep(void *context, const struct witnesses_thing *thing)
{
	struct kept *k = context;
	unsigned i = 0;

	while (i < k->count && memcmp(k->things[i].name, thing->name, WITNESSES_NAME) != 0)
		i++;
	assert_true(i < sizeof(k->things) / sizeof(k->things[0]));
	k->things[i] = *thing;
	k->count += i == k->count;
}

static void forget(void *context, const uint8_t name[WITNESSES_NAME])
{
	struct kept *k = context;
	unsigned i = 0;

	while (i < k->count && memcmp(k->things[i].name, name, WITNESSES_NAME) != 0)
		i++;
	assert_true(i < k->count);
	k->things[i] = k->things[--k->count];
}

static void what_was_kept_counts_after_a_start(void **state)
{
	struct kept *kept = calloc(1, sizeof(*kept));
	struct witnesses *w = begin(3, INT64_MAX);

	(void)state;
	witnesses_keep(w, &(struct witnesses_keeper){kept, keep, forget});
	assert_false(sees(w, 1, 0));
	assert_false(sees(w, 2, 0));
	for (uint8_t device = 1; device <= 2; device++)
		assert_false(sees(w, device, 1));
	assert_true(sees(w, 3, 1));
	assert_int_equal(kept->count, 2);
	free(w);
	w = begin(3, INT64_MAX);
	now_us += 10;
	for (unsigned i = 0; i < kept->count; i++)
		witnesses_restore(w, &kept->things[i], now_us);
	assert_false(sees(w, 4, 1)); /* it was said */
	assert_true(sees(w, 3, 0));
	assert_int_equal(found.seen[0].device[0], 1);
	free(w);
	w = begin(3, INT64_MAX);
	witnesses_restore(w, &kept->things[0], NOW_US + WINDOW_US + 2); /* one sighting is too old by then */
	now_us = NOW_US + WINDOW_US + 1;
	assert_false(sees(w, 3, 0));
	free(w);
	free(kept);
}

static void keeper_has_no_more_than_the_table(void **state)
{
	struct kept *kept = calloc(1, sizeof(*kept));
	struct witnesses *w = begin(3, INT64_MAX);

	(void)state;
	witnesses_keep(w, &(struct witnesses_keeper){kept, keep, forget});
	for (unsigned i = 0; i < 20000; i++) {
		const struct witnesses_sight sight = {{1}, NOW_US};
		const uint8_t name[WITNESSES_NAME] = {(uint8_t)i, (uint8_t)(i >> 8), 1};

		assert_false(witnesses_saw(w, name, &sight, &found));
	}
	assert_in_range(kept->count, 1, 4096);
	free(w);
	free(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_many_as_the_terms_say_are_many),
		cmocka_unit_test(it_is_said_again_when_the_terms_say),
		cmocka_unit_test(what_was_kept_counts_after_a_start),
		cmocka_unit_test(keeper_has_no_more_than_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
