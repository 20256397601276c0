/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions, as the command line compiled them: steps of an automaton, all of whose ways are followed at once
 * (Thompson 1968), so the time grows with the product of text and steps at most. It finds whether the expression fits
 * somewhere in a text of UTF-8 characters, and not where. As it stands in a pack:
 *
 *   source_len:u16 source  steps:u16 sets:u16  ( kind:u8 0:u8 next:u16 arg:u32 ) * steps
 *   ( first:u16 ranges:u16 ) * sets  ( low:u32 high:u32 ) ranges, characters from low to high
 *
 * It begins at step 0. agent/match has fields, which are proved to be at one place, and 255 steps in memory of its own,
 * over bytes and whole texts; neither can stand for the other.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define REGEX_STEPS_MAX 4000 /* with the repetitions written out */
#define REGEX_SETS_MAX 256
#define REGEX_RANGES_MAX 2048

enum regex_kind {
	REGEX_CHAR = 1, /* take the character `arg`, go on at `next` */
	REGEX_SET,	/* take one of set number `arg` */
	REGEX_NOT_SET,	/* take one that is not of it */
	REGEX_ANY,	/* take any */
	REGEX_SPLIT,	/* go on at `next`, and at `arg` */
	REGEX_BEGIN,	/* the text begins here; then: a line does */
	REGEX_BEGIN_LINE,
	REGEX_END, /* the text ends here, or with the line feed that comes here; then: a line does */
	REGEX_END_LINE,
	REGEX_WORD,	/* one side is in a word and the other is not */
	REGEX_NOT_WORD, /* both sides are, or none is */
	REGEX_LAST,	/* the text ends here; a line feed counts */
	REGEX_FITS,
	REGEX_KINDS,
};

/* Whether the bytes are such a program. */
bool regex_valid(struct str program);

/* The expression of a valid program, as its author wrote it. */
struct str regex_source(struct str program);

/* Whether a valid program fits somewhere in the text. Not for two threads at once. */
bool regex_run(struct str program, struct str text);

/* What all calls have cost: for each character of a text the steps that were looked at. */
uint64_t regex_work(void);
