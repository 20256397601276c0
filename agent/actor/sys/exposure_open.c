/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the process that audits. Never reads what that says: the core does. */
#include "agent/actor/sys/exposure_open.h"

#include "agent/base/budget.h"
#include "agent/base/clock.h"
#include "agent/base/now.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FDS_MAX 256	   /* more than caltropd ever has open */
#define ROUNDS_AN_HOUR 400 /* more than a core asks for that is not captured */
#define CHANGES (IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_ATTRIB | IN_ONLYDIR)

static struct {
	int sender; /* our end of the pair */
	pid_t pid;  /* of the round that was started last and is not reaped yet; 0: none */
	struct budget rounds;
} audit = {.sender = -1};

int exposure_open(const struct settings *settings)
{
	int pair[2];

	(void)settings;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	if (audit.sender >= 0)
		close(audit.sender);
	else
		budget_init(&audit.rounds, ROUNDS_AN_HOUR, HOUR_US, clock_mono_us());
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

/* Executed anew, it has nothing of ours but the socket. */
static _Noreturn void become_auditor(const struct settings *settings, bool whole)
{
	char texts[SETTINGS_SUIDS_MAX + 1][SETTINGS_PATH_MAX], ports[SETTINGS_DECOYS_MAX][8];
	char *arguments[5 + SETTINGS_SUIDS_MAX + SETTINGS_DECOYS_MAX], *const environment[] = {NULL};
	unsigned count = 0;

	arguments[count++] = (char *)(uintptr_t) "caltropd";
	arguments[count++] = (char *)(uintptr_t)EXPOSURE_MODE;
	arguments[count++] = (char *)(uintptr_t)(whole ? "whole" : "short");
	snprintf(texts[0], sizeof(texts[0]), "%s", settings->shadow);
	arguments[count++] = texts[0];
	for (unsigned i = 0; i < settings->suid_count; i++) {
		snprintf(texts[i + 1], sizeof(texts[0]), "%s", settings->suids[i]);
		arguments[count++] = texts[i + 1];
	}
	for (unsigned i = 0; i < settings->decoy_count; i++) {
		snprintf(ports[i], sizeof(ports[i]), "%u", settings->decoys[i]);
		arguments[count++] = ports[i];
	}
	arguments[count] = NULL;
	if (dup2(audit.sender, STDOUT_FILENO) != STDOUT_FILENO)
		_exit(1);
	for (int other = STDERR_FILENO + 1; other < FDS_MAX; other++)
		close(other);
	execve("/proc/self/exe", arguments, environment);
	dprintf(STDERR_FILENO, "caltropd: the audit cannot be started: %s\n", strerror(errno));
	_exit(1);
}

void exposure_open_reap(void)
{
	if (audit.pid > 0 && waitpid(audit.pid, NULL, WNOHANG) != 0)
		audit.pid = 0;
}

void exposure_open_round(const struct settings *settings, bool whole)
{
	exposure_open_reap();
	if (audit.sender < 0 || audit.pid > 0 || !budget_spend(&audit.rounds, clock_mono_us()))
		return;
	audit.pid = fork();
	if (audit.pid == 0)
		become_auditor(settings, whole);
	if (audit.pid < 0)
		audit.pid = 0;
}
