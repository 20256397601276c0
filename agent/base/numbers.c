/* SPDX-License-Identifier: Apache-2.0 */
/* Reads rows of decimal numbers. scanf(3) would be fourteen kilobytes of a program that is linked statically. */
#include "agent/base/numbers.h"

#include "agent/base/str.h"

#include <stdbool.h>
#include <string.h>

static bool number_take(const char **at, uint64_t *out)
{
	struct str digits = {*at, strspn(*at, "0123456789")};

	*at += digits.len;
	return str_number(digits, UINT64_MAX, out) == ERR_OK;
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
