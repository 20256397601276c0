/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares texts as Sigma does: letters' case does not count unless it is asked for. Letters are those of ASCII, and of
 * two bytes of UTF-8 in either case those that languages are written in: Latin, Greek, Cyrillic, Armenian (Unicode's
 * simple case folding). The time grows with the product of the two lengths at most. Not for two threads at once.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define TEXT_LETTERS_END 0x590u /* behind the last letter that has cases */

/* The other case's form that stands for both; any other character itself. */
uint32_t text_fold(uint32_t character);

bool text_equal(struct str text, struct str other, bool cased);
bool text_starts(struct str text, struct str start, bool cased);
bool text_ends(struct str text, struct str end, bool cased);

/* The offset of the first place of `part`. SIZE_MAX: there is none. */
size_t text_find(struct str text, struct str part, bool cased);

/* What all calls of text_find() have cost: the bytes that were compared where the part could have begun. */
uint64_t text_work(void);
