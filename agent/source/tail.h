/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows log files. inotify(7) reports that a file has grown, the actor opens the files (ACTOR_SOURCE), and the core
 * gets each whole line with the place behind it. A file that is rotated by renaming is read to its end before the new
 * one is begun, and is still watched, because a slow writer may add lines. A file that is emptied in place is read from
 * offset 0. A file that does not exist or cannot be read is tried again later, and health says so.
 *
 * The path of a file leads elsewhere when a directory on the way is renamed, a link is replaced or a file system is
 * mounted over it. The file that is open is then still read, the actor is asked for the path again, and health says so
 * until the path leads to a file. The actor's watches report renamed directories and replaced links, the kernel's list
 * of mounts reports the rest, TAIL_MOUNT_US later at most; besides, each path is looked at again every TAIL_LOOK_US.
 *
 * A path may be a pattern (common/file_pattern.h). The files that fit it are followed as they come and go, with the
 * numbers that no other file of the settings has (struct source_file); when there are more, health says how many are
 * not read. What fits is looked for at start and whenever a name that fits appears.
 *
 * Limits: a line longer than CONFIG_LINE_MAX is skipped and counted. At most TAIL_TURN bytes are read in one
 * turn of the loop, so that a flood of lines does not delay the loop's other work. When a file was rotated twice while
 * the guard was not running, the lines of the file in between are not read.
 */
#pragma once

#include "agent/common/message.h"
#include "agent/core/core.h"
#include "agent/source/log_file.h"
#include "agent/source/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define TAIL_CHUNK 65536
#define TAIL_TURN (1024 * 1024)
#define TAIL_RETRY_US (10 * SECOND_US)
#define TAIL_RETRY_MAX_US (60 * SECOND_US)
#define TAIL_LOOK_US (600 * SECOND_US)
#define TAIL_MOUNT_US SECOND_US /* containers mount all day, so paths are asked for once in this time */
#define TAIL_LEFT_MAX 16	/* files that fit a pattern and are closed, whose places are remembered */
#define TAIL_ROW_PATH_MAX (SETTINGS_PATH_MAX + MESSAGE_NAME_MAX)

struct feed;

struct source_file {
	uint16_t index;		      /* its number as a source of lines */
	uint16_t row;		      /* in the settings' files: itself, or the pattern that it fits */
	bool used;		      /* false: the number is free for a file that fits a pattern */
	char path[TAIL_ROW_PATH_MAX]; /* the settings' path, or that of the match */
	char name[MESSAGE_NAME_MAX];  /* of the match; empty: the path is the settings' own */
	char entry[MESSAGE_NAME_MAX]; /* the name in the directory of dir_watch that leads on to the file */
	bool seen, gone; /* of a match: the look that is under way, or was last, found it; its name leads to no file */
	struct log_file current;
	struct log_file next;  /* waits until `current` is read to its end */
	struct log_file old;   /* was rotated away and is still watched */
	int dir_watch;	       /* -1: its directory does not exist */
	bool started;	       /* it was read in this run, so the saved place is not used any more */
	bool late;	       /* it did not exist when the actor was asked for it first */
	bool moved;	       /* its path led to no file when asked last, or a rename was reported since */
	bool asked, ask_again; /* the actor was asked for it; ask again when the answer has come */
	int64_t retry_us, retry_delay_us;
};

/* A pattern of the settings. */
struct tail_list {
	uint16_t row;		       /* in the settings' files */
	int watch;		       /* of its directory, or the nearest one above it that exists; -1: none */
	char entry[MESSAGE_NAME_MAX];  /* when its directory does not exist: the name that leads on to it */
	char cursor[MESSAGE_NAME_MAX]; /* the last match of the look that is under way */
	bool asked, ask_again;	       /* a look is under way; look again when it has ended */
	bool looked;		       /* a whole look was made: whatever is found from now on is new */
	unsigned left_out;	       /* of this look: matches for which there was no number */
	char refused[MESSAGE_NAME_MAX], why[MESSAGE_WHY_MAX]; /* of this look: the first match that may not be read */
	int64_t retry_us;
};

struct tail {
	struct feed *feed;
	uv_poll_t poll, mounts;
	int inotify;
	unsigned count, list_count;
	bool held; /* there are more lines, which are not read because requests to the actor wait */
	uint64_t lines, skipped, overflows, truncations, rotations;
	int64_t newest_us; /* wall time when the last line was read; before the first one, of the newest file */
	struct source_file files[SETTINGS_FILES_MAX];
	struct tail_list lists[SETTINGS_FILES_MAX];
	struct core_place left[TAIL_LEFT_MAX]; /* a ring */
	unsigned left_next;
	char chunk[TAIL_CHUNK];
};

extern const struct source_row tail_row;
