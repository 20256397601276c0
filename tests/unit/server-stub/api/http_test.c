/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/api/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct http h;

/* All of the text in pieces of so many bytes; the last state. */
static enum http_state feed(const char *text, size_t len, size_t piece)
{
	enum http_state state = HTTP_MORE;

	http_next(&h);
	for (size_t at = 0; at < len && state != HTTP_READY && state != HTTP_BAD;) {
		struct str part = {text + at, len - at < piece ? len - at : piece};
		size_t given = part.len;

		while (part.len && state != HTTP_READY && state != HTTP_BAD)
			state = http_feed(&h, &part);
		at += given;
	}
	return state;
}

static unsigned refused(const char *text)
{
	return feed(text, strlen(text), 7) == HTTP_BAD ? h.status : 0;
}

static void request_is_the_same_however_it_is_cut(void **state)
{
	static const char text[] =
		"POST /api/v1/login?x=1&y=2 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
		"content-length: 13\r\n\r\n{\"user\":\"me\"}";
	(void)state;
	for (size_t piece = 1; piece < sizeof(text); piece++) {
		assert_int_equal(feed(text, sizeof(text) - 1, piece), HTTP_READY);
		assert_int_equal(h.method, METHOD_POST);
		assert_true(str_equal(h.path, STR("/api/v1/login")));
		assert_true(str_equal(h.query, STR("x=1&y=2")));
		assert_true(str_equal(h.body, STR("{\"user\":\"me\"}")));
		assert_true(str_equal(http_header(&h, "content-TYPE"), STR("application/json")));
		assert_true(h.keep_alive);
	}
}

static void bytes_behind_a_request_are_left_for_the_next(void **state)
{
	struct str in =
		STR("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

	(void)state;
	http_next(&h);
	assert_int_equal(http_feed(&h, &in), HTTP_READY);
	assert_true(str_equal(h.path, STR("/a")));
	assert_true(str_starts(in, STR("GET /b")));
	http_next(&h);
	assert_int_equal(http_feed(&h, &in), HTTP_READY);
	assert_true(str_equal(h.path, STR("/b")));
	assert_false(h.keep_alive);
	assert_true(str_empty(in));
}

static void what_two_servers_might_read_in_two_ways_is_refused(void **state)
{
	static const struct {
		const char *text;
		unsigned status;
	} cases[] = {
		{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411},
		{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400},
		{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b"
		 "chunked\r\nContent-Length: 5\r\n\r\n",
		 400},
		{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n", 400},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello", 400},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello", 400},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400},
		{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello", 400},
		{"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n", 400},
		{"GET / HTTP/1.1\nHost: a\n\n\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nHost: a\rX: 1\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400},
		{"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
		{"GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"GET / HTTP/1.0\r\nHost: a\r\n\r\n", 505},
		{"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
		{"GET /\r\n\r\n", 400},
		{"FROB / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
		{"GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", 417},
		{"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", 501},
		{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
		{"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		{"\x16\x03\x01\x02\x00", 400},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned status = refused(cases[i].text);

		if (status != cases[i].status)
			print_error("%s -> %u, wanted %u\n", cases[i].text, status, cases[i].status);
		assert_int_equal(status, cases[i].status);
		assert_non_null(h.why);
	}
}

static void limits_hold(void **state)
{
	char *text = malloc(2 * HTTP_HEAD_MAX);
	size_t len;

	(void)state;
	assert_non_null(text);
	len = (size_t)sprintf(text, "GET /");
	memset(text + len, 'a', HTTP_URL_MAX);
	strcpy(text + len + HTTP_URL_MAX, " HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(refused(text), 414);

	len = (size_t)sprintf(text, "GET / HTTP/1.1\r\nHost: ");
	memset(text + len, 'a', HTTP_HEAD_MAX);
	text[len + HTTP_HEAD_MAX] = 0;
	assert_int_equal(refused(text), 431);

	len = (size_t)sprintf(text, "GET / HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; i < HTTP_HEADERS_MAX; i++)
		len += (size_t)sprintf(text + len, "X-%d: y\r\n", i);
	strcpy(text + len, "\r\n");
	assert_int_equal(refused(text), 431);

	assert_int_equal(refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n"), 413);
	assert_int_equal(refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n"), 413);

	len = (size_t)sprintf(text, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n");
	memset(text + len, 'x', 20000);
	assert_int_equal(feed(text, len + 20000, 1000), HTTP_READY);
	assert_int_equal(h.body.len, 20000);
	free(text);
}

static void continue_is_asked_for_once_and_only_before_a_body(void **state)
{
	struct str in = STR("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
	struct str body = STR("hi");

	(void)state;
	http_next(&h);
	assert_int_equal(http_feed(&h, &in), HTTP_EXPECTS);
	assert_int_equal(http_feed(&h, &in), HTTP_MORE);
	assert_int_equal(http_feed(&h, &body), HTTP_READY);

	in = STR("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n");
	http_next(&h);
	assert_int_equal(http_feed(&h, &in), HTTP_READY);
}

static void nothing_is_read_behind_a_bad_request(void **state)
{
	struct str in = STR("GET /\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");

	(void)state;
	http_next(&h);
	assert_int_equal(http_feed(&h, &in), HTTP_BAD);
	assert_int_equal(http_feed(&h, &in), HTTP_BAD);
	assert_false(h.keep_alive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_is_the_same_however_it_is_cut),
		cmocka_unit_test(bytes_behind_a_request_are_left_for_the_next),
		cmocka_unit_test(what_two_servers_might_read_in_two_ways_is_refused),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(continue_is_asked_for_once_and_only_before_a_body),
		cmocka_unit_test(nothing_is_read_behind_a_bad_request),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
