/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/ledger/chain_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#define TEMPLATE                  \
	"/tmp/chain_file_test.XX" \
	"XX"                      \
	"XX"
#define WALL_S 1700000000

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
	assert_int_equal(chain_file_open(&f, dir, boot, WALL_S), ERR_OK);
	return f;
}

static struct chain_place take(struct chain_file *f)
{
	struct chain_place place;

	chain_file_place(f, &place);
	assert_int_equal(chain_file_take(f, &place, STR("receipt")), ERR_OK);
	return place;
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

/* The file is put back to what it was: that is what a power cut may do to writes that were not synced. */
static void no_number_is_used_twice_when_a_power_cut_takes_writes_back(void **state)
{
	struct chain_file f = reopen(NULL, one_boot);
	struct chain_place before = take(&f), lost, after, later;
	uint8_t bytes[256];
	ssize_t len = pread(f.fd, bytes, sizeof(bytes), 0);

	(void)state;
	lost = take(&f);
	assert_int_equal(pwrite(f.fd, bytes, (size_t)len, 0), len);
	f = reopen(&f, next_boot);
	len = pread(f.fd, bytes, sizeof(bytes), 0);
	after = take(&f);
	assert_true(after.seq >= lost.seq + CHAIN_JUMP - 1 && after.prev_seq == before.seq);
	assert_int_equal(pwrite(f.fd, bytes, (size_t)len, 0), len);
	f = reopen(&f, one_boot);
	later = take(&f);
	assert_true(later.seq > after.seq && later.prev_seq == before.seq);
	close(f.fd);
}

static void damaged_file_begins_a_chain_behind_the_lost_one(void **state)
{
	struct chain_file f = reopen(NULL, one_boot);
	struct chain_place last = take(&f), first;

	(void)state;
	assert_int_equal(pwrite(f.fd, "\377", 1, 20), 1);
	close(f.fd);
	assert_int_equal(chain_file_open(&f, dir, one_boot, WALL_S + 1), ERR_OK);
	assert_true(f.begun_anew);
	first = take(&f);
	assert_true(first.seq > last.seq && first.prev_seq == 0);
	f = reopen(&f, one_boot);
	assert_false(f.begun_anew);
	close(f.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(chain_goes_on_after_a_restart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_number_is_used_twice_when_a_power_cut_takes_writes_back, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(damaged_file_begins_a_chain_behind_the_lost_one, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
