/* SPDX-License-Identifier: Apache-2.0 */
/* The API's small pure parts: query strings, times, ids, limits on guessing, routes. */
#include "agent/base/buf.h"
#include "agent/base/now.h"
#include "server-stub/api/cookie.h"
#include "server-stub/api/fault.h"
#include "server-stub/api/ids.h"
#include "server-stub/api/limit.h"
#include "server-stub/api/openapi.h"
#include "server-stub/api/query.h"
#include "server-stub/api/route.h"
#include "server-stub/api/when.h"

#include <jansson.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void query_values_are_decoded_once(void **state)
{
	char out[16];

	(void)state;
	assert_int_equal(query_get(STR("a=1&b=x%20y%2525&c"), "b", out, sizeof(out)), ERR_OK);
	assert_string_equal(out, "x y%25");
	assert_int_equal(query_get(STR("a=1&c"), "c", out, sizeof(out)), ERR_OK);
	assert_string_equal(out, "");
	assert_int_equal(query_get(STR("a=1"), "b", out, sizeof(out)), ERR_NOT_FOUND);
	assert_int_equal(query_get(STR("a=1&a=2"), "a", out, sizeof(out)), ERR_INVALID);
	assert_int_equal(query_get(STR("a=%0"), "a", out, sizeof(out)), ERR_INVALID);
	assert_int_equal(query_get(STR("a=%zz"), "a", out, sizeof(out)), ERR_INVALID);
	assert_int_equal(query_get(STR("a=%00"), "a", out, sizeof(out)), ERR_INVALID);
	assert_int_equal(query_get(STR("a=0123456789abcdef"), "a", out, sizeof(out)), ERR_TOO_LONG);
}

static void unknown_parameters_are_named(void **state)
{
	struct str stranger;

	(void)state;
	assert_true(query_known(STR(""), "", &stranger));
	assert_true(query_known(STR("limit=1&after=2"), "limit after", &stranger));
	assert_false(query_known(STR("limit=1&aftr=2"), "limit after", &stranger));
	assert_true(query_known(STR("code=1&whatever=2"), "*", &stranger));
	assert_true(str_equal(stranger, STR("aftr")));
}

static void times_are_read_to_the_microsecond(void **state)
{
	static const struct {
		const char *text;
		int64_t us;
	} good[] = {
		{"0", 0},
		{"1767323045", 1767323045000000},
		{"2026-01-02T03:04:05Z", 1767323045000000},
		{"2026-01-02T03:04:05.25Z", 1767323045250000},
		{"2026-01-02 03:04:05.123456z", 1767323045123456},
		{"2026-01-02T05:04:05+02:00", 1767323045000000},
		{"2026-01-01T21:34:05-05:30", 1767323045000000},
	};
	static const char *const bad[] = {
		"",
		"yesterday",
		"2026-01-02",
		"2026-01-02T03:04:05",
		"2026-13-02T03:04:05Z",
		"2026-01-02T03:04:05.Z",
		"2026-01-02T03:04:05+2:00",
		"2026-01-02T03:04:05Zx",
		"-1",
	};
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(when_parse(str_from(good[i].text), &us), ERR_OK);
		assert_int_equal(us, good[i].us);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(when_parse(str_from(bad[i]), &us), ERR_INVALID);
}

static void id_prefixes_match_digit_by_digit(void **state)
{
	uint8_t id[STORE_ID] = {0x3f, 0x2a, 0x9c};
	struct ids_prefix p;

	(void)state;
	assert_int_equal(ids_parse(STR("3f2a"), &p), ERR_OK);
	assert_true(ids_match(&p, id));
	assert_int_equal(ids_parse(STR("3F-2a9"), &p), ERR_OK);
	assert_true(ids_match(&p, id));
	assert_int_equal(ids_parse(STR("3f2a8"), &p), ERR_OK);
	assert_false(ids_match(&p, id));
	assert_int_equal(ids_parse(STR("3f2"), &p), ERR_INVALID);
	assert_int_equal(ids_parse(STR("3f2x"), &p), ERR_INVALID);
	assert_int_equal(ids_parse(STR("000000000000000000000000000000000"), &p), ERR_INVALID);
}

/* A walk over four ids of eight bytes, for what somebody typed. */
static enum err search(struct ids_search *s, const char *typed)
{
	static const uint8_t ids[][8] = {{0x3f, 0x2a, 0x9c}, {0x3f, 0x2a, 0x11}, {0x40, 0x01}, {0x3f, 0x2b}};
	enum err err = ids_search_begin(s, str_from(typed), 8);

	for (unsigned i = 0; err == ERR_OK && i < 4 && ids_search_goes_on(s); i++)
		(void)ids_search_look(s, ids[i]);
	return err == ERR_OK ? ids_search_end(s) : err;
}

static void search_names_all_ids_that_fit(void **state)
{
	struct ids_search s;

	(void)state;
	assert_int_equal(search(&s, "4001"), ERR_OK);
	assert_string_equal(s.fits, "4001000000000000");
	assert_int_equal(search(&s, "3f2a"), ERR_EXISTS);
	assert_string_equal(s.fits, "3f2a9c0000000000, 3f2a110000000000");
	assert_int_equal(search(&s, "3f2a9"), ERR_OK);
	assert_int_equal(search(&s, "5000"), ERR_NOT_FOUND);
	assert_int_equal(search(&s, "40010000000000000"), ERR_INVALID);
}

static void many_that_fit_are_not_all_named(void **state)
{
	const uint8_t id[STORE_ID] = {0xab, 0xcd};
	struct ids_search s;
	unsigned looked = 0;

	(void)state;
	assert_int_equal(ids_search_begin(&s, STR("abcd"), STORE_ID), ERR_OK);
	for (; ids_search_goes_on(&s) && looked < 100; looked++)
		assert_true(ids_search_look(&s, id));
	assert_int_equal(looked, IDS_FITS_MAX);
	assert_int_equal(ids_search_end(&s), ERR_EXISTS);
	assert_int_equal(strlen(s.fits), IDS_FITS_MAX * (STORE_ID * 2 + 2) - 2);
}

static void tries_wait_longer_each_time(void **state)
{
	struct limit *l = calloc(1, sizeof(*l));
	uint64_t key;
	int64_t now_us = 1;

	(void)state;
	assert_non_null(l);
	key = limit_key_pair(l, STR("admin"), STR("192.0.2.1"));
	for (unsigned i = 1; i < LIMIT_FREE; i++) {
		limit_try(l, key, LIMIT_PAIR_MAX_S, now_us);
		assert_int_equal(limit_wait_s(l, key, now_us), 0);
		assert_int_equal(limit_failures(l, key, now_us), i);
	}
	for (unsigned i = 0; i < 20; i++) {
		unsigned want = i < 6 ? 1u << i : LIMIT_PAIR_MAX_S;

		limit_try(l, key, LIMIT_PAIR_MAX_S, now_us);
		assert_int_equal(limit_wait_s(l, key, now_us), want);
		now_us += want * SECOND_US;
		assert_int_equal(limit_wait_s(l, key, now_us), 0);
	}
	now_us += (LIMIT_MEMORY_S + 1) * SECOND_US;
	assert_int_equal(limit_failures(l, key, now_us), 0);
	limit_try(l, key, LIMIT_PAIR_MAX_S, now_us);
	assert_int_equal(limit_wait_s(l, key, now_us), 0);
	free(l);
}

static void name_at_an_address_is_a_key_of_its_own(void **state)
{
	struct limit *l = calloc(1, sizeof(*l));
	uint64_t key;

	(void)state;
	assert_non_null(l);
	key = limit_key_pair(l, STR("admin"), STR("192.0.2.1"));
	assert_int_not_equal(key, limit_key_pair(l, STR("admin"), STR("192.0.2.2")));
	assert_int_not_equal(key, limit_key_pair(l, STR("ada"), STR("192.0.2.1")));
	assert_int_not_equal(key, limit_key_pair(l, STR("1admin"), STR("192.0.2.")));
	assert_int_not_equal(limit_key_pair(l, STR(""), STR("192.0.2.1")), limit_key_address(l, STR("192.0.2.1")));
	free(l);
}

static void right_password_takes_its_own_tries_back(void **state)
{
	struct limit *l = calloc(1, sizeof(*l));
	uint64_t key;

	(void)state;
	assert_non_null(l);
	key = limit_key_address(l, STR("192.0.2.1"));
	for (unsigned i = 0; i < LIMIT_FREE + 2; i++)
		limit_try(l, key, LIMIT_ADDRESS_MAX_S, 1);
	limit_forgive(l, key, 2);
	assert_int_equal(limit_wait_s(l, key, 1), 4);
	limit_forgive(l, key, 1);
	assert_int_equal(limit_wait_s(l, key, 1), 0);
	assert_int_equal(limit_failures(l, key, 1), LIMIT_FREE - 1);
	limit_forgive(l, key, LIMIT_FREE);
	assert_int_equal(limit_failures(l, key, 1), 0);
	free(l);
}

static void table_of_limits_never_grows_and_forgets_the_oldest(void **state)
{
	struct limit *l = calloc(1, sizeof(*l));
	char name[16];

	(void)state;
	assert_non_null(l);
	for (unsigned i = 0; i < 100000; i++) {
		struct str text = {name, (size_t)snprintf(name, sizeof(name), "u%u", i)};

		limit_try(l, limit_key_address(l, text), LIMIT_PAIR_MAX_S, 1 + i);
	}
	assert_int_equal(limit_failures(l, limit_key_address(l, STR("u99999")), 200000), 1);
	assert_int_equal(limit_failures(l, limit_key_address(l, STR("u0")), 200000), 0);
	free(l);
}

static const struct route *find(enum http_word method, struct str path, struct str *arg, char allow[ROUTE_ALLOW_MAX])
{
	return route_find(api_routes, (struct route_ask){method, path}, arg, allow);
}

static void paths_find_their_row(void **state)
{
	char allow[ROUTE_ALLOW_MAX];
	struct str arg;
	const struct route *r = find(METHOD_GET, STR("/api/v1/devices/gw-7"), &arg, allow);

	(void)state;
	assert_non_null(r);
	assert_string_equal(r->action, "device.show");
	assert_true(str_equal(arg, STR("gw-7")));
	r = find(METHOD_HEAD, STR("/healthz"), &arg, allow);
	assert_non_null(r);
	assert_null(find(METHOD_POST, STR("/api/v1/devices/gw-7"), &arg, allow));
	assert_string_equal(allow, "GET, HEAD, DELETE");
	assert_null(find(METHOD_DELETE, STR("/api/v1/tokens"), &arg, allow));
	assert_string_equal(allow, "GET, HEAD, POST");

	r = find(METHOD_GET, STR("/"), &arg, allow);

	assert_int_equal(r != NULL, IS_ENABLED(CONFIG_CONSOLE));

	static const char *const nowhere[] = {
		"//",
		"/assets",
		"/assets/",
		"/assets/../api.js",
		"/api",
		"/api/v1",
		"/api/v1/devices/",
		"/api/v1/devices//approve",
		"/api/v1/devices/a/b/c",
		"/api/v2/devices",
		"/healthz/",
		"/api/v1/orders/x/stream/",
		"",
	};
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		assert_null(find(METHOD_GET, str_from(nowhere[i]), &arg, allow));
		assert_string_equal(allow, "");
	}
}

static void session_cookie_is_found_among_others(void **state)
{
	static const struct {
		const char *header, *token;
		enum err err;
	} cases[] = {
		{"__Host-caltrop_session=abc", "abc", ERR_OK},
		{"a=b; __Host-caltrop_session=abc; c", "abc", ERR_OK},
		{" __Host-caltrop_session=a=b ;;", "a=b", ERR_OK},
		{"__Host-caltrop_session=", "", ERR_OK},
		{"", "", ERR_NOT_FOUND},
		{"caltrop_session=abc", "", ERR_NOT_FOUND},
		{"x__Host-caltrop_session=abc", "", ERR_NOT_FOUND},
		{"a=__Host-caltrop_session=abc", "", ERR_NOT_FOUND},
		{"__host-caltrop_session=abc", "", ERR_NOT_FOUND},
		{"__Host-caltrop_session=abc; __Host-caltrop_session=abc", NULL, ERR_EXISTS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str token = STR_NONE;

		assert_int_equal(cookie_find(str_from(cases[i].header), &token), cases[i].err);
		assert_true(!cases[i].token || str_equal(token, str_from(cases[i].token)));
	}
}

/* "/api/v1/devices/{device}/approve" of the document is "/api/v1/devices/STAR/approve" of the table. */
static void star(const char *path, char out[128])
{
	size_t len = 0;

	for (; *path; path++) {
		if (*path == '{') {
			out[len++] = '*';
			path = strchr(path, '}');
		} else {
			out[len++] = *path;
		}
	}
	out[len] = 0;
}

static bool table_has(const char *method, const char *path, json_t *operation)
{
	static const char *const methods[] = {"", "get", "head", "post", "delete"};
	json_t *said = json_object_get(operation, "x-roles");
	uint8_t set = 0;
	size_t i;
	json_t *role;

	json_array_foreach(said, i, role) set |= route_role(json_string_value(role));
	for (const struct route *r = api_routes; r->path; r++)
		if (strcmp(methods[r->method], method) == 0 && strcmp(r->path, path) == 0)
			return set == r->roles;
	return false;
}

static void openapi_document_and_table_agree(void **state)
{
	json_error_t error;
	json_t *document = json_loadb(openapi_json, openapi_json_len, JSON_REJECT_DUPLICATES, &error), *item,
	       *operation;
	const char *path, *method;
	size_t rows = 0, operations = 0;
	char pattern[128];

	(void)state;
	assert_non_null(document);
	json_object_foreach(json_object_get(document, "paths"), path, item)
	{
		star(path, pattern);
		json_object_foreach(item, method, operation)
		{
			if (!table_has(method, pattern, operation))
				print_error("%s %s: not in the table, or for other roles\n", method, path);
			assert_true(table_has(method, pattern, operation));
			operations++;
		}
	}
	for (const struct route *r = api_routes; r->path; r++)
		rows += strcmp(r->action, "console") != 0;
	assert_int_equal(rows, operations);
	json_decref(document);
}

static void openapi_document_lists_every_error_code(void **state)
{
	static const char *const codes[] = {
#define X(name, status, code) code,
		FAULT_MAP(X)
#undef X
	};
	json_error_t error;
	json_t *document = json_loadb(openapi_json, openapi_json_len, 0, &error), *list, *schemas;

	(void)state;
	schemas = json_object_get(json_object_get(document, "components"), "schemas");
	list = json_object_get(json_object_get(schemas, "Error"), "properties");
	list = json_object_get(json_object_get(list, "error"), "properties");
	list = json_object_get(json_object_get(list, "code"), "enum");
	assert_int_equal(json_array_size(list), sizeof(codes) / sizeof(codes[0]));
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		assert_string_equal(json_string_value(json_array_get(list, i)), codes[i]);
	json_decref(document);
}

/* Every parameter that a row knows is in the document, and no other. */
static void openapi_document_names_every_parameter(void **state)
{
	json_error_t error;
	json_t *document = json_loadb(openapi_json, openapi_json_len, 0, &error), *item, *operation, *parameter;
	const char *path, *method;
	size_t i;
	char pattern[128], allow[ROUTE_ALLOW_MAX], query[256];
	struct str arg;

	(void)state;
	json_object_foreach(json_object_get(document, "paths"), path, item)
	{
		star(path, pattern);
		json_object_foreach(item, method, operation)
		{
			const struct route *r =
				find(strcmp(method, "get") ? METHOD_POST : METHOD_GET, str_from(pattern), &arg, allow);
			struct buf b = buf_over(query, sizeof(query));
			struct str stranger, words;
			size_t said = 0, known = 0;

			if (strcmp(method, "delete") == 0)
				continue;
			assert_non_null(r);
			json_array_foreach(json_object_get(operation, "parameters"), i, parameter)
			{
				if (strcmp(json_string_value(json_object_get(parameter, "in")), "query"))
					continue;
				buf_printf(&b, "%s%s=1", said++ ? "&" : "",
					   json_string_value(json_object_get(parameter, "name")));
			}
			assert_true(query_known(buf_str(&b), r->query, &stranger));
			for (words = str_from(r->query); words.len; known++)
				str_cut(&words, ' ');
			assert_int_equal(said, known);
		}
	}
	json_decref(document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(query_values_are_decoded_once),
		cmocka_unit_test(unknown_parameters_are_named),
		cmocka_unit_test(times_are_read_to_the_microsecond),
		cmocka_unit_test(id_prefixes_match_digit_by_digit),
		cmocka_unit_test(search_names_all_ids_that_fit),
		cmocka_unit_test(many_that_fit_are_not_all_named),
		cmocka_unit_test(tries_wait_longer_each_time),
		cmocka_unit_test(name_at_an_address_is_a_key_of_its_own),
		cmocka_unit_test(right_password_takes_its_own_tries_back),
		cmocka_unit_test(table_of_limits_never_grows_and_forgets_the_oldest),
		cmocka_unit_test(paths_find_their_row),
		cmocka_unit_test(session_cookie_is_found_among_others),
		cmocka_unit_test(openapi_document_and_table_agree),
		cmocka_unit_test(openapi_document_lists_every_error_code),
		cmocka_unit_test(openapi_document_names_every_parameter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
