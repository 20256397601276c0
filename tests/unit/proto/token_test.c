/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct token sample(const char *host)
{
	struct token t = {.port = 8443};
	snprintf(t.host, sizeof(t.host), "%s", host);
	for (size_t i = 0; i < sizeof(t.ca_sha256); i++)
		t.ca_sha256[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < sizeof(t.secret); i++)
		t.secret[i] = (uint8_t)(255 - i);
	t.has_roots = true;
	for (size_t i = 0; i < sizeof(t.roots_sha256); i++)
		t.roots_sha256[i] = (uint8_t)(i * 11);
	return t;
}

static void is_same(const struct token *a, const struct token *b)
{
	assert_string_equal(a->host, b->host);
	assert_int_equal(a->port, b->port);
	assert_memory_equal(a->ca_sha256, b->ca_sha256, sizeof(a->ca_sha256));
	assert_int_equal(a->has_roots, b->has_roots);
	assert_memory_equal(a->roots_sha256, b->roots_sha256, sizeof(a->roots_sha256));
	assert_memory_equal(a->secret, b->secret, sizeof(a->secret));
}

static void token_comes_back_as_it_was_written(void **state)
{
	(void)state;
	static const char *const hosts[] = {"a", "ab", "abc", "fleet.example.net", "192.0.2.1", "[2001:db8::1]"};
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct token t = sample(hosts[i]), back;
		char text[TOKEN_TEXT_MAX];
		struct buf b = buf_over(text, sizeof(text));
		assert_int_equal(token_encode(&b, &t), ERR_OK);
		assert_int_equal(token_decode(buf_str(&b), &back), ERR_OK);
		is_same(&t, &back);
	}
}

/* Of an earlier version, or of a fleet without a trust bundle. */
static void token_without_root_keys_is_understood(void **state)
{
	(void)state;
	struct token t = {.host = "h", .port = 1}, back;
	char text[TOKEN_TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));
	assert_int_equal(token_encode(&b, &t), ERR_OK);
	assert_true(str_starts(buf_str(&b), STR("ct1.AQFoAAEAAAA")));
	assert_int_equal(token_decode(buf_str(&b), &back), ERR_OK);
	assert_false(back.has_roots);
	is_same(&t, &back);
}

static void longest_host_fits(void **state)
{
	(void)state;
	struct token t = sample("x"), back;
	memset(t.host, 'x', 255);
	char text[TOKEN_TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));
	assert_int_equal(token_encode(&b, &t), ERR_OK);
	assert_int_equal(token_decode(buf_str(&b), &back), ERR_OK);
	is_same(&t, &back);
}

static void token_ignores_line_ends_around_it(void **state)
{
	(void)state;
	struct token t = sample("h"), back;
	char text[TOKEN_TEXT_MAX + 4];
	struct buf b = buf_over(text, sizeof(text));
	buf_text(&b, " \n");
	assert_int_equal(token_encode(&b, &t), ERR_OK);
	buf_text(&b, "\r\n");
	assert_int_equal(token_decode(buf_str(&b), &back), ERR_OK);
}

static void card_is_a_token_without_a_secret(void **state)
{
	(void)state;
	struct token t = sample("fleet.example");

	assert_false(token_is_card(&t));
	memset(t.secret, 0, sizeof(t.secret));
	assert_true(token_is_card(&t));
	t.secret[sizeof(t.secret) - 1] = 1;
	assert_false(token_is_card(&t));
}

static void token_refuses_what_is_none(void **state)
{
	(void)state;
	struct token t = sample("host"), back;
	char text[TOKEN_TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));
	assert_int_equal(token_encode(&b, &t), ERR_OK);
	for (size_t len = 0; len < b.len; len++)
		assert_int_equal(token_decode((struct str){text, len}, &back), ERR_INVALID);
	assert_int_equal(token_decode(STR("ct1.!!!!"), &back), ERR_INVALID);
	assert_int_equal(token_decode(STR("ct2.AQAA"), &back), ERR_INVALID);
	char longer[TOKEN_TEXT_MAX * 2];
	memset(longer, 'A', sizeof(longer));
	memcpy(longer, "ct1.", 4);
	assert_int_equal(token_decode((struct str){longer, sizeof(longer)}, &back), ERR_INVALID);
	buf_char(&b, 'A');
	assert_int_equal(token_decode(buf_str(&b), &back), ERR_INVALID);
}

static void token_refuses_hosts_with_odd_bytes(void **state)
{
	(void)state;
	struct token t = sample("a b");
	char text[TOKEN_TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));
	assert_int_equal(token_encode(&b, &t), ERR_INVALID);
	t = sample("");
	assert_int_equal(token_encode(&b, &t), ERR_INVALID);
	t = sample("a");
	t.port = 0;
	assert_int_equal(token_encode(&b, &t), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(token_comes_back_as_it_was_written),
		cmocka_unit_test(token_without_root_keys_is_understood),
		cmocka_unit_test(longest_host_fits),
		cmocka_unit_test(token_ignores_line_ends_around_it),
		cmocka_unit_test(card_is_a_token_without_a_secret),
		cmocka_unit_test(token_refuses_what_is_none),
		cmocka_unit_test(token_refuses_hosts_with_odd_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
