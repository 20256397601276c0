/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares texts as Sigma does: letters' case does not count unless it is asked for. Letters are those of ASCII,
 * Latin-1, Greek and Cyrillic, whose two cases have as many bytes in UTF-8. The time grows with the product of the two
 * lengths at most. Not for two threads at once.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* The other case's form that stands for both; any other character itself. */
uint32_t text_fold(uint32_t character);

bool text_equal(struct str text, struct str other, bool cased);
bool text_starts(struct str text, struct str start, bool cased);
bool text_ends(struct str text, struct str end, bool cased);

/* The offset of the first place of `part`. SIZE_MAX: there is none. */
size_t text_find(struct str text, struct str part, bool cased);

/* What all calls of text_find() have cost: the bytes that were compared where the part could have begun. */
uint64_t text_work(void);
