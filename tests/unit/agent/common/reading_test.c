/* SPDX-License-Identifier: Apache-2.0 */
/* Which line is skipped after which ends of the core. */
#include "agent/common/reading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct reading_page page;
static struct reading reading;

static int set_up(void **state)
{
	(void)state;
	memset(&page, 0xa5, sizeof(page));
	reading = (struct reading){.page = &page, .key = {1, 2}};
	reading_start(&reading);
	return 0;
}

/* A core that ends while it reads this, and the next one. What caltropd says of it is the result. */
static bool ends_at(const char *text)
{
	bool again;

	reading_begin(&page, str_from(text));
	again = reading_crashed(&reading);
	reading_start(&reading);
	return again;
}

static bool skips(const char *text)
{
	return reading_skips(&page, str_from(text));
}

static void a_line_that_ends_two_cores_is_skipped_and_no_other(void **state)
{
	(void)state;
	assert_false(ends_at("bad line"));
	assert_false(skips("bad line"));
	assert_true(ends_at("bad line"));
	assert_true(skips("bad line"));
	assert_false(skips("bad lines"));
	assert_false(skips("good line"));
	assert_false(skips(""));
}

static void a_core_that_ends_elsewhere_blames_no_line(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		reading_begin(&page, STR("a line"));
		reading_end(&page);
		assert_false(reading_crashed(&reading));
		reading_start(&reading);
	}
	assert_false(skips("a line"));
}

static void different_lines_in_turns_are_not_blamed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_false(ends_at("one"));
		assert_false(ends_at("two"));
	}
	assert_false(skips("one"));
	assert_false(skips("two"));
}

static void the_newest_lines_stay_skipped(void **state)
{
	char text[16];

	(void)state;
	for (unsigned i = 0; i <= READING_SKIPS_MAX; i++) {
		snprintf(text, sizeof(text), "line %u", i);
		assert_false(ends_at(text));
		assert_true(ends_at(text));
	}
	assert_false(skips("line 0"));
	assert_true(skips("line 1"));
	assert_true(skips(text));
}

/* The page is a captured core's as well. */
static void what_a_captured_core_leaves_is_only_looked_at(void **state)
{
	(void)state;
	memset(&page, 0xff, sizeof(page));
	assert_false(reading_crashed(&reading));
	reading_start(&reading);
	memset(&page, 0xff, sizeof(page));
	assert_true(reading_crashed(&reading));
	reading_start(&reading);
	assert_int_equal(page.skip_count, 1);
	assert_false(skips("a line"));
	page.skip_count = UINT32_MAX;
	assert_false(skips("a line"));
}

static void long_lines_are_known_by_their_beginning_and_length(void **state)
{
	static char text[2 * READING_TEXT_MAX + 1];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	assert_false(ends_at(text));
	assert_true(ends_at(text));
	assert_true(skips(text));
	text[sizeof(text) - 2] = '\0';
	assert_false(skips(text));
}

static void without_a_page_nothing_is_skipped(void **state)
{
	(void)state;
	reading.page = NULL;
	reading_start(&reading);
	assert_false(reading_crashed(&reading));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_that_ends_two_cores_is_skipped_and_no_other),
		TEST(a_core_that_ends_elsewhere_blames_no_line),
		TEST(different_lines_in_turns_are_not_blamed),
		TEST(the_newest_lines_stay_skipped),
		TEST(what_a_captured_core_leaves_is_only_looked_at),
		TEST(long_lines_are_known_by_their_beginning_and_length),
		TEST(without_a_page_nothing_is_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
