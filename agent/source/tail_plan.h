/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides from where to read a log file that was opened or that has no more bytes. tail.c looks at the file and
 * reads it. A file is identified by its inode and its first bytes, because a new file may get an old inode, and a file
 * may be emptied in place (copytruncate of logrotate(8)). Pure.
 */
#pragma once

#include "agent/core/core.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAIL_PLAN_HEAD 256 /* bytes of a file's beginning that identify it */

/* What identifies a file, as it is now. */
struct tail_look {
	uint64_t device, inode, size;
	int64_t written_us;	      /* when it was last written to, since 1970 */
	size_t head_len;	      /* min(size, TAIL_PLAN_HEAD) */
	uint8_t head[TAIL_PLAN_HEAD]; /* its first bytes */
};

enum tail_plan {
	TAIL_RESUME,  /* read from the place's offset */
	TAIL_BEGIN,   /* read from offset 0 */
	TAIL_END,     /* read only what is added from now on */
	TAIL_SIBLING, /* the place is in a file that was rotated away: read that to its end, then this one from 0 */
};

/*
 * What to do with a file that was opened for the first time in this run. `saved` is the place up to which its source
 * was read before. NULL: it was never read. Then a file that existed before the guard is read from its end, because its
 * lines may be years old, and one that appeared later (`late`) is read from its beginning.
 */
enum tail_plan tail_plan_open(const struct core_place *saved, const struct tail_look *look, bool late);

/* What to do with a rotated file: TAIL_RESUME if the place is in it, else TAIL_BEGIN, which means the current file. */
enum tail_plan tail_plan_sibling(const struct core_place *saved, const struct tail_look *look);

/*
 * What to do with the file that is being followed: TAIL_RESUME, or TAIL_BEGIN if it was emptied or rewritten in place.
 */
enum tail_plan tail_plan_follow(const struct core_place *at, const struct tail_look *look);

/* The place at `offset` of this file. */
struct core_place tail_plan_place(const struct tail_look *look, uint64_t offset);
