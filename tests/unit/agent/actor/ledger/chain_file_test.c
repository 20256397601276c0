/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/ledger/chain_file.h"

#include "agent/base/buf.h"
#include "agent/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#define TEMPLATE                  \
	"/tmp/chain_file_test.XX" \
	"XX"                      \
	"XX"
#define WALL_US INT64_C(1700000000000000)

static const uint8_t one_boot[CHAIN_FILE_BOOT] = "boot-1", next_boot[CHAIN_FILE_BOOT] = "boot-2";
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
	(void)unlinkat(dir, "chain", 0);
	close(dir);
	return rmdir(dir_path);
}

static struct chain_file reopen(struct chain_file *before, const uint8_t *boot)
{
	struct chain_file f;

	if (before)
		close(before->fd);
	assert_int_equal(chain_file_open(&f, dir, boot, WALL_US), ERR_OK);
	return f;
}

/* The message that is kept is the receipt's number, as text. */
static struct chain_place take(struct chain_file *f)
{
	struct chain_place place;
	char text[32];

	chain_file_place(f, &place);
	snprintf(text, sizeof(text), "%u", (unsigned)f->number + 1);
	assert_int_equal(chain_file_take(f, &place, STR("receipt"), str_from(text)), ERR_OK);
	return place;
}

static bool has(const struct chain_file *f, unsigned number)
{
	uint8_t message[CHAIN_FILE_MESSAGE_MAX + 1];
	char text[32];
	size_t len;

	if (chain_file_kept(f, number, message, &len) != ERR_OK)
		return false;
	message[len] = '\0';
	snprintf(text, sizeof(text), "%u", number);
	return strcmp((char *)message, text) == 0;
}

static void chain_goes_on_after_a_restart(void **state)
{
	struct chain_file f = reopen(NULL, one_boot);
	struct chain_place first = take(&f), second;
	uint8_t hash[CHAIN_HASH];

	(void)state;
	assert_true(first.prev_seq == 0);
	f = reopen(&f, one_boot);
	second = take(&f);
	chain_hash(&first, STR("receipt"), hash);
	assert_true(second.seq == first.seq + 1 && second.prev_seq == first.seq);
	assert_memory_equal(second.prev, hash, CHAIN_HASH);
	close(f.fd);
}

#define FILE_BYTES (CHAIN_FILE_FIRST + CHAIN_FILE_KEPT * CHAIN_FILE_SLOT)

/* The file is put back to what it was: that is what a power cut may do to writes that were not synced. */
static void no_place_is_used_twice_when_a_power_cut_takes_writes_back(void **state)
{
	static uint8_t bytes[FILE_BYTES];
	struct chain_file f = reopen(NULL, one_boot);
	struct chain_place before = take(&f), lost, after, later;
	ssize_t len = pread(f.fd, bytes, sizeof(bytes), 0);

	(void)state;
	assert_int_equal(len, FILE_BYTES);
	lost = take(&f);
	assert_int_equal(pwrite(f.fd, bytes, (size_t)len, 0), len);
	f = reopen(&f, next_boot);
	assert_int_equal(pread(f.fd, bytes, sizeof(bytes), 0), len);
	after = take(&f);
	assert_true(after.seq >= lost.seq + CHAIN_JUMP - 1 && after.prev_seq == before.seq);
	assert_int_equal(pwrite(f.fd, bytes, (size_t)len, 0), len);
	f = reopen(&f, one_boot);
	later = take(&f);
	assert_true(later.seq > after.seq && later.prev_seq == before.seq);
	close(f.fd);
}

static void receipts_are_kept_until_they_are_recorded(void **state)
{
	struct chain_file f = reopen(NULL, one_boot);
	struct chain_place second;

	(void)state;
	(void)take(&f);
	second = take(&f);
	(void)take(&f);
	assert_int_equal(chain_file_recorded(&f, second.seq), ERR_OK);
	assert_int_equal(chain_file_recorded(&f, second.seq + 2), ERR_INVALID);
	f = reopen(&f, one_boot);
	assert_true(f.recorded == 2 && f.number == 3);
	assert_true(has(&f, 3));
	assert_false(has(&f, 4));
	assert_int_equal(chain_file_recorded(&f, f.seq), ERR_OK);
	f = reopen(&f, next_boot);
	assert_true(f.recorded == 3 && f.number == 3);
	close(f.fd);
}

static void oldest_makes_room_when_nobody_records(void **state)
{
	struct chain_file f = reopen(NULL, one_boot);
	struct chain_place first = take(&f);

	(void)state;
	for (unsigned i = 1; i < CHAIN_FILE_KEPT + 2; i++)
		(void)take(&f);
	assert_false(has(&f, 2));
	assert_true(has(&f, 3) && has(&f, CHAIN_FILE_KEPT + 2));
	assert_int_equal(chain_file_recorded(&f, first.seq), ERR_OK);
	assert_true(f.recorded == 0);
	f = reopen(&f, one_boot);
	assert_true(f.number == CHAIN_FILE_KEPT + 2);
	assert_int_equal(chain_file_recorded(&f, first.seq + 3), ERR_OK);
	assert_true(f.recorded == 4);
	close(f.fd);
}

/* The beginning knows of a receipt whose slot the power cut took: the chain goes on behind the one before. */
static void slot_that_a_power_cut_took_was_never_there(void **state)
{
	struct chain_file f = reopen(NULL, one_boot);
	struct chain_place first = take(&f), second, third, after;

	(void)state;
	second = take(&f);
	third = take(&f);
	assert_int_equal(chain_file_recorded(&f, first.seq), ERR_OK);
	assert_int_equal(pwrite(f.fd, "\377", 1, CHAIN_FILE_FIRST + 3 * CHAIN_FILE_SLOT + 40), 1);
	f = reopen(&f, next_boot);
	assert_true(f.recorded == 1 && f.number == 2 && has(&f, 2));
	after = take(&f);
	assert_true(after.prev_seq == second.seq && after.seq > third.seq + CHAIN_JUMP - 2);
	/* What is left of the time before does not follow. */
	f = reopen(&f, next_boot);
	assert_true(f.number == 3 && f.seq == after.seq);
	close(f.fd);
}

static void file_of_the_format_before_is_taken_over(void **state)
{
	uint8_t bytes[4 + 8 + 8 + 8 + 32 + 4];
	struct buf b = buf_over(bytes, sizeof(bytes));
	struct chain_place place;
	struct chain_file f;
	int fd = openat(dir, "chain", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	buf_text(&b, "CTC1");
	buf_bytes(&b, one_boot, sizeof(one_boot));
	buf_be64(&b, 9);
	buf_be64(&b, 7);
	buf_text(&b, "0123456789abcdef0123456789abcdef");
	buf_be32(&b, hash_crc32c(0, bytes, b.len));
	assert_int_equal(write(fd, bytes, b.len), b.len);
	close(fd);
	f = reopen(NULL, one_boot);
	place = take(&f);
	assert_true(!f.begun_anew && place.seq == 10 && place.prev_seq == 7 && place.prev[9] == '9');
	assert_int_equal(chain_file_recorded(&f, place.seq), ERR_OK);
	f = reopen(&f, one_boot);
	assert_true(!f.begun_anew && f.seq == 10 && f.recorded == 1);
	close(f.fd);
}

static void damaged_file_begins_a_chain_behind_the_lost_one(void **state)
{
	struct chain_file f = reopen(NULL, one_boot);
	struct chain_place last = take(&f), first;

	(void)state;
	assert_int_equal(pwrite(f.fd, "\377", 1, 20), 1);
	close(f.fd);
	assert_int_equal(chain_file_open(&f, dir, one_boot, WALL_US + 1000), ERR_OK);
	assert_true(f.begun_anew);
	first = take(&f);
	assert_true(first.seq > last.seq && first.prev_seq == 0);
	f = reopen(&f, one_boot);
	assert_false(f.begun_anew);
	close(f.fd);
}

/* The guard was killed, or the power cut, before the first beginning was there. */
static void room_that_was_made_and_not_used_is_no_damage(void **state)
{
	static const uint8_t zeros[CHAIN_FILE_FIRST];
	struct chain_file f;
	int fd = openat(dir, "chain", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_int_equal(ftruncate(fd, CHAIN_FILE_FIRST + CHAIN_FILE_KEPT * CHAIN_FILE_SLOT), 0);
	close(fd);
	f = reopen(NULL, one_boot);
	assert_false(f.begun_anew);
	/* But a beginning that is lost is. */
	(void)take(&f);
	assert_int_equal(pwrite(f.fd, zeros, sizeof(zeros), 0), sizeof(zeros));
	close(f.fd);
	assert_int_equal(chain_file_open(&f, dir, one_boot, WALL_US + 1000), ERR_OK);
	assert_true(f.begun_anew);
	close(f.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(chain_goes_on_after_a_restart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_place_is_used_twice_when_a_power_cut_takes_writes_back, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(receipts_are_kept_until_they_are_recorded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(oldest_makes_room_when_nobody_records, set_up, tear_down),
		cmocka_unit_test_setup_teardown(slot_that_a_power_cut_took_was_never_there, set_up, tear_down),
		cmocka_unit_test_setup_teardown(file_of_the_format_before_is_taken_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damaged_file_begins_a_chain_behind_the_lost_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(room_that_was_made_and_not_used_is_no_damage, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
