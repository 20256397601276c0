/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of the names of programs, each with a small number of the caller's. It is asked for every line of a log: a
 * name is padded with zeros to two words, the last byte of which is its length, so that it is hashed and compared
 * without a call. It is filled once, before the first question, and never changed after that.
 */
#pragma once

#include "agent/base/str.h"
#include "agent/sensors/log/scan.h"

#include <stdbool.h>
#include <stdint.h>

#define NAMES_PLACES 64u /* at least twice as many as there are names */
#define NAMES_LEN_MAX 15u

struct names {
	struct names_place {
		uint64_t words[2];
		uint8_t value; /* 0: free */
	} places[NAMES_PLACES];
	unsigned count;
};

/* Add a name of 1 to NAMES_LEN_MAX bytes that is not in the table yet, with a value that is not 0. */
void names_add(struct names *n, struct str name, uint8_t value);

/* False: the name is empty, or longer than any in a table. */
static inline bool names_key(struct str name, uint64_t words[2])
{
	if (name.len - 1 >= NAMES_LEN_MAX)
		return false;
	words[0] = name.len > 8 ? scan_load(name.data) : scan_padded(name);
	words[1] = (uint64_t)name.len << 56;
	if (name.len > 8)
		words[1] |= scan_padded((struct str){name.data + 8, name.len - 8});
	return true;
}

static inline unsigned names_place_of(const uint64_t words[2])
{
	return (unsigned)(((words[0] ^ words[1] << 7) * UINT64_C(0x9e3779b97f4a7c15)) >> 58);
}

/* The value of a name; 0: it is not in the table. */
static inline uint8_t names_find(const struct names *n, struct str name)
{
	uint64_t words[2];

	if (!names_key(name, words))
		return 0;
	for (unsigned at = names_place_of(words); n->places[at].value; at = (at + 1) % NAMES_PLACES)
		if (n->places[at].words[0] == words[0] && n->places[at].words[1] == words[1])
			return n->places[at].value;
	return 0;
}
