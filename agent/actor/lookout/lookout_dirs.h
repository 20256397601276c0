/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directories that are watched: those of the wanted files, and each on the way to one, so that one which comes,
 * goes or is replaced is noticed. Each is marked with fanotify(7), which names the process, or where the file system
 * cannot be (FAN_REPORT_DFID_NAME needs file handles), watched with inotify(7). Marks are on directories and not on
 * their file systems, since each write to the device's logs would wake the guard. No link is followed.
 */
#pragma once

#include "agent/actor/lookout/lookout_events.h"
#include "agent/actor/lookout/lookout_wants.h"
#include "agent/base/hash.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define LOOKOUT_DIRS_MAX 256u

struct lookout_dir {
	char path[SETTINGS_PATH_MAX]; /* without a slash behind it; of "/" empty */
	bool used;
	bool based;   /* what was in it before the guard started is known */
	bool fresh;   /* it was not there at the last scan, or it is another one */
	bool seen;    /* by the scan that runs */
	bool wanted;  /* something in it is; else it is on the way */
	bool by_name; /* fanotify tells of it, with who did it */
	int wd;	      /* inotify; -1: none */
	uint64_t id;  /* lookout_dirs_id(), 0: none */
	dev_t dev;
	ino_t ino;
	uint64_t wants[LOOKOUT_WANTS_MAX / 64]; /* a bit for each row of the wants */
};

struct lookout_dirs {
	const struct lookout_wants *wants;
	const char *passwd;    /* the file of accounts and their homes */
	int fanotify, inotify; /* -1: not to be had */
	struct hash_key key;
	bool full;	  /* there is no room for one */
	uint32_t refused; /* wants of the settings that lead over a link */
	struct lookout_dir rows[LOOKOUT_DIRS_MAX];
};

/* Look for all wanted directories anew, mark those that are new, and forget those that are gone. */
void lookout_dirs_scan(struct lookout_dirs *d);

/* Whose event it is; NULL: of none. */
struct lookout_dir *lookout_dirs_of(struct lookout_dirs *d, const struct lookout_event *e);

/* Whether a file of that name in it is wanted, and what it decides. */
bool lookout_dirs_wants(const struct lookout_dirs *d, const struct lookout_dir *dir, struct str name, uint8_t *group);

/* Open the directory (O_PATH), without a link on the way. -1: it is not there. */
int lookout_dirs_open(const struct lookout_dir *dir);

/* How many are watched, and how many of them by inotify. */
uint32_t lookout_dirs_count(const struct lookout_dirs *d, uint32_t *blind);
