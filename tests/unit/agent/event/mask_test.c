/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/event/mask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *line, *masked;
} lines[] = {
	{"ls -l /tmp", "ls -l /tmp"},
	{"app --password=hunter2 --user=joe", "app --password=*** --user=joe"},
	{"app --password hunter2 -v", "app --password *** -v"},
	{"app --PASSWORD=hunter2", "app --PASSWORD=***"},
	{"DB_PASSWORD=hunter2 ./run", "DB_PASSWORD=*** ./run"},
	{"env API_TOKEN=abc sh", "env API_TOKEN=*** sh"},
	{"curl -u joe:hunter2 https://example.com/", "curl -u joe:*** https://example.com/"},
	{"/usr/bin/curl --user joe:hunter2 x", "/usr/bin/curl --user joe:*** x"},
	{"wget https://joe:hunter2@example.com/a", "wget https://joe:***@example.com/a"},
	{"git clone https://example.com/a@b:c", "git clone https://example.com/a@b:c"},
	{"mysql -uroot -phunter2 shop", "mysql -uroot -p*** shop"},
	{"mysql -uroot -p shop", "mysql -uroot -p shop"},
	{"sshpass -p hunter2 ssh gate", "sshpass -p *** ssh gate"},
	{"sshpass -phunter2 ssh gate", "sshpass -p*** ssh gate"},
	{"ssh -p 2222 gate", "ssh -p 2222 gate"},
	{"mkdir -p a", "mkdir -p a"},
	{"app -H X-Auth-Token: abc", "app -H X-Auth-Token: ***"},
	{"", ""},
};

static void secrets_are_masked_and_nothing_else(void **state)
{
	char out[256];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct str got = mask_secrets(str_from(lines[i].line), out, sizeof(out) - 1);

		out[got.len] = '\0';
		assert_string_equal(out, lines[i].masked);
	}
}

static void an_argument_ends_at_nul_and_may_have_blanks(void **state)
{
	static const char line[] = "curl\0-H\0Authorization: Bearer a b c\0--password\0two words\0x";
	static const char expected[] = "curl -H Authorization:*** --password *** x";
	char out[256];

	(void)state;
	struct str got = mask_secrets((struct str){line, sizeof(line) - 1}, out, sizeof(out));

	assert_int_equal(got.len, sizeof(expected) - 1);
	assert_memory_equal(got.data, expected, got.len);
}

/* Wherever the room ends, no byte of the secret is written. */
static void a_cut_shows_no_part_of_a_secret(void **state)
{
	static const char *const given[] = {
		"app --password=ZZZZZZ b", "app --password ZZZZZZ b", "mysql -pZZZZZZ b",
		"curl -u a:ZZZZZZ b",	   "wget ftp://a:ZZZZZZ@b/c",
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		for (size_t max = 0; max < sizeof(out); max++) {
			struct str got = mask_secrets(str_from(given[i]), out, max);

			assert_true(got.len <= max);
			assert_true(str_find_byte(got, 'Z') == SIZE_MAX);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_are_masked_and_nothing_else),
		cmocka_unit_test(an_argument_ends_at_nul_and_may_have_blanks),
		cmocka_unit_test(a_cut_shows_no_part_of_a_secret),
	};

	return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
