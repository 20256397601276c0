/* SPDX-License-Identifier: Apache-2.0 */
/* Which numbers of a text of JSON are put in quotes. */
#include "server-stub/cli/json_numbers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void becomes(const char *text, const char *wanted)
{
	char room[256];
	struct buf b = buf_over(room, sizeof(room));

	json_numbers_quote(&b, str_from(text));
	room[b.len] = '\0';
	assert_string_equal(room, wanted);
}

static void only_what_is_too_large_is_quoted(void **unused)
{
	(void)unused;
	becomes("{\"a\":9223372036854775807,\"b\":9223372036854775808}",
		"{\"a\":9223372036854775807,\"b\":\"9223372036854775808\"}");
	becomes("[-9223372036854775808,-9223372036854775809]", "[-9223372036854775808,\"-9223372036854775809\"]");
	becomes("[1e308, 1e309 ,-1e309]", "[1e308, \"1e309\" ,\"-1e309\"]");
	becomes("[12345678901234567890.5,0.1,1e-400]", "[12345678901234567890.5,0.1,1e-400]");
}

static void what_stands_in_a_text_stays(void **unused)
{
	(void)unused;
	becomes("{\"18446744073709551615\":\"x\\\"18446744073709551615\"}",
		"{\"18446744073709551615\":\"x\\\"18446744073709551615\"}");
	becomes("\"\\\\\",18446744073709551615", "\"\\\\\",\"18446744073709551615\"");
}

static void what_is_no_json_is_passed_over(void **unused)
{
	(void)unused;
	becomes("", "");
	becomes("\"", "\"");
	becomes("\"18446744073709551615", "\"18446744073709551615");
	becomes("\"\\", "\"\\");
	becomes("-", "-");
	becomes("18446744073709551615-1", "18446744073709551615-1");
	becomes("1e999e9 nan inf -inf", "1e999e9 nan inf -inf");
}

static void what_has_no_room_is_said(void **unused)
{
	char room[21];
	struct buf b = buf_over(room, sizeof(room));

	(void)unused;
	json_numbers_quote(&b, STR("18446744073709551615,"));
	assert_true(b.overflow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_too_large_is_quoted),
		cmocka_unit_test(what_stands_in_a_text_stays),
		cmocka_unit_test(what_is_no_json_is_passed_over),
		cmocka_unit_test(what_has_no_room_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
