/* SPDX-License-Identifier: Apache-2.0 */
/* An object is the old one or the new one, whatever fails on the way, and never one that is not as it was signed. */
#include "agent/actor/sys/object_file.h"

#include "agent/base/key.h"
#include "tests/unit/faults.h"
#include "tests/unit/power.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char top[64];
static int dir;
static unsigned fresh; /* runs after which the new one was there */

static void put_source(const char *text)
{
	int fd = openat(dir, "source", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static enum err put(const char *signed_text, uint64_t version)
{
	struct object_file_job job = {.dir = dir, .name = "thing", .claim.version = version};
	enum err err;

	job.claim.size = (uint32_t)strlen(signed_text);
	key_sha256(signed_text, strlen(signed_text), job.claim.sha256);
	job.from = object_file_from(dir, "source");
	if (job.from < 0)
		return ERR_IO;
	err = object_file_put(&job);
	close(job.from);
	return err;
}

static bool live_is(const char *text)
{
	char got[64] = "";
	int fd = openat(dir, "thing", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, got, sizeof(got) - 1);

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(text) && strcmp(got, text) == 0;
}

static void before_each(void *context)
{
	(void)context;
	unlinkat(dir, "thing", 0);
	unlinkat(dir, ".thing.claim", 0);
	unlinkat(dir, ".thing.change", 0);
	put_source("old bytes");
	assert_int_equal(put("old bytes", 1), ERR_OK);
	put_source("the new bytes");
}

static int work(void *context)
{
	(void)context;
	return (int)put("the new bytes", 2);
}

static void after_each(void *context, const struct faults_run *run)
{
	struct object_file_claim claim;
	enum err err = object_file_claimed(dir, "thing", &claim);
	bool new = live_is("the new bytes");

	(void)context;
	assert_true(new || live_is("old bytes"));
	if (run->result == ERR_OK)
		assert_true(new);
	/* The claim is never behind the object, so that no older one can come back. */
	assert_true(err == ERR_OK || err == ERR_TRUNCATED);
	assert_true(claim.version == 2 || !new);
	assert_true(err == ERR_TRUNCATED || new == (claim.version == 2));
	fresh += new;
}

static void object_is_old_or_new_whichever_call_fails(void **state)
{
	const int errors[] = {EIO, ENOSPC};

	(void)state;
	if (!faults_possible())
		skip();
	for (unsigned i = 0; i < 2; i++) {
		const struct faults f = {.error = errors[i], .before = before_each, .work = work, .after = after_each};

		assert_true(faults_each(&f) > 10);
	}
	assert_true(fresh > 0);
}

/* Of the same size, so that the sizes do not tell them apart. */
static int same_size_work(void *context)
{
	(void)context;
	put_source("NEW bytes");
	return (int)put("NEW bytes", 2);
}

static unsigned count_files(void)
{
	DIR *list = opendir(top);
	unsigned count = 0;

	for (struct dirent *e; (e = readdir(list)) != NULL;)
		count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(list);
	return count;
}

static void after_cut(void *context, const struct power_cut *cut)
{
	struct object_file_claim claim;
	enum err err = object_file_claimed(dir, "thing", &claim);
	bool new = live_is("NEW bytes");

	(void)context;
	assert_true(new || live_is("old bytes"));
	assert_true(err == ERR_OK || err == ERR_TRUNCATED);
	assert_true(claim.version == 2 || !new);
	/* What it claims to have it has. */
	assert_true(err == ERR_TRUNCATED || new == (claim.version == 2));
	if (cut->ended) {
		assert_int_equal(cut->result, ERR_OK);
		assert_true(new);
	}
	fresh += new;
	/* The next one leaves nothing of this one: source, object and claim are there. */
	put_source("next bytes");
	assert_int_equal(put("next bytes", 3), ERR_OK);
	assert_int_equal(object_file_claimed(dir, "thing", &claim), ERR_OK);
	assert_int_equal(count_files(), 3);
}

static void object_is_old_or_new_wherever_the_power_is_cut(void **state)
{
	const struct power p = {top, before_each, same_size_work, after_cut, NULL, 0};

	(void)state;
	if (!power_possible())
		skip();
	fresh = 0;
	assert_true(power_each(&p) > 10);
	assert_true(fresh > 0);
}

static void bytes_that_are_not_as_signed_change_nothing(void **state)
{
	struct object_file_claim claim;

	(void)state;
	before_each(NULL);
	assert_int_equal(put("the new bytes and more", 2), ERR_TRUNCATED);
	assert_int_equal(put("the new", 2), ERR_TOO_LONG);
	assert_int_equal(put("the NEW bytes", 2), ERR_CORRUPT);
	assert_true(live_is("old bytes"));
	assert_int_equal(object_file_claimed(dir, "thing", &claim), ERR_OK);
	assert_int_equal(claim.version, 1);
	assert_int_equal(faccessat(dir, ".thing.new", F_OK, 0), -1);
}

static void link_in_the_place_of_the_gathered_bytes_is_not_followed(void **state)
{
	(void)state;
	assert_int_equal(symlinkat("/etc/passwd", dir, "link"), 0);
	assert_int_equal(object_file_from(dir, "link"), -1);
	assert_int_equal(unlinkat(dir, "link", 0), 0);
	assert_int_equal(mkfifoat(dir, "pipe", 0600), 0);
	assert_int_equal(object_file_from(dir, "pipe"), -1);
	assert_int_equal(unlinkat(dir, "pipe", 0), 0);
}

static void damaged_claim_is_said(void **state)
{
	struct object_file_claim claim;
	int fd;

	(void)state;
	before_each(NULL);
	fd = openat(dir, ".thing.claim", O_WRONLY);
	assert_int_equal(pwrite(fd, "x", 1, 10), 1);
	close(fd);
	assert_int_equal(object_file_claimed(dir, "thing", &claim), ERR_CORRUPT);
	assert_int_equal(object_file_claimed(dir, "other", &claim), ERR_NOT_FOUND);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "/tmp/object_file_test.%d", (int)getpid());
	assert_int_equal(mkdir(top, 0700), 0);
	dir = open(top, O_RDONLY | O_DIRECTORY);
	return dir < 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"source", ".thing.claim", ".thing.change",
					    "thing",  ".thing.new",   ".thing.claim.new"};

	(void)state;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(dir, names[i], 0);
	close(dir);
	return rmdir(top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(object_is_old_or_new_whichever_call_fails),
		cmocka_unit_test(object_is_old_or_new_wherever_the_power_is_cut),
		cmocka_unit_test(bytes_that_are_not_as_signed_change_nothing),
		cmocka_unit_test(link_in_the_place_of_the_gathered_bytes_is_not_followed),
		cmocka_unit_test(damaged_claim_is_said),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
