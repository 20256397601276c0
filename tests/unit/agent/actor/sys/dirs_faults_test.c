/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directories and the local socket at start, whatever call fails: all of them are there, with their owners and
 * modes, or the start says which is not. Needs root, for their owners.
 */
#include "agent/actor/sys/dirs.h"

#include "agent/actor/sys/sockets.h"
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
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEMPLATE              \
	"/tmp/dirs_faults.XX" \
	"XX"                  \
	"XX"
#define USER 12345

static char top[64];
static struct settings settings;

static int set_up(void **state)
{
	(void)state;
	memcpy(top, TEMPLATE, sizeof(TEMPLATE));
	require(mkdtemp(top) != NULL);
	settings_default(&settings);
	snprintf(settings.state_dir, sizeof(settings.state_dir), "%s/var/lib/state", top);
	snprintf(settings.run_dir, sizeof(settings.run_dir), "%s/run/caltrop", top);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return files_remove(top);
}

static void anew(void *context)
{
	(void)context;
	require(files_remove(top) == 0 && mkdir(top, 0755) == 0);
}

static bool is_dir(int fd, uid_t owner, mode_t mode)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == owner && st.st_gid == owner &&
	       (st.st_mode & 07777) == mode;
}

/* -- directories -- */

enum { MADE = 1, VOLATILE = 2, FAILED = 4 };

static bool are_right(const struct dirs *d)
{
	return is_dir(d->core, USER, 0700) && is_dir(d->identity, USER, 0700) && is_dir(d->trust, 0, 0755) &&
	       is_dir(d->objects, 0, 0755) && is_dir(d->actor, 0, 0700);
}

static int make(void *context)
{
	struct dirs d = {.uid = USER, .gid = USER};
	enum err err = dirs_make(&d, &settings);

	(void)context;
	faults_hold();
	require((err == ERR_OK) != (d.what[0] == '/') || d.is_volatile);
	if (err != ERR_OK)
		return FAILED;
	require(are_right(&d));
	require((strncmp(d.state, settings.run_dir, strlen(settings.run_dir)) == 0) == d.is_volatile);
	return MADE | (d.is_volatile ? VOLATILE : 0);
}

static void all_or_an_error(void *context, const struct faults_run *run)
{
	(void)context;
	if (run->call < 0)
		assert_int_equal(run->result, MADE);
	assert_false(run->result & VOLATILE);
}

/* What cannot be written is kept in RUN_DIR until the next boot. */
static void all_somewhere_or_an_error(void *context, const struct faults_run *run)
{
	(void)context;
	if (run->call < 0)
		assert_int_equal(run->result, MADE);
}

static void directories_are_as_they_should_be_or_the_start_fails(void **state)
{
	static const int errors[] = {EIO, EACCES};
	const struct faults read_only = {EROFS, anew, make, all_somewhere_or_an_error, NULL};
	const struct faults others_owner = {EPERM, NULL, make, all_or_an_error, NULL};

	(void)state;
	if (geteuid() != 0 || !faults_possible())
		skip();
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const struct faults f = {errors[i], anew, make, all_or_an_error, NULL};

		assert_true(faults_each(&f) > 20);
	}
	assert_true(faults_each(&read_only) > 20);
	/* Over those of an earlier start. */
	assert_true(faults_each(&others_owner) > 20);
}

static void owners_and_modes_of_an_earlier_start_are_mended(void **state)
{
	struct dirs d = {.uid = USER, .gid = USER}, second = d;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(dirs_make(&d, &settings), ERR_OK);
	require(fchown(d.actor, USER, 0) == 0 && fchmod(d.trust, 0777) == 0 && fchown(d.core, USER, 0) == 0);
	close(d.actor);
	assert_int_equal(dirs_make(&d, &settings), ERR_OK);
	assert_true(are_right(&d));
	/* Another guard has them. */
	assert_int_equal(dirs_make(&second, &settings), ERR_BUSY);
	assert_string_equal(second.what, settings.state_dir);
}

/* -- the local socket -- */

/* Whether somebody can connect to it. */
static bool listens(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool can;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/caltrop.sock", top);
	can = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return can;
}

static int open_local(void *context)
{
	int fd = sockets_local(top, USER, 0);
	struct stat st;
	char path[128];

	(void)context;
	faults_hold();
	if (fd < 0)
		return FAILED;
	snprintf(path, sizeof(path), "%s/caltrop.sock", top);
	require(listens() && stat(path, &st) == 0 && st.st_uid == 0 && st.st_gid == USER);
	require((st.st_mode & 0777) == 0660);
	return MADE;
}

static void open_or_an_error(void *context, const struct faults_run *run)
{
	(void)context;
	if (run->call < 0)
		assert_int_equal(run->result, MADE);
}

static void local_socket_is_open_to_its_group_or_not_there(void **state)
{
	const struct faults f = {EIO, NULL, open_local, open_or_an_error, NULL};
	char path[160], long_dir[120];
	int fd;

	(void)state;
	if (geteuid() != 0 || !faults_possible())
		skip();
	assert_true(faults_each(&f) > 5);
	/* Another guard has it, or it is no socket. */
	fd = sockets_local(top, USER, 0);
	assert_true(fd >= 0);
	assert_int_equal(sockets_local(top, USER, 0), -1);
	assert_int_equal(errno, EADDRINUSE);
	close(fd);
	snprintf(path, sizeof(path), "%s/caltrop.sock", top);
	require(unlink(path) == 0 && mkdir(path, 0755) == 0);
	assert_int_equal(sockets_local(top, USER, 0), -1);
	assert_int_equal(errno, EADDRINUSE);
	memset(long_dir, 'a', sizeof(long_dir) - 1);
	long_dir[sizeof(long_dir) - 1] = '\0';
	assert_int_equal(sockets_local(long_dir, USER, 0), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	snprintf(settings.syslog_socket, sizeof(settings.syslog_socket), "%s", long_dir);
	assert_int_equal(sockets_syslog(&settings), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

/* The core of a guard that was killed still listens; it ends when somebody has come to it. */
static void local_socket_is_taken_from_a_core_that_ends(void **state)
{
	struct pollfd came = {.events = POLLIN};
	int fd, status;
	pid_t core;

	(void)state;
	if (geteuid() != 0)
		skip();
	came.fd = sockets_local(top, USER, 0);
	assert_true(came.fd >= 0);
	core = fork();
	assert_true(core >= 0);
	if (core == 0)
		_exit(poll(&came, 1, 10000) == 1 ? 0 : 1);
	close(came.fd);
	fd = sockets_local(top, USER, 10000);
	assert_true(fd >= 0);
	assert_int_equal(waitpid(core, &status, 0), core);
	assert_int_equal(status, 0);
	assert_true(listens());
	close(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(directories_are_as_they_should_be_or_the_start_fails),
		TEST(owners_and_modes_of_an_earlier_start_are_mended),
		TEST(local_socket_is_open_to_its_group_or_not_there),
		TEST(local_socket_is_taken_from_a_core_that_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
