/* SPDX-License-Identifier: Apache-2.0 */
/* Adds up sets of characters. Their ranges may overlap. */
#include "server-stub/sigma/expression_set.h"

#include "agent/sigma/text.h"

#include <stddef.h>

bool expression_set_add(struct expression_set *s, uint32_t low, uint32_t high)
{
	if (s->count && low <= s->ranges[s->count - 1].high + 1 && low >= s->ranges[s->count - 1].low) {
		if (high > s->ranges[s->count - 1].high)
			s->ranges[s->count - 1].high = high;
		return true;
	}
	if (s->count == EXPRESSION_SET_RANGES_MAX)
		return false;
	s->ranges[s->count].low = low;
	s->ranges[s->count++].high = high;
	return true;
}

bool expression_set_class(struct expression_set *s, char letter)
{
	static const struct {
		char letter;
		const char *ranges; /* pairs, in order */
	} classes[] = {{'d', "09"}, {'w', "09AZ__az"}, {'s', "\t\r  "}};
	char small = (char)(letter | 0x20);

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		uint32_t from = 0;
		bool fits = true;

		if (classes[i].letter != small)
			continue;
		for (const char *r = classes[i].ranges; r[0]; r += 2) {
			uint32_t low = (uint8_t)r[0], high = (uint8_t)r[1];

			fits = fits &&
			       expression_set_add(s, letter == small ? low : from, letter == small ? high : low - 1);
			from = high + 1;
		}
		return fits && (letter == small || expression_set_add(s, from, EXPRESSION_SET_TOP));
	}
	return false;
}

static bool has(const struct expression_set *s, uint32_t c)
{
	for (unsigned i = 0; i < s->count; i++)
		if (c >= s->ranges[i].low && c <= s->ranges[i].high)
			return true;
	return false;
}

bool expression_set_fold(struct expression_set *s)
{
	bool folded[TEXT_LETTERS_END] = {false};

	for (uint32_t c = 0; c < TEXT_LETTERS_END; c++)
		if (has(s, c))
			folded[text_fold(c)] = true;
	for (uint32_t c = 0; c < TEXT_LETTERS_END; c++)
		if (folded[text_fold(c)] && !has(s, c) && !expression_set_add(s, c, c))
			return false;
	return true;
}
