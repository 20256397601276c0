/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever the disk says to whichever call: what the journal said it has written is there when it is opened again. */
#include "agent/actor/ledger/journal.h"
#include "agent/base/require.h"
#include "tests/unit/faults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPLATE                 \
	"/tmp/journal_faults.XX" \
	"XX"                     \
	"XX"
#define BANS 3

static char dir_path[64];
static int dir;
static bool possible;

static int set_up(void **state)
{
	(void)state;
	memcpy(dir_path, TEMPLATE, sizeof(TEMPLATE));
	if (!mkdtemp(dir_path))
		return -1;
	dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	possible = faults_possible();
	return dir < 0;
}

static void empty(void *context)
{
	(void)context;
	(void)unlinkat(dir, "journal", 0);
	(void)unlinkat(dir, "journal.next", 0);
	(void)unlinkat(dir, "journal.damaged", 0);
}

static int tear_down(void **state)
{
	(void)state;
	empty(NULL);
	close(dir);
	return rmdir(dir_path);
}

static struct journal_record ban_record(unsigned i)
{
	struct journal_record r = {.kind = JOURNAL_BAN, .origin = 1, .duration_s = 600};

	r.addr = (struct addr){4, 32, {10, 0, 0, (uint8_t)i}};
	memcpy(r.rule, "brute_force", 12);
	return r;
}

/* Bit i: the ban of 10.0.0.i. */
static void each(void *context, const struct journal_record *record)
{
	*(unsigned *)context |= 1u << record->addr.bytes[3];
}

static unsigned bans_in_file(void)
{
	struct journal j;
	unsigned found = 0;

	assert_int_equal(journal_open(&j, dir, each, &found), ERR_OK);
	journal_close(&j);
	return found;
}

/* Which bans the journal took. */
static int append_some(void *context)
{
	struct journal j;
	unsigned told = 0, found = 0;

	(void)context;
	if (journal_open(&j, dir, each, &found) == ERR_OK)
		for (unsigned i = 0; i < BANS; i++) {
			struct journal_record r = ban_record(i);

			told |= journal_append(&j, &r) == ERR_OK && journal_sync(&j) == ERR_OK ? 1u << i : 0;
		}
	require(j.state == ERR_OK || told != (1u << BANS) - 1 || j.fd < 0);
	journal_close(&j);
	return (int)told;
}

static void what_was_told_is_there(void *context, const struct faults_run *run)
{
	(void)context;
	assert_int_equal((unsigned)run->result & ~bans_in_file(), 0);
	if (run->call < 0)
		assert_int_equal(run->result, (1 << BANS) - 1);
}

static void journal_has_what_it_said_whatever_call_fails(void **state)
{
	static const int errors[] = {EIO, ENOSPC, EROFS};

	(void)state;
	if (!possible)
		skip();
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const struct faults f = {errors[i], empty, append_some, what_was_told_is_there, NULL};

		assert_true(faults_each(&f) >= 2 + 2 * BANS);
	}
}

static void with_bans(void *context)
{
	struct journal j;
	unsigned found = 0;

	empty(context);
	require(journal_open(&j, dir, each, &found) == ERR_OK);
	for (unsigned i = 0; i < BANS; i++) {
		struct journal_record r = ban_record(i);

		require(journal_append(&j, &r) == ERR_OK);
	}
	journal_close(&j);
}

/* Of three bans the middle one ended. 1: rewritten. */
static int rewrite(void *context)
{
	struct journal j;
	unsigned found = 0;
	enum err err;

	(void)context;
	if (journal_open(&j, dir, each, &found) != ERR_OK)
		return 2;
	err = journal_rewrite_begin(&j);
	for (unsigned i = 0; i < BANS && err == ERR_OK; i += 2) {
		struct journal_record r = ban_record(i);

		err = journal_rewrite_add(&j, &r);
		if (err != ERR_OK)
			journal_rewrite_drop(&j);
	}
	if (err == ERR_OK)
		err = journal_rewrite_finish(&j);
	/* It goes on, with the old file or the new one. */
	if (err != ERR_OK) {
		struct journal_record r = ban_record(4);

		require(journal_append(&j, &r) == ERR_OK);
	}
	journal_close(&j);
	return err == ERR_OK;
}

static void old_or_new_and_never_less(void *context, const struct faults_run *run)
{
	unsigned found = bans_in_file();

	(void)context;
	if (run->result == 1)
		assert_int_equal(found, 5);
	else if (run->result == 0)
		assert_true(found == (7 | 16) || found == (5 | 16));
	else
		assert_int_equal(found, 7);
	if (run->call < 0)
		assert_int_equal(run->result, 1);
}

static void journal_is_rewritten_whole_or_not_at_all(void **state)
{
	const struct faults f = {EIO, with_bans, rewrite, old_or_new_and_never_less, NULL};

	(void)state;
	if (!possible)
		skip();
	assert_true(faults_each(&f) >= 8);
}

/* The second of three is damaged. */
static void with_a_damaged_ban(void *context)
{
	uint8_t byte = 0xa5;
	struct stat st;
	int fd;

	with_bans(context);
	require(fstatat(dir, "journal", &st, 0) == 0);
	fd = openat(dir, "journal", O_RDWR | O_CLOEXEC);
	require(fd >= 0 && pwrite(fd, &byte, 1, st.st_size / 2) == 1);
	close(fd);
}

/* As the guard does it at start; it ends where a call fails, as a power cut would. 1: rewritten, 0: not. */
static int rewrite_damaged(void *context)
{
	struct journal j;
	unsigned found = 0;
	enum err err;

	(void)context;
	err = journal_open(&j, dir, each, &found);
	if (err == ERR_OK)
		err = j.kept;
	if (err == ERR_OK)
		err = journal_rewrite_begin(&j);
	for (unsigned i = 0; i < BANS && err == ERR_OK; i++) {
		struct journal_record r = ban_record(i);

		if (found & (1u << i))
			err = journal_rewrite_add(&j, &r);
	}
	if (err == ERR_OK)
		err = journal_rewrite_finish(&j);
	return err == ERR_OK;
}

static void good_records_and_the_damaged_file_are_there(void *context, const struct faults_run *run)
{
	struct journal j;
	unsigned found = 0;
	bool damaged;

	(void)context;
	assert_int_equal(journal_open(&j, dir, each, &found), ERR_OK);
	assert_int_equal(found, 5);
	damaged = j.skipped > 0;
	journal_close(&j);
	/* Either the journal is as it was, or it is rewritten and the damaged one is kept. */
	assert_true(damaged || faccessat(dir, "journal.damaged", R_OK, 0) == 0);
	if (run->result == 1)
		assert_false(damaged);
	if (run->call < 0)
		assert_int_equal(run->result, 1);
}

static void damaged_journal_is_kept_before_it_is_rewritten(void **state)
{
	static const int errors[] = {EIO, ENOSPC, EROFS};

	(void)state;
	if (!possible)
		skip();
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const struct faults f = {errors[i], with_a_damaged_ban, rewrite_damaged,
					 good_records_and_the_damaged_file_are_there, NULL};

		assert_true(faults_each(&f) >= 12);
	}
}

/* A disk that is full in the middle of the second record, for a while. Which bans the journal took. */
static int append_on_a_full_disk(void *context)
{
	struct rlimit was, full = {0, 0};
	struct journal j;
	unsigned told = 0, found = 0;

	(void)context;
	(void)signal(SIGXFSZ, SIG_IGN);
	if (journal_open(&j, dir, each, &found) != ERR_OK)
		return 0;
	for (unsigned i = 0; i < BANS + 1; i++) {
		struct journal_record r = ban_record(i);

		full.rlim_cur = j.bytes + 8;
		if (i == 1 && (getrlimit(RLIMIT_FSIZE, &was) != 0 || (full.rlim_max = was.rlim_max) == 0 ||
			       setrlimit(RLIMIT_FSIZE, &full) != 0))
			break;
		told |= journal_append(&j, &r) == ERR_OK ? 1u << i : 0;
		if (i == 1 && setrlimit(RLIMIT_FSIZE, &was) != 0)
			break;
	}
	journal_close(&j);
	return (int)told;
}

static void what_was_told_is_there_and_the_second_is_not(void *context, const struct faults_run *run)
{
	(void)context;
	assert_int_equal((unsigned)run->result & ~bans_in_file(), 0);
	if (run->call < 0)
		assert_int_equal(run->result, 1 | 4 | 8);
}

static void journal_loses_nothing_behind_a_torn_record(void **state)
{
	const struct faults f = {EIO, empty, append_on_a_full_disk, what_was_told_is_there_and_the_second_is_not, NULL};

	(void)state;
	if (!possible)
		skip();
	assert_true(faults_each(&f) >= 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(journal_has_what_it_said_whatever_call_fails),
		cmocka_unit_test(journal_is_rewritten_whole_or_not_at_all),
		cmocka_unit_test(damaged_journal_is_kept_before_it_is_rewritten),
		cmocka_unit_test(journal_loses_nothing_behind_a_torn_record),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
