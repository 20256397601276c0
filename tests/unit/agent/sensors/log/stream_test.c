/* SPDX-License-Identifier: Apache-2.0 */
/* Access logs of one source: when they are read, and when no more. */
#include "agent/sensors/log/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SITE "www.example.net 192.0.2.1 - mia [22/Nov/2026:11:58:01 +0000] \"GET / HTTP/1.1\" 401 179 \"-\" \"curl\""
#define CLIENT "192.0.2.1 - mia [22/Nov/2026:11:58:01 +0000] \"GET / HTTP/1.1\" 401 179 \"-\" \"curl\""
#define PAGE "192.0.2.1 - mia [22/Nov/2026:11:58:01 +0000] \"GET / HTTP/1.1\" 404 179 \"-\" \"curl\""

static struct access_format format;

static struct stream begin(const char *declared)
{
	struct stream s = {.access = {.format = declared ? &format : NULL}};
	char why[ACCESS_WHY_MAX];

	if (declared)
		assert_int_equal(access_format_read(str_from(declared), &format, why), ERR_OK);
	return s;
}

static unsigned events(struct stream *s, unsigned count, const char *line)
{
	unsigned found = 0;
	struct event e;

	while (count--)
		found += stream_decode(s, str_from(line), &e);
	return found;
}

static void file_without_its_declared_format_is_not_read(void **state)
{
	struct stream s = begin("nginx");

	(void)state;
	assert_int_equal(events(&s, 3, CLIENT), 3);
	assert_int_equal(events(&s, 7, SITE), 0);
	assert_int_equal(s.trouble, STREAM_READABLE);
	assert_int_equal(events(&s, 1, SITE), 0);
	assert_int_equal(s.trouble, STREAM_CONTRADICTED);
	assert_int_equal(events(&s, 100, CLIENT), 0);
}

/* A line that a full disk cut, once in a while, is no contradiction; while it is fresh, nothing is believed. */
static void odd_line_is_forgotten_after_eight_others(void **state)
{
	struct stream s = begin("nginx");

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(events(&s, 1, "192.0.2.1 - mia [22/Nov"), 0);
		assert_int_equal(events(&s, 7, CLIENT), 0);
		assert_int_equal(events(&s, 1, PAGE), 0);
		assert_int_equal(events(&s, 2, CLIENT), 2);
	}
	assert_int_equal(s.trouble, STREAM_READABLE);
}

static void file_of_which_one_in_eight_lines_is_odd_is_not_read(void **state)
{
	struct stream s = begin("nginx");

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		events(&s, 1, SITE);
		events(&s, 6, CLIENT);
	}
	assert_int_equal(s.trouble, STREAM_CONTRADICTED);
}

/* Clients may make odd lines: they cannot blind the guard for long, nor hide others' lines among theirs. */
static void odd_lines_do_not_set_a_proven_log_aside_for_ever(void **state)
{
	struct stream s = begin("nginx");

	(void)state;
	assert_int_equal(events(&s, 40, CLIENT), 40);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(events(&s, 20, SITE), 0);
		assert_int_equal(events(&s, 1, CLIENT), 1);
	}
	assert_int_equal(s.trouble, STREAM_READABLE);
	events(&s, 64, SITE);
	assert_int_equal(s.trouble, STREAM_CONTRADICTED);
	assert_int_equal(events(&s, 31, CLIENT), 0);
	assert_int_equal(events(&s, 2, CLIENT), 2);
	assert_int_equal(s.trouble, STREAM_READABLE);
}

static void log_whose_first_word_clients_write_is_not_read(void **state)
{
	static const char *const lines[] = {
		"- - - [22/Nov/2026:11:58:01 +0000] \"GET / HTTP/1.1\" 200 179 \"-\" \"curl\"",
		"198.51.100.66, 192.0.2.1 - - [22/Nov/2026:11:58:01 +0000] \"GET / HTTP/1.1\" 200 179 \"-\" \"curl\"",
		SITE,
	};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct stream s = begin(NULL);

		assert_int_equal(events(&s, 2, CLIENT), 2);
		assert_int_equal(events(&s, 1, lines[i]), 0);
		assert_int_equal(s.trouble, STREAM_DOUBTFUL);
		assert_int_equal(events(&s, 2, CLIENT), 0);
		/* What other programs write is not in doubt. */
		assert_int_equal(events(&s, 1,
					"Nov 22 11:58:01 gate sshd[1]: Failed password for root from 192.0.2.1 port 1 "
					"ssh2"),
				 1);
	}
}

/* Traefik's common format, or any with fields that are not known: nothing is banned by it, and health says so. */
static void log_without_proven_addresses_is_told_of(void **state)
{
	static const char more[] =
		"192.0.2.1 - mia [22/Nov/2026:11:58:01 +0000] \"GET / HTTP/1.1\" 401 17 \"-\" \"-\" 5 "
		"\"r@docker\" \"http://192.0.2.9:80\" 1ms";
	struct stream s = begin(NULL);

	(void)state;
	events(&s, STREAM_UNPROVEN_MIN - 1, more);
	assert_int_equal(s.trouble, STREAM_READABLE);
	events(&s, 1, more);
	assert_int_equal(s.trouble, STREAM_UNPROVEN);
	assert_int_equal(events(&s, 1, CLIENT), 1);
	assert_int_equal(s.trouble, STREAM_UNPROVEN);
	events(&s, STREAM_UNPROVEN_MIN, CLIENT);
	assert_int_equal(s.trouble, STREAM_READABLE);
}

static void log_of_another_json_is_told_of(void **state)
{
	static const char other[] = "{\"who\":\"192.0.2.1\",\"code\":401,\"when\":\"2026-11-22T11:58:01Z\"}";
	static const char traefik[] =
		"{\"ClientHost\":\"192.0.2.1\",\"ClientUsername\":\"mia\",\"DownstreamStatus\":401,"
		"\"RequestMethod\":\"GET\",\"RequestPath\":\"/\"}";
	struct stream s = begin(NULL);

	(void)state;
	assert_int_equal(events(&s, STREAM_OTHERS_MIN - 1, other), 0);
	assert_int_equal(s.trouble, STREAM_READABLE);
	events(&s, 1, other);
	assert_int_equal(s.trouble, STREAM_OTHER_JSON);
	assert_int_equal(events(&s, 1, traefik), 1);
	assert_int_equal(s.trouble, STREAM_READABLE);
}

static void trusted_proxy_is_nobody(void **state)
{
	static const struct addr proxy = {4, 24, {192, 0, 2}};
	struct stream s = begin(NULL);
	struct event e;

	(void)state;
	s.access.proxies = &proxy;
	s.access.proxy_count = 1;
	assert_true(stream_decode(&s, STR(CLIENT), &e));
	assert_int_equal(e.auth.src.family, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_without_its_declared_format_is_not_read),
		cmocka_unit_test(odd_line_is_forgotten_after_eight_others),
		cmocka_unit_test(file_of_which_one_in_eight_lines_is_odd_is_not_read),
		cmocka_unit_test(odd_lines_do_not_set_a_proven_log_aside_for_ever),
		cmocka_unit_test(log_whose_first_word_clients_write_is_not_read),
		cmocka_unit_test(log_without_proven_addresses_is_told_of),
		cmocka_unit_test(log_of_another_json_is_told_of),
		cmocka_unit_test(trusted_proxy_is_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
