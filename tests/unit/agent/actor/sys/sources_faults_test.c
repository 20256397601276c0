/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever call fails on the way to a log file: the core gets the file that it asked for or none, never a secret. */
#include "agent/actor/sys/sources.h"

#include "agent/actor/sys/trail.h"
#include "agent/base/require.h"
#include "tests/unit/faults.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum wish { WISH_LINK, WISH_MATCH, WISH_ROTATED, WISH_SECRET, WISHES, LEAK = WISHES, WRONG };

static char base[64];
static struct settings settings;
static ino_t inodes[WISHES];
static bool possible;
static int inotify;

static const char *at(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return path;
}

static ino_t put(const char *name)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	struct stat st;

	require(fd >= 0 && fstat(fd, &st) == 0);
	close(fd);
	return st.st_ino;
}

static int set_up(void **state)
{
	static const char template[] = "/run/sources-"
				       "XX"
				       "XX"
				       "XX";

	(void)state;
	memcpy(base, template, sizeof(template));
	possible = geteuid() == 0 && mkdtemp(base);
	if (!possible)
		return 0;
	require(chmod(base, 0755) == 0 && mkdir(at("data"), 0755) == 0);
	inodes[WISH_LINK] = put("data/real.log");
	inodes[WISH_ROTATED] = put("data/real.log.1");
	inodes[WISH_MATCH] = put("a-auth.log");
	inodes[WISH_SECRET] = put("data/shadow");
	(void)put("data/real.log.2");
	require(symlink("data/real.log", at("link.log")) == 0 && symlink("shadow", at("data/secret.log")) == 0);
	settings_default(&settings);
	settings.file_count = 4;
	snprintf(settings.shadow, sizeof(settings.shadow), "%s", at("data/shadow"));
	snprintf(settings.files[WISH_LINK], sizeof(settings.files[0]), "%s", at("link.log"));
	snprintf(settings.files[WISH_MATCH], sizeof(settings.files[0]), "%s", at("*-auth.log"));
	snprintf(settings.files[WISH_ROTATED], sizeof(settings.files[0]), "%s", at("data/real.log"));
	snprintf(settings.files[WISH_SECRET], sizeof(settings.files[0]), "%s", at("data/secret.log"));
	inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (!possible)
		return 0;
	close(inotify);
	return files_remove(base);
}

/* -- whatever call fails -- */

static int ask(enum wish wish)
{
	struct actor_source m = {.index = (uint16_t)wish,
				 .next = wish == WISH_MATCH,
				 .sibling = wish == WISH_ROTATED,
				 .inode = inodes[WISH_ROTATED]};
	int fd = sources_answer(&settings, inotify, &m);
	struct stat st;

	faults_hold();
	require((fd >= 0) == (m.status == ERR_OK));
	if (fd < 0) {
		faults_begin();
		return 0;
	}
	require(fstat(fd, &st) == 0);
	close(fd);
	faults_begin();
	return st.st_ino == inodes[WISH_SECRET] ? 1 << LEAK : st.st_ino == inodes[wish] ? 1 << wish : 1 << WRONG;
}

static int ask_all(void *context)
{
	int got = 0;

	(void)context;
	for (enum wish wish = WISH_LINK; wish < WISHES; wish++)
		got |= ask(wish);
	return got;
}

static void is_the_file_or_none(void *context, const struct faults_run *run)
{
	const int all = 1 << WISH_LINK | 1 << WISH_MATCH | 1 << WISH_ROTATED;

	(void)context;
	if (run->result & ~all || (run->call < 0 && run->result != all))
		fail_msg("call %d (number %u) fails: got %x", run->call, run->nth, (unsigned)run->result);
}

static void what_is_handed_out_is_what_was_asked_for_and_no_secret(void **state)
{
	static const int errors[] = {EIO, EACCES};

	(void)state;
	if (!possible || !faults_possible())
		skip();
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const struct faults f = {errors[i], NULL, ask_all, is_the_file_or_none, NULL};

		assert_true(faults_each(&f) > 50);
	}
}

/* -- paths that lead nowhere -- */

static enum err begin(const char *path)
{
	struct trail t;
	enum err err = trail_begin(&t, path, -1);

	trail_end(&t);
	return err;
}

static void paths_that_name_no_file_are_refused(void **state)
{
	char path[TRAIL_PATH_MAX + 2];

	(void)state;
	assert_int_equal(begin("var/log/auth.log"), ERR_INVALID);
	assert_int_equal(begin(""), ERR_INVALID);
	assert_int_equal(begin("/"), ERR_INVALID);
	assert_int_equal(begin("/tmp/.."), ERR_INVALID);
	memset(path, '/', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(begin(path), ERR_INVALID);
	memset(path + 1, 'a', MESSAGE_NAME_MAX);
	path[MESSAGE_NAME_MAX + 1] = '\0';
	assert_int_equal(begin(path), ERR_TOO_LONG);
}

static void a_link_that_leads_too_far_is_refused(void **state)
{
	char target[TRAIL_PATH_MAX], path[TRAIL_PATH_MAX + 64];

	(void)state;
	if (!possible)
		skip();
	for (unsigned i = 0; i + 2 < sizeof(target); i += 2)
		memcpy(target + i, "./", 3);
	require(symlink(target, at("far")) == 0);
	snprintf(path, sizeof(path), "%s/a_name_that_has_no_room_behind_it", at("far"));
	assert_int_equal(begin(path), ERR_TOO_LONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_handed_out_is_what_was_asked_for_and_no_secret),
		cmocka_unit_test(paths_that_name_no_file_are_refused),
		cmocka_unit_test(a_link_that_leads_too_far_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
