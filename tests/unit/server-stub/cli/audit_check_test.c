/* SPDX-License-Identifier: Apache-2.0 */
/* What `caltrop audit verify` says of logs that somebody changed. */
#include "server-stub/cli/audit_check.h"

#include "agent/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ROWS 6

static json_t *row_of(uint64_t number, uint8_t hash[AUDIT_CHAIN_HASH])
{
	struct audit_chain_row row = {
		.row = number,
		.wall_us = 1767323045000000 + (int64_t)number,
		.status = 200,
		.user = number == 2 ? STR_NONE : STR("ada"),
		.action = STR("device.list"),
		.detail = number == 3 ? STR("caf\xc3\xa9\n") : STR(""),
		.address = STR("192.0.2.1"),
	};
	char time[40], hex[2 * AUDIT_CHAIN_HASH + 1] = "";
	struct buf b = buf_over(hex, sizeof(hex) - 1);
	uint8_t prev[AUDIT_CHAIN_HASH];

	memcpy(prev, hash, sizeof(prev));
	audit_chain_next(&row, prev, hash);
	buf_hex(&b, hash, AUDIT_CHAIN_HASH);
	snprintf(time, sizeof(time), "2026-01-02T03:04:05.%06dZ", (int)number);
	return json_pack("{s:I, s:s, s:o, s:s, s:s, s:i, s:s, s:s}", "id", (json_int_t)number, "time", time, "user",
			 number == 2 ? json_null() : json_string("ada"), "action", "device.list", "detail",
			 number == 3 ? "caf\xc3\xa9\n" : "", "status", 200, "address", "192.0.2.1", "hash", hex);
}

/* A log of ROWS rows, oldest first, the first two from before the chain. */
static json_t *make_log(void)
{
	uint8_t hash[AUDIT_CHAIN_HASH] = {0};
	json_t *log = json_array();

	for (uint64_t i = 1; i <= ROWS; i++) {
		json_t *row = row_of(i, hash);

		if (i <= 2)
			json_object_set_new(row, "hash", json_null());
		json_array_append_new(log, row);
	}
	return log;
}

/* What is wrong with the log, which it takes over; "" when it fits. */
static const char *judge(json_t *log, const char *head)
{
	static struct audit_check c;
	json_t *row;
	size_t i;

	c = (struct audit_check){.row = 0};
	assert_true(!head || audit_check_head(&c, head, "the head that was given"));
	json_array_foreach(log, i, row)(void) audit_check_row(&c, row);
	json_decref(log);
	bool fits = audit_check_end(&c);

	assert_int_equal(fits, c.wrong[0] == '\0');
	return c.wrong;
}

static const char *head_of(uint64_t number, char text[96])
{
	uint8_t hash[AUDIT_CHAIN_HASH] = {0};
	struct buf b = buf_over(text, 95);

	for (uint64_t i = 1; i <= number; i++)
		json_decref(row_of(i, hash));
	buf_printf(&b, "%u:", (unsigned)number);
	buf_hex(&b, hash, AUDIT_CHAIN_HASH);
	text[b.len] = '\0';
	return text;
}

static void log_that_nobody_changed_fits(void **state)
{
	char head[96];

	(void)state;
	assert_string_equal(judge(make_log(), NULL), "");
	assert_string_equal(judge(make_log(), head_of(ROWS, head)), "");
	assert_string_equal(judge(make_log(), head_of(1, head)), "");
	assert_string_equal(judge(json_array(), NULL), "");
}

static void changed_row_is_found(void **state)
{
	static const struct {
		const char *member, *value;
	} changes[] = {
		{"user", "eve"},
		{"action", "device.show"},
		{"detail", "x"},
		{"address", "192.0.2.2"},
		{"time", "2026-01-02T03:04:05.000009Z"},
		{"hash", "00"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		json_t *log = make_log();

		json_object_set_new(json_array_get(log, 3), changes[i].member, json_string(changes[i].value));
		assert_string_equal(judge(log, NULL), "row 4, or one before it, was changed");
	}
	json_t *log = make_log();

	/* One of before the chain is vouched for by the first that has a hash. */
	json_object_set_new(json_array_get(log, 0), "user", json_string("eve"));
	assert_string_equal(judge(log, NULL), "row 3, or one before it, was changed");
	log = make_log();
	json_object_set_new(json_array_get(log, 4), "hash", json_null());
	assert_string_equal(judge(log, NULL), "row 5, or one before it, was changed");
}

static void row_that_is_missing_or_moved_is_found(void **state)
{
	json_t *log = make_log();

	(void)state;
	json_array_remove(log, 3);
	assert_string_equal(judge(log, NULL), "row 4 is missing");
	log = make_log();
	json_array_remove(log, 0);
	assert_string_equal(judge(log, NULL), "row 1 is missing");
	log = make_log();
	json_array_append(log, json_array_get(log, 2));
	assert_string_equal(judge(log, NULL), "row 7 is missing");
}

static void log_that_was_made_anew_or_cut_is_found_by_an_older_head(void **state)
{
	char head[96];
	json_t *log = make_log();

	(void)state;
	head_of(4, head);
	head[2] = head[2] == '0' ? '1' : '0';
	assert_string_equal(judge(log, head), "row 4 has another hash than the head that was given");
	log = make_log();
	json_array_remove(log, 5);
	assert_string_equal(judge(log, head_of(6, head)), "it ends at row 5, before the head that was given");
}

static void every_head_counts(void **state)
{
	static struct audit_check c;
	char older[96], newer[96], text[AUDIT_CHECK_HEAD_TEXT];
	json_t *log = make_log(), *row;
	size_t i;

	(void)state;
	c = (struct audit_check){.row = 0};
	assert_true(audit_check_head(&c, head_of(2, older), "the first"));
	assert_true(audit_check_head(&c, head_of(ROWS, newer), "the second"));
	json_array_foreach(log, i, row) assert_true(audit_check_row(&c, row));
	assert_true(audit_check_end(&c));
	audit_check_text(&c, text);
	assert_string_equal(text, newer);
	c = (struct audit_check){.row = 0};
	newer[3] = newer[3] == '0' ? '1' : '0';
	assert_true(audit_check_head(&c, older, "the first"));
	assert_true(audit_check_head(&c, newer, "the second"));
	json_array_foreach(log, i, row)(void) audit_check_row(&c, row);
	assert_false(audit_check_end(&c));
	assert_string_equal(c.wrong, "row 6 has another hash than the second");
	json_decref(log);
}

static void what_is_no_row_is_said(void **state)
{
	static const char *const rows[] = {
		"1",
		"{}",
		"{\"id\":\"1\",\"time\":\"2026-01-02T03:04:05.000001Z\",\"status\":200}",
		"{\"id\":1,\"time\":\"2026-01-02 "
		"03:04:05\",\"user\":null,\"action\":\"\",\"detail\":\"\",\"status\":200,"
		"\"address\":\"\",\"hash\":null}",
		"{\"id\":1,\"time\":\"2026-13-02T03:04:05.000001Z\",\"user\":null,\"action\":\"\",\"detail\":\"\","
		"\"status\":200,\"address\":\"\",\"hash\":null}",
		"{\"id\":1,\"time\":\"2026-01-02T03:04:05.000001Z\",\"user\":5,\"action\":\"\",\"detail\":\"\","
		"\"status\":200,"
		"\"address\":\"\",\"hash\":null}",
		"{\"id\":1,\"time\":\"2026-01-02T03:04:05.000001Z\",\"user\":null,\"action\":\"\",\"detail\":\"\","
		"\"status\":70000,\"address\":\"\",\"hash\":null}",
	};
	json_error_t error;
	char text[300];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *row = json_loads(rows[i], JSON_DECODE_ANY, &error), *log = json_array();

		assert_non_null(row);
		json_array_append_new(log, row);
		assert_string_equal(judge(log, NULL), "what stands behind row 0 is no row of it");
	}
	json_t *log = make_log();

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	json_object_set_new(json_array_get(log, 0), "detail", json_string(text));
	assert_string_equal(judge(log, NULL), "what stands behind row 0 is no row of it");
}

static void what_is_no_head_is_refused(void **state)
{
	static const char *const heads[] = {"",
					    ":",
					    "4",
					    "4:",
					    "0:0000000000000000000000000000000000000000000000000000000000000000",
					    "4:00000000000000000000000000000000000000000000000000000000000000",
					    "4:000000000000000000000000000000000000000000000000000000000000000g",
					    "-4:0000000000000000000000000000000000000000000000000000000000000000"};
	struct audit_check c = {.row = 0};

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		assert_false(audit_check_head(&c, heads[i], ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log_that_nobody_changed_fits),
		cmocka_unit_test(changed_row_is_found),
		cmocka_unit_test(row_that_is_missing_or_moved_is_found),
		cmocka_unit_test(log_that_was_made_anew_or_cut_is_found_by_an_older_head),
		cmocka_unit_test(every_head_counts),
		cmocka_unit_test(what_is_no_row_is_said),
		cmocka_unit_test(what_is_no_head_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
