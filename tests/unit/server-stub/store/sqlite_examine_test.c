/* SPDX-License-Identifier: Apache-2.0 */
/* Damage anywhere in the file is found by looking at a part of it at a time. */
#include "agent/base/buf.h"
#include "proto/wire.h"
#include "server-stub/store/log.h"
#include "server-stub/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 8192
#define ENTRIES 600
#define ENTRY_BYTES 20000 /* more than a page */
#define CALLS_MAX 100

static char dir[64], path[96];
static const uint8_t fleet[STORE_FLEET] = {9};

static void fill(struct store *s)
{
	static char record[ENTRY_BYTES - 64], memory[ENTRY_BYTES];
	struct log_batch b = {.count = 1, .received_us = 1};

	memset(record, 'r', sizeof(record));
	assert_int_equal(store_begin(s), ERR_OK);
	for (unsigned i = 0; i < ENTRIES; i++) {
		struct buf blob = buf_over(memory, sizeof(memory));

		wire_put_bytes(&blob, 2, (struct str){record, sizeof(record) - i});
		b.blob = buf_str(&blob);
		b.device[0] = (uint8_t)(i % 7);
		b.first_seq = b.last_seq = i + 1;
		b.kind = i % 3 == 0 ? LOG_STORY : LOG_PLAIN;
		assert_int_equal(log_append(s, &b), ERR_OK);
	}
	assert_int_equal(store_commit(s), ERR_OK);
}

static int set_up(void **state)
{
	struct store *s;

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/sqlite_examine_test.%u", (unsigned)getpid());
	assert_int_equal(mkdir(dir, 0700), 0);
	snprintf(path, sizeof(path), "%s/caltrop.db", dir);
	assert_int_equal(store_create(path, fleet, &s), ERR_OK);
	fill(s);
	store_close(s);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const files[] = {"", "-wal", "-shm"};
	char file[128];

	(void)state;
	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(file, sizeof(file), "%s%s", path, files[i]);
		unlink(file);
	}
	assert_int_equal(rmdir(dir), 0);
	return 0;
}

/* Look until the end was reached: the damaged table's name, or NULL. *calls counts. */
static const char *examine(unsigned *calls)
{
	struct store_place at = {.table = NULL};
	const char *damaged = NULL;
	struct store *s;

	assert_int_equal(store_open(path, NULL, &s), ERR_OK);
	for (*calls = 0; at.passes == 0; ++*calls) {
		enum err err = store_examine(s, &at);

		assert_true(*calls < CALLS_MAX);
		if (err != ERR_OK) {
			assert_int_equal(err, ERR_CORRUPT);
			damaged = damaged ? damaged : at.table;
		}
	}
	store_close(s);
	return damaged;
}

static void page_io(unsigned number, unsigned char *bytes, bool is_write)
{
	FILE *f = fopen(path, "r+b");

	assert_non_null(f);
	assert_int_equal(fseek(f, (long)(number - 1) * PAGE, SEEK_SET), 0);
	assert_int_equal(is_write ? fwrite(bytes, 1, PAGE, f) : fread(bytes, 1, PAGE, f), PAGE);
	assert_int_equal(fclose(f), 0);
}

static unsigned be32(const unsigned char *at)
{
	return (unsigned)at[0] << 24 | (unsigned)at[1] << 16 | (unsigned)at[2] << 8 | at[3];
}

/* The page under the middle of an inner page (https://www.sqlite.org/fileformat2.html#b_tree_pages); 0: it is none. */
static unsigned child_of(unsigned number)
{
	unsigned char page[PAGE];
	unsigned cells, cell;

	page_io(number, page, false);
	if (page[0] != 5 && page[0] != 2)
		return 0;
	cells = (unsigned)page[3] << 8 | page[4];
	cell = (unsigned)page[12 + cells / 2 * 2] << 8 | page[13 + cells / 2 * 2];
	return be32(page + cell);
}

static unsigned root_of(const char *name)
{
	sqlite3_stmt *query;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT rootpage FROM sqlite_master WHERE name = ?1", -1, &query, NULL),
			 SQLITE_OK);
	sqlite3_bind_text(query, 1, name, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(query), SQLITE_ROW);
	unsigned root = (unsigned)sqlite3_column_int(query, 0);

	sqlite3_finalize(query);
	sqlite3_close(db);
	return root;
}

static unsigned leaf_of(const char *name)
{
	unsigned number = root_of(name);

	for (unsigned child; (child = child_of(number)) != 0;)
		number = child;
	assert_int_not_equal(number, root_of(name));
	return number;
}

/* The page becomes rubbish from that byte on. */
static void damage(unsigned number, unsigned from)
{
	unsigned char page[PAGE];

	page_io(number, page, false);
	memset(page + from, 0xb5, PAGE - from);
	page_io(number, page, true);
}

static void whole_store_is_sound_and_a_call_looks_at_a_part(void **state)
{
	unsigned calls;

	(void)state;
	assert_null(examine(&calls));
	/* 12 MB in parts of 4 MiB. */
	assert_in_range(calls, 3, 6);
}

static void rubbish_in_a_page_deep_in_the_log_is_found(void **state)
{
	unsigned calls;
	const char *found;

	(void)state;
	damage(leaf_of("batch"), 0);
	found = examine(&calls);
	assert_non_null(found);
	assert_string_equal(found, "batch");
}

static void rubbish_inside_of_what_a_device_sent_is_found(void **state)
{
	unsigned char page[PAGE];
	unsigned leaf = leaf_of("batch"), cell, calls;
	const char *found;

	(void)state;
	/* A row of several pages ends with the number of the next one. */
	page_io(leaf, page, false);
	cell = (unsigned)page[8] << 8 | page[9];
	for (unsigned at = cell; at < PAGE - 4; at++) {
		if (memcmp(page + at, "rrrr", 4) == 0) {
			while (page[at] == 'r')
				at++;
			cell = at;
			break;
		}
	}
	/* Its first record grows beyond the message, while all pages stay as they were. */
	for (unsigned at = cell; at > 8; at--) {
		if (page[at] != 'r' && page[at + 1] == 'r' && page[at + 2] == 'r') {
			page[at] = 0x7f;
			page[at - 1] = 0xff;
			break;
		}
	}
	page_io(leaf, page, true);
	found = examine(&calls);
	assert_non_null(found);
	assert_string_equal(found, "batch");
}

static void index_that_does_not_know_an_entry_is_found(void **state)
{
	static const char *const indexes[] = {"batch_device", "batch_story"};

	for (unsigned i = 0; i < 2; i++) {
		unsigned calls;
		const char *found;

		(void)tear_down(state);
		(void)set_up(state);
		damage(root_of(indexes[i]), 0);
		found = examine(&calls);
		assert_non_null(found);
		assert_string_equal(found, "batch");
	}
}

static char (*table_names(unsigned *count))[48]
{
	static char names[64][48];
	sqlite3_stmt *query;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
					    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE"
					    " 'sqlite_%'",
					    -1, &query, NULL),
			 SQLITE_OK);
	for (*count = 0; sqlite3_step(query) == SQLITE_ROW; ++*count) {
		assert_true(*count < 64);
		snprintf(names[*count], sizeof(names[0]), "%s", (const char *)sqlite3_column_text(query, 0));
	}
	sqlite3_finalize(query);
	sqlite3_close(db);
	return names;
}

/* Also of those that later steps of the schema add. */
static void no_table_is_left_out(void **state)
{
	unsigned count;
	char(*names)[48] = table_names(&count);

	(void)state;
	assert_true(count > 30);
	for (unsigned i = 0; i < count; i++) {
		unsigned number = root_of(names[i]), calls;
		unsigned char page[PAGE], rubbish[PAGE];
		const char *found;

		page_io(number, page, false);
		memset(rubbish, 0xb5, sizeof(rubbish));
		page_io(number, rubbish, true);
		found = examine(&calls);
		if (!found)
			print_error("%s\n", names[i]);
		assert_non_null(found);
		assert_string_equal(found, names[i]);
		page_io(number, page, true);
	}
}

static void store_in_memory_is_always_sound(void **state)
{
	struct store_place at = {.table = NULL};
	struct store *s;

	(void)state;
	assert_int_equal(store_open(NULL, NULL, &s), ERR_OK);
	assert_int_equal(store_examine(s, &at), ERR_OK);
	assert_int_equal(at.passes, 1);
	store_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whole_store_is_sound_and_a_call_looks_at_a_part),
		TEST(rubbish_in_a_page_deep_in_the_log_is_found),
		TEST(rubbish_inside_of_what_a_device_sent_is_found),
		TEST(index_that_does_not_know_an_entry_is_found),
		TEST(no_table_is_left_out),
		TEST(store_in_memory_is_always_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
