/* SPDX-License-Identifier: Apache-2.0 */
/* Strings, the bounded writer and reader, rows and hashes: the pieces every parser of ours stands on. */
#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/hash.h"
#include "agent/base/rows.h"
#include "agent/base/str.h"
#include "agent/base/view.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void str_number_takes_plain_decimals_within_bounds(void **state)
{
	uint64_t n = 7;

	(void)state;
	assert_int_equal(str_number(STR("0"), 10, &n), ERR_OK);
	assert_int_equal(n, 0);
	assert_int_equal(str_number(STR("18446744073709551615"), UINT64_MAX, &n), ERR_OK);
	assert_true(n == UINT64_MAX);
	assert_int_equal(str_number(STR("18446744073709551616"), UINT64_MAX, &n), ERR_TOO_LONG);
	assert_int_equal(str_number(STR("11"), 10, &n), ERR_TOO_LONG);
	assert_int_equal(str_number(STR(""), 10, &n), ERR_INVALID);
	assert_int_equal(str_number(STR("-1"), 10, &n), ERR_INVALID);
	assert_int_equal(str_number(STR("1 "), 10, &n), ERR_INVALID);
}

static void str_finds_from_both_ends(void **state)
{
	struct str s = STR("a from b from c");

	(void)state;
	assert_int_equal(str_find(s, STR(" from ")), 1);
	assert_int_equal(str_find_back(s, STR(" from ")), 8);
	assert_true(str_find(s, STR("xyz")) == SIZE_MAX);
	assert_true(str_find_back(STR("ab"), STR("abc")) == SIZE_MAX);
	assert_true(str_find_byte(STR_NONE, 'x') == SIZE_MAX);
}

static void str_cut_leaves_the_rest(void **state)
{
	struct str s = STR("one,two");

	(void)state;
	assert_true(str_equal(str_cut(&s, ','), STR("one")));
	assert_true(str_equal(str_cut(&s, ','), STR("two")));
	assert_true(str_empty(s));
	assert_true(str_empty(str_cut(&s, ',')));
}

static void str_copy_says_when_it_cut(void **state)
{
	char small[4];

	(void)state;
	assert_int_equal(str_copy(STR("abc"), small, sizeof(small)), ERR_OK);
	assert_int_equal(str_copy(STR("abcd"), small, sizeof(small)), ERR_TOO_LONG);
	assert_string_equal(small, "abc");
	assert_int_equal(str_copy((struct str){"a\0b", 3}, small, sizeof(small)), ERR_INVALID);
	str_show(STR("a\033[31m"), small, sizeof(small));
	assert_string_equal(small, "a?[");
}

static void buf_never_writes_past_its_memory(void **state)
{
	char memory[8] = "........";
	struct buf b = buf_over(memory, 4);

	(void)state;
	buf_text(&b, "abc");
	buf_text(&b, "de");
	buf_char(&b, 'f');
	assert_int_equal(buf_check(&b), ERR_TOO_LONG);
	assert_memory_equal(memory, "abc.....", 8);
}

static void buf_and_view_agree_on_big_endian(void **state)
{
	uint8_t memory[15];
	struct buf b = buf_over(memory, sizeof(memory));

	(void)state;
	buf_be8(&b, 0x12);
	buf_be16(&b, 0x3456);
	buf_be32(&b, 0x789abcde);
	buf_be64(&b, UINT64_C(0xf011223344556677));
	assert_int_equal(buf_check(&b), ERR_OK);
	assert_memory_equal(memory, "\x12\x34\x56\x78\x9a\xbc\xde\xf0\x11\x22\x33\x44\x55\x66\x77", 15);
	struct view v = view_over(memory, b.len);

	assert_int_equal(view_be8(&v), 0x12);
	assert_int_equal(view_be16(&v), 0x3456);
	assert_true(view_be32(&v) == 0x789abcde);
	assert_true(view_be64(&v) == UINT64_C(0xf011223344556677));
	assert_int_equal(view_done(&v), ERR_OK);
	assert_int_equal(view_be8(&v), 0);
	assert_int_equal(view_done(&v), ERR_TRUNCATED);
}

static void buf_writes_numbers_at_their_ends(void **state)
{
	char memory[64];
	struct buf b = buf_over(memory, sizeof(memory));

	(void)state;
	buf_i64(&b, INT64_MIN);
	buf_char(&b, ' ');
	buf_u64(&b, UINT64_MAX);
	buf_char(&b, '\0');
	assert_string_equal(memory, "-9223372036854775808 18446744073709551615");
}

static void rows_survive_any_text(void **state)
{
	char memory[256], back[64];
	struct buf b = buf_over(memory, sizeof(memory));
	struct buf u = buf_over(back, sizeof(back));
	struct str nasty = {"a\tb\nc%\0=#?\xff", 12};
	struct rows_field f;

	(void)state;
	rows_begin(&b, "ban");
	rows_text(&b, "user", nasty);
	rows_int(&b, "count", -5);
	rows_time(&b, "first", 1767323045999999);
	rows_bool(&b, "well", true);
	rows_end(&b);
	struct str row = buf_str(&b);

	assert_true(str_take_back(&row, STR("\n")));
	assert_true(str_equal(rows_type(&row), STR("ban")));
	assert_int_equal(rows_next(&row, &f), ERR_OK);
	assert_true(str_equal(f.name, STR("user")) && f.kind == '=');
	assert_int_equal(rows_unescape(&u, f.value), ERR_OK);
	assert_true(str_equal(buf_str(&u), nasty));
	assert_int_equal(rows_next(&row, &f), ERR_OK);
	assert_true(f.kind == '#' && str_equal(f.value, STR("-5")));
	assert_int_equal(rows_next(&row, &f), ERR_OK);
	assert_true(f.kind == '@' && str_equal(f.value, STR("1767323045999999")));
	assert_int_equal(rows_next(&row, &f), ERR_OK);
	assert_true(f.kind == '?' && str_equal(f.value, STR("true")));
	assert_int_equal(rows_next(&row, &f), ERR_NOT_FOUND);
}

static void rows_refuse_broken_escapes_and_fields(void **state)
{
	char back[64];
	struct buf u = buf_over(back, sizeof(back));
	struct rows_field f;
	struct str nameless = STR("=x"), kindless = STR("name");

	(void)state;
	assert_int_equal(rows_unescape(&u, STR("%")), ERR_INVALID);
	assert_int_equal(rows_unescape(&u, STR("%0")), ERR_INVALID);
	assert_int_equal(rows_unescape(&u, STR("%zz")), ERR_INVALID);
	assert_int_equal(rows_next(&nameless, &f), ERR_INVALID);
	assert_int_equal(rows_next(&kindless, &f), ERR_INVALID);
}

/* The check value of CRC-32C and one chained over two parts. */
static void hash_crc32c_matches_its_published_value(void **state)
{
	(void)state;
	assert_true(hash_crc32c(0, "123456789", 9) == 0xe3069283);
	assert_true(hash_crc32c(hash_crc32c(0, "1234", 4), "56789", 5) == 0xe3069283);
}

static void hash_bytes_depends_on_key_and_every_byte(void **state)
{
	struct hash_key a = {1, 2}, b = {1, 3};
	uint8_t data[17] = {0};

	(void)state;
	uint64_t first = hash_bytes(&a, data, sizeof(data));

	assert_true(first == hash_bytes(&a, data, sizeof(data)));
	assert_true(first != hash_bytes(&b, data, sizeof(data)));
	assert_true(first != hash_bytes(&a, data, sizeof(data) - 1));
	for (size_t i = 0; i < sizeof(data); i++) {
		data[i] = 1;
		assert_true(first != hash_bytes(&a, data, sizeof(data)));
		data[i] = 0;
	}
}

static void err_has_a_text_for_every_number(void **state)
{
	(void)state;
	assert_string_equal(err_text(ERR_NOT_FOUND), "not found");
	assert_string_equal(err_name(ERR_NOT_FOUND), "NOT_FOUND");
	assert_string_equal(err_text((enum err)250), "unknown error");
	assert_string_equal(err_text((enum err) - 1), "unknown error");
	assert_int_equal(err_from_errno(ENOSPC), ERR_NO_SPACE);
	assert_int_equal(err_from_errno(EHOSTDOWN), ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(str_number_takes_plain_decimals_within_bounds),
		cmocka_unit_test(str_finds_from_both_ends),
		cmocka_unit_test(str_cut_leaves_the_rest),
		cmocka_unit_test(str_copy_says_when_it_cut),
		cmocka_unit_test(buf_never_writes_past_its_memory),
		cmocka_unit_test(buf_and_view_agree_on_big_endian),
		cmocka_unit_test(buf_writes_numbers_at_their_ends),
		cmocka_unit_test(rows_survive_any_text),
		cmocka_unit_test(rows_refuse_broken_escapes_and_fields),
		cmocka_unit_test(hash_crc32c_matches_its_published_value),
		cmocka_unit_test(hash_bytes_depends_on_key_and_every_byte),
		cmocka_unit_test(err_has_a_text_for_every_number),
	};

	return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
