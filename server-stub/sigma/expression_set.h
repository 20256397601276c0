/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of characters in regular expressions, while they are compiled. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define EXPRESSION_SET_RANGES_MAX 256
#define EXPRESSION_SET_TOP 0x1100ffu /* the last character, or byte that belongs to none */

struct expression_set {
	unsigned count;
	struct {
		uint32_t low, high;
	} ranges[EXPRESSION_SET_RANGES_MAX];
};

/* Add the characters from low to high. False: there is no room. */
bool expression_set_add(struct expression_set *s, uint32_t low, uint32_t high);

/* Add those of \d, \w and \s, or with a capital letter all others. False: there
 * is no room, or no such class. */
bool expression_set_class(struct expression_set *s, char letter);

/* Add the other cases of the letters in it. */
bool expression_set_fold(struct expression_set *s);
