/* SPDX-License-Identifier: Apache-2.0 */
/* See counters.h. A twin is asked and answers by a socket pair that the child and its parent hold. */
#include "tests/unit/counters.h"

#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_S 5
#define STACK 262144

/* Of libgcov and of the linker's --wrap: only there in the instrumented build. */
void __gcov_dump(void) __attribute__((weak));
void __gcov_reset(void) __attribute__((weak));
_Noreturn void __real__exit(int status) __attribute__((weak));
_Noreturn void __wrap__exit(int status);

static int ends[2] = {-1, -1}; /* who asks, the twin */
static pid_t twin_of;
static _Atomic pid_t *writer; /* one place for all processes of the test: who writes its own counters, 0: nobody */

static void ask(void)
{
	char byte = 'w';

	if (write(ends[0], &byte, 1) == 1)
		(void)!read(ends[0], &byte, 1);
}

void counters_prepare(void)
{
	struct timeval patience = {PATIENCE_S, 0};

	if (!__gcov_dump)
		return;
	if (!writer) {
		void *place = mmap(NULL, sizeof(*writer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		writer = place == MAP_FAILED ? NULL : place;
	}
	if (writer)
		*writer = 0;
	for (unsigned i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0)
		(void)setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

/* Its descriptors and signals are its own, its memory is not: nothing here touches a variable before it is asked. */
static int twin(void *parent)
{
	char byte;

	(void)parent;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (read(ends[1], &byte, 1) == 1) {
		__gcov_dump();
		(void)!write(ends[1], &byte, 1);
	}
	while (pause())
		continue;
	return 0;
}

void counters_twin(void)
{
	static _Alignas(16) char stack[STACK];

	if (!__gcov_dump || ends[0] < 0)
		return;
	/* What was counted before the fork is the parent's. */
	__gcov_reset();
	if (clone(twin, stack + STACK, CLONE_VM, NULL) > 0)
		twin_of = getpid();
}

void counters_write_of(pid_t pid)
{
	siginfo_t info;

	/* It may have ended meanwhile: that is for the caller to collect. */
	if (!__gcov_dump || ends[0] < 0 || kill(pid, SIGSTOP) != 0 ||
	    waitid(P_PID, (id_t)pid, &info, WSTOPPED | WEXITED | WNOWAIT) != 0 || info.si_code != CLD_STOPPED)
		return;
	ask();
}

bool counters_writes(pid_t pid)
{
	return writer && pid && *writer == pid;
}

bool counters_written(void)
{
	return !writer || *writer == 0;
}

static void write_own(void)
{
	if (writer)
		*writer = getpid();
	__gcov_dump();
	if (writer)
		*writer = 0;
}

void __wrap__exit(int status)
{
	if (twin_of && twin_of == getpid())
		ask();
	else if (__gcov_dump)
		write_own();
	__real__exit(status);
}
