/* SPDX-License-Identifier: Apache-2.0 */
/* Records are taken from a ring as they were written, wherever its places are, and nothing is believed of a bad one. */
#include "agent/source/ring.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SIZE 64u
#define HEAD 8u
#define BUSY (UINT32_C(1) << 31)
#define DISCARD (UINT32_C(1) << 30)

/* Each place at the begin of its page, as the kernel has it. */
static union {
	uint64_t page;
	unsigned long place;
} consumer, producer;
static _Alignas(8) uint8_t data[SIZE];
static char record[16];
static struct ring r;

static void empty_at(unsigned long place)
{
	consumer.place = producer.place = place;
	memset(data, 0, sizeof(data));
	r = (struct ring){.consumer = &consumer.page,
			  .producer = &producer.page,
			  .data = data,
			  .size = SIZE,
			  .record = record,
			  .record_max = sizeof(record)};
}

static void put(const char *text, uint32_t flags)
{
	uint32_t len = (uint32_t)strlen(text), head = len | flags;

	memcpy(data + producer.place % SIZE, &head, sizeof(head));
	for (uint32_t i = 0; i < len; i++)
		data[(producer.place + HEAD + i) % SIZE] = (uint8_t)text[i];
	producer.place += HEAD + (len + 7) / 8 * 8;
}

static void expect(const char *text)
{
	struct str got;

	assert_true(ring_take(&r, &got));
	assert_int_equal(got.len, strlen(text));
	assert_memory_equal(got.data, text, got.len);
}

static void expect_none(uint64_t damaged)
{
	struct str got;

	assert_false(ring_take(&r, &got));
	assert_int_equal(r.damaged, damaged);
}

static void records_are_taken_in_order(void **state)
{
	(void)state;
	empty_at(0);
	expect_none(0);
	put("one", 0);
	put("left out", DISCARD);
	put("another", 0);
	expect("one");
	expect("another");
	expect_none(0);
	assert_true(consumer.place == producer.place);
}

/* On 32 bits that is every 4 GiB. */
static void places_begin_anew_behind_the_greatest(void **state)
{
	(void)state;
	empty_at(ULONG_MAX - 23);
	put("before", 0);
	put("across", 0);
	put("behind", 0);
	expect("before");
	expect("across");
	expect("behind");
	expect_none(0);
	assert_true(consumer.place == 24);
}

static void record_is_waited_for_until_it_is_whole(void **state)
{
	(void)state;
	empty_at(8);
	put("late", BUSY);
	expect_none(0);
	memcpy(data + 8, &(uint32_t){4}, 4);
	expect("late");
}

static void long_record_is_cut(void **state)
{
	(void)state;
	empty_at(0);
	put("sixteen letters, and more", 0);
	expect("sixteen letters,");
	expect_none(0);
}

static void ring_that_makes_no_sense_is_passed_over_whole(void **state)
{
	(void)state;
	empty_at(0);
	put("one", 0);
	memcpy(data, &(uint32_t){1000}, 4);
	expect_none(1);
	assert_true(consumer.place == producer.place);
	producer.place += SIZE + 8;
	expect_none(2);
	consumer.place += 4;
	expect_none(3);
	put("well again", 0);
	expect("well again");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_taken_in_order),
		cmocka_unit_test(places_begin_anew_behind_the_greatest),
		cmocka_unit_test(record_is_waited_for_until_it_is_whole),
		cmocka_unit_test(long_record_is_cut),
		cmocka_unit_test(ring_that_makes_no_sense_is_passed_over_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
