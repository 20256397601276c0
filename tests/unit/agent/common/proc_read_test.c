/* SPDX-License-Identifier: Apache-2.0 */
/* What a process runs, also when its first thread has ended, of which the kernel shows nothing any more. */
#include "agent/common/proc_read.h"

#include "agent/base/require.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static union proc_sample own, other;

static void *wait_forever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static _Noreturn void be_headless(void)
{
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	require(pthread_create(&thread, NULL, wait_forever, NULL) == 0);
	pthread_exit(NULL);
}

static void a_first_thread_that_has_ended_hides_nothing(void **state)
{
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char dir[PROC_READ_DIR_MAX];
	struct proc_stat stat;
	pid_t pid = fork();

	(void)state;
	require(pid >= 0 && proc >= 0);
	if (pid == 0)
		be_headless();
	while (proc_read_stat(proc, (uint32_t)pid, &stat) && stat.state != 'Z')
		usleep(1000);
	proc_read_dir(proc, &stat, dir);
	assert_int_not_equal(strtol(strrchr(dir, '/') + 1, NULL, 10), pid);
	assert_true(proc_read(proc, (uint32_t)getpid(), PROCESS_SAMPLE_RUNS, &own) > 0);
	assert_true(proc_read(proc, (uint32_t)pid, PROCESS_SAMPLE_RUNS, &other) > 0);
	assert_true(own.head.exe_len > 0 && own.head.args_len > 0);
	assert_int_equal(other.head.exe_len, own.head.exe_len);
	assert_int_equal(other.head.cwd_len, own.head.cwd_len);
	assert_int_equal(other.head.args_len, own.head.args_len);
	assert_memory_equal(other.bytes + sizeof(other.head), own.bytes + sizeof(own.head),
			    own.head.exe_len + own.head.cwd_len + own.head.args_len);
	require(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	assert_int_equal(proc_read(proc, (uint32_t)pid, PROCESS_SAMPLE_RUNS, &other), 0);
	close(proc);
}

static void a_process_is_shown_by_its_number(void **state)
{
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char dir[PROC_READ_DIR_MAX];
	struct proc_stat stat;

	(void)state;
	require(proc_read_stat(proc, (uint32_t)getpid(), &stat));
	proc_read_dir(proc, &stat, dir);
	assert_null(strchr(dir, '/'));
	assert_int_equal(strtol(dir, NULL, 10), getpid());
	close(proc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_thread_that_has_ended_hides_nothing),
		cmocka_unit_test(a_process_is_shown_by_its_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
