/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rounds remember of passwords that were tried: of an account and its hash a digest under a key that ends with
 * caltropd, how far the trying went, and what came of it. So that a hash is tried once, and a round goes on where the
 * one before stopped. The memory is a file that only rounds map; whatever is in it is valid.
 */
#pragma once

#include "agent/actor/audit/audit.h"
#include "agent/base/hash.h"

#define AUDIT_TRIED_MAX 64u /* accounts; the one that was looked at longest ago is forgotten */

struct audit_tried_row {
	uint64_t digest; /* 0: the row is free */
	uint32_t round;	 /* that looked at it last */
	uint16_t tried;	 /* passwords that were not it */
	uint8_t guess;	 /* enum audit_guess: RIGHT, UNABLE or GONE; WRONG: of all that were tried */
	uint8_t source;	 /* of RIGHT: enum audit_default_source */
};

struct audit_tried {
	bool begun;
	uint32_t round;
	struct hash_key key;
	struct audit_tried_row rows[AUDIT_TRIED_MAX];
};

/* Another round. A memory of zeros gets its key. */
void audit_tried_begin(struct audit_tried *t);

/* The row of an account with this hash, under these lists of passwords; made if there is none. */
struct audit_tried_row *audit_tried_row(struct audit_tried *t, struct str account, struct str hash, uint64_t lists);
