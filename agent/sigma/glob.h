/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns with wildcards, as they stand in a pack: parts, one behind the other, of the whole text.
 *
 *	1 len:u16 bytes		these bytes
 *	2			any number of characters ('*')
 *	3			one character ('?')
 *	4			one of the dashes '-', '/', U+2013, U+2014 and U+2015 (modifier windash)
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/str.h"

#include <stdbool.h>

enum glob_part { GLOB_BYTES = 1, GLOB_ANY, GLOB_ONE, GLOB_DASH };

/* Whether the bytes are such a pattern. */
bool glob_valid(struct str glob);

/*
 * Whether a valid pattern describes the text. The time grows with the product of their lengths at most. Not for two
 * threads at once.
 */
bool glob_run(struct str glob, struct str text, bool cased);

/* What all calls have cost: the parts that were tried; what looking for their bytes costs is text_work()'s. */
uint64_t glob_work(void);

/* Take the next part of a valid pattern, and its bytes if it has some. False: there is none left. */
bool glob_next(struct str *glob, enum glob_part *part, struct str *bytes);

/* Append the pattern as Sigma writes it; a dash is '-'. */
void glob_show(struct buf *b, struct str glob);
