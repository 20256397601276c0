/* SPDX-License-Identifier: Apache-2.0 */
/* What runs of a service is found, also where the kernel shows nothing of it by the first thread. */
#include "agent/actor/sys/service_procs.h"

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

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* This program, as its start script would name it. */
static unsigned running(void)
{
	struct service_state state = {.boot.manager = SERVICE_SYSV};

	service_procs_find("service_procs_test", 0, &state);
	return state.processes;
}

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

/* The first thread has ended once the process is a zombie that nobody can wait for. */
static void wait_headless(pid_t pid)
{
	char path[64], state = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	while (state != 'Z') {
		FILE *file = fopen(path, "re");

		require(file && fscanf(file, "%*d (%*[^)]) %c", &state) == 1);
		fclose(file);
		usleep(1000);
	}
}

static void a_service_runs_whose_first_thread_has_ended(void **state)
{
	unsigned before = running();
	pid_t pid;

	(void)state;
	if (!machine_runs_us())
		skip();
	pid = fork();
	require(pid >= 0);
	if (pid == 0)
		be_headless();
	wait_headless(pid);
	assert_int_equal(running(), before + 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(running(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_runs_whose_first_thread_has_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
