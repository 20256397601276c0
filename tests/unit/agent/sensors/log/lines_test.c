/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sensors/log/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char memory[8];

static void feed(struct lines *l, const char *piece)
{
	lines_feed(l, str_from(piece));
}

static void next_is(struct lines *l, const char *expected)
{
	struct str line;

	assert_true(lines_next(l, &line));
	assert_int_equal(line.len, strlen(expected));
	assert_memory_equal(line.data, expected, line.len);
}

static void next_is_lost(struct lines *l)
{
	struct str line;

	assert_true(lines_next(l, &line));
	assert_true(lines_is_lost(line));
}

static void nothing_more(struct lines *l)
{
	struct str line;

	assert_false(lines_next(l, &line));
}

static void lines_are_cut_at_line_feeds(void **state)
{
	(void)state;
	struct lines l = lines_over(memory, sizeof(memory));

	feed(&l, "one\n\ntwo\n");
	next_is(&l, "one");
	next_is(&l, "");
	next_is(&l, "two");
	nothing_more(&l);
	assert_int_equal(l.count, 3);
}

static void lines_in_pieces_are_put_together(void **state)
{
	(void)state;
	struct lines l = lines_over(memory, sizeof(memory));

	feed(&l, "o");
	nothing_more(&l);
	assert_int_equal(lines_waiting(&l), 1);
	feed(&l, "n");
	nothing_more(&l);
	feed(&l, "e\ntw");
	next_is(&l, "one");
	nothing_more(&l);
	feed(&l, "o");
	nothing_more(&l);
	feed(&l, "\n");
	next_is(&l, "two");
	nothing_more(&l);
	assert_int_equal(lines_waiting(&l), 0);
}

static void lines_last_gives_the_half_line(void **state)
{
	(void)state;
	struct lines l = lines_over(memory, sizeof(memory));
	struct str line;

	feed(&l, "one\ntwo");
	next_is(&l, "one");
	nothing_more(&l);
	assert_true(lines_last(&l, &line));
	assert_memory_equal(line.data, "two", 3);
	assert_false(lines_last(&l, &line));
}

static void a_line_as_long_as_the_memory_fits(void **state)
{
	(void)state;
	struct lines l = lines_over(memory, sizeof(memory));

	feed(&l, "12345678");
	nothing_more(&l);
	feed(&l, "\nx\n");
	next_is(&l, "12345678");
	next_is(&l, "x");
	assert_int_equal(l.skipped, 0);
}

static void a_longer_line_is_skipped_and_counted(void **state)
{
	(void)state;
	struct lines l = lines_over(memory, sizeof(memory));
	struct str line;

	feed(&l, "123456789\nx\n1234");
	next_is_lost(&l);
	next_is(&l, "x");
	nothing_more(&l);
	feed(&l, "56789");
	nothing_more(&l);
	assert_int_equal(lines_waiting(&l), 0);
	feed(&l, "the tail is no line of its own\ny\n");
	next_is_lost(&l);
	next_is(&l, "y");
	nothing_more(&l);
	assert_int_equal(l.skipped, 2);
	assert_int_equal(l.count, 4);
	feed(&l, "123456789");
	nothing_more(&l);
	assert_true(lines_last(&l, &line));
	assert_true(lines_is_lost(line));
	assert_false(lines_last(&l, &line));
	assert_int_equal(l.count, 5);
	assert_int_equal(l.skipped, 3);
}

static void a_reset_forgets_the_half_line(void **state)
{
	(void)state;
	struct lines l = lines_over(memory, sizeof(memory));

	feed(&l, "half");
	nothing_more(&l);
	lines_reset(&l);
	feed(&l, "whole\n");
	next_is(&l, "whole");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_cut_at_line_feeds),
		cmocka_unit_test(lines_in_pieces_are_put_together),
		cmocka_unit_test(lines_last_gives_the_half_line),
		cmocka_unit_test(a_line_as_long_as_the_memory_fits),
		cmocka_unit_test(a_longer_line_is_skipped_and_counted),
		cmocka_unit_test(a_reset_forgets_the_half_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
