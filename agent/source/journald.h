/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd's journal, the only log of many machines, read from its files as journald writes them. The directory is
 * watched by inotify(7); journald truncates a file to its own length to tell of new entries, at most 250 ms after them
 * (journald's post-change timer). Entries of all files (system, users) are taken in the order of their sequence
 * numbers, which journald gives across its files. The place that is saved is the number of the last one, and the hash
 * of the identifier of that numbering, which is the system's file's: a user's file may bear another one (journald
 * before 254 gives each its own) and has the same numbers all the same. What was rotated away meanwhile is read first;
 * what was vacuumed is counted.
 *
 * Each entry becomes a line as a syslog daemon would write it: stamp, program, process number, message. journald and
 * the kernel vouch for _UID, _PID and _EXE, so a line of another user than root is dropped and counted (but for su and
 * sudo, which run with their caller's number), and a line of root's is a witness when its program is the one that
 * wrote it.
 */
#pragma once

#include "agent/source/journald_file.h"
#include "agent/source/source.h"

#include <uv.h>

#define JOURNALD_FILES_MAX 8u	 /* open at once; more wait */
#define JOURNALD_SYSTEM_FILES 2u /* of these, that no user's file takes */
#define JOURNALD_TURN 4096u	 /* entries of one turn of the loop */
#define JOURNALD_NAMES_MAX 256u	 /* users' files of the directory that are looked at */
#define JOURNALD_LINE_MAX (JOURNALD_MESSAGE_MAX + 256u)

struct journald_open {
	int fd; /* -1: free */
	uint64_t inode;
	uint64_t next; /* number of the next entry; 0: not looked at */
	bool user;     /* it is a user's: its numbers are those of the system's file */
	bool past;     /* journald began another numbering after it: it is read to its end, and closed */
	struct journald_file file;
};

struct journald {
	struct feed *feed;
	unsigned slot;
	int dir, watch;
	uv_poll_t poll;
	bool known;	    /* there is a place to go on from */
	bool young;	    /* a file had no whole header yet: it is looked at again with the next event */
	bool rescan;	    /* the directory has changed, or had more files than there is room for */
	uint64_t numbering; /* hash of the identifier of the numbers */
	uint64_t seqnum;    /* of the last entry taken */
	int64_t newest_us;  /* wall time of the newest entry */
	uint64_t entries, not_root, not_unpacked, damaged, vacuumed, suppressed;
	uint8_t foreign; /* enum journald_packing, or-ed: that health says are not read */
	struct journald_open open[JOURNALD_FILES_MAX];
	char line[JOURNALD_LINE_MAX];
};

extern const struct source_row journald_row;

/*
 * Append an entry as a line. False: it is none that a log decoder reads. *writer: the process whose word it is by
 * journald's and the kernel's; 0: it is nobody's. Pure.
 */
bool journald_line(const struct journald_entry *e, struct buf *out, uint32_t *writer);

/* Whether the entry may be believed to be from its program: root wrote it, or su or sudo. Pure. */
bool journald_believed(const struct journald_entry *e);
