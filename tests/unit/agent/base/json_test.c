/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char memory[256];
static struct buf out;

static struct json start(void)
{
	out = buf_over(memory, sizeof(memory) - 1);
	return json_over(&out);
}

static void wrote(const char *expected)
{
	memory[out.len] = '\0';
	assert_false(out.overflow);
	assert_string_equal(memory, expected);
}

static void json_puts_commas_where_they_belong(void **state)
{
	(void)state;
	struct json j = start();

	json_begin_object(&j);
	json_key(&j, "a");
	json_int(&j, -1);
	json_key(&j, "b");
	json_begin_array(&j);
	json_u64(&j, UINT64_MAX);
	json_bool(&j, true);
	json_begin_object(&j);
	json_end_object(&j);
	json_none(&j);
	json_end_array(&j);
	json_key(&j, "c");
	json_hex(&j, "\x0f\xa0", 2);
	json_key(&j, "d");
	json_raw(&j, STR("[1]"));
	json_key(&j, "e");
	json_text(&j, NULL);
	json_end_object(&j);
	wrote("{\"a\":-1,\"b\":[18446744073709551615,true,{},null],\"c\":\"0fa0\",\"d\":[1],\"e\":null}");
}

static void text_is(struct str text, const char *expected)
{
	struct json j = start();

	json_str(&j, text);
	wrote(expected);
}

static void json_escapes_what_must_be(void **state)
{
	(void)state;
	text_is(STR("a\"b\\c\n\t\r\b\f"), "\"a\\\"b\\\\c\\n\\t\\r\\b\\f\"");
	text_is(STR("\0\x01\x1f\x7f"), "\"\\u0000\\u0001\\u001f\\u007f\"");
	text_is(STR(""), "\"\"");
}

static void json_keeps_utf8_and_escapes_other_bytes(void **state)
{
	(void)state;
	text_is(STR("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x92"),
		"\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x92\"");
	text_is(STR("\xff"
		    "a\xc3"),
		"\"\\u00ffa\\u00c3\"");
	text_is(STR("\xc0\x80"), "\"\\u00c0\\u0080\"");		   /* too long a form */
	text_is(STR("\xed\xa0\x80"), "\"\\u00ed\\u00a0\\u0080\""); /* half of a surrogate pair */
	text_is(STR("\xf4\x90\x80\x80"), "\"\\u00f4\\u0090\\u0080\\u0080\"");
}

static void json_says_when_it_does_not_fit(void **state)
{
	(void)state;
	char small[4];
	struct buf b = buf_over(small, sizeof(small));
	struct json j = json_over(&b);

	json_text(&j, "hello");
	assert_int_equal(buf_check(&b), ERR_TOO_LONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_puts_commas_where_they_belong),
		cmocka_unit_test(json_escapes_what_must_be),
		cmocka_unit_test(json_keeps_utf8_and_escapes_other_bytes),
		cmocka_unit_test(json_says_when_it_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
