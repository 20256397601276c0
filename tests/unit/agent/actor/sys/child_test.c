/* SPDX-License-Identifier: Apache-2.0 */
/* Starting the core: what it inherits, whose process it is, and when it is tried again. */
#include "agent/actor/sys/child.h"

#include "agent/base/now.h"
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
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/tmp/child_test.XX"
#define TEMPLATE  \
	NAME "XX" \
	     "XX"
#define NOBODY 65534

static char dir[64], script[96];
static struct child child;

static int set_up(void **state)
{
	int fd;

	(void)state;
	memcpy(dir, TEMPLATE, sizeof(TEMPLATE));
	require(mkdtemp(dir) != NULL && chmod(dir, 0777) == 0);
	snprintf(script, sizeof(script), "%s/core", dir);
	fd = open(script, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	/* Only what the shell itself knows, so that it works without a PATH. */
	dprintf(fd, "#!/bin/sh\ncd %s || exit 9\nset > seen\nls -l /proc/self/fd > fds\nid -u > who\nexit 7\n", dir);
	close(fd);
	child_init(&child);
	child.uid = getuid() ? getuid() : NOBODY;
	child.gid = getuid() ? getgid() : NOBODY;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"core", "seen", "fds", "who"};
	char path[128];

	(void)state;
	for (unsigned i = 0; i < CORE_FD_END; i++)
		if (child.fds[i] >= 0)
			close(child.fds[i]);
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	return rmdir(dir);
}

static const char *text_of(const char *file)
{
	static char text[16384];
	char path[128];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';
	return text;
}

static int ended(void)
{
	int status = -1;

	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void core_is_found_where_the_setting_says_or_beside(void **state)
{
	(void)state;
	assert_int_equal(child_find(&child, script), ERR_OK);
	assert_string_equal(child.path, script);
	assert_int_equal(child_find(&child, "/nonexistent/core"), ERR_NOT_FOUND);
	/* Nothing of that name is beside a test. */
	assert_int_equal(child_find(&child, ""), ERR_NOT_FOUND);
}

static void core_gets_its_descriptors_little_environment_and_its_user(void **state)
{
	char number[16];

	(void)state;
	if (getuid() != 0)
		skip();
	require(setenv("CALTROP_SOMETHING", "for-the-core", 1) == 0);
	require(setenv("ROOTS_SECRET", "of-the-session", 1) == 0);
	child.fds[CORE_FD_STATE] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	child.fds[CORE_FD_SETTINGS] = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	assert_int_equal(child_find(&child, script), ERR_OK);
	assert_int_equal(child_start(&child, 1000), ERR_OK);
	assert_true(child.socket >= 0 && child.pid > 0);
	assert_int_equal(child.again_us, INT64_MAX);
	assert_int_equal(ended(), 7);
	assert_non_null(strstr(text_of("seen"), "CALTROP_SOMETHING='for-the-core'"));
	assert_null(strstr(text_of("seen"), "ROOTS_SECRET"));
	snprintf(number, sizeof(number), "%u\n", (unsigned)child.uid);
	assert_string_equal(text_of("who"), number);
	assert_non_null(strstr(text_of("fds"), " 9 -> /dev/null"));
	assert_non_null(strstr(text_of("fds"), " 3 -> /dev/zero"));
	assert_non_null(strstr(text_of("fds"), " 4 -> socket:"));
	assert_null(strstr(text_of("fds"), " 11 -> "));
	child_gone(&child, 2000);
	assert_int_equal(child.pid, 0);
	assert_int_equal(child.socket, -1);
}

static void core_that_cannot_run_ends_with_a_status_that_says_so(void **state)
{
	(void)state;
	memcpy(child.path, "/nonexistent", 13);
	assert_int_equal(child_start(&child, 1000), ERR_OK);
	assert_int_equal(ended(), 71);
	child_gone(&child, 2000);
}

/* At once, then ever later up to ten seconds, and at once again after a quiet minute. */
static void core_is_started_ever_later_while_it_does_not_stay(void **state)
{
	int64_t now_us = 1000, last_us = 0;

	(void)state;
	memcpy(child.path, "/nonexistent", 13);
	for (unsigned i = 0; i < 12; i++) {
		int64_t wait_us;

		assert_int_equal(child_start(&child, now_us), ERR_OK);
		(void)ended();
		child_gone(&child, now_us);
		wait_us = child.again_us - now_us;
		assert_true(i == 0 ? wait_us == 0 : wait_us >= last_us);
		assert_true(wait_us <= 10 * SECOND_US);
		last_us = wait_us;
		now_us = child.again_us;
	}
	assert_int_equal(last_us, 10 * SECOND_US);
	assert_int_equal(child_start(&child, now_us), ERR_OK);
	(void)ended();
	child_gone(&child, now_us + 2 * MINUTE_US);
	assert_int_equal(child.again_us, now_us + 2 * MINUTE_US);
}

static void core_is_asked_to_end_or_made_to(void **state)
{
	(void)state;
	memcpy(child.path, "/bin/cat", 9);
	child.fds[CORE_FD_STATE] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	child_end(&child, true); /* nobody there */
	assert_true(child.asked);
	for (unsigned now = 0; now < 2; now++) {
		int pair[2], status;

		/* cat waits for its standard input. */
		require(pipe(pair) == 0);
		int was = dup(0);

		require(was >= 0 && dup2(pair[0], 0) == 0);
		assert_int_equal(child_start(&child, 1000), ERR_OK);
		require(dup2(was, 0) == 0);
		close(was);
		assert_false(child.asked);
		child_end(&child, now);
		assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
		assert_true(WIFSIGNALED(status));
		child_gone(&child, 2000);
		close(pair[0]);
		close(pair[1]);
	}
}

/* 0: it runs and ended as it should; 1: it was not started and is to be tried again; 2: started, ended otherwise. */
static int start_once(void *context)
{
	static struct child c;
	int status;

	(void)context;
	child_init(&c);
	c.uid = getuid() ? getuid() : NOBODY;
	c.gid = getuid() ? getgid() : NOBODY;
	memcpy(c.path, "/bin/true", 10);
	if (child_start(&c, 1000) != ERR_OK)
		return c.again_us >= 1000 && c.again_us != INT64_MAX && c.socket < 0 ? 1 : 9;
	require(c.pid > 0 && c.socket >= 0);
	while (waitpid(c.pid, &status, 0) != c.pid)
		continue;
	child_gone(&c, 2000);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 2;
}

static void runs_or_is_tried_again(void *context, const struct faults_run *run)
{
	(void)context;
	assert_in_range(run->result, 0, 2);
	if (run->call < 0)
		assert_int_equal(run->result, 0);
}

static void core_runs_or_is_tried_again_whatever_call_fails(void **state)
{
	const struct faults f = {EAGAIN, NULL, start_once, runs_or_is_tried_again, NULL};

	(void)state;
	if (!faults_possible())
		skip();
	assert_true(faults_each(&f) > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(core_is_found_where_the_setting_says_or_beside, set_up, tear_down),
		cmocka_unit_test_setup_teardown(core_gets_its_descriptors_little_environment_and_its_user, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(core_that_cannot_run_ends_with_a_status_that_says_so, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(core_is_started_ever_later_while_it_does_not_stay, set_up, tear_down),
		cmocka_unit_test_setup_teardown(core_is_asked_to_end_or_made_to, set_up, tear_down),
		cmocka_unit_test_setup_teardown(core_runs_or_is_tried_again_whatever_call_fails, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
