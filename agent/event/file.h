/* SPDX-License-Identifier: Apache-2.0 */
/* A file event: a file that is watched was made, changed, renamed or removed. Its rows are in file.c. */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum file_action {
	FILE_CREATE = 0,
	FILE_WRITE = 1,
	FILE_RENAME = 2, /* it came under this name, or lost it (`gone`) */
	FILE_DELETE = 3,
	FILE_ATTRIBUTES = 4, /* mode or owner, not what is in it */
	FILE_SCRAMBLE =
		5, /* what it had in it is like chance now; `image` is who has that done, `target` its name now */
	FILE_ACTIONS = 6,
};

/* What the file decides. The numbers are in samples (common/lookout_sample.h) of one build only. */
enum file_group {
	FILE_GROUP_NONE = 0, /* of the settings' own list */
	FILE_ACCOUNTS = 1,   /* passwd, shadow, group */
	FILE_SUDOERS = 2,
	FILE_SSHD = 3,
	FILE_PAM = 4,
	FILE_CRON = 5,
	FILE_INIT = 6,
	FILE_KEYS = 7,		    /* authorized_keys and what is beside it */
	FILE_PROFILE = 8,	    /* what shells run first */
	FILE_PRELOAD = 9,	    /* what the dynamic linker loads first */
	FILE_GUARD = 10,	    /* the guard's own programs and settings */
	FILE_WEB = 11,		    /* what a web server serves */
	FILE_DECOY = 12,	    /* nobody has a reason to touch it */
	FILE_DECOY_BY_UNKNOWN = 13, /* the same, where the program that touched it is not known */
	FILE_GROUPS = 14,
};

enum file_type {
	FILE_TYPE_NONE = 0,
	FILE_REGULAR = 1,
	FILE_LINK = 2,
	FILE_OTHER = 3, /* a device, a FIFO, a socket */
	FILE_TYPES = 4,
};

/* What told of it. */
enum file_source {
	FILE_SOURCE_NONE = 0,
	FILE_SOURCE_FANOTIFY = 1,
	FILE_SOURCE_INOTIFY = 2, /* it knows no process */
	FILE_SOURCE_LOOK = 3,	 /* a comparison with what was known, after changes were missed */
	FILE_SOURCE_RESTART = 4, /* a comparison with what was known when the guard ran last */
	FILE_SOURCES = 5,
};

/* The values before are empty where the file was not known, and those after where it is gone. */
struct file_event {
	uint8_t action;	  /* enum file_action */
	uint8_t group;	  /* enum file_group */
	uint8_t type;	  /* enum file_type */
	uint8_t source;	  /* enum file_source */
	bool gone;	  /* nothing has this name any more */
	bool suid;	  /* whoever runs it becomes its owner or group now, and did not before */
	bool update;	  /* while a package manager had its lock */
	bool maintenance; /* while the device was maintained */
	uint32_t pid;	  /* of the process that did it; 0: not known */
	uint64_t size;
	struct str path;
	struct str image;		/* the path of that process's program */
	struct str name;		/* its name in the process list */
	struct str user;		/* "root", or the number of another user */
	struct str uid;			/* the same as a number; a text, because 0 has a meaning */
	struct str hash, hash_before;	/* SHA-256; empty: larger than is read, or no regular file */
	struct str mode, mode_before;	/* "4755" */
	struct str owner, owner_before; /* the number of the user that owns it */
	struct str target;		/* where a link leads; of a scrambled file its name now, if it is another */
};
