/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Challenges: random bytes that an authenticator signs, so that a signature is good once and soon. One carries its time
 * and a code over what it is for, so nothing is kept of those that are given out, however many somebody asks for; only
 * those that were used are, until they are too old. The key lives as long as the process.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdint.h>

#define CHALLENGE_RANDOM 16
#define CHALLENGE_BYTES 40 /* time, random bytes, code */
#define CHALLENGE_GOOD_US (INT64_C(300) * 1000000)
#define CHALLENGE_USED_MAX 512 /* within CHALLENGE_GOOD_US; beyond it none is taken until one is too old */

struct challenge_book {
	uint8_t key[32]; /* the caller's random bytes */
	struct challenge_used {
		uint8_t random[CHALLENGE_RANDOM];
		int64_t until_us; /* 0: the place is free */
	} used[CHALLENGE_USED_MAX];
};

/* Make a challenge for `purpose`, with random bytes of libsodium. */
void challenge_make(const struct challenge_book *book, struct str purpose, int64_t mono_us,
		    uint8_t challenge[CHALLENGE_BYTES]);

/*
 * Whether it was made for that purpose and may be used now. ERR_INVALID: it was not; ERR_EXPIRED: more than
 * CHALLENGE_GOOD_US ago; ERR_REPLAYED: it was used.
 */
ERR_CHECK enum err challenge_check(const struct challenge_book *book, struct str purpose, int64_t mono_us,
				   const uint8_t challenge[CHALLENGE_BYTES]);

/* Use up one that was found good. ERR_BUSY: CHALLENGE_USED_MAX were used of late. */
ERR_CHECK enum err challenge_use(struct challenge_book *book, int64_t mono_us,
				 const uint8_t challenge[CHALLENGE_BYTES]);
