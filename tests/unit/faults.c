/* SPDX-License-Identifier: Apache-2.0 */
/* See faults.h. The test itself is the supervisor that the kernel asks about every call of the child. */
#include "tests/unit/faults.h"

#include "tests/unit/counters.h"
#include "tests/unit/faults_never.h"
#include "tests/unit/thorough.h"

#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUNS_MAX 4000
#define PATIENCE_MS 20000
#define SOME_STEP 11

/* Both processes see it. */
struct shared {
	_Atomic int listener; /* the child's descriptor, 0: not yet */
	_Atomic int taken;
	_Atomic int begun;
	_Atomic int done; /* the work is, what follows is not to fail */
};

#define NEVER (sizeof(faults_never) / sizeof(faults_never[0]))

static struct shared *mine; /* in the child */

static int listen_to_calls(void)
{
	struct sock_filter code[2 + 2 * NEVER];
	struct sock_fprog program = {0, code};
	unsigned n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < NEVER; i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, faults_never[i], 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	program.len = (unsigned short)n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static _Noreturn void child(const struct faults *f, struct shared *shared)
{
	int result, fd;

	mine = shared;
	shared->begun = 1;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	counters_twin();
	fd = listen_to_calls();
	shared->listener = fd > 0 ? fd : -1;
	while (!shared->taken)
		(void)syscall(SYS_futex, &shared->taken, FUTEX_WAIT, 0, NULL, NULL, 0);
	/* Or a process of the work's own would keep it open, and wait for ever for answers that nobody gives. */
	if (fd >= 0)
		close(fd);
	result = f->work ? f->work(f->context) : 0;
	shared->done = 1;
	_exit(result);
}

static int take_listener(pid_t pid, struct shared *shared, int *pidfd)
{
	int fd = -1;

	while (shared->listener == 0 && waitpid(pid, NULL, WNOHANG) == 0)
		usleep(50);
	*pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (shared->listener > 0 && *pidfd >= 0)
		fd = (int)syscall(SYS_pidfd_getfd, *pidfd, shared->listener, 0);
	shared->taken = 1;
	(void)syscall(SYS_futex, &shared->taken, FUTEX_WAKE, 1, NULL, NULL, 0);
	return fd;
}

/*
 * Answer the kernel's question: the call is done, or fails instead. Its number, -1: it is not the work's, or not asked
 * any more.
 */
static int answer(int listener, int error)
{
	struct seccomp_notif question;
	struct seccomp_notif_resp reply;
	bool apart;

	memset(&question, 0, sizeof(question));
	memset(&reply, 0, sizeof(reply));
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &question) != 0)
		return -1;
	apart = counters_writes((pid_t)question.pid);
	reply.id = question.id;
	reply.error = apart ? 0 : -error;
	reply.flags = reply.error ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply) == 0 && !apart ? question.data.nr : -1;
}

/* Until the child has ended; the one question numbered run->nth is answered with the error. */
static bool supervise(int listener, int pidfd, const struct shared *shared, int error, struct faults_run *run)
{
	struct pollfd p[] = {{listener, POLLIN, 0}, {pidfd, POLLIN, 0}};
	unsigned asked = 0;

	while (poll(p, 2, PATIENCE_MS) > 0) {
		if (p[0].revents & POLLIN) {
			bool counts = shared->begun && !shared->done;
			bool fails = error && counts && asked == run->nth;
			int call = answer(listener, fails ? error : 0);

			if (call >= 0 && fails)
				run->call = call;
			asked += call >= 0 && counts;
		} else if (p[1].revents) {
			return true;
		}
	}
	return false;
}

/* A process that the child has left behind is not stopped in the middle of its counters. */
static void let_write(int listener)
{
	struct pollfd p = {listener, POLLIN, 0};
	unsigned ms = 0;

	while (ms < PATIENCE_MS && !counters_written() && !(p.revents & POLLHUP)) {
		ms += poll(&p, 1, 1) == 0;
		if (p.revents & POLLIN)
			(void)answer(listener, 0);
	}
}

/* One child from beginning to end; false when the kernel does not let it be supervised. */
static bool run_once(const struct faults *f, struct faults_run *run)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int pidfd = -1, listener = -1, status = 0;
	bool ended = false;
	pid_t pid;

	assert_true(shared != MAP_FAILED);
	counters_prepare();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child(f, shared);
	listener = take_listener(pid, shared, &pidfd);
	if (listener >= 0)
		ended = supervise(listener, pidfd, shared, f->error, run);
	if (!ended)
		(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	if (pidfd >= 0)
		close(pidfd);
	munmap(shared, sizeof(*shared));
	if (listener < 0)
		return false;
	let_write(listener);
	close(listener);
	if (!ended || !WIFEXITED(status))
		fail_msg("call %d (number %u) fails: the work %s %d", run->call, run->nth,
			 ended ? "ends by signal" : "does not end; killed by", WTERMSIG(status));
	run->result = WEXITSTATUS(status);
	return true;
}

void faults_hold(void)
{
	mine->begun = 0;
}

void faults_begin(void)
{
	mine->begun = 1;
}

bool faults_possible(void)
{
	const struct faults nothing = {.error = 0};
	struct faults_run run = {.call = -1};

	return run_once(&nothing, &run);
}

static unsigned run_through(const struct faults *f, unsigned step)
{
	struct faults_run run = {.call = 0};
	unsigned made = 0;

	for (run.nth = 0; run.call >= 0; run.nth += step) {
		assert_true(run.nth < RUNS_MAX);
		run.call = -1;
		if (f->before)
			f->before(f->context);
		assert_true(run_once(f, &run));
		if (f->after)
			f->after(f->context, &run);
		made = run.nth;
	}
	return made;
}

unsigned faults_each(const struct faults *f)
{
	return run_through(f, 1);
}

unsigned faults_some(const struct faults *f)
{
	return run_through(f, thorough_step(SOME_STEP));
}
