/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/ledger/journal.h"
#include "agent/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPLATE               \
	"/tmp/journal_test.XX" \
	"XX"                   \
	"XX"

static char dir_path[64];
static int dir;

static int set_up(void **state)
{
	(void)state;
	memcpy(dir_path, TEMPLATE, sizeof(TEMPLATE));
	if (!mkdtemp(dir_path))
		return -1;
	dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlinkat(dir, "journal", 0);
	(void)unlinkat(dir, "journal.next", 0);
	close(dir);
	return rmdir(dir_path);
}

struct seen {
	unsigned count;
	struct journal_record last;
	char text[JOURNAL_TEXT_MAX];
};

static void each(void *context, const struct journal_record *record)
{
	struct seen *s = context;

	s->count++;
	s->last = *record;
	if (record->text.len)
		memcpy(s->text, record->text.data, record->text.len);
	s->last.text.data = s->text;
}

static struct journal_record ban_record(unsigned i)
{
	struct journal_record r = {.kind = JOURNAL_BAN, .origin = 1, .duration_s = 600};

	r.addr = (struct addr){4, 32, {10, 0, (uint8_t)(i >> 8), (uint8_t)i}};
	memcpy(r.rule, "brute_force", 12);
	r.expires_mono_us = -5;
	r.expires_wall_us = INT64_C(1700000000000000);
	memset(r.boot, 0xab, sizeof(r.boot));
	return r;
}

static void write_bans(unsigned count)
{
	struct journal j;
	struct seen seen = {0};

	assert_int_equal(journal_open(&j, dir, each, &seen), ERR_OK);
	for (unsigned i = 0; i < count; i++) {
		struct journal_record r = ban_record(i);

		assert_int_equal(journal_append(&j, &r), ERR_OK);
	}
	assert_int_equal(journal_sync(&j), ERR_OK);
	journal_close(&j);
}

static unsigned reopen(uint32_t *cut, struct seen *seen)
{
	struct journal j;

	memset(seen, 0, sizeof(*seen));
	assert_int_equal(journal_open(&j, dir, each, seen), ERR_OK);
	*cut = j.cut;
	journal_close(&j);
	return seen->count;
}

static void journal_gives_back_what_was_written(void **state)
{
	struct journal_record reset;
	struct seen seen = {0};
	struct journal j;
	uint32_t cut;

	(void)state;
	write_bans(3);
	assert_int_equal(reopen(&cut, &seen), 3);
	assert_int_equal(cut, 0);
	reset = ban_record(2);
	assert_memory_equal(&seen.last.addr, &reset.addr, sizeof(struct addr));
	assert_string_equal(seen.last.rule, "brute_force");
	assert_int_equal(seen.last.expires_mono_us, -5);
	assert_int_equal(seen.last.boot[7], 0xab);
	reset = (struct journal_record){.kind = JOURNAL_RESET, .wall_us = 77, .account = "bob"};
	reset.text = STR("bob:$6$x:1:::");
	assert_int_equal(journal_open(&j, dir, each, &seen), ERR_OK);
	assert_int_equal(journal_append(&j, &reset), ERR_OK);
	journal_close(&j);
	assert_int_equal(reopen(&cut, &seen), 4);
	assert_string_equal(seen.last.account, "bob");
	assert_true(str_equal(seen.last.text, reset.text));
	assert_int_equal(seen.last.wall_us, 77);
}

static void journal_cuts_a_torn_tail_at_every_length(void **state)
{
	struct stat st;
	struct seen seen;
	uint32_t cut;

	(void)state;
	write_bans(2);
	assert_int_equal(fstatat(dir, "journal", &st, 0), 0);
	for (off_t size = st.st_size - 1; size > st.st_size / 2; size--) {
		int fd = openat(dir, "journal", O_RDWR | O_CLOEXEC);

		assert_int_equal(ftruncate(fd, size), 0);
		close(fd);
		assert_int_equal(reopen(&cut, &seen), 1);
		assert_int_equal(cut, size - st.st_size / 2);
		assert_int_equal(reopen(&cut, &seen), 1);
		assert_int_equal(cut, 0);
		write_bans(1);
	}
}

static void journal_stops_at_a_flipped_bit(void **state)
{
	struct seen seen;
	struct stat st;
	uint32_t cut;
	uint8_t byte;
	int fd;

	(void)state;
	write_bans(4);
	assert_int_equal(fstatat(dir, "journal", &st, 0), 0);
	fd = openat(dir, "journal", O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, &byte, 1, st.st_size / 4 * 2 + 20), 1);
	byte ^= 4;
	assert_int_equal(pwrite(fd, &byte, 1, st.st_size / 4 * 2 + 20), 1);
	close(fd);
	assert_int_equal(reopen(&cut, &seen), 2);
	assert_int_equal(cut, st.st_size / 2);
}

static void journal_rewrite_keeps_only_what_is_added(void **state)
{
	struct journal_record r = ban_record(9);
	struct seen seen = {0};
	struct journal j;
	uint32_t cut;

	(void)state;
	write_bans(50);
	assert_int_equal(journal_open(&j, dir, each, &seen), ERR_OK);
	assert_int_equal(journal_rewrite_begin(&j), ERR_OK);
	assert_int_equal(journal_rewrite_add(&j, &r), ERR_OK);
	journal_rewrite_drop(&j);
	assert_int_equal(journal_rewrite_begin(&j), ERR_OK);
	assert_int_equal(journal_rewrite_add(&j, &r), ERR_OK);
	assert_int_equal(journal_rewrite_finish(&j), ERR_OK);
	assert_int_equal(journal_append(&j, &r), ERR_OK);
	journal_close(&j);
	assert_int_equal(reopen(&cut, &seen), 2);
}

static void journal_refuses_what_it_could_not_read_back(void **state)
{
	struct journal_record r = {.kind = JOURNAL_RESET, .account = "bob"};
	char text[JOURNAL_TEXT_MAX + 1];
	uint8_t memory[2048];
	struct buf b = buf_over(memory, sizeof(memory));

	(void)state;
	memset(text, 'x', sizeof(text));
	r.text = (struct str){text, sizeof(text)};
	assert_int_equal(journal_encode(&b, &r), ERR_TOO_LONG);
	r.kind = JOURNAL_KIND_MAX;
	assert_int_equal(journal_encode(&b, &r), ERR_INVALID);
	assert_int_equal(b.len, 0);
}

/* Its checksum is right: another version wrote it. What keeps texts has room for JOURNAL_TEXT_MAX bytes. */
static void journal_gives_back_no_text_longer_than_it_takes(void **state)
{
	uint8_t memory[JOURNAL_HEADER + JOURNAL_BODY_MAX];
	struct buf b = buf_over(memory, sizeof(memory)), front;
	struct journal_record r;

	(void)state;
	for (unsigned len = JOURNAL_TEXT_MAX; len <= JOURNAL_TEXT_MAX + 1; len++) {
		struct str bytes;

		b.len = 0;
		buf_be32(&b, 0);
		buf_be16(&b, (uint16_t)(2 + 3 + 8 + 2 + len));
		buf_be8(&b, JOURNAL_RESET);
		buf_be8(&b, 1);
		buf_be16(&b, 3);
		buf_text(&b, "bob");
		buf_be64(&b, 77);
		buf_be16(&b, (uint16_t)len);
		for (unsigned i = 0; i < len; i++)
			buf_be8(&b, 'x');
		front = buf_over(memory, 4);
		buf_be32(&front, hash_crc32c(0, memory + 4, b.len - 4));
		bytes = buf_str(&b);
		assert_int_equal(journal_decode(&bytes, &r), len > JOURNAL_TEXT_MAX ? ERR_CORRUPT : ERR_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(journal_gives_back_what_was_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(journal_cuts_a_torn_tail_at_every_length, set_up, tear_down),
		cmocka_unit_test_setup_teardown(journal_stops_at_a_flipped_bit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(journal_rewrite_keeps_only_what_is_added, set_up, tear_down),
		cmocka_unit_test(journal_refuses_what_it_could_not_read_back),
		cmocka_unit_test(journal_gives_back_no_text_longer_than_it_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
