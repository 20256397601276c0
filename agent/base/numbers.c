/* SPDX-License-Identifier: Apache-2.0 */
/* Reads rows of decimal numbers. scanf(3) would be fourteen kilobytes of a program that is linked statically. */
#include "agent/base/numbers.h"

#include <stdbool.h>

static bool number_take(const char **at, uint64_t *out)
{
	const char *p = *at;

	*out = 0;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(*out, 10u, out) || __builtin_add_overflow(*out, (unsigned)(*p - '0'), out))
			return false;
	if (p == *at)
		return false;
	*at = p;
	return true;
}

unsigned numbers_read(const char *text, char between, uint64_t *out, unsigned max)
{
	for (unsigned count = 0; count < max; count++) {
		if (count > 0 && *text == between && between)
			text++;
		else if (count > 0 && *text != ' ' && *text != '\t')
			return count;
		while (*text == ' ' || *text == '\t')
			text++;
		if (!number_take(&text, &out[count]))
			return count;
	}
	return max;
}
