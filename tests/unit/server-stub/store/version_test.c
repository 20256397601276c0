/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store that an earlier version made comes over with all it holds. version_N.sql is such a store: the schema of that
 * version as its program made it, with rows in it.
 */
#include "proto/audit_chain.h"
#include "server-stub/ingest/follow.h"
#include "server-stub/store/person.h"
#include "server-stub/store/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#define PATH "/tmp/caltrop-version-test.db"
#define BEFORE "/tmp/caltrop-version-test-before.db" /* the same store, left as it was */
#define FRESH "/tmp/caltrop-version-test-fresh.db"
#define LAST 23 /* the version before the present one */

static const uint8_t fleet[STORE_FLEET] = {7}, other_fleet[STORE_FLEET] = {8};

static int tear_down(void **state)
{
	(void)state;
	unlink(PATH);
	unlink(PATH "-wal");
	unlink(PATH "-shm");
	unlink(BEFORE);
	unlink(FRESH);
	unlink(FRESH "-wal");
	unlink(FRESH "-shm");
	return 0;
}

/* Make the store of that version at `path`. */
static void make(const char *path, unsigned version)
{
	static char text[65536];
	char name[64];
	sqlite3 *db;

	snprintf(name, sizeof(name), "tests/unit/server-stub/store/version_%u.sql", version);
	FILE *f = fopen(name, "r");

	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	assert_true(feof(f));
	fclose(f);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static int set_up(void **state)
{
	(void)tear_down(state);
	make(PATH, 3);
	return 0;
}

static const uint8_t *id(uint8_t number)
{
	static uint8_t ids[16][STORE_ID];

	memset(ids[number], number, STORE_ID);
	return ids[number];
}

static bool count_each(void *arg, uint64_t row, const struct views_incident *i)
{
	(void)row;
	(void)i;
	++*(unsigned *)arg;
	return true;
}

static bool count_receipt(void *arg, const struct views_receipt *r)
{
	unsigned *counts = arg;

	counts[r->proof]++;
	return true;
}

static bool count_order(void *arg, const struct registry_order *o)
{
	(void)o;
	++*(unsigned *)arg;
	return true;
}

static bool count_audit(void *arg, uint64_t row, const struct person_audit *a)
{
	(void)row;
	assert_string_equal(a->action, "login");
	++*(unsigned *)arg;
	return true;
}

static void assert_views(struct store *s)
{
	struct views_incident i;
	struct views_chain c;
	struct registry_target t;
	struct registry_device d;
	unsigned incidents = 0, proofs[PROOF_STATES] = {0};

	assert_int_equal(views_incident_list(s, 0, NULL, 0, 10, count_each, &incidents), ERR_OK);
	assert_int_equal(incidents, 2);
	assert_int_equal(views_incident_get(s, id(4), &i), ERR_OK);
	assert_int_equal(i.state, INCIDENT_OPEN);
	assert_string_equal(i.evidence, "a line");
	assert_string_equal(i.verdict, "");
	assert_string_equal(i.subject_kind, "");
	assert_string_equal(i.subject, "");
	assert_int_equal(views_receipt_list(s, NULL, NULL, 10, count_receipt, proofs), ERR_OK);
	assert_int_equal(proofs[PROOF_PROVEN], 1);
	assert_int_equal(proofs[PROOF_PENDING], 1);
	assert_int_equal(views_chain_get(s, id(1), &c), ERR_OK);
	assert_int_equal(c.seq, 2);
	assert_int_equal(registry_target_get(s, id(5), id(1), &t), ERR_OK);
	assert_int_equal(t.state, TARGET_DONE);
	assert_string_equal(t.text, "banned");
	assert_int_equal(registry_target_get(s, id(5), id(2), &t), ERR_OK);
	assert_int_equal(t.state, TARGET_REFUSED);
	assert_int_equal(registry_target_get(s, id(6), id(2), &t), ERR_OK);
	assert_int_equal(t.state, TARGET_SENT);
	assert_int_equal(registry_device_get(s, id(1), &d), ERR_OK);
	assert_string_equal(d.problems, "the disk is full; auth.log is missing");
	assert_int_equal(d.records, 7);
}

static void store_of_version_3_comes_over_with_its_data(void **state)
{
	struct store *s;
	struct person user;
	struct person_session session;
	struct registry_token token;
	uint8_t hash[STORE_HASH];
	uint64_t committed;
	unsigned orders = 0, audits = 0;

	(void)state;
	memset(hash, 9, sizeof(hash));
	assert_int_equal(store_open(PATH, fleet, &s), ERR_OK);
	assert_views(s);
	assert_int_equal(log_committed(s, id(1), id(3), &committed), ERR_OK);
	assert_int_equal(committed, 7);
	assert_int_equal(person_get(s, "admin", &user), ERR_OK);
	assert_false(person_has_factor(&user));
	assert_int_equal(person_session_get(s, hash, &session), ERR_OK);
	assert_int_equal(session.kind, SESSION_PROGRAM);
	assert_int_equal(registry_token_get(s, hash, &token), ERR_OK);
	assert_int_equal(registry_target_waiting(s, id(1), 5, count_order, &orders), ERR_OK);
	assert_int_equal(orders, 0);
	assert_int_equal(registry_target_waiting(s, id(2), 5, count_order, &orders), ERR_OK);
	assert_int_equal(orders, 1);
	assert_int_equal(person_audit_list(s, 0, 10, count_audit, &audits), ERR_OK);
	assert_int_equal(audits, 1);
	store_close(s);
}

static bool hash_each(void *arg, uint64_t row, const struct person_audit *a)
{
	static const uint8_t none[STORE_HASH];
	const struct audit_chain_row x = {row,
					  a->wall_us,
					  a->status,
					  str_from(a->user),
					  str_from(a->action),
					  str_from(a->detail),
					  str_from(a->address)};
	uint8_t prev[STORE_HASH];

	memcpy(prev, arg, sizeof(prev));
	audit_chain_next(&x, prev, arg);
	assert_memory_equal(a->hash, row == 1 ? none : arg, STORE_HASH);
	return true;
}

static void new_rows_of_its_audit_log_vouch_for_the_old_ones(void **state)
{
	const struct person_audit a = {.wall_us = 9, .user = "ada", .action = "device.list", .status = 200};
	uint8_t hash[STORE_HASH] = {0}, last[STORE_HASH];
	struct store *s;
	uint64_t row;

	(void)state;
	assert_int_equal(store_open(PATH, fleet, &s), ERR_OK);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(store_begin(s), ERR_OK);
		assert_int_equal(person_audit_put(s, &a), ERR_OK);
		assert_int_equal(store_commit(s), ERR_OK);
	}
	assert_int_equal(person_audit_follow(s, 0, 10, hash_each, hash), ERR_OK);
	assert_int_equal(person_audit_last(s, &row, last), ERR_OK);
	assert_int_equal(row, 3);
	assert_memory_equal(hash, last, STORE_HASH);
	store_close(s);
}

static void its_views_can_be_made_anew(void **state)
{
	struct store *s;
	struct follow follow = {.rejected = 0};

	(void)state;
	assert_int_equal(store_open(PATH, fleet, &s), ERR_OK);
	follow.store = s;
	assert_int_equal(views_clear(s), ERR_OK);
	assert_int_equal(follow_all(&follow), ERR_OK);
	assert_views(s);
	store_close(s);
}

static void run(sqlite3 *db, const char *text)
{
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
}

/* The first column of the first row as a number. */
static int64_t number(sqlite3 *db, const char *text)
{
	sqlite3_stmt *query;

	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &query, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(query), SQLITE_ROW);
	int64_t value = sqlite3_column_int64(query, 0);

	sqlite3_finalize(query);
	return value;
}

/* Every row of the table is there as it was, in the columns that it had. */
static void assert_rows_stay(sqlite3 *db, const char *table)
{
	char columns[2048] = "", text[4500];
	sqlite3_stmt *query;

	snprintf(text, sizeof(text), "SELECT group_concat('\"' || name || '\"') FROM pragma_table_info('%s', 'before')",
		 table);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &query, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(query), SQLITE_ROW);
	snprintf(columns, sizeof(columns), "%s", (const char *)sqlite3_column_text(query, 0));
	sqlite3_finalize(query);
	snprintf(text, sizeof(text),
		 "SELECT count(*) FROM (SELECT %s FROM before.\"%s\" EXCEPT SELECT %s FROM main.\"%s\")", columns,
		 table, columns, table);
	assert_int_equal(number(db, text), 0);
	snprintf(text, sizeof(text), "SELECT (SELECT count(*) FROM before.\"%s\") = (SELECT count(*) FROM main.\"%s\")",
		 table, table);
	assert_int_equal(number(db, text), 1);
}

/* All but what moves: the identity is claimed, and from before version 6 answers leave the targets. */
static void assert_all_rows_stay(unsigned version)
{
	sqlite3_stmt *query;
	sqlite3 *db;
	unsigned tables = 0;

	assert_int_equal(sqlite3_open(PATH, &db), SQLITE_OK);
	run(db, "ATTACH '" BEFORE "' AS before");
	assert_int_equal(sqlite3_prepare_v2(db,
					    "SELECT name FROM before.sqlite_master WHERE type = 'table' AND name NOT"
					    " LIKE 'sqlite_%' AND name NOT IN ('identity', iif(?1 < 6, 'target', ''))",
					    -1, &query, NULL),
			 SQLITE_OK);
	sqlite3_bind_int(query, 1, (int)version);
	for (; sqlite3_step(query) == SQLITE_ROW; tables++)
		assert_rows_stay(db, (const char *)sqlite3_column_text(query, 0));
	sqlite3_finalize(query);
	assert_true(tables >= 10);
	sqlite3_close(db);
}

/* Tables, indexes and triggers are word for word those of a store that the present version makes. */
static void assert_same_schema(void)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(PATH, &db), SQLITE_OK);
	run(db, "ATTACH '" FRESH "' AS fresh");
	assert_int_equal(number(db,
				"SELECT count(*) FROM (SELECT name, sql FROM fresh.sqlite_master WHERE name NOT LIKE"
				" 'sqlite_%' EXCEPT SELECT name, sql FROM main.sqlite_master)"),
			 0);
	assert_int_equal(number(db, "SELECT (SELECT count(*) FROM fresh.sqlite_master) -"
				    " (SELECT count(*) FROM main.sqlite_master)"),
			 0);
	assert_int_equal(number(db, "PRAGMA main.user_version"), LAST + 1);
	sqlite3_close(db);
}

static void store_of_every_earlier_version_comes_over_with_its_data(void **state)
{
	struct store *s;

	for (unsigned version = 1; version <= LAST; version++) {
		(void)tear_down(state);
		assert_int_equal(store_create(FRESH, fleet, &s), ERR_OK);
		store_close(s);
		make(PATH, version);
		make(BEFORE, version);
		assert_int_equal(store_open(PATH, fleet, &s), ERR_OK);
		assert_int_equal(store_check(s), ERR_OK);
		store_close(s);
		assert_all_rows_stay(version);
		assert_same_schema();
	}
}

static void store_that_is_not_what_it_says_is_left_alone(void **state)
{
	static const char *const wrongs[] = {"DROP TABLE target", "DROP TABLE device",
					     "ALTER TABLE incident RENAME TO x"};
	struct store *s;
	sqlite3 *db;

	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		(void)set_up(state);
		assert_int_equal(sqlite3_open(PATH, &db), SQLITE_OK);
		run(db, wrongs[i]);
		sqlite3_close(db);
		assert_int_not_equal(store_open(PATH, fleet, &s), ERR_OK);
		assert_null(s);
		assert_int_equal(sqlite3_open(PATH, &db), SQLITE_OK);
		assert_int_equal(number(db, "SELECT count(*) FROM audit"), 1);
		assert_in_range(number(db, "PRAGMA user_version"), 3, 5); /* of the steps that it could go */
		sqlite3_close(db);
	}
}

static void store_of_a_later_version_is_refused(void **state)
{
	char text[48];
	struct store *s;
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(PATH, &db), SQLITE_OK);
	snprintf(text, sizeof(text), "PRAGMA user_version = %d", LAST + 2);
	run(db, text);
	sqlite3_close(db);
	assert_int_equal(store_open(PATH, fleet, &s), ERR_UNSUPPORTED);
}

static void it_belongs_to_the_fleet_that_opened_it_first(void **state)
{
	struct store *s;

	(void)state;
	assert_int_equal(store_open(PATH, NULL, &s), ERR_OK);
	store_close(s);
	assert_int_equal(store_open(PATH, fleet, &s), ERR_OK);
	store_close(s);
	assert_int_equal(store_open(PATH, other_fleet, &s), ERR_FOREIGN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(store_of_version_3_comes_over_with_its_data),
		TEST(new_rows_of_its_audit_log_vouch_for_the_old_ones),
		TEST(its_views_can_be_made_anew),
		TEST(store_of_every_earlier_version_comes_over_with_its_data),
		TEST(store_that_is_not_what_it_says_is_left_alone),
		TEST(store_of_a_later_version_is_refused),
		TEST(it_belongs_to_the_fleet_that_opened_it_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
