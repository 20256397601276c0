/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting caltrop-core: fork, put the descriptors at their numbers, become the guard's user, execute. Everything else
 * is close-on-exec. The core's own sandbox comes on top of what it inherits from the actor's.
 */
#include "agent/actor/sys/child.h"

#include "agent/base/now.h"
#include "agent/base/say.h"
#include "agent/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_FIRST_US (100 * MS_US)
#define WAIT_LAST_US (10 * SECOND_US)
#define QUIET_US MINUTE_US
#define STAGE_FD 64 /* above all target numbers */
#define ENVIRONMENT_MAX 32
#define EXIT_NO_EXEC 71 /* EX_OSERR of sysexits.h */

void child_init(struct child *c)
{
	memset(c, 0, sizeof(*c));
	c->socket = -1;
	c->again_us = INT64_MAX;
	for (unsigned i = 0; i < CORE_FD_END; i++)
		c->fds[i] = -1;
}

enum err child_beside(const char *name, int mode, char out[SETTINGS_PATH_MAX])
{
	static const char *const places[] = {"", "/../libexec", "/../libexec/caltrop", "/../share/caltrop"};
	char self[PATH_MAX], path[PATH_MAX + 64];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (len <= 0)
		return ERR_NOT_FOUND;
	self[len] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return ERR_NOT_FOUND;
	*slash = '\0';
	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s%s/%s", self, places[i], name);
		if (access(path, mode) == 0)
			return str_copy(str_from(path), out, SETTINGS_PATH_MAX);
	}
	return ERR_NOT_FOUND;
}

enum err child_find(struct child *c, const char *setting)
{
	if (!setting[0])
		return child_beside("caltrop-core", X_OK, c->path);
	return access(setting, X_OK) == 0 ? str_copy(str_from(setting), c->path, sizeof(c->path))
					  : err_from_errno(errno);
}

/* The core needs little of the environment; what root's session left there is not its business. */
static void choose_environment(char *chosen[ENVIRONMENT_MAX + 1])
{
	static const char *const kept[] = {
		"PATH=", "TZ=", "LANG=", "LC_ALL=", "JOURNAL_STREAM=", "CALTROP_", "ASAN_OPTIONS=", "UBSAN_OPTIONS="};
	unsigned count = 0;

	for (char **variable = environ; *variable && count < ENVIRONMENT_MAX; variable++)
		for (unsigned i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
			if (strncmp(*variable, kept[i], strlen(kept[i])) == 0) {
				chosen[count++] = *variable;
				break;
			}
	chosen[count] = NULL;
}

/* First out of the way of the target numbers, then onto them; dup2 clears close-on-exec. */
static bool place_descriptors(const struct child *c)
{
	int staged[CORE_FD_END];

	for (int i = CORE_FD_SETTINGS; i < CORE_FD_END; i++) {
		staged[i] = c->fds[i] < 0 ? -1 : fcntl(c->fds[i], F_DUPFD_CLOEXEC, STAGE_FD);
		if (c->fds[i] >= 0 && staged[i] < 0)
			return false;
	}
	for (int i = CORE_FD_SETTINGS; i < CORE_FD_END; i++) {
		close(i);
		if (staged[i] >= 0 && dup2(staged[i], i) != i)
			return false;
	}
	return true;
}

static bool become(const struct child *c)
{
	uid_t uid = c->uid;
	gid_t gid = c->gid;

	if (uid == getuid() && uid == 0)
		return true; /* only in a user namespace that has no other user; actor_main.c checks */
	return setgroups(c->group_count, c->groups) == 0 && setresgid(gid, gid, gid) == 0 &&
	       setresuid(uid, uid, uid) == 0;
}

/*
 * No terminal controls it, so none can be typed into: caltropd may run at root's. The session stays caltropd's, since
 * the scheduler groups processes by session (autogroup of sched(7)): strangers to each other, the two wake a fifth to a
 * quarter later (`make bench ONLY=react`).
 */
static void leave_terminal(void)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);

	(void)setpgid(0, 0);
	if (tty < 0)
		return;
	(void)ioctl(tty, TIOCNOTTY);
	close(tty);
}

static _Noreturn void run(const struct child *c)
{
	char *const arguments[] = {(char *)(uintptr_t) "caltrop-core", NULL};
	char *chosen[ENVIRONMENT_MAX + 1];
	sigset_t none;

	leave_terminal();
	(void)signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	choose_environment(chosen);
	if (place_descriptors(c) && become(c))
		execve(c->path, arguments, chosen);
	say(SAY_ERR, "cannot run %s: %s", c->path, strerror(errno));
	_exit(EXIT_NO_EXEC);
}

static void plan_again(struct child *c, int64_t mono_us)
{
	if (mono_us - c->started_us > QUIET_US)
		c->wait_us = 0;
	c->again_us = mono_us + c->wait_us;
	c->wait_us = c->wait_us ? c->wait_us * 2 : WAIT_FIRST_US;
	if (c->wait_us > WAIT_LAST_US)
		c->wait_us = WAIT_LAST_US;
}

static enum err start(struct child *c)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
		return err_from_errno(errno);
	if (c->fds[CORE_FD_INOTIFY] >= 0)
		close(c->fds[CORE_FD_INOTIFY]);
	c->fds[CORE_FD_INOTIFY] = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	c->fds[CORE_FD_ACTOR] = pair[1];
	(void)lseek(c->fds[CORE_FD_SETTINGS], 0, SEEK_SET);
	c->pid = fork();
	if (c->pid == 0)
		run(c);
	close(pair[1]);
	c->fds[CORE_FD_ACTOR] = -1;
	if (c->pid < 0 || c->fds[CORE_FD_INOTIFY] < 0) {
		enum err err = err_from_errno(errno);

		c->pid = c->pid < 0 ? 0 : c->pid;
		close(pair[0]);
		return err;
	}
	c->socket = pair[0];
	c->starts++;
	return ERR_OK;
}

enum err child_start(struct child *c, int64_t mono_us)
{
	enum err err;

	c->again_us = INT64_MAX;
	c->started_us = mono_us;
	c->asked = false;
	err = start(c);
	if (err != ERR_OK)
		plan_again(c, mono_us);
	return err;
}

void child_end(struct child *c, bool now)
{
	c->asked = true;
	if (c->pid > 0)
		(void)kill(c->pid, now ? SIGKILL : SIGTERM);
}

void child_gone(struct child *c, int64_t mono_us)
{
	if (c->socket >= 0)
		close(c->socket);
	c->socket = -1;
	c->pid = 0;
	plan_again(c, mono_us);
}
