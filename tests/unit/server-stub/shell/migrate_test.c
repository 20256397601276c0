/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/shell/migrate.h"

#include "agent/base/require.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPLATE               \
	"/tmp/migrate_test.XX" \
	"XX"                   \
	"XX"
#define OLD 54001
#define NEW 54002
#define OTHER 54003

static char dir[64], error[MIGRATE_ERROR_MAX];
static struct migrate m;
static struct migrate_done done;

static void path_of(const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", dir, name);
}

static void put(const char *name, const char *text, uid_t uid)
{
	char path[128];
	int fd;

	path_of(name, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	require(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fchown(fd, uid, uid) == 0);
	close(fd);
}

static uid_t owner(const char *name)
{
	char path[128];
	struct stat st;

	path_of(name, path);
	require(lstat(path, &st) == 0);
	return st.st_uid;
}

static int set_up(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return 0;
	memcpy(dir, TEMPLATE, sizeof(TEMPLATE));
	require(mkdtemp(dir) != NULL && chown(dir, OLD, OLD) == 0);
	m = (struct migrate){dir, {"old", OLD, OLD}, {"new", NEW, NEW}};
	put("ca_key.pem", "key\n", OLD);
	put("theirs", "x\n", OTHER);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"server.conf", "ca_key.pem", "theirs", "link", "second", "name"};
	char path[128];

	(void)state;
	if (geteuid() != 0)
		return 0;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(names[i], path);
		(void)unlink(path);
	}
	return rmdir(dir);
}

static void migrate_hands_over_what_is_the_old_users(void **state)
{
	char path[128], text[256] = "";
	int fd;

	(void)state;
	if (geteuid() != 0)
		skip();
	put("server.conf", "# a note\n[server]\nnames = a b\n  user=old\n[gateway]\nloops = 1\n", OLD);
	assert_int_equal(migrate_fleet(&m, &done, error), ERR_OK);
	assert_int_equal(done.owners, 3);
	assert_true(done.conf);
	assert_int_equal(done.left, 0);
	assert_int_equal(owner("."), NEW);
	assert_int_equal(owner("ca_key.pem"), NEW);
	assert_int_equal(owner("server.conf"), NEW);
	assert_int_equal(owner("theirs"), OTHER);
	path_of("server.conf", path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	assert_string_equal(text, "# a note\n[server]\nnames = a b\nuser = new\n[gateway]\nloops = 1\n");
	/* Once is enough. */
	assert_int_equal(migrate_fleet(&m, &done, error), ERR_OK);
	assert_int_equal(done.owners, 0);
	assert_false(done.conf);
}

/* As after systemd, which changes the owners of a state directory by itself, or after a crash between the steps. */
static void migrate_finishes_what_was_begun(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	put("server.conf", "[server]\nuser = old\n", NEW);
	require(chown(dir, NEW, NEW) == 0);
	assert_int_equal(migrate_fleet(&m, &done, error), ERR_OK);
	assert_true(done.conf);
	assert_int_equal(owner("ca_key.pem"), NEW);
	put("server.conf", "[server]\nuser = new\n", NEW);
	require(chown(dir, OLD, OLD) == 0);
	assert_int_equal(migrate_fleet(&m, &done, error), ERR_OK);
	assert_int_equal(owner("."), NEW);
	put("server.conf", "[server]\nnames = a\n", OLD);
	require(chown(dir, OLD, OLD) == 0);
	assert_int_equal(migrate_fleet(&m, &done, error), ERR_OK);
	assert_int_equal(done.owners, 2);
	assert_false(done.conf);
}

static void migrate_leaves_other_fleets_alone(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	put("server.conf", "[server]\nuser = somebody\n", OLD);
	assert_int_equal(migrate_fleet(&m, &done, error), ERR_OK);
	assert_int_equal(done.owners, 0);
	assert_int_equal(owner("ca_key.pem"), OLD);
	put("server.conf", "[server]\nuser =\n", OTHER);
	require(chown(dir, OTHER, OTHER) == 0);
	assert_int_equal(migrate_fleet(&m, &done, error), ERR_OK);
	assert_int_equal(done.owners, 0);
}

/* The old user may have put anything there. */
static void migrate_gives_away_no_links_and_nothing_with_a_second_name(void **state)
{
	char from[128], to[128];

	(void)state;
	if (geteuid() != 0)
		skip();
	put("server.conf", "[server]\nuser = old\n", OLD);
	put("second", "x\n", OLD);
	path_of("second", from);
	path_of("name", to);
	require(link(from, to) == 0);
	path_of("link", to);
	path_of("theirs", from);
	require(symlink(from, to) == 0 && lchown(to, OLD, OLD) == 0);
	assert_int_equal(migrate_fleet(&m, &done, error), ERR_OK);
	assert_int_equal(done.left, 3);
	assert_true(done.left_name[0] != '\0');
	assert_int_equal(owner("second"), OLD);
	assert_int_equal(owner("link"), OLD);
	assert_int_equal(owner("theirs"), OTHER);
}

static void migrate_waits_for_the_service_to_end(void **state)
{
	int fd;

	(void)state;
	if (geteuid() != 0)
		skip();
	put("server.conf", "[server]\nuser = old\n", OLD);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(migrate_fleet(&m, &done, error), ERR_BUSY);
	assert_non_null(strstr(error, "a running caltrop-server has it"));
	assert_int_equal(owner("ca_key.pem"), OLD);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(migrate_hands_over_what_is_the_old_users, set_up, tear_down),
		cmocka_unit_test_setup_teardown(migrate_finishes_what_was_begun, set_up, tear_down),
		cmocka_unit_test_setup_teardown(migrate_leaves_other_fleets_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(migrate_gives_away_no_links_and_nothing_with_a_second_name, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(migrate_waits_for_the_service_to_end, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
