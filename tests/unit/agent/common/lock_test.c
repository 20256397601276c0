/* SPDX-License-Identifier: Apache-2.0 */
/* A lock is waited for while its holder ends, and not for ever. */
#include "agent/common/lock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static char file[64];
static int fd;

/* Whether the kernel says that PID waits for a lock: proc_locks(5), "1: -> FLOCK  ADVISORY  WRITE PID ...". */
static bool waits(pid_t pid)
{
	char line[256], waiter[64];
	FILE *locks = fopen("/proc/locks", "re");
	bool found = false;

	snprintf(waiter, sizeof(waiter), "WRITE %d ", pid);
	while (locks && fgets(line, sizeof(line), locks))
		found = found || (strstr(line, "-> FLOCK") && strstr(line, waiter));
	if (locks)
		fclose(locks);
	return found;
}

/* Another process that holds the lock: until this one waits for it, or until it is killed. */
static pid_t holder(bool until_waited)
{
	pid_t test = getpid(), child;
	int ends[2];
	char byte = 'x';

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		int own = open(file, O_RDONLY | O_CLOEXEC);

		if (own < 0 || flock(own, LOCK_EX) != 0 || write(ends[1], &byte, 1) != 1)
			_exit(1);
		while (!until_waited || !waits(test))
			(void)sched_yield();
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	return child;
}

static int set_up(void **state)
{
	(void)state;
	snprintf(file, sizeof(file), "/tmp/lock_test.%u", (unsigned)getpid());
	fd = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(fd);
	return unlink(file);
}

static void a_lock_is_taken_when_its_holder_ends(void **state)
{
	pid_t child = holder(true);
	int status = 1;

	(void)state;
	assert_int_equal(lock_take(fd, 60), ERR_OK);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void a_lock_that_stays_is_busy_and_leaves_no_bell(void **state)
{
	pid_t child = holder(false);
	struct sigaction handler;
	struct itimerval timer;

	(void)state;
	assert_int_equal(lock_take(fd, 1), ERR_BUSY);
	assert_int_equal(sigaction(SIGALRM, NULL, &handler), 0);
	assert_true(handler.sa_handler == SIG_DFL);
	assert_int_equal(getitimer(ITIMER_REAL, &timer), 0);
	assert_int_equal(timer.it_value.tv_sec + timer.it_value.tv_usec, 0);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void what_cannot_be_locked_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(lock_take(-1, 1), ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_lock_is_taken_when_its_holder_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_lock_that_stays_is_busy_and_leaves_no_bell, set_up, tear_down),
		cmocka_unit_test(what_cannot_be_locked_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
