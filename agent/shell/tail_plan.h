/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to do with a log file that was opened or that seems to have ended. Pure: source_tail.c looks and acts, this
 * decides. A file is known by its inode and by its first bytes, because inodes are used again and files are
 * emptied in place (logrotate's copytruncate).
 */
#pragma once

#include "agent/core/core.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAIL_PLAN_HEAD 256

/* A file as it is now. */
struct tail_look {
	uint64_t inode, size;
	size_t head_len;	      /* min(size, TAIL_PLAN_HEAD) */
	uint8_t head[TAIL_PLAN_HEAD]; /* its first bytes */
};

enum tail_plan {
	TAIL_RESUME,  /* read on at the place's offset */
	TAIL_BEGIN,   /* read from 0 */
	TAIL_END,     /* what is there is older than the guard: only what is added counts */
	TAIL_SIBLING, /* the place is in another file, which was rotated away: finish that, then begin here */
};

/*
 * At start. `saved`: where the guard was, NULL when it never read this source; then a file that was there before
 * the guard is read from its end (its lines may be years old), and one that appears later (`late`) from its
 * beginning.
 */
enum tail_plan tail_plan_open(const struct core_place *saved, const struct tail_look *look, bool late);

/* A rotated sibling was opened: TAIL_RESUME when it is the file of the place, else TAIL_BEGIN (of the current file). */
enum tail_plan tail_plan_sibling(const struct core_place *saved, const struct tail_look *look);

/* While following: TAIL_RESUME, or TAIL_BEGIN when the file was emptied or replaced in place since. */
enum tail_plan tail_plan_follow(const struct core_place *at, const struct tail_look *look);

/* The place at `offset` of a file that looks so. */
struct core_place tail_plan_place(const struct tail_look *look, uint64_t offset);
