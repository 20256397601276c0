/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever call on the chain's file fails: no place is given twice, and what is kept is what was taken. */
#include "agent/actor/ledger/chain_file.h"

#include "agent/base/require.h"
#include "tests/unit/faults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPLATE               \
	"/tmp/chain_faults.XX" \
	"XX"                   \
	"XX"
#define WALL_US INT64_C(1700000000000000)
#define TAKEN 3 /* before a restart, and as many behind it */

static const uint8_t boot[CHAIN_FILE_BOOT] = "boot-1", later[CHAIN_FILE_BOOT] = "boot-2";
static char dir_path[64];
static int dir;

static int set_up(void **state)
{
	(void)state;
	memcpy(dir_path, TEMPLATE, sizeof(TEMPLATE));
	require(mkdtemp(dir_path) != NULL);
	dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0;
}

static void anew(void *context)
{
	(void)context;
	(void)unlinkat(dir, "chain", 0);
}

static int tear_down(void **state)
{
	(void)state;
	anew(NULL);
	close(dir);
	return rmdir(dir_path);
}

static bool is_kept(const struct chain_file *f, uint64_t number)
{
	uint8_t message[CHAIN_FILE_MESSAGE_MAX];
	size_t len;

	if (chain_file_kept(f, number, message, &len) != ERR_OK)
		return false;
	require(len == 7 && memcmp(message, "message", 7) == 0);
	return true;
}

/* Take some; places rise, and each refers to the one before. */
static uint64_t take_some(struct chain_file *f, uint64_t last)
{
	for (unsigned i = 0; i < TAKEN; i++) {
		struct chain_place place;
		enum err err;

		chain_file_place(f, &place);
		require(place.seq > last && place.prev_seq == f->seq);
		err = chain_file_take(f, &place, STR("receipt"), STR("message"));
		last = place.seq;
		faults_hold();
		require(err != ERR_OK || f->fd < 0 || is_kept(f, f->number));
		faults_begin();
	}
	return last;
}

static int restart(void *context)
{
	struct chain_file f;
	uint64_t last;

	(void)context;
	(void)!chain_file_open(&f, dir, boot, WALL_US);
	last = take_some(&f, 0);
	(void)!chain_file_recorded(&f, last);
	if (f.fd >= 0)
		close(f.fd);
	/* By a clock that goes on, as it does. */
	(void)!chain_file_open(&f, dir, later, WALL_US + 60000000);
	(void)take_some(&f, last);
	return f.number == 2 * TAKEN;
}

static void goes_on_without_a_fault(void *context, const struct faults_run *run)
{
	(void)context;
	if (run->call < 0)
		assert_int_equal(run->result, 1);
}

static void no_place_is_given_twice_whatever_call_fails(void **state)
{
	static const int errors[] = {EIO, ENOSPC};

	(void)state;
	if (!faults_possible())
		skip();
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const struct faults f = {errors[i], anew, restart, goes_on_without_a_fault, NULL};

		assert_true(faults_each(&f) > 10);
	}
}

static void message_that_is_too_long_has_a_place_all_the_same(void **state)
{
	static char text[CHAIN_FILE_MESSAGE_MAX + 1];
	struct chain_place place, next;
	struct chain_file f;

	(void)state;
	anew(NULL);
	assert_int_equal(chain_file_open(&f, dir, boot, 0), ERR_OK);
	chain_file_place(&f, &place);
	assert_int_equal(chain_file_take(&f, &place, STR("receipt"), (struct str){text, sizeof(text)}), ERR_TOO_LONG);
	chain_file_place(&f, &next);
	assert_true(next.prev_seq == place.seq && next.seq > place.seq);
	assert_int_equal(chain_file_recorded(&f, place.seq + 1), ERR_INVALID);
	assert_false(is_kept(&f, 1) || is_kept(&f, 2));
	close(f.fd);
}

static void chain_without_a_file_gives_places_still(void **state)
{
	struct chain_place place;
	struct chain_file f;

	(void)state;
	anew(NULL);
	require(mkdirat(dir, "chain", 0700) == 0);
	assert_int_not_equal(chain_file_open(&f, dir, boot, WALL_US), ERR_OK);
	assert_true(f.fd < 0);
	chain_file_place(&f, &place);
	assert_int_equal(chain_file_take(&f, &place, STR("receipt"), STR("message")), ERR_OK);
	assert_int_equal(chain_file_recorded(&f, place.seq), ERR_OK);
	assert_false(is_kept(&f, 1));
	require(unlinkat(dir, "chain", AT_REMOVEDIR) == 0);
}

static void file_that_is_no_chain_begins_one_anew(void **state)
{
	static const char *const bad[] = {"x", "no chain at all, but as long as its beginning is, or a little bit "
					       "longer than that, whatever its length may be in the end"};
	struct chain_file f;

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int fd = openat(dir, "chain", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		require(fd >= 0 && write(fd, bad[i], strlen(bad[i])) == (ssize_t)strlen(bad[i]));
		close(fd);
		assert_int_equal(chain_file_open(&f, dir, boot, WALL_US), ERR_OK);
		assert_true(f.begun_anew);
		close(f.fd);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_place_is_given_twice_whatever_call_fails),
		TEST(message_that_is_too_long_has_a_place_all_the_same),
		TEST(chain_without_a_file_gives_places_still),
		TEST(file_that_is_no_chain_begins_one_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
