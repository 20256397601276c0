/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at /proc and sending signals; whether a process may be ended is decided in rails.c. */
#include "agent/actor/sys/procs.h"

#include "agent/base/require.h"
#include "agent/base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELPER_MS 20

static enum err read_stat(const char *path, struct proc_stat *out)
{
	char text[1024];
	ssize_t got;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_from_errno(errno);
	got = read(fd, text, sizeof(text));
	if (got <= 0) {
		enum err err = got == 0 || errno == ESRCH ? ERR_NOT_FOUND : err_from_errno(errno);

		close(fd);
		return err;
	}
	close(fd);
	return proc_stat_parse(text, (size_t)got, out);
}

enum err procs_stat(int32_t pid, struct proc_stat *out)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	return read_stat(path, out);
}

static bool is_stopped(char state)
{
	return state == 'T' || state == 't';
}

char procs_state(int32_t pid)
{
	char path[64], state = '\0';
	const struct dirent *entry;
	struct proc_stat thread;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	while (tasks && (state == '\0' || is_stopped(state)) && (entry = readdir(tasks)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%d/task/%.16s/stat", (int)pid, entry->d_name);
		if (entry->d_name[0] == '.' || read_stat(path, &thread) != ERR_OK || thread.state == 'Z' ||
		    thread.state == 'X')
			continue;
		if (!is_stopped(thread.state) || state != 't')
			state = thread.state;
	}
	if (tasks)
		closedir(tasks);
	return state;
}

int32_t procs_tracer(int32_t pid)
{
	char path[32], text[1024];
	const char *line;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	if (fd >= 0)
		close(fd);
	text[got > 0 ? got : 0] = '\0';
	/* The name before it escapes line feeds (proc_pid_status(5)). */
	line = strstr(text, "\nTracerPid:\t");
	return line ? (int32_t)strtol(line + strlen("\nTracerPid:\t"), NULL, 10) : 0;
}

bool procs_title_is_session(const char *title, const char *account)
{
	struct str rest = str_from(title);

	if (!str_take(&rest, STR("sshd: ")) && !str_take(&rest, STR("sshd-session: ")))
		return false;
	return str_take(&rest, str_from(account)) &&
	       (str_empty(rest) || rest.data[0] == '@' || str_starts(rest, STR(" [")));
}

/*
 * As the user, with all three numbers, so that the kernel lets it signal his processes and no other: the permission
 * goes by the real number as well.
 */
static _Noreturn void kill_all_of(uid_t uid)
{
	uid_t real, effective, saved;

	if (setresuid(uid, uid, uid) != 0)
		_exit(0);
	/* As root it would end the machine. */
	require(getresuid(&real, &effective, &saved) == 0 && real == uid && effective == uid && saved == uid);
	(void)kill(-1, SIGKILL);
	_exit(0);
}

void procs_kill_user(uid_t uid)
{
	struct pollfd p = {-1, POLLIN, 0};
	int ends[2];
	pid_t child;

	if (uid == 0 || pipe2(ends, O_CLOEXEC) != 0)
		return;
	child = fork();
	if (child == 0)
		kill_all_of(uid);
	close(ends[1]);
	/* Its end closes the pipe. The user's processes may stop it, so it is not waited for without limit. */
	p.fd = ends[0];
	if (child > 0) {
		(void)poll(&p, 1, HELPER_MS);
		(void)kill(child, SIGKILL);
		(void)waitpid(child, NULL, 0);
	}
	close(ends[0]);
}

/* ERR_NOT_FOUND: it has ended, or the number is another process's. Others: it could not be looked at. */
static enum err same_process(const struct proc_stat *process)
{
	struct proc_stat now;
	enum err err = procs_stat(process->pid, &now);

	if (err != ERR_OK)
		return err;
	return now.dead || (process->start_ticks != 0 && now.start_ticks != process->start_ticks) ? ERR_NOT_FOUND
												  : ERR_OK;
}

enum err procs_signal(const struct proc_stat *process, int number, int *fd)
{
	enum err err;
	long failed;

	*fd = (int)syscall(SYS_pidfd_open, process->pid, 0);
	if (*fd < 0 && errno != ENOSYS)
		return err_from_errno(errno);
	/* The descriptor holds on to one process; only now can the number not pass to another unnoticed. */
	err = same_process(process);
	if (err != ERR_OK) {
		if (*fd >= 0)
			close(*fd);
		*fd = -1;
		return err;
	}
	failed = *fd >= 0 ? syscall(SYS_pidfd_send_signal, *fd, number, NULL, 0) : kill(process->pid, number);
	if (failed == 0)
		return ERR_OK;
	failed = errno;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return err_from_errno((int)failed);
}

enum err procs_kill(int32_t pid, uint64_t start_ticks, int *fd)
{
	const struct proc_stat process = {.pid = pid, .start_ticks = start_ticks};

	return procs_signal(&process, SIGKILL, fd);
}

bool procs_gone(int32_t pid, uint64_t start_ticks, int fd)
{
	const struct proc_stat process = {.pid = pid, .start_ticks = start_ticks};
	struct pollfd p = {fd, POLLIN, 0};

	if (fd >= 0)
		return poll(&p, 1, 0) > 0;
	return same_process(&process) == ERR_NOT_FOUND;
}
