/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replacing a password, whatever call fails: the file is the old one or the new one, whole, with its owner, mode and
 * attributes. Needs no root.
 */
#include "agent/actor/sys/shadow.h"

#include "agent/base/require.h"
#include "tests/unit/faults.h"
#include "tests/unit/files.h"

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
#include <sys/xattr.h>
#include <unistd.h>

#define TEMPLATE                \
	"/tmp/shadow_faults.XX" \
	"XX"                    \
	"XX"
#define OLD "root:$6$r:1::::::\nbob:$6$old:2::::::\n"
#define NEW "root:$6$r:1::::::\nbob:$6$new:2::::::\n"

static char dir[64], path[128];

static void put(const char *name, const char *text)
{
	char other[192];
	int fd;

	snprintf(other, sizeof(other), "%s/%s", dir, name);
	fd = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	require(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static int set_up(void **state)
{
	(void)state;
	memcpy(dir, TEMPLATE, sizeof(TEMPLATE));
	require(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/shadow", dir);
	put("shadow", OLD);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return files_remove(dir);
}

static bool holds(const char *text)
{
	return files_is(dir, "shadow", text);
}

static bool has_attribute(const char *name, const char *value)
{
	char bytes[32];
	ssize_t len = getxattr(path, name, bytes, sizeof(bytes));

	return len == (ssize_t)strlen(value) && memcmp(bytes, value, (size_t)len) == 0;
}

static enum err change(void)
{
	struct shadow_file f;
	enum err err = shadow_open(&f, path);

	if (err == ERR_OK)
		err = shadow_write(&f, "bob", "$6$new");
	if (err == ERR_OK && !shadow_is_written(&f))
		err = ERR_UNVERIFIED;
	shadow_close(&f);
	return err;
}

/* -- whatever call fails -- */

static bool with_attributes;

static void anew(void *context)
{
	(void)context;
	(void)unlink(path);
	put("shadow", OLD);
	require(chmod(path, 0640) == 0);
	with_attributes = setxattr(path, "user.one", "1", 1, 0) == 0 && setxattr(path, "user.two", "22", 2, 0) == 0;
}

static int change_once(void *context)
{
	(void)context;
	return change();
}

static void is_old_or_new(void *context, const struct faults_run *run)
{
	struct stat st;

	(void)context;
	assert_true(holds(run->result == ERR_OK ? NEW : OLD) || (run->result != ERR_OK && holds(NEW)));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_true(!with_attributes || (has_attribute("user.one", "1") && has_attribute("user.two", "22")));
	if (run->call < 0)
		assert_int_equal(run->result, ERR_OK);
}

static void file_is_old_or_new_whatever_call_fails(void **state)
{
	static const int errors[] = {EIO, ENOSPC};

	(void)state;
	if (!faults_possible())
		skip();
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const struct faults f = {errors[i], anew, change_once, is_old_or_new, NULL};

		assert_true(faults_each(&f) > 20);
	}
}

/* -- lock files of others -- */

static void lock_file_of_nobody_is_stale(void **state)
{
	static const char *const stale[] = {"", "2147483647", "99999999999", "x", "0", "-1"};
	char own[16];

	(void)state;
	for (unsigned i = 0; i < sizeof(stale) / sizeof(stale[0]); i++) {
		put("shadow", OLD);
		put("shadow.lock", stale[i]);
		assert_int_equal(change(), ERR_OK);
	}
	snprintf(own, sizeof(own), "%d\n", (int)getpid());
	put("shadow.lock", own);
	put("shadow", OLD);
	assert_int_equal(change(), ERR_BUSY);
	assert_true(holds(OLD));
}

static void lock_that_is_no_file_is_somebodys(void **state)
{
	char other[192];

	(void)state;
	snprintf(other, sizeof(other), "%s/shadow.lock", dir);
	require(symlink("elsewhere", other) == 0);
	assert_int_equal(change(), ERR_BUSY);
	require(unlink(other) == 0);
	assert_int_equal(change(), ERR_OK);
}

static void what_is_no_file_of_accounts_is_not_read(void **state)
{
	struct shadow_file f;

	(void)state;
	assert_int_equal(shadow_open(&f, dir), ERR_TOO_LONG);
	shadow_close(&f);
	require(truncate(path, SHADOW_BYTES_MAX + 1) == 0);
	assert_int_equal(shadow_read(&f, path), ERR_TOO_LONG);
	shadow_close(&f);
	require(unlink(path) == 0);
	assert_int_equal(shadow_open(&f, path), ERR_NOT_FOUND);
	shadow_close(&f);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(file_is_old_or_new_whatever_call_fails),
		TEST(lock_file_of_nobody_is_stale),
		TEST(lock_that_is_no_file_is_somebodys),
		TEST(what_is_no_file_of_accounts_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
