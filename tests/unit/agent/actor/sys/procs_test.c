/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/sys/procs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void procs_stat_is_read_behind_a_hostile_name(void **state)
{
	static const char line[] = "4711 (a) R 1 (b) S 42 4711 4711 0 -1 4194560 1 0 0 0 2 3 0 0 20 0 1 0 987654 0\n";
	struct proc_stat s;

	(void)state;
	assert_int_equal(proc_stat_parse(line, strlen(line), &s), ERR_OK);
	assert_int_equal(s.pid, 4711);
	assert_int_equal(s.parent, 42);
	assert_int_equal(s.start_ticks, 987654);
	assert_string_equal(s.name, "a) R 1 (b");
	assert_int_equal(s.state, 'S');
	assert_false(s.kernel_thread);
	assert_false(s.dead);
}

static void procs_stat_knows_kernel_threads_and_zombies(void **state)
{
	static const char kernel[] = "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 5 0\n";
	static const char headless[] = "9 (x) Z 1 9 9 0 -1 4227084 0 0 0 0 0 0 0 0 20 0 2 0 5 0\n";
	static const char zombie[] = "9 (x) Z 1 9 9 0 -1 4227084 0 0 0 0 0 0 0 0 20 0 1 0 5 0\n";
	struct proc_stat s;

	(void)state;
	assert_int_equal(proc_stat_parse(kernel, strlen(kernel), &s), ERR_OK);
	assert_true(s.kernel_thread);
	assert_int_equal(proc_stat_parse(zombie, strlen(zombie), &s), ERR_OK);
	assert_true(s.dead);
	/* Its first thread has ended, another one runs. */
	assert_int_equal(proc_stat_parse(headless, strlen(headless), &s), ERR_OK);
	assert_false(s.dead);
}

static void procs_stat_refuses_what_is_no_stat(void **state)
{
	static const char *const bad[] = {"", "1", "1 (", "1 ()", "1 (a) S", "x (a) S 1 1 1 0 0 0", ") (1 S 2"};
	struct proc_stat s;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(proc_stat_parse(bad[i], strlen(bad[i]), &s), ERR_INVALID);
}

static void procs_titles_name_one_account_exactly(void **state)
{
	(void)state;
	assert_true(procs_title_is_session("sshd: bob [priv]", "bob"));
	assert_true(procs_title_is_session("sshd: bob@pts/0", "bob"));
	assert_true(procs_title_is_session("sshd-session: bob@notty", "bob"));
	assert_true(procs_title_is_session("sshd-session: bob [priv]", "bob"));
	assert_false(procs_title_is_session("sshd: bobby@pts/0", "bob"));
	assert_true(procs_title_is_session("sshd: bob [pam]", "bob"));
	assert_false(procs_title_is_session("sshd: bob", "bo"));
	assert_false(procs_title_is_session("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", "root"));
	assert_false(procs_title_is_session("sshd: unknown [priv]", "bob"));
	assert_false(procs_title_is_session("vi sshd: bob@pts/0", "bob"));
}

static void procs_kill_ends_exactly_the_one(void **state)
{
	struct proc_stat s;
	pid_t child = fork();
	int fd;

	(void)state;
	if (child == 0) {
		pause();
		_exit(0);
	}
	assert_int_equal(procs_stat(child, &s), ERR_OK);
	assert_int_equal(s.parent, getpid());
	assert_int_equal(procs_kill(child, s.start_ticks + 1, &fd), ERR_NOT_FOUND);
	assert_false(procs_gone(child, s.start_ticks, -1));
	assert_int_equal(procs_kill(child, s.start_ticks, &fd), ERR_OK);
	while (!procs_gone(child, s.start_ticks, fd))
		usleep(1000);
	if (fd >= 0)
		close(fd);
	/* Not reaped yet, and gone all the same. */
	assert_true(procs_gone(child, s.start_ticks, -1));
	assert_int_equal(procs_kill(child, 0, &fd), ERR_NOT_FOUND);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(procs_stat(child, &s), ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(procs_stat_is_read_behind_a_hostile_name),
		cmocka_unit_test(procs_stat_knows_kernel_threads_and_zombies),
		cmocka_unit_test(procs_stat_refuses_what_is_no_stat),
		cmocka_unit_test(procs_titles_name_one_account_exactly),
		cmocka_unit_test(procs_kill_ends_exactly_the_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
