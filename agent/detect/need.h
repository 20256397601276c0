/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an event must have for a rule to match: of a condition, matchers of which at least one has to fit; of a pattern,
 * a text that is in every value that it fits. Never judges whether a rule matches.
 */
#pragma once

#include "proto/pack.h"

#include <stdbool.h>
#include <stdint.h>

#define NEED_MATCHERS_MAX 16u
#define NEED_BYTES 3u /* of a text, with the value's ends; a shorter one says next to nothing */

enum need_ends {
	NEED_BEGIN = 1, /* the value begins with the text */
	NEED_END = 2,	/* the value ends with it */
};

struct need {
	uint16_t field;	 /* PACK_WHOLE: any */
	uint8_t ends;	 /* enum need_ends */
	struct str text; /* ASCII, in any case of letters; borrowed from the pack */
};

/* Of these matchers one must fit; none: nothing is known. */
struct need_set {
	unsigned count;
	uint32_t matchers[NEED_MATCHERS_MAX];
	uint32_t bytes;	   /* of the shortest text */
	uint32_t patterns; /* of all matchers */
};

/* Find what the condition at that node needs: the longest texts, and of these the fewest. */
void need_find(const struct pack *pack, uint32_t node, struct need_set *out);

/* The text that pattern number `place` of a matcher needs. False: none is known. */
bool need_of(const struct pack *pack, const struct pack_matcher *matcher, uint32_t place, struct need *out);

/* Bytes of the text and of the ends that count. */
uint32_t need_length(const struct need *n);
