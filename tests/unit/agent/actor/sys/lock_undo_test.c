/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a lock as bytes: what is none is not read as one. Pure. */
#include "agent/actor/sys/lock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PLACES 34 /* where their bits stand: behind version, password, uid, print, time and number */

static uint8_t bytes[LOCK_UNDO_MAX + 1];
static size_t len;
static struct lock_undo undo, out;

static void encode(void)
{
	struct buf b = buf_over(bytes, LOCK_UNDO_MAX);

	lock_undo_encode(&b, &undo);
	len = b.len;
}

static enum err decode(void)
{
	return lock_undo_decode((struct str){(const char *)bytes, len}, &out);
}

static int set_up(void **state)
{
	(void)state;
	memset(&undo, 0, sizeof(undo));
	undo = (struct lock_undo){.uid = 1000, .password = true, .home = "/home/bob"};
	undo.keys = (struct ssh_keys_aside){.wall_s = 7, .number = 8, .places = 5};
	memset(undo.keys.prints[0], 1, sizeof(undo.keys.prints[0]));
	memset(undo.keys.prints[2], 3, sizeof(undo.keys.prints[2]));
	encode();
	return 0;
}

/* What is read is written again as it was. */
static void assert_same(void)
{
	uint8_t again[LOCK_UNDO_MAX];
	struct buf b = buf_over(again, sizeof(again));

	assert_int_equal(decode(), ERR_OK);
	lock_undo_encode(&b, &out);
	assert_int_equal(b.len, len);
	assert_memory_equal(again, bytes, len);
}

static void record_is_read_as_it_was_written(void **state)
{
	(void)state;
	assert_same();
	assert_int_equal(out.uid, 1000);
	assert_int_equal(out.keys.places, 5);
	assert_string_equal(out.home, "/home/bob");
	undo.password = false;
	undo.keys = (struct ssh_keys_aside){0};
	undo.home[0] = '\0';
	encode();
	assert_same();
}

static void what_is_cut_off_is_no_record(void **state)
{
	size_t whole = len, home = strlen(undo.home);

	(void)state;
	for (len = 0; len + home < whole; len++)
		assert_int_equal(decode(), ERR_INVALID);
}

static void what_no_version_of_this_writes_is_no_record(void **state)
{
	(void)state;
	bytes[0]++;
	assert_int_equal(decode(), ERR_INVALID);
	encode();
	bytes[1] = 2;
	assert_int_equal(decode(), ERR_INVALID);
	encode();
	assert_int_equal(bytes[PLACES], 5);
	bytes[PLACES] |= 1 << SSH_KEYS_PLACES;
	assert_int_equal(decode(), ERR_INVALID);
	/* A home that is too long to be one. */
	encode();
	memset(bytes + len, 'h', sizeof(bytes) - len);
	len = sizeof(bytes);
	assert_int_equal(decode(), ERR_INVALID);
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(record_is_read_as_it_was_written),
		TEST(what_is_cut_off_is_no_record),
		TEST(what_no_version_of_this_writes_is_no_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
