/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who runs a file: this program, by its own name, by another one, when its file has none any more, and when its first
 * thread has ended.
 */
#include "agent/actor/sys/runner.h"

#include "agent/actor/sys/procs.h"
#include "agent/base/require.h"
#include "tests/unit/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEADLESS "headless" /* the argument of a copy of this test */

static char dir[64], program[80], other[80];
static pid_t child;

static void copy_of(const char *from, const char *to)
{
	char bytes[4096];
	FILE *in = fopen(from, "re"), *out = fopen(to, "we");
	size_t got;

	require(in && out);
	while ((got = fread(bytes, 1, sizeof(bytes), in)) > 0)
		require(fwrite(bytes, 1, got, out) == got);
	require(fclose(in) == 0 && fclose(out) == 0 && chmod(to, 0755) == 0);
}

/* It runs the copy when this returns: the other end of the pipe is closed by exec. */
static pid_t run(const char *path, const char *argument)
{
	int ends[2];
	char byte;
	pid_t pid;

	require(pipe2(ends, O_CLOEXEC) == 0);
	pid = fork();
	require(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(path, path, argument, (char *)NULL);
		_exit(1);
	}
	close(ends[1]);
	require(read(ends[0], &byte, 1) == 0);
	close(ends[0]);
	return pid;
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir),
		 "/tmp/caltrop_runner.XX"
		 "XX"
		 "XX");
	require(mkdtemp(dir));
	snprintf(program, sizeof(program), "%s/program", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	copy_of("/bin/sleep", program);
	child = run(program, "600");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	(void)unlink(program);
	(void)unlink(other);
	return rmdir(dir);
}

static bool only_child(const char *path)
{
	struct runners found;
	struct proc_stat stat;

	return runner_find(path, &found) == ERR_OK && found.count == 1 && found.list[0].pid == child &&
	       procs_stat(child, &stat) == ERR_OK && found.list[0].start_ticks == stat.start_ticks;
}

static bool has_mounts_of_init(void)
{
	struct stat own, init;

	return stat("/proc/self/ns/mnt", &own) == 0 && stat("/proc/1/ns/mnt", &init) == 0 && own.st_ino == init.st_ino;
}

static void a_file_s_processes_are_found(void **state)
{
	struct runners found;

	(void)state;
	assert_true(only_child(program));
	assert_int_equal(runner_find(other, &found), ERR_NOT_FOUND);
	/* The same file under another name, and then only under that. */
	require(link(program, other) == 0);
	assert_true(only_child(other));
	require(unlink(program) == 0);
	assert_true(only_child(other));
	/* It was run by its first name, which the kernel shows still. */
	require(unlink(other) == 0);
	assert_int_equal(runner_find(other, &found), ERR_NOT_FOUND);
	if (has_mounts_of_init())
		assert_true(only_child(program));
}

static void a_copy_is_another_program(void **state)
{
	struct runners found;

	(void)state;
	copy_of("/bin/sleep", other);
	assert_int_equal(runner_find(other, &found), ERR_NOT_FOUND);
	assert_true(only_child(program));
}

static void *wait_forever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static _Noreturn void be_headless(void)
{
	pthread_t other_thread;

	require(pthread_create(&other_thread, NULL, wait_forever, NULL) == 0);
	pthread_exit(NULL);
}

/* The kernel shows neither program nor mounts of a thread that has ended. */
static void one_whose_first_thread_has_ended_is_found(void **state)
{
	struct runners found;
	struct proc_stat stat;
	pid_t headless;

	(void)state;
	if (!machine_runs_us())
		skip();
	copy_of("/proc/self/exe", other);
	headless = run(other, HEADLESS);
	while (procs_stat(headless, &stat) == ERR_OK && stat.state != 'Z')
		usleep(1000);
	assert_false(stat.dead);
	assert_int_equal(runner_find(other, &found), ERR_OK);
	assert_int_equal(found.count, 1);
	assert_int_equal(found.list[0].pid, headless);
	require(unlink(other) == 0);
	if (has_mounts_of_init())
		assert_int_equal(runner_find(other, &found), ERR_OK);
	require(kill(headless, SIGKILL) == 0 && waitpid(headless, NULL, 0) == headless);
	assert_int_equal(runner_find(other, &found), ERR_NOT_FOUND);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], HEADLESS) == 0)
		be_headless();

	const struct CMUnitTest tests[] = {
		TEST(a_file_s_processes_are_found),
		TEST(a_copy_is_another_program),
		TEST(one_whose_first_thread_has_ended_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
