/* SPDX-License-Identifier: Apache-2.0 */
/* A store that an earlier version made comes over with all it holds. version_3.sql is such a store. */
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

static const uint8_t fleet[STORE_FLEET] = {7}, other_fleet[STORE_FLEET] = {8};

static int tear_down(void **state)
{
	(void)state;
	unlink(PATH);
	unlink(PATH "-wal");
	unlink(PATH "-shm");
	return 0;
}

static int set_up(void **state)
{
	static char text[65536];
	FILE *f = fopen("tests/unit/server-stub/store/version_3.sql", "r");
	sqlite3 *db;

	(void)tear_down(state);
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	assert_int_equal(sqlite3_open(PATH, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
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
		TEST(it_belongs_to_the_fleet_that_opened_it_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
