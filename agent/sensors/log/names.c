/* SPDX-License-Identifier: Apache-2.0 */
/* Fills a table of names. Never allocates. */
#include "agent/sensors/log/names.h"

#include "agent/base/require.h"

void names_add(struct names *n, struct str name, uint8_t value)
{
	uint64_t words[2];
	unsigned at;

	require(value && n->count < NAMES_PLACES / 2 && names_key(name, words));
	for (at = names_place_of(words); n->places[at].value; at = (at + 1) % NAMES_PLACES)
		require(memcmp(n->places[at].words, words, sizeof(words)) != 0);
	memcpy(n->places[at].words, words, sizeof(words));
	n->places[at].value = value;
	n->count++;
}
