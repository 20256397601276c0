/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/lru.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct entry {
	uint32_t value;
};

static void make(struct lru *l, void **memory, uint32_t capacity)
{
	*memory = malloc(lru_size(capacity, sizeof(struct entry)));
	memset(*memory, 0xa5, lru_size(capacity, sizeof(struct entry)));
	lru_init(l, *memory, capacity, sizeof(struct entry));
}

static void lru_gives_up_what_was_used_longest_ago(void **state)
{
	struct lru l;
	void *memory;

	(void)state;
	make(&l, &memory, 3);
	for (uint64_t key = 1; key <= 3; key++)
		((struct entry *)lru_add(&l, key))->value = (uint32_t)key;
	lru_touch(&l, lru_find(&l, 1));
	lru_add(&l, 4);
	assert_null(lru_find(&l, 2));
	assert_int_equal(((struct entry *)lru_find(&l, 1))->value, 1);
	assert_int_equal(((struct entry *)lru_find(&l, 4))->value, 0);
	assert_int_equal(l.evicted, 1);
	assert_int_equal(lru_key(lru_oldest(&l)), 3);
	assert_int_equal(lru_key(lru_newest(&l)), 4);
	lru_sink(&l, lru_find(&l, 4));
	assert_int_equal(lru_key(lru_oldest(&l)), 4);
	assert_int_equal(lru_key(lru_newer(&l, lru_oldest(&l))), 3);
	free(memory);
}

/* Against a plain array that does the same slowly. */
static void lru_agrees_with_a_plain_list(void **state)
{
	enum { CAPACITY = 37, KEYS = 100 };
	uint64_t order[CAPACITY];
	unsigned count = 0, seed = 7;
	struct lru l;
	void *memory;

	(void)state;
	make(&l, &memory, CAPACITY);
	for (unsigned step = 0; step < 20000; step++) {
		seed = seed * 1103515245u + 12345u;
		/* Few low bits, so that chains get long. */
		uint64_t key = ((seed >> 16) % KEYS) << 20 | 1;
		unsigned at = 0, what = (seed >> 8) % 4;
		void *entry = lru_find(&l, key);

		while (at < count && order[at] != key)
			at++;
		assert_int_equal(entry != NULL, at < count);
		if (entry && what == 0) {
			lru_remove(&l, entry);
			memmove(order + at, order + at + 1, (--count - at) * sizeof(order[0]));
		} else {
			if (entry)
				lru_touch(&l, entry);
			else
				lru_add(&l, key);
			if (at == count && count == CAPACITY)
				at = 0;
			else if (at == count)
				count++;
			memmove(order + at, order + at + 1, (count - 1 - at) * sizeof(order[0]));
			order[count - 1] = key;
		}
		assert_int_equal(l.count, count);
		at = 0;
		for (void *e = lru_oldest(&l); e; e = lru_newer(&l, e))
			assert_int_equal(lru_key(e), order[at++]);
		assert_int_equal(at, count);
	}
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lru_gives_up_what_was_used_longest_ago),
		cmocka_unit_test(lru_agrees_with_a_plain_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
