/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds files that became unreadable, as ransomware makes them: one that had a form (lookout_form.h) is like chance
 * now, or is gone, and a new one in its directory is like chance. The two are one file renamed, or one has the other's
 * name with an ending more or another one, or one process did both. It also says who has that done: the process, or
 * where another process is started for each file, the one that starts them.
 *
 * A file that was like chance before, is packed now, or of which it is not known what it was, is none of them. Pure.
 */
#pragma once

#include "agent/actor/lookout/lookout_read.h"
#include "agent/actor/lookout/lookout_who.h"
#include "agent/base/now.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define LOOKOUT_SCRAMBLE_HALVES 64u	     /* files that are gone, or new, and whose other half is waited for */
#define LOOKOUT_SCRAMBLE_RECENT 16u	     /* processes that did it last */
#define LOOKOUT_SCRAMBLE_US (60 * SECOND_US) /* that both are remembered */

struct lookout_scramble_half {
	int64_t until_us; /* 0: it is free */
	bool gone;	  /* a file that had a form is gone; else a new one is like chance */
	uint16_t dir;
	uint64_t ino;
	struct lookout_who who;
	uint16_t name_len;
	char name[NAME_MAX];
};

struct lookout_scramble {
	struct lookout_scramble_half halves[LOOKOUT_SCRAMBLE_HALVES];
	unsigned next_half; /* the one that is used again next */
	struct {
		int64_t until_us;
		uint32_t pid;
		uint32_t parents[LOOKOUT_WHO_PARENTS];
	} recent[LOOKOUT_SCRAMBLE_RECENT];
	unsigned next_recent;
	struct lookout_who unknown; /* zeros */
};

/* A file that was looked at. */
struct lookout_sight {
	uint16_t dir; /* its place in the table of directories */
	struct str name;
	const struct lookout_content *before; /* NULL: not known */
	const struct lookout_content *now;
	const struct lookout_who *who; /* NULL: not known */
};

struct lookout_scrambled {
	struct str name;	       /* the file that is unreadable */
	struct str other;	       /* the name that what is left of it has; empty: the same */
	const struct lookout_who *who; /* who wrote that; NULL: not known */
	uint32_t pid;		       /* who has it done; 0: not known */
};

/* Note a file that was looked at. Whether one became unreadable; texts live until the next call. */
bool lookout_scramble_note(struct lookout_scramble *s, const struct lookout_sight *sight, int64_t now_us,
			   struct lookout_scrambled *out);
