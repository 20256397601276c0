/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/source/tail_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct tail_look look(uint64_t inode, uint64_t size, char fill)
{
	struct tail_look l = {.inode = inode, .size = size, .head_len = size < TAIL_PLAN_HEAD ? size : TAIL_PLAN_HEAD};

	memset(l.head, fill, l.head_len);
	return l;
}

static void first_start_begins_at_the_end(void **state)
{
	(void)state;
	struct tail_look l = look(1, 1000, 'a');

	assert_int_equal(tail_plan_open(NULL, &l, false), TAIL_END);
	struct core_place none = {0};

	assert_int_equal(tail_plan_open(&none, &l, false), TAIL_END);
}

static void file_that_appears_later_is_read_whole(void **state)
{
	(void)state;
	struct tail_look l = look(1, 1000, 'a');

	assert_int_equal(tail_plan_open(NULL, &l, true), TAIL_BEGIN);
}

static void restart_resumes_in_the_same_file(void **state)
{
	(void)state;
	struct tail_look l = look(1, 1000, 'a');
	struct core_place saved = tail_plan_place(&l, 900);

	l.size = 5000;
	assert_int_equal(tail_plan_open(&saved, &l, false), TAIL_RESUME);
	assert_int_equal(tail_plan_open(&saved, &l, true), TAIL_RESUME);
}

static void file_that_grew_past_the_head_is_still_the_same(void **state)
{
	(void)state;
	struct tail_look l = look(1, 10, 'a');
	struct core_place saved = tail_plan_place(&l, 10);
	struct tail_look grown = look(1, 1000, 'b');

	memset(grown.head, 'a', 10);
	assert_int_equal(tail_plan_open(&saved, &grown, false), TAIL_RESUME);
}

static void emptied_file_is_read_from_its_beginning(void **state)
{
	(void)state;
	struct tail_look l = look(1, 1000, 'a');
	struct core_place saved = tail_plan_place(&l, 900);
	struct tail_look shorter = look(1, 300, 'a'), refilled = look(1, 2000, 'b');

	assert_int_equal(tail_plan_open(&saved, &shorter, false), TAIL_BEGIN);
	assert_int_equal(tail_plan_open(&saved, &refilled, false), TAIL_BEGIN);
	assert_int_equal(tail_plan_follow(&saved, &shorter), TAIL_BEGIN);
	assert_int_equal(tail_plan_follow(&saved, &refilled), TAIL_BEGIN);
	assert_int_equal(tail_plan_follow(&saved, &l), TAIL_RESUME);
}

static void rotated_file_is_finished_first(void **state)
{
	(void)state;
	struct tail_look old = look(1, 1000, 'a'), fresh = look(2, 50, 'b');
	struct core_place saved = tail_plan_place(&old, 900);

	assert_int_equal(tail_plan_open(&saved, &fresh, false), TAIL_SIBLING);
	assert_int_equal(tail_plan_sibling(&saved, &old), TAIL_RESUME);
}

static void reused_inode_is_not_taken_for_the_old_file(void **state)
{
	(void)state;
	struct tail_look old = look(1, 1000, 'a'), other = look(1, 1000, 'z');
	struct core_place saved = tail_plan_place(&old, 900);

	assert_int_equal(tail_plan_sibling(&saved, &other), TAIL_BEGIN);
	assert_int_equal(tail_plan_open(&saved, &other, false), TAIL_BEGIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_start_begins_at_the_end),
		cmocka_unit_test(file_that_appears_later_is_read_whole),
		cmocka_unit_test(restart_resumes_in_the_same_file),
		cmocka_unit_test(file_that_grew_past_the_head_is_still_the_same),
		cmocka_unit_test(emptied_file_is_read_from_its_beginning),
		cmocka_unit_test(rotated_file_is_finished_first),
		cmocka_unit_test(reused_inode_is_not_taken_for_the_old_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
