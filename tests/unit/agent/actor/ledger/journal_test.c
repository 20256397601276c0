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
	(void)unlinkat(dir, "journal.damaged", 0);
	close(dir);
	return rmdir(dir_path);
}

struct seen {
	unsigned count;
	struct journal_record last;
	char text[JOURNAL_STEPS_MAX], sealed[MESSAGE_SEALED_MAX];
};

static void each(void *context, const struct journal_record *record)
{
	struct seen *s = context;

	s->count++;
	s->last = *record;
	if (record->text.len)
		memcpy(s->text, record->text.data, record->text.len);
	s->last.text.data = s->text;
	if (record->sealed.len)
		memcpy(s->sealed, record->sealed.data, record->sealed.len);
	s->last.sealed.data = s->sealed;
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

static void journal_tells_of_an_order_what_its_receipts_said(void **state)
{
	char steps[JOURNAL_STEPS_MAX + 1] = "\1";
	struct journal_record r = {.kind = JOURNAL_STEPS, .id = {7}, .text = {steps, JOURNAL_STEPS_MAX}};
	struct seen seen = {0};
	struct journal j;

	(void)state;
	assert_int_equal(journal_open(&j, dir, each, &seen), ERR_OK);
	assert_int_equal(journal_append(&j, &r), ERR_OK);
	r.text.len++;
	assert_int_equal(journal_append(&j, &r), ERR_TOO_LONG);
	r = (struct journal_record){.kind = JOURNAL_OUTCOME, .id = {7}, .step = 2, .steps = 3, .result = 5};
	r.err = ERR_BUSY;
	r.verified = 1;
	r.outcome = 4;
	r.count = 70000;
	r.expires_wall_us = INT64_MAX;
	r.text = STR("could not");
	r.sealed = STR("secret");
	assert_int_equal(journal_append(&j, &r), ERR_OK);
	/* The open file is read as it is at its next start. */
	assert_int_equal(journal_read(&j, each, &seen), ERR_OK);
	journal_close(&j);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.last.id[0], 7);
	assert_int_equal(seen.last.step, 2);
	assert_int_equal(seen.last.steps, 3);
	assert_int_equal(seen.last.result, 5);
	assert_int_equal(seen.last.err, ERR_BUSY);
	assert_int_equal(seen.last.verified, 1);
	assert_int_equal(seen.last.outcome, 4);
	assert_int_equal(seen.last.count, 70000);
	assert_true(seen.last.expires_wall_us == INT64_MAX);
	assert_true(str_equal(seen.last.text, r.text));
	assert_true(str_equal(seen.last.sealed, r.sealed));
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

static void flip(off_t at)
{
	int fd = openat(dir, "journal", O_RDWR | O_CLOEXEC);
	uint8_t byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 4;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static off_t size_of(const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_size : -1;
}

static void journal_passes_over_a_damaged_record_and_keeps_the_file(void **state)
{
	struct seen seen = {0};
	struct journal j;
	struct stat st;
	off_t whole;

	(void)state;
	write_bans(4);
	whole = size_of("journal");
	flip(whole / 4 * 2 + 20);
	assert_int_equal(journal_open(&j, dir, each, &seen), ERR_OK);
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.last.addr.bytes[3], 3);
	assert_int_equal(j.skipped, whole / 4);
	assert_int_equal(j.cut, 0);
	assert_int_equal(j.kept, ERR_OK);
	assert_int_equal(fstatat(dir, "journal.damaged", &st, 0), 0);
	assert_int_equal(st.st_size, whole);
	assert_int_equal(st.st_mode & 07777, 0600);
	/* The rewritten one takes the name, the damaged one stays as it was. */
	assert_int_equal(journal_rewrite_begin(&j), ERR_OK);
	assert_int_equal(journal_rewrite_add(&j, &seen.last), ERR_OK);
	assert_int_equal(journal_rewrite_finish(&j), ERR_OK);
	assert_int_equal(journal_append(&j, &seen.last), ERR_OK);
	journal_close(&j);
	assert_int_equal(size_of("journal"), whole / 2);
	assert_int_equal(size_of("journal.damaged"), whole);
	/* The newest wins. */
	flip(20);
	assert_int_equal(journal_open(&j, dir, each, &seen), ERR_OK);
	journal_close(&j);
	assert_int_equal(size_of("journal.damaged"), whole / 2);
}

/* Not rewritten: what is written behind the damage is found all the same. */
static void journal_goes_on_behind_a_damaged_end(void **state)
{
	struct seen seen;
	uint32_t cut;
	off_t whole;

	(void)state;
	write_bans(2);
	whole = size_of("journal");
	flip(whole - 1);
	assert_int_equal(reopen(&cut, &seen), 1);
	assert_int_equal(cut, 0);
	write_bans(3);
	assert_int_equal(reopen(&cut, &seen), 4);
}

/* Four bans as bytes. */
static size_t some_bytes(char *bytes, size_t size)
{
	struct buf b = buf_over(bytes, size);

	for (unsigned i = 0; i < 4; i++) {
		struct journal_record r = ban_record(i);

		assert_int_equal(journal_encode(&b, &r), ERR_OK);
	}
	return b.len;
}

static void scan_loses_one_record_whichever_bit_is_flipped(void **state)
{
	struct journal_scan found;
	char bytes[1024];
	size_t len = some_bytes(bytes, sizeof(bytes));

	(void)state;
	for (size_t bit = 0; bit < 8 * len; bit++) {
		struct seen seen = {0};

		bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
		journal_scan((struct str){bytes, len}, each, &seen, &found);
		assert_int_equal(seen.count, 3);
		assert_int_equal(found.records, 3);
		assert_int_equal(found.skipped + found.torn, len / 4);
		assert_int_equal(found.unknown, 0);
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
	}
}

static void scan_loses_only_the_record_that_is_cut(void **state)
{
	struct journal_scan found;
	char bytes[1024];
	size_t len = some_bytes(bytes, sizeof(bytes));

	(void)state;
	for (size_t at = 0; at <= len; at++) {
		struct seen seen = {0};

		/* Its end is missing. */
		journal_scan((struct str){bytes, at}, each, &seen, &found);
		assert_int_equal(found.records, at / (len / 4));
		assert_int_equal(found.torn, at % (len / 4));
		assert_int_equal(found.skipped, 0);
		/* Its start is. */
		journal_scan((struct str){bytes + at, len - at}, each, &seen, &found);
		assert_int_equal(found.records, (len - at) / (len / 4));
		assert_int_equal(found.skipped + found.torn, (len - at) % (len / 4));
	}
	/* A power cut may leave zeros where the last records should be. */
	memset(bytes + len / 2, 0, len / 2);
	journal_scan((struct str){bytes, len}, each, &(struct seen){0}, &found);
	assert_int_equal(found.torn, len / 2);
}

static void put_file(const void *bytes, size_t len)
{
	int fd = openat(dir, "journal", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static void journal_sets_a_foreign_file_aside(void **state)
{
	static const char text[] = "#!/bin/sh\necho this is no journal, and longer than a torn record's header\n";
	struct seen seen = {0};
	struct journal j;

	(void)state;
	put_file(text, sizeof(text));
	assert_int_equal(journal_open(&j, dir, each, &seen), ERR_OK);
	assert_int_equal(seen.count, 0);
	assert_int_equal(j.skipped, sizeof(text));
	assert_int_equal(j.kept, ERR_OK);
	assert_int_equal(size_of("journal.damaged"), sizeof(text));
	journal_close(&j);
}

/* Between two of ours: passed over as one, not misread and not looked into. */
static void journal_passes_over_a_record_of_a_later_version(void **state)
{
	char bytes[1024];
	size_t len = some_bytes(bytes, sizeof(bytes)), one = len / 4;
	struct buf crc = buf_over(bytes + one, 4);
	struct seen seen = {0};
	struct journal j;

	(void)state;
	for (unsigned kind = 0; kind < 2; kind++) {
		bytes[one + 6] = kind ? JOURNAL_KIND_MAX : JOURNAL_BAN;
		bytes[one + 7] = kind ? JOURNAL_VERSION : JOURNAL_VERSION + 1;
		crc.len = 0;
		buf_be32(&crc, hash_crc32c(0, bytes + one + 4, one - 4));
		put_file(bytes, len);
		seen.count = 0;
		assert_int_equal(journal_open(&j, dir, each, &seen), ERR_OK);
		assert_int_equal(seen.count, 3);
		assert_int_equal(j.unknown, 1);
		assert_int_equal(j.skipped, 0);
		assert_int_equal(size_of("journal.damaged"), len);
		journal_close(&j);
	}
}

static void journal_sets_aside_what_is_too_big_to_read(void **state)
{
	const off_t big = (off_t)2 * JOURNAL_BYTES_MAX + 1;
	struct seen seen = {0};
	struct journal j;
	int fd;

	(void)state;
	write_bans(1);
	fd = openat(dir, "journal", O_RDWR | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, big), 0);
	close(fd);
	assert_int_equal(journal_open(&j, dir, each, &seen), ERR_OK);
	assert_int_equal(seen.count, 0);
	assert_int_equal(j.skipped, big);
	assert_int_equal(size_of("journal.damaged"), big);
	assert_int_equal(size_of("journal"), 0);
	assert_int_equal(journal_append(&j, &(struct journal_record){.kind = JOURNAL_UNBAN}), ERR_OK);
	journal_close(&j);
}

static void journal_leaves_alone_what_is_no_file(void **state)
{
	struct seen seen = {0};
	struct journal j;

	(void)state;
	for (unsigned kind = 0; kind < 3; kind++) {
		struct journal_record r = ban_record(1);
		struct stat before, after;

		if (kind == 0)
			assert_int_equal(mkdirat(dir, "journal", 0700), 0);
		else if (kind == 1)
			assert_int_equal(mkfifoat(dir, "journal", 0600), 0);
		else
			assert_int_equal(symlinkat("elsewhere", dir, "journal"), 0);
		assert_int_equal(fstatat(dir, "journal", &before, AT_SYMLINK_NOFOLLOW), 0);
		assert_int_equal(journal_open(&j, dir, each, &seen), ERR_KIND);
		assert_int_equal(journal_append(&j, &r), ERR_KIND);
		journal_close(&j);
		assert_int_equal(fstatat(dir, "journal", &after, AT_SYMLINK_NOFOLLOW), 0);
		assert_int_equal(before.st_ino, after.st_ino);
		assert_int_equal(unlinkat(dir, "journal", kind == 0 ? AT_REMOVEDIR : 0), 0);
	}
}

#define WALL (INT64_C(1800000000) * SECOND_US) /* 2027 */
#define HOURS(n) ((n)*HOUR_US)

static void time_left_is_told_by_the_clock_that_can(void **state)
{
	static const struct {
		int64_t mono_us, wall_us; /* now */
		bool same_boot;
		int64_t left_us;
		bool doubted;
	} cases[] = {
		/* 24 hours from mono 100 and wall WALL on. */
		{100 + HOURS(1), 0, true, HOURS(23), false},
		{100 + HOURS(1), INT64_MAX, true, HOURS(23), false},
		{100 + HOURS(25), WALL, true, -HOURS(1), false},
		{5, WALL + HOURS(1), false, HOURS(23), false},
		{5, WALL + HOURS(25), false, -HOURS(1), false},
		/* Somewhat back: it has at most its whole time. */
		{5, WALL - HOURS(1), false, HOURS(24), false},
		/* Years ahead, years back, never set. */
		{5, WALL + HOURS(10 * 365 * 24), false, HOURS(12), true},
		{5, WALL - HOURS(48), false, HOURS(12), true},
		{5, 7 * SECOND_US, false, HOURS(12), true},
		{5, INT64_MAX, false, HOURS(12), true},
		{5, INT64_MIN, false, HOURS(12), true},
	};
	struct journal_record r = {.kind = JOURNAL_BAN, .duration_s = 86400, .boot = {1}};

	(void)state;
	r.expires_mono_us = 100 + HOURS(24);
	r.expires_wall_us = WALL + HOURS(24);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t boot[JOURNAL_BOOT] = {cases[i].same_boot ? 1 : 2};
		bool doubted = false;

		assert_true(journal_left_us(&r, boot, (struct now){cases[i].mono_us, cases[i].wall_us}, &doubted) ==
			    cases[i].left_us);
		assert_int_equal(doubted, cases[i].doubted);
	}
}

/* 1970 at every start: what is left is recorded again, as the guard does. */
static void time_ends_on_a_device_without_a_clock(void **state)
{
	struct journal_record r = {.kind = JOURNAL_BAN, .duration_s = 30 * 86400, .boot = {1}};
	unsigned starts = 0;

	(void)state;
	r.expires_wall_us = WALL;
	while (r.duration_s > 0) {
		bool doubted = false;
		int64_t left_us =
			journal_left_us(&r, (uint8_t[JOURNAL_BOOT]){0}, (struct now){1, 20 * SECOND_US}, &doubted);

		assert_true(doubted);
		r.duration_s = (uint32_t)(left_us / SECOND_US);
		r.expires_wall_us = 20 * SECOND_US + left_us;
		starts++;
	}
	assert_true(starts < 25);
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
		assert_int_equal(journal_decode(&bytes, &r), len > JOURNAL_TEXT_MAX ? ERR_UNSUPPORTED : ERR_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(journal_gives_back_what_was_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(journal_tells_of_an_order_what_its_receipts_said, set_up, tear_down),
		cmocka_unit_test_setup_teardown(journal_cuts_a_torn_tail_at_every_length, set_up, tear_down),
		cmocka_unit_test_setup_teardown(journal_passes_over_a_damaged_record_and_keeps_the_file, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(journal_goes_on_behind_a_damaged_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(journal_sets_a_foreign_file_aside, set_up, tear_down),
		cmocka_unit_test_setup_teardown(journal_passes_over_a_record_of_a_later_version, set_up, tear_down),
		cmocka_unit_test_setup_teardown(journal_sets_aside_what_is_too_big_to_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(journal_leaves_alone_what_is_no_file, set_up, tear_down),
		cmocka_unit_test(scan_loses_one_record_whichever_bit_is_flipped),
		cmocka_unit_test(scan_loses_only_the_record_that_is_cut),
		cmocka_unit_test(time_left_is_told_by_the_clock_that_can),
		cmocka_unit_test(time_ends_on_a_device_without_a_clock),
		cmocka_unit_test_setup_teardown(journal_rewrite_keeps_only_what_is_added, set_up, tear_down),
		cmocka_unit_test(journal_refuses_what_it_could_not_read_back),
		cmocka_unit_test(journal_gives_back_no_text_longer_than_it_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
