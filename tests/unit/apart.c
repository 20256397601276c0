/* SPDX-License-Identifier: Apache-2.0 */
/* See apart.h. */
#include "tests/unit/apart.h"

#include "agent/base/require.h"

#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

bool apart_possible;

/* True: the namespace's first process ran the tests and ended with *status. False: this one is to run them. */
static bool ran_apart(int *status)
{
	pid_t pid;

	if (geteuid() != 0 || unshare(CLONE_NEWPID | CLONE_NEWNS) != 0)
		return false;
	pid = fork();
	require(pid >= 0);
	if (pid > 0) {
		require(waitpid(pid, status, 0) == pid);
		return true;
	}
	apart_possible =
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount("proc", "/proc", "proc", 0, NULL) == 0;
	return false;
}

void apart_run(int (*tests)(void))
{
	int status;

	if (ran_apart(&status))
		status = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	else
		status = tests();
	/* A sanitizer that looks for leaks at exit(3) can do so on neither side of a new process namespace. */
	(void)fflush(NULL);
	_exit(status != 0);
}
