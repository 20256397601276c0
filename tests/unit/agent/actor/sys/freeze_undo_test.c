/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a suspension's record, and what is none. */
#include "agent/actor/sys/freeze.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char bytes[FREEZE_UNDO_MAX];

static struct str encode(const struct freeze_undo *undo)
{
	struct buf b = buf_over(bytes, sizeof(bytes));

	freeze_undo_encode(&b, undo);
	assert_int_equal(buf_check(&b), ERR_OK);
	return buf_str(&b);
}

static void freeze_undo_bytes_are_as_written_down(void **state)
{
	const struct freeze_undo undo = {
		.boot = 0x0102030405060708, .count = 2, .rows = {{0x012345, false, 0x1122}, {4194303, true, 7}}};
	static const char expected[] = "\1\1\2\3\4\5\6\7\10"
				       "\x01\x23\x45\0\0\0\x11\x22"
				       "\xbf\xff\xff\0\0\0\0\7";
	struct str s = encode(&undo);

	(void)state;
	assert_int_equal(s.len, sizeof(expected) - 1);
	assert_memory_equal(s.data, expected, s.len);
}

static void freeze_undo_of_the_largest_tree_comes_back(void **state)
{
	struct freeze_undo undo = {.boot = UINT64_MAX, .count = FREEZE_MAX}, back;

	(void)state;
	for (unsigned i = 0; i < FREEZE_MAX; i++)
		undo.rows[i] = (struct freeze_row){4194303 - (int32_t)i, i % 3 == 0, (UINT64_C(1) << 40) - 1 - i};
	assert_int_equal(freeze_undo_decode(encode(&undo), &back), ERR_OK);
	assert_int_equal(back.boot, undo.boot);
	assert_int_equal(back.count, FREEZE_MAX);
	for (unsigned i = 0; i < FREEZE_MAX; i++) {
		assert_int_equal(back.rows[i].pid, undo.rows[i].pid);
		assert_int_equal(back.rows[i].before, undo.rows[i].before);
		assert_int_equal(back.rows[i].start_ticks, undo.rows[i].start_ticks);
	}
}

static void freeze_undo_refuses_what_is_no_record(void **state)
{
	const struct freeze_undo undo = {.boot = 9, .count = 2, .rows = {{4711, false, 1}, {4712, true, 7}}};
	const struct freeze_undo init = {.count = 1, .rows = {{1, false, 5}}},
				 timeless = {.count = 1, .rows = {{5, 0, 0}}};
	char longer[FREEZE_UNDO_MAX + 64] = {1};
	struct freeze_undo back;
	struct str s = encode(&undo);

	(void)state;
	for (size_t len = 0; len < s.len; len++)
		assert_int_equal(freeze_undo_decode(str_sub(s, 0, len), &back), len == 17 ? ERR_OK : ERR_INVALID);
	bytes[0] = 2;
	assert_int_equal(freeze_undo_decode(s, &back), ERR_INVALID);
	assert_int_equal(freeze_undo_decode(encode(&init), &back), ERR_INVALID);
	assert_int_equal(freeze_undo_decode(encode(&timeless), &back), ERR_INVALID);
	memset(longer + 1, 1, sizeof(longer) - 1);
	assert_int_equal(freeze_undo_decode((struct str){longer, 9 + 8 * (FREEZE_MAX + 1)}, &back), ERR_INVALID);
	assert_int_equal(freeze_undo_decode((struct str){longer, 9 + 8 * FREEZE_MAX}, &back), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(freeze_undo_bytes_are_as_written_down),
		cmocka_unit_test(freeze_undo_of_the_largest_tree_comes_back),
		cmocka_unit_test(freeze_undo_refuses_what_is_no_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
