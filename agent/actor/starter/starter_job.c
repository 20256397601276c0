/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts a program with an environment and descriptors of its own, reads what it writes, and ends it when it breaks a
 * limit. The process is the reaper of all below it (PR_SET_CHILD_SUBREAPER), so what the program leaves behind becomes
 * its child and is found, even if it went to another session.
 */
#include "agent/actor/starter/starter_job.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/now.h"
#include "agent/common/proc_read.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_RUN 127 /* as shells say that a program could not be executed */
#define END_US (2 * SECOND_US)
#define FDS_MAX 1024

enum end { END_NONE, END_BY_ITSELF, END_TIME, END_OUTPUT, END_LEFT_ALONE };

struct job {
	const struct starter_program *program;
	pid_t pid;
	int status;
	enum end end;
	struct pollfd fds[3]; /* what it writes, signals, caltropd's socket */
	uint32_t bytes;	      /* that it wrote */
	char line[64];	      /* the first of them */
	size_t line_len;
	bool line_over;
};

enum { WRITTEN, SIGNALS, CALTROPD };

/* -- the program's own process -- */

static void limit(int which, rlim_t most)
{
	const struct rlimit to = {most, most};

	if (setrlimit(which, &to) != 0)
		_exit(NOT_RUN);
}

/* The guard is the last that the kernel should end for want of memory; what it runs is not. */
static void be_ordinary(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, "0", 1);
	close(fd);
}

void starter_job_close_above(int fd)
{
	if (syscall(SYS_close_range, (unsigned)fd + 1, ~0u, 0) == 0)
		return;
	/* Before Linux 5.9. */
	for (int i = fd + 1; i < FDS_MAX; i++)
		close(i);
}

static _Noreturn void cannot_be_run(void)
{
	(void)dprintf(STDOUT_FILENO, "%s", strerror(errno));
	_exit(NOT_RUN);
}

static _Noreturn void execute(const struct starter_program *p, int input, int written)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", language[] = "LC_ALL=C";
	char *const environment[] = {path, language, NULL};
	sigset_t none;
	int null;

	(void)setsid();
	if (!p->service)
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)umask(022);
	be_ordinary();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* A service would keep the pipe. */
	if (p->service)
		written = null;
	if (chdir("/") != 0 || dup2(input < 0 ? null : input, STDIN_FILENO) < 0 || dup2(written, STDOUT_FILENO) < 0 ||
	    dup2(written, STDERR_FILENO) < 0)
		_exit(NOT_RUN);
	starter_job_close_above(STDERR_FILENO);
	/* Asked first, since saying it may want memory that the limit does not give. */
	if (access(p->path, X_OK) != 0)
		cannot_be_run();
	limit(RLIMIT_CORE, 0);
	if (!p->service)
		limit(RLIMIT_AS, p->memory);
	(void)execve(p->path, p->arguments, environment);
	cannot_be_run();
}

/* -- watching over it -- */

static void note(struct job *j, const char *bytes, size_t len)
{
	j->bytes += (uint32_t)len;
	for (size_t i = 0; i < len && !j->line_over; i++) {
		j->line_over = bytes[i] == '\n' || j->line_len == sizeof(j->line);
		if (!j->line_over)
			j->line[j->line_len++] = bytes[i];
	}
	if (j->bytes > j->program->output)
		j->end = END_OUTPUT;
}

static void read_written(struct job *j)
{
	char bytes[1024];
	ssize_t got = 1;

	while (got > 0 && j->end != END_OUTPUT) {
		got = read(j->fds[WRITTEN].fd, bytes, sizeof(bytes));
		if (got > 0)
			note(j, bytes, (size_t)got);
	}
	/* It closed its end and goes on. */
	if (got == 0)
		j->fds[WRITTEN].fd = -1;
}

/* What is waited for may be the program, or something that it left behind. */
static void reap(struct job *j)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(j->fds[SIGNALS].fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		continue;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == j->pid && j->end == END_NONE) {
			j->status = status;
			j->end = END_BY_ITSELF;
		}
}

static void watch(struct job *j, int64_t until_us)
{
	while (j->end == END_NONE) {
		int64_t left_us = until_us - clock_mono_us();

		if (left_us <= 0) {
			j->end = END_TIME;
			return;
		}
		if (poll(j->fds, 3, (int)(left_us / 1000) + 1) < 0 && errno != EINTR)
			j->end = END_TIME;
		if (j->fds[CALTROPD].revents)
			j->end = END_LEFT_ALONE;
		if (j->fds[WRITTEN].revents)
			read_written(j);
		if (j->fds[SIGNALS].revents)
			reap(j);
	}
	if (j->end == END_BY_ITSELF && j->fds[WRITTEN].fd >= 0)
		read_written(j);
}

/* All whose parent this process is by now. */
static void kill_children(void)
{
	uint32_t self = (uint32_t)getpid(), parent = 0;
	const struct dirent *entry;
	uint64_t start;
	DIR *proc = opendir("/proc");

	while (proc && (entry = readdir(proc)) != NULL) {
		uint32_t pid = (uint32_t)strtoul(entry->d_name, NULL, 10);

		if (pid > 1 && proc_read_start(dirfd(proc), pid, &start, &parent) && parent == self)
			(void)kill((pid_t)pid, SIGKILL);
	}
	if (proc)
		closedir(proc);
}

/* Until nothing is left below. False: something cannot be ended. */
static bool end_all(struct job *j)
{
	int64_t until_us = clock_mono_us() + END_US;

	if (j->program->service && j->end == END_BY_ITSELF)
		return true;

	(void)kill(-j->pid, SIGKILL);
	for (;;) {
		kill_children();
		reap(j);
		/* Whoever ended left his children to this process, which are killed next. */
		if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
			return true;
		if (clock_mono_us() >= until_us)
			return false;
		(void)poll(&j->fds[SIGNALS], 1, 20);
	}
}

/* -- the result -- */

static void describe(const struct job *j, bool all_ended, struct starter_result *out)
{
	const struct starter_program *p = j->program;
	struct buf b = buf_over(out->text, sizeof(out->text) - 1);
	bool by_itself = j->end == END_BY_ITSELF, exited = by_itself && WIFEXITED(j->status);
	int status = WIFEXITED(j->status) ? WEXITSTATUS(j->status) : WTERMSIG(j->status);
	char shown[sizeof(j->line) + 1];

	out->err = exited && status == 0 && all_ended ? ERR_OK : ERR_IO;
	if (j->end == END_TIME) {
		buf_printf(&b, "was ended after %u s", (unsigned)p->time_s);
		out->err = ERR_TIMEOUT;
	} else if (j->end == END_OUTPUT) {
		buf_printf(&b, "was ended: it wrote more than %u bytes", (unsigned)p->output);
		out->err = ERR_TOO_LONG;
	} else if (by_itself) {
		buf_printf(&b, "%s %d", exited ? "ended with" : "was ended by signal", status);
	}
	if (!all_ended)
		buf_text(&b, "; something it started goes on");
	str_show((struct str){j->line, j->line_len}, shown, sizeof(shown));
	/* What got a secret may show it. */
	if (!p->secret && j->end != END_OUTPUT && j->line_len > 0 && b.len + 3 + strlen(shown) < b.cap)
		buf_printf(&b, ": %s", shown);
	out->text[b.len] = '\0';
}

/*
 * The read end of a pipe that holds the secret as a line, and then ends: it takes so little without a reader. -1: there
 * is no secret; -2: it could not be made.
 */
static int fill_input(const char *secret)
{
	char line[STARTER_SECRET_MAX + 1];
	int pair[2], len;
	bool whole;

	if (!secret)
		return -1;
	if (pipe2(pair, O_CLOEXEC) != 0)
		return -2;
	len = snprintf(line, sizeof(line), "%s\n", secret);
	whole = len > 1 && (size_t)len < sizeof(line) && write(pair[1], line, (size_t)len) == len;
	key_wipe(line, sizeof(line));
	close(pair[1]);
	if (whole)
		return pair[0];
	close(pair[0]);
	return -2;
}

void starter_job(int socket, const struct starter_program *p, struct starter_result *out)
{
	int64_t until_us = clock_mono_us() + p->time_s * SECOND_US;
	int written[2], input = fill_input(p->secret);
	struct job j = {.program = p};
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	/* A start script that is cut in two would leave neither what was nor what is to be. */
	j.fds[CALTROPD] = (struct pollfd){p->service ? -1 : socket, 0, 0};
	j.fds[SIGNALS] = (struct pollfd){signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK), POLLIN, 0};
	out->err = ERR_IO;
	snprintf(out->text, sizeof(out->text), "cannot be started");
	if (input < -1 || sigprocmask(SIG_BLOCK, &child, NULL) != 0 || j.fds[SIGNALS].fd < 0 ||
	    prctl(PR_SET_CHILD_SUBREAPER, !p->service, 0, 0, 0) != 0 || pipe2(written, O_CLOEXEC) != 0 ||
	    fcntl(written[0], F_SETFL, O_NONBLOCK) != 0)
		return;
	j.pid = fork();
	if (j.pid == 0)
		execute(p, input, written[1]);
	close(written[1]);
	if (input >= 0)
		close(input);
	if (j.pid < 0)
		return;
	out->begun = 1;
	j.fds[WRITTEN] = (struct pollfd){written[0], POLLIN, 0};
	watch(&j, until_us);
	describe(&j, end_all(&j), out);
}
