/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/sys/trail.h"
#include "tests/unit/files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define DAEMON 34
#define USER 1000

static bool made;
static char base[] = "/run/trail-"
		     "XX"
		     "XX"
		     "XX";
static char text[256], why[MESSAGE_WHY_MAX];

static const char *at(const char *name)
{
	snprintf(text, sizeof(text), "%s/%s", base, name);
	return text;
}

static void make_dir(const char *name, uid_t owner, gid_t group, mode_t mode)
{
	assert_int_equal(mkdir(at(name), 0700), 0);
	assert_int_equal(chown(at(name), owner, group), 0);
	assert_int_equal(chmod(at(name), mode), 0);
}

static void make_file(const char *name, uid_t owner, gid_t group, mode_t mode)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(chown(at(name), owner, group), 0);
	assert_int_equal(chmod(at(name), mode), 0);
}

static void make_link(const char *target, const char *name)
{
	assert_int_equal(symlink(target, at(name)), 0);
}

/* Whether the file is opened, and that it is the one of this name. */
static enum err opens(const char *name, const char *real)
{
	struct trail t;
	struct stat got, wanted;
	int fd = -1;
	enum err err = trail_begin(&t, at(name), -1);

	if (err == ERR_OK)
		err = trail_file(&t, &fd);
	memcpy(why, t.why, sizeof(why));
	trail_end(&t);
	assert_int_equal(fd >= 0, err == ERR_OK);
	if (fd < 0)
		return err;
	assert_int_equal(fstat(fd, &got), 0);
	assert_int_equal(stat(at(real), &wanted), 0);
	assert_int_equal(got.st_ino, wanted.st_ino);
	close(fd);
	return err;
}

static void refused(const char *name, const char *reason)
{
	assert_int_equal(opens(name, name), ERR_DENIED);
	assert_non_null(strstr(why, reason));
	assert_non_null(strstr(why, base));
}

static int set_up(void **state)
{
	(void)state;
	made = geteuid() == 0 && mkdtemp(base);
	if (!made)
		return 0;
	chmod(base, 0755);
	make_file("secret", 0, 0, 0600);
	make_file("plain", 0, 0, 0640);
	make_dir("daemon", DAEMON, DAEMON, 0750);
	make_dir("group", 0, DAEMON, 0775);
	make_dir("sticky", 0, 0, 01777);
	make_dir("open", 0, 0, 0777);
	make_dir("users", 0, USER, 0775);
	make_dir("user", USER, USER, 0755);
	make_dir("user/root", 0, 0, 0755);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (!made)
		return 0;
	files_remove(base);
	return 0;
}

static void needs_root(void)
{
	if (!made)
		skip();
}

static void a_plain_file_is_opened_where_root_and_daemons_write(void **state)
{
	(void)state;
	needs_root();
	assert_int_equal(opens("plain", "plain"), ERR_OK);
	make_file("daemon/log", DAEMON, 4, 0640);
	assert_int_equal(opens("daemon/log", "daemon/log"), ERR_OK);
	make_file("group/log", DAEMON, 4, 0660);
	assert_int_equal(opens("group/log", "group/log"), ERR_OK);
	make_dir("sticky/log", 0, 0, 0755);
	make_file("sticky/log/messages", DAEMON, 0, 0644);
	assert_int_equal(opens("sticky/log/messages", "sticky/log/messages"), ERR_OK);
	assert_int_equal(opens("none", ""), ERR_NOT_FOUND);
	assert_int_equal(opens("none/none", ""), ERR_NOT_FOUND);
	assert_int_equal(opens("plain/none", ""), ERR_NOT_FOUND);
}

static void roots_links_are_followed(void **state)
{
	char plain[64];

	(void)state;
	needs_root();
	make_link("plain", "link");
	make_link("../daemon/log", "sticky/log/link");
	make_link("sticky/../sticky/log", "dir");
	assert_int_equal(opens("link", "plain"), ERR_OK);
	assert_int_equal(opens("dir/messages", "sticky/log/messages"), ERR_OK);
	snprintf(plain, sizeof(plain), "%s/plain", base);
	make_link(plain, "absolute");
	assert_int_equal(opens("absolute", "plain"), ERR_OK);
	make_link("loop", "loop");
	refused("loop", "one link too many");
	make_link("nowhere", "dangling");
	assert_int_equal(opens("dangling", ""), ERR_NOT_FOUND);
}

static void links_are_not_followed_where_others_may_put_them(void **state)
{
	(void)state;
	needs_root();
	refused("sticky/log/link", "is a link where others");
	make_link("../secret", "daemon/link");
	refused("daemon/link", "is a link where others");
	make_link("..", "group/up");
	refused("group/up/secret", "is a link where others");
	make_link("secret", "given");
	assert_int_equal(lchown(at("given"), USER, USER), 0);
	refused("given", "is a link that is not root's");
	make_link("daemon/link", "through");
	refused("through", "is a link where others");
}

static void nothing_is_opened_where_users_write(void **state)
{
	(void)state;
	needs_root();
	make_file("user/root/log", 0, 0, 0600);
	refused("user/root/log", "belongs to a user");
	make_file("users/log", 0, 0, 0600);
	refused("users/log", "may be written by a group of users");
	make_file("open/log", 0, 0, 0600);
	refused("open/log", "may be written by everybody");
	make_file("theirs", USER, 0, 0644);
	refused("theirs", "belongs to a user");
	make_file("everybodys", 0, 0, 0666);
	refused("everybodys", "may be written by everybody");
}

static void another_name_of_a_file_is_no_log(void **state)
{
	char secret[64];

	(void)state;
	needs_root();
	snprintf(secret, sizeof(secret), "%s/secret", base);
	assert_int_equal(link(secret, at("daemon/hard")), 0);
	refused("daemon/hard", "has another name");
	assert_int_equal(link(secret, at("sticky/hard")), 0);
	refused("sticky/hard", "has another name");
}

static void only_regular_files_are_opened(void **state)
{
	(void)state;
	needs_root();
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	refused("fifo", "is no regular file");
	refused("daemon", "is no regular file");
}

static void a_sibling_is_looked_at_alike(void **state)
{
	struct trail t;
	int fd;

	(void)state;
	needs_root();
	make_file("daemon/log.1", DAEMON, 4, 0640);
	make_link("../secret", "daemon/log.2");
	assert_int_equal(trail_begin(&t, at("daemon/log"), -1), ERR_OK);
	assert_int_equal(trail_sibling(&t, "log.1", &fd), ERR_OK);
	close(fd);
	assert_int_equal(trail_sibling(&t, "log.2", &fd), ERR_DENIED);
	assert_int_equal(trail_sibling(&t, "log.3", &fd), ERR_NOT_FOUND);
	trail_end(&t);
}

static bool reports(int inotify, uint32_t mask)
{
	_Alignas(struct inotify_event) char bytes[4096];
	ssize_t n = read(inotify, bytes, sizeof(bytes));
	bool seen = false;

	for (char *p = bytes; n > 0 && p < bytes + n; p += sizeof(struct inotify_event)) {
		const struct inotify_event *event = (const struct inotify_event *)p;

		seen = seen || (event->mask & mask) != 0;
		p += event->len;
	}
	return seen;
}

static void each_directory_on_the_way_is_watched_for_renames(void **state)
{
	int inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	struct trail t;
	char old[256];

	(void)state;
	needs_root();
	make_dir("top", 0, 0, 0755);
	make_dir("top/app", 0, 0, 0755);
	make_file("top/app/log", 0, 0, 0640);
	/* Another file's directory keeps the events that it is watched for. */
	assert_true(inotify_add_watch(inotify, at("top"), IN_CREATE | IN_ONLYDIR) >= 0);
	assert_int_equal(trail_begin(&t, at("top/app/log"), inotify), ERR_OK);
	trail_end(&t);
	make_file("top/other", 0, 0, 0640);
	assert_true(reports(inotify, IN_CREATE));
	snprintf(old, sizeof(old), "%s", at("top"));
	assert_int_equal(rename(old, at("top.1")), 0);
	assert_true(reports(inotify, IN_MOVE_SELF));
	close(inotify);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_file_is_opened_where_root_and_daemons_write),
		cmocka_unit_test(roots_links_are_followed),
		cmocka_unit_test(links_are_not_followed_where_others_may_put_them),
		cmocka_unit_test(nothing_is_opened_where_users_write),
		cmocka_unit_test(another_name_of_a_file_is_no_log),
		cmocka_unit_test(only_regular_files_are_opened),
		cmocka_unit_test(a_sibling_is_looked_at_alike),
		cmocka_unit_test(each_directory_on_the_way_is_watched_for_renames),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
