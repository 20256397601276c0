/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a stream of bytes into lines. The stream is fed in pieces of any size. An incomplete line waits for its end in
 * memory of the caller. A line that lies whole in a piece is given out without a copy.
 *
 *	lines_feed(&l, piece);
 *	while (lines_next(&l, &line))
 *		...
 *
 * A line longer than the memory is skipped to its end and counted. A part of it is never given out: in most formats the
 * true address is at the end, and text of the attacker before it would be taken for the address.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINES_MAX 65536 /* bytes of the longest line; more memory is of no use, less is allowed */

struct lines {
	char *kept; /* the caller's memory */
	size_t cap, len;
	struct str piece; /* the bytes that were fed and not given out */
	bool skipping;	  /* inside a line that is too long */
	bool drop_kept;	  /* the last line that was given out lies in `kept` */
	uint64_t count;	  /* lines, with those that were skipped: the number of the last one */
	uint64_t skipped; /* lines that were too long */
};

/* Begin with memory for lines of at most `cap` bytes, which is not 0. The memory must outlive the struct. */
struct lines lines_over(void *memory, size_t cap);

/*
 * Feed the next piece. It must stay until lines_next() has returned false, and lines_next() must have returned false
 * for the piece before it.
 */
void lines_feed(struct lines *l, struct str piece);

/*
 * Take the next whole line, without its line feed. It is valid until the next call. In place of one that is too long
 * comes a lost line, so that who reads lines together knows of the gap. False: feed more.
 */
bool lines_next(struct lines *l, struct str *line);

/* Whether a line is what is left of one that was too long: a single NUL. */
bool lines_is_lost(struct str line);

/* Take the last line of a stream that ended without a line feed, a lost one if it is too long. False: there is none. */
bool lines_last(struct lines *l, struct str *line);

/* Bytes of the incomplete line that waits. 0: there is none, or it is being skipped. */
size_t lines_waiting(const struct lines *l);

/* Drop the incomplete line, because the file was replaced. */
void lines_reset(struct lines *l);
