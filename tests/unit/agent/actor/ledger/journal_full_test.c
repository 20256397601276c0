/* SPDX-License-Identifier: Apache-2.0 */
/* A small file system that is really full: what the journal takes then, and what it refuses before anything is done. */
#include "agent/actor/ledger/journal.h"
#include "agent/base/require.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPLATE               \
	"/tmp/journal_full.XX" \
	"XX"                   \
	"XX"

static char dir_path[64];
static int dir = -1;

/* A mount of its own, which nobody else sees; dir stays -1 where that cannot be. */
static int set_up(void **state)
{
	(void)state;
	memcpy(dir_path, TEMPLATE, sizeof(TEMPLATE));
	if (!mkdtemp(dir_path))
		return -1;
	if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("small", dir_path, "tmpfs", 0, "size=256k,mode=700") == 0)
		dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (dir >= 0) {
		close(dir);
		(void)umount2(dir_path, MNT_DETACH);
	}
	return rmdir(dir_path);
}

static void fill(void)
{
	static const char zeros[4096];
	int fd = openat(dir, "filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	while (write(fd, zeros, sizeof(zeros)) > 0)
		continue;
	close(fd);
}

static void count(void *context, const struct journal_record *record)
{
	(void)record;
	++*(unsigned *)context;
}

static struct journal_record some(uint8_t kind)
{
	return (struct journal_record){.kind = kind, .addr = {4, 32, {198, 51, 100, 7}}, .rule = "brute_force"};
}

/* How many of the kind it takes until it takes no more. */
static unsigned append_all(struct journal *j, uint8_t kind)
{
	struct journal_record r = some(kind);
	unsigned taken = 0;

	while (journal_append(j, &r) == ERR_OK)
		taken++;
	return taken;
}

static void records_go_into_reserved_room_and_are_refused_before_it_ends(void **state)
{
	struct journal_record ban = some(JOURNAL_BAN);
	unsigned before = 0, taken, found = 0;
	struct journal j;

	(void)state;
	if (dir < 0)
		skip();
	assert_int_equal(journal_open(&j, dir, count, &before), ERR_OK);
	assert_int_equal(j.reserve, ERR_OK);
	fill();
	taken = append_all(&j, JOURNAL_BAN);
	assert_true(taken > 100);
	assert_int_equal(j.state, ERR_NO_SPACE);
	assert_int_equal(j.reserve, ERR_NO_SPACE);
	assert_false(j.torn);
	/* There is room for taking back still. */
	taken += append_all(&j, JOURNAL_UNBAN);
	assert_true(j.reserved - j.bytes < 64);
	assert_int_equal(journal_sync(&j), ERR_OK);
	journal_close(&j);
	/* A start on the full disk: all is there, nothing is torn, nothing is taken. */
	assert_int_equal(journal_open(&j, dir, count, &found), ERR_OK);
	assert_int_equal(found, taken);
	assert_int_equal(j.cut, 0);
	assert_int_equal(journal_append(&j, &ban), ERR_NO_SPACE);
	/* Room again. */
	assert_int_equal(unlinkat(dir, "filler", 0), 0);
	assert_int_equal(journal_append(&j, &ban), ERR_OK);
	assert_int_equal(j.reserve, ERR_OK);
	journal_close(&j);
}

static void a_rewrite_that_finds_no_room_leaves_the_journal(void **state)
{
	struct journal_record ban = some(JOURNAL_BAN);
	unsigned found = 0;
	enum err err;
	struct journal j;
	struct stat st;

	(void)state;
	if (dir < 0)
		skip();
	assert_int_equal(journal_open(&j, dir, count, &found), ERR_OK);
	fill();
	assert_int_equal(journal_append(&j, &ban), ERR_OK);
	err = journal_rewrite_begin(&j);
	while (err == ERR_OK)
		err = journal_rewrite_add(&j, &ban);
	assert_int_equal(err, ERR_NO_SPACE);
	journal_rewrite_drop(&j);
	/* It does not keep what little room there was. */
	assert_int_equal(fstatat(dir, "journal.next", &st, 0), -1);
	assert_int_equal(journal_append(&j, &ban), ERR_OK);
	journal_close(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(records_go_into_reserved_room_and_are_refused_before_it_ends, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_rewrite_that_finds_no_room_leaves_the_journal, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
