/* SPDX-License-Identifier: Apache-2.0 */
/* First files and ports, then system calls. Threads inherit both. */
#include "server-stub/shell/fence.h"

#include "agent/base/call_install.h"
#include "agent/base/call_policy.h"
#include "agent/base/landlock.h"
#include "agent/base/say.h"
#include "ports/linux/seccomp/server.h"

#include <linux/seccomp.h>

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static enum err fail(char *error, const char *what, const char *why)
{
	snprintf(error, FENCE_ERROR_MAX, "the service does not run without its fence: %s: %s", what, why);
	return ERR_DENIED;
}

/* Cut the last name off an absolute path. False: what would be left is the root directory. */
static bool cut_name(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return false;
	*slash = '\0';
	return true;
}

/*
 * Programs that renew certificates write a file anew, change a link, or replace a whole directory; so what is above the
 * directory of a file may be read, unless that is the root.
 */
static enum err allow_above(struct landlock *l, const char *file)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", file);
	if (cut_name(path))
		(void)cut_name(path);
	else
		return ERR_OK;
	return landlock_allow_path(l, path, 0);
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && path[len] == '/';
}

/* As it is named, and where links lead to now. What is in the fleet's directory is allowed by that. */
static enum err allow_certificate(struct landlock *l, const struct fence *fence, const char *path)
{
	char real[PATH_MAX], dir[PATH_MAX];
	enum err err = is_below(path, fence->dir) ? ERR_OK : allow_above(l, path);

	if (err != ERR_OK || !realpath(path, real) || !realpath(fence->dir, dir) || is_below(real, dir))
		return err;
	return allow_above(l, real);
}

static enum err allow_store(struct landlock *l, const char *path)
{
	char real[PATH_MAX];

	if (!realpath(path, real) || !cut_name(real))
		return ERR_OK;
	return landlock_allow_path(l, real, 1);
}

static enum err close_files(const struct fence *fence, char error[FENCE_ERROR_MAX])
{
	struct landlock l;
	enum err err = landlock_begin(&l);

	if (err == ERR_UNSUPPORTED) {
		say(SAY_WARNING, "this kernel has no Landlock: only permissions guard files");
		return ERR_OK;
	}
	err = err ? err : landlock_allow_path(&l, fence->dir, 1);
	err = err ? err : allow_store(&l, fence->store);
	err = err ? err : allow_certificate(&l, fence, fence->cert);
	err = err ? err : allow_certificate(&l, fence, fence->key);
	err = err || !fence->web_root ? err : landlock_allow_path(&l, fence->web_root, 0);
	err = err ? err : landlock_allow_path(&l, "/dev/urandom", 0); /* SQLite's */
	err = err ? err : landlock_allow_listen(&l, fence->link_port);
	err = err ? err : landlock_allow_listen(&l, fence->api_port);
	err = err ? err : landlock_enforce(&l);
	return err ? fail(error, "Landlock", err_text(err)) : ERR_OK;
}

static enum err close_calls(char error[FENCE_ERROR_MAX])
{
	static const uint32_t families[] = {AF_INET, AF_INET6}, thread[] = {CLONE_THREAD};
	static const struct call_filter_test threads = {__NR_clone,	   SECCOMP_CLONE_FLAGS,	     thread, 1, true,
							SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | EPERM};
	static const struct call_policy policy = {
		.calls = seccomp_server_calls,
		.call_count = sizeof(seccomp_server_calls) / sizeof(seccomp_server_calls[0]),
		.families = families,
		.family_count = 2,
		.test = &threads,
	};
	static struct call_filter filter;
	enum err err;

	call_policy_filter(&policy, getpid(), &filter);
	err = call_install(&filter, true);
	if (err != ERR_UNSUPPORTED)
		return err == ERR_OK ? ERR_OK : fail(error, "seccomp", strerror(errno));
	say(SAY_WARNING, "this kernel has no filters of system calls: only permissions guard the machine");
	return ERR_OK;
}

enum err fence_enter(const struct fence *fence, char error[FENCE_ERROR_MAX])
{
	enum err err = close_files(fence, error);

	return err == ERR_OK ? close_calls(error) : err;
}
