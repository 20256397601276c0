/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves a file into a folder of root's, STATE_DIR/actor/quarantine, where it has mode 0 and a name that is its inode's
 * number, and back. It stays the same inode, so its owner, times, attributes and ACL stay; its mode is in the record.
 *
 * No symbolic link is followed, not on the way either, so nobody can lead this to another file; what is renamed is
 * looked at again afterwards. Files are seen as the init system sees them: a service manager may show caltropd a /tmp
 * of its own. No filesystem but those on the way to the folder is asked for anything, so none that a user has mounted
 * can hold the guard up.
 *
 * Refused: what is no regular file, has another name (a hard link), is on another filesystem or mount, is
 * larger than QUARANTINE_SIZE_MAX, or is a program or library of the init system, the guard or a root process of those
 * through which people log in (quarantine_users.h).
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define QUARANTINE_SIZE_MAX (64u << 20)
#define QUARANTINE_FILES_MAX 256u /* in the folder */
#define QUARANTINE_PATH_MAX 512
#define QUARANTINE_UNDO_MAX 80
#define QUARANTINE_WHY_MAX 96
#define QUARANTINE_USERS_MAX 3
#define QUARANTINE_HASH 32

struct quarantine {
	int root;			/* "/" of the init system, -1: none; O_PATH */
	int dir;			/* the folder, seen from there; -1: there is none */
	dev_t device;			/* the filesystem of the folder */
	char path[QUARANTINE_PATH_MAX]; /* of the folder, without links */
};

/* What is known of a file in quarantine. */
struct quarantine_undo {
	uint64_t inode, size;
	uint64_t changed_s; /* its time of modification: a number of an inode may become another file's */
	uint32_t changed_ns;
	uint32_t mode; /* permissions, as it had them */
	bool hashed;
	uint8_t sha256[QUARANTINE_HASH];
};

/* A file, and processes whose programs and libraries are spared: the init system, the actor, its core. */
struct quarantine_job {
	const struct quarantine *q;
	const char *path;
	int32_t users[QUARANTINE_USERS_MAX]; /* 0: none */
};

/* Make the folder and open both; `state` is the descriptor of the directory it is in. */
ERR_CHECK enum err quarantine_open(struct quarantine *q, int state);

/*
 * Look at the file; changes nothing. ERR_NOT_FOUND, ERR_KIND, ERR_TOO_LONG, ERR_PROTECTED, ERR_UNSUPPORTED (it is
 * elsewhere), ERR_FULL; `why` then says what is in the way.
 */
ERR_CHECK enum err quarantine_look(const struct quarantine_job *job, struct quarantine_undo *out,
				   char why[QUARANTINE_WHY_MAX]);

/*
 * Move the file that was looked at, and take its mode. ERR_BUSY: another file has its name by now, or, once it was
 * hashed, it was changed; nothing was done. ERR_OK, too, when it is there already.
 */
ERR_CHECK enum err quarantine_take(const struct quarantine_job *job, const struct quarantine_undo *undo,
				   char why[QUARANTINE_WHY_MAX]);

/* Whether the file is in the folder, and nobody may read it. */
bool quarantine_holds(const struct quarantine *q, const struct quarantine_undo *undo);

/*
 * Move it back, with the mode that it had, but for setuid and setgid if it was written to meanwhile. ERR_EXISTS:
 * another file has its name, which stays. ERR_NOT_FOUND: it is neither in the folder nor where it was, or its directory
 * is gone, as `why` says.
 */
ERR_CHECK enum err quarantine_give_back(const struct quarantine_job *job, const struct quarantine_undo *undo,
					char why[QUARANTINE_WHY_MAX]);

/* Open it for reading in the folder. -1: it is not there. */
int quarantine_read(const struct quarantine *q, const struct quarantine_undo *undo);

/* The record as bytes, at most QUARANTINE_UNDO_MAX. ERR_INVALID: another version wrote it. */
void quarantine_undo_encode(struct buf *b, const struct quarantine_undo *undo);
ERR_CHECK enum err quarantine_undo_decode(struct str bytes, struct quarantine_undo *out);
