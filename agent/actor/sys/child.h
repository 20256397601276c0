/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts the core with exactly the descriptors of core_fds.h, ends it, and starts it again when it dies: at once the
 * first time, then after 100 ms, which doubles up to 10 s. After a core has run for a minute, this begins anew.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/common/core_fds.h"
#include "agent/common/settings.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CHILD_GROUPS_MAX 4u

struct child {
	char path[SETTINGS_PATH_MAX]; /* of caltrop-core */
	uid_t uid;
	gid_t gid;
	gid_t groups[CHILD_GROUPS_MAX]; /* that it is a member of besides */
	unsigned group_count;
	pid_t pid;	      /* 0: not running */
	bool asked;	      /* to end, by child_end */
	int socket;	      /* ours of the pair, -1 */
	int fds[CORE_FD_END]; /* what it gets, by number there; -1: closed. Actor and inotify are made per start. */
	uint32_t starts;
	int64_t started_us;
	int64_t again_us; /* when to start it again, INT64_MAX: running or not wanted */
	int64_t wait_us;  /* before the next start */
};

/* Begin with no process and no descriptors. The caller then sets uid, gid and fds. */
void child_init(struct child *c);

/*
 * Look for caltrop-core: the setting, else next to this program, else in ../libexec beside it. ERR_NOT_FOUND,
 * ERR_TOO_LONG.
 */
ERR_CHECK enum err child_find(struct child *c, const char *setting);

/*
 * Look for another of the guard's files, beside this program, in ../libexec and in ../share/caltrop. `mode` is that of
 * access(2). The same errors.
 */
ERR_CHECK enum err child_beside(const char *name, int mode, char out[SETTINGS_PATH_MAX]);

/* Start it; the socket is non-blocking and close-on-exec. ERR_IO and the like: again_us says when to try again. */
ERR_CHECK enum err child_start(struct child *c, int64_t mono_us);

/* Send SIGTERM to the core, or SIGKILL if `now`. */
void child_end(struct child *c, bool now);

/* The core has ended and was waited for: close its socket, and set when to start it again. */
void child_gone(struct child *c, int64_t mono_us);
