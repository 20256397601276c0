/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/apart.h"

#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

bool apart_begin(const char *name, int fd)
{
	sigset_t signals;

	/* A terminal's or an init system's signal is for the service, which may still ask while it ends. */
	sigfillset(&signals);
	return sigprocmask(SIG_BLOCK, &signals, NULL) == 0 && prctl(PR_SET_NAME, name, 0, 0, 0) == 0 &&
	       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO &&
	       dup2(STDERR_FILENO, STDOUT_FILENO) == STDOUT_FILENO &&
	       syscall(SYS_close_range, STDERR_FILENO + 1U, ~0U, 0) == 0;
}
