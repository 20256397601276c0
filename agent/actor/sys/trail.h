/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way to a log file, directory by directory from "/" on, so that nobody but root decides which file the core reads.
 * Whoever may write a directory on the way could put a link there, or another name of a file that is not his.
 *
 *   - A directory or file is root's, or belongs to a daemon: an account or group of a number up to TRAIL_SYSTEM_MAX
 *     (login.defs(5): SYS_UID_MAX). Nobody else may write it; a directory that all may write must be root's and
 *     sticky, as /tmp is.
 *   - A symbolic link is followed if it is root's and no directory up to it may be written by anybody but root.
 *   - Where a directory on the way may be written by a daemon or is sticky, the file has one name (no hard links), and
 *     where it is root's, the kernel protects hard links (fs.protected_hardlinks, proc_sys_fs(5)).
 *   - The file is a regular one. No other is opened, not even to look at it.
 *
 * Root is uid 0, who runs the actor, and the owner of "/" (in a user namespace root has another number). What an ACL
 * grants is seen as far as the mode shows it: in the bits of the group (acl(5)).
 */
#pragma once

#include "agent/base/err.h"
#include "agent/common/message.h"

#include <stdbool.h>
#include <sys/types.h>

#define TRAIL_SYSTEM_MAX 999 /* the last uid and gid of a daemon */
#define TRAIL_LINKS_MAX 8    /* followed on one way */
#define TRAIL_PATH_MAX 1024  /* bytes of a path with all that links put into it */

struct trail {
	int dir;		   /* O_PATH: the last directory reached; -1 when closed */
	int inotify;		   /* watches each directory on the way; -1: none does */
	uid_t root;		   /* the owner of "/" */
	bool shared;		   /* others than root may write one of the directories up to here */
	unsigned links;		   /* followed so far */
	char rest[TRAIL_PATH_MAX]; /* what is to go; at the end the name in dir */
	char why[MESSAGE_WHY_MAX]; /* with ERR_DENIED: which part is at fault, and how */
};

/*
 * Go to the directory of an absolute path. The inotify instance (-1: none), which stays the caller's, then reports
 * IN_MOVE_SELF for each directory on the way, because whoever renames one of them gives the path to another file, and
 * IN_MOVE_SELF, IN_ATTRIB or IN_DELETE_SELF for each link, when it is replaced or goes.
 * ERR_NOT_FOUND: the directory does not exist, and dir is the nearest one above it that does. ERR_DENIED: the way is
 * not safe, and `why` says where. The caller calls trail_end() whatever the result.
 */
ERR_CHECK enum err trail_begin(struct trail *t, const char *path, int inotify);

/* Go on to the file itself, through links, and open it for reading. *fd is the caller's. Errors as above. */
ERR_CHECK enum err trail_file(struct trail *t, int *fd);

/*
 * Whether a program may be run as root: only root can change it and what its path leads to. *mode is its mode
 * (stat(2)). ERR_DENIED as above, also where a daemon could. Nothing has to be ended.
 */
ERR_CHECK enum err trail_program(struct trail *t, const char *path, mode_t *mode);

/* Open another file of the directory that trail_begin() came to; it must be no link. Call it before trail_file(). */
ERR_CHECK enum err trail_sibling(struct trail *t, const char *name, int *fd);

/* The name in dir that leads on to the file: its own, or that of a directory which does not exist. */
void trail_entry(const struct trail *t, char out[MESSAGE_NAME_MAX]);

/* Close the directory. The watches of inotify stay. */
void trail_end(struct trail *t);
