/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the process that audits. Never reads what that says: the core does. */
#include "agent/actor/sys/exposure_open.h"

#include "agent/base/budget.h"
#include "agent/base/clock.h"
#include "agent/base/now.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FDS_MAX 256	   /* more than caltropd ever has open */
#define ROUNDS_AN_HOUR 400 /* more than a core asks for that is not captured */
#define CHANGES (IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_ATTRIB | IN_ONLYDIR)

static struct {
	int sender;	       /* our end of the pair */
	int tried;	       /* what rounds remember, which only they read; -1: nothing */
	pid_t pid;	       /* of the round that was started last and is not reaped yet; 0: none */
	bool owed, owed_whole; /* another one is to follow */
	uint32_t round;	       /* how many were started */
	uint32_t ended;	       /* the number of the one that ended last */
	unsigned findings;     /* of that one, or EXPOSURE_FAILED */
	struct budget rounds;
} audit = {.sender = -1, .tried = -1};

int exposure_open(const struct settings *settings)
{
	int pair[2];

	(void)settings;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	if (audit.sender >= 0) {
		close(audit.sender);
	} else {
		budget_init(&audit.rounds, ROUNDS_AN_HOUR, HOUR_US, clock_mono_us());
		audit.tried = memfd_create("caltrop tried", MFD_CLOEXEC);
	}
	audit.sender = pair[0];
	return pair[1];
}

int exposure_open_watch(const struct settings *settings)
{
	static const char *const dirs[] = {"/etc", "/etc/ssh", "/etc/ssh/sshd_config.d"};
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	(void)settings;
	for (unsigned i = 0; fd >= 0 && i < sizeof(dirs) / sizeof(dirs[0]); i++)
		(void)inotify_add_watch(fd, dirs[i], CHANGES);
	return fd;
}

/* Above all that it will find open, so that none takes the place of another. */
static int aside(int fd)
{
	return fd >= 0 ? fcntl(fd, F_DUPFD, EXPOSURE_FD_END) : -1;
}

/* Executed anew, it has nothing of ours but these. */
static _Noreturn void become_auditor(int settings, bool whole)
{
	char *const arguments[] = {(char *)(uintptr_t) "caltropd", (char *)(uintptr_t)EXPOSURE_MODE,
				   (char *)(uintptr_t)(whole ? EXPOSURE_WHOLE : EXPOSURE_SHORT), NULL};
	char *const environment[] = {NULL};
	int from[EXPOSURE_FD_END] = {[STDOUT_FILENO] = aside(audit.sender),
				     [EXPOSURE_FD_SETTINGS] = aside(settings),
				     [EXPOSURE_FD_TRIED] = aside(audit.tried)};

	for (int fd = STDOUT_FILENO; fd < EXPOSURE_FD_END; fd++)
		if (from[fd] > 0)
			(void)dup2(from[fd], fd);
		else if (fd > STDERR_FILENO)
			close(fd);
	for (int other = EXPOSURE_FD_END; other < FDS_MAX; other++)
		close(other);
	execve("/proc/self/exe", arguments, environment);
	dprintf(STDERR_FILENO, "caltropd: the audit cannot be started: %s\n", strerror(errno));
	_exit(EXPOSURE_FAILED);
}

bool exposure_open_reap(void)
{
	int status = 0;
	pid_t got = audit.pid > 0 ? waitpid(audit.pid, &status, WNOHANG) : 0;

	if (got == 0)
		return false;
	audit.pid = 0;
	audit.ended = audit.round;
	audit.findings = got > 0 && WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) : EXPOSURE_FAILED;
	return true;
}

enum err exposure_open_round(int settings, bool whole, uint32_t *round)
{
	if (audit.sender < 0)
		return ERR_UNSUPPORTED;
	if (audit.pid > 0)
		return ERR_BUSY;
	if (!budget_spend(&audit.rounds, clock_mono_us()))
		return ERR_BUDGET;
	audit.pid = fork();
	if (audit.pid == 0)
		become_auditor(settings, whole);
	if (audit.pid < 0) {
		audit.pid = 0;
		return err_from_errno(errno);
	}
	*round = ++audit.round;
	return ERR_OK;
}

void exposure_open_owe(bool whole)
{
	audit.owed = true;
	audit.owed_whole |= whole;
}

void exposure_open_owed(int settings)
{
	bool whole = audit.owed_whole;
	uint32_t round;

	if (!audit.owed)
		return;
	audit.owed = audit.owed_whole = false;
	if (exposure_open_round(settings, whole, &round) == ERR_BUSY)
		exposure_open_owe(whole);
}

enum err exposure_open_result(uint32_t round, unsigned *findings)
{
	if (round == audit.round && audit.pid > 0)
		return ERR_BUSY;
	if (round != audit.ended)
		return ERR_NOT_FOUND;
	*findings = audit.findings;
	return audit.findings == EXPOSURE_FAILED ? ERR_INTERRUPTED : ERR_OK;
}
