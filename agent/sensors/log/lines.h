/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a stream of bytes into lines. Fed in pieces of any size; a half line waits for its end in memory of the
 * caller. Whole lines inside a piece are handed out where they lie, without a copy.
 *
 *	lines_feed(&l, piece);
 *	while (lines_next(&l, &line))
 *		...
 *
 * A line longer than the memory is skipped to its end and counted. It is not handed out cut: in most formats the true
 * address stands at the end, and a text that the attacker wrote before it would be taken for it.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINES_MAX 65536 /* the longest line worth keeping; less memory is allowed */

struct lines {
	char *kept; /* the caller's memory */
	size_t cap, len;
	struct str piece; /* what was fed and not yet handed out */
	bool skipping;	  /* inside a line that is too long */
	bool drop_kept;	  /* the last line handed out lay in kept */
	uint64_t count;	  /* lines seen, with those skipped: the number of the last one */
	uint64_t skipped; /* of them too long */
};

/* cap is the longest line, at most LINES_MAX is of use; not 0. */
struct lines lines_over(void *memory, size_t cap);

/* Give the next piece, which must live until lines_next() has said false. The one before must be used up. */
void lines_feed(struct lines *l, struct str piece);

/* The next whole line without its line feed; valid until the next call. False: feed more. */
bool lines_next(struct lines *l, struct str *line);

/* The last line when the stream ended without a line feed. False: there is none. */
bool lines_last(struct lines *l, struct str *line);

/* Bytes of the half line that waits, 0 when the stream stands at the start of a line (also while skipping). */
size_t lines_waiting(const struct lines *l);

/* Forget the half line: the file was replaced. */
void lines_reset(struct lines *l);
