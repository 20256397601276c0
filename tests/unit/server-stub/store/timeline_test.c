/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/store/timeline.h"

#include "agent/base/severity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LONG 200 /* bytes of a title, so that about 30 parts fill a timeline */

static struct timeline_part part_of(unsigned n, enum severity level)
{
	struct timeline_part p = {.level = (uint8_t)level, .count = 1, .first_us = n, .last_us = n};

	snprintf(p.rule, sizeof(p.rule), "rule-%u", n);
	snprintf(p.title, sizeof(p.title), "%*u", LONG, n);
	return p;
}

static void put(char text[TIMELINE_MAX], unsigned n, enum severity level)
{
	struct timeline_part p = part_of(n, level);

	timeline_put(text, &p);
}

static unsigned count_parts(const char *text)
{
	struct str rest = str_from(text);
	struct timeline_part part;
	int64_t before = -1;
	unsigned count = 0;

	for (; timeline_next(&rest, &part); count++) {
		assert_true(part.first_us > before);
		before = part.first_us;
	}
	return count;
}

static void what_is_worst_stays_in_a_full_timeline(void **state)
{
	static char text[TIMELINE_MAX];
	struct timeline_part part;
	unsigned held;

	(void)state;
	for (unsigned n = 0; n < 40; n++)
		put(text, n, SEV_LOW);
	held = count_parts(text);
	assert_in_range(held, 20, 39);
	assert_true(timeline_is_cut(text));
	/* Of equal ones those that began it stay. */
	assert_true(timeline_find(text, "rule-0", &part));
	assert_false(timeline_find(text, "rule-39", &part));
	put(text, 50, SEV_CRITICAL);
	put(text, 51, SEV_INFO);
	put(text, 52, SEV_MEDIUM);
	assert_true(timeline_find(text, "rule-50", &part));
	assert_int_equal(part.level, SEV_CRITICAL);
	assert_false(timeline_find(text, "rule-51", &part));
	assert_true(timeline_find(text, "rule-52", &part));
	assert_true(timeline_head(text, &part));
	assert_string_equal(part.rule, "rule-50");
	assert_int_equal(count_parts(text), held);
	assert_true(strlen(text) < TIMELINE_MAX);
}

static void what_is_left_out_is_counted(void **state)
{
	static char text[TIMELINE_MAX], other[TIMELINE_MAX];

	(void)state;
	put(text, 0, SEV_LOW);
	assert_int_equal(timeline_left_out(text, 9), 0); /* what is not told of yet was not left out */
	for (unsigned n = 0; n < 40; n++)
		put(text, n, SEV_LOW);
	assert_int_equal(timeline_left_out(text, 45), 45 - count_parts(text));
	assert_int_equal(timeline_left_out(text, 3), 0);
	/* What goes into another one takes the word with it. */
	put(other, 100, SEV_CRITICAL);
	timeline_merge(other, text);
	assert_true(timeline_is_cut(other));
	assert_int_equal(timeline_left_out(other, 46), 46 - count_parts(other));
}

static void a_part_that_is_known_keeps_its_texts_and_its_place(void **state)
{
	static char text[TIMELINE_MAX];
	struct timeline_part later = {.rule = "rule-1", .count = 7, .first_us = 1, .last_us = 9}, part;

	(void)state;
	put(text, 2, SEV_HIGH);
	put(text, 1, SEV_MEDIUM);
	timeline_put(text, &later);
	assert_int_equal(count_parts(text), 2);
	assert_true(timeline_find(text, "rule-1", &part));
	assert_int_equal(part.count, 7);
	assert_int_equal(part.level, SEV_MEDIUM);
	assert_int_equal(strlen(part.title), LONG);
	assert_false(timeline_is_cut(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_worst_stays_in_a_full_timeline),
		cmocka_unit_test(what_is_left_out_is_counted),
		cmocka_unit_test(a_part_that_is_known_keeps_its_texts_and_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
