/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes as jansson does, and once more with smaller numbers when it refuses. Keeps no copy of what it read. */
#include "server-stub/cli/decode.h"

#include "agent/base/key.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FLAGS (JSON_DECODE_ANY | JSON_ALLOW_NUL)
#define LARGEST "9223372036854775807"
#define DIGITS (sizeof(LARGEST) - 1)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits that stand for an integer beyond the range make place for its end; blanks fill what is left. */
static void clamp(char *digits, size_t count)
{
	if (count < DIGITS || (count == DIGITS && memcmp(digits, LARGEST, DIGITS) <= 0))
		return;
	memcpy(digits, LARGEST, DIGITS);
	memset(digits + DIGITS, ' ', count - DIGITS);
}

static void clamp_all(char *text, size_t len)
{
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		size_t start = i;

		if (in_string && text[i] == '\\') {
			i++;
			continue;
		}
		if (text[i] == '"')
			in_string = !in_string;
		if (in_string || !is_digit(text[i]))
			continue;
		while (i < len && is_digit(text[i]))
			i++;
		/* A fraction is a real number, which has no such end. */
		if (i == len || !strchr(".eE", text[i]))
			clamp(text + start, i - start);
		else
			while (i < len && strchr("0123456789.eE+-", text[i]))
				i++;
		i--;
	}
}

json_t *decode_json(const char *text, size_t len)
{
	json_error_t error;
	json_t *out = json_loadb(text, len, FLAGS, &error);
	char *copy = out ? NULL : malloc(len ? len : 1);

	if (!copy)
		return out;
	memcpy(copy, text, len);
	clamp_all(copy, len);
	out = json_loadb(copy, len, FLAGS, &error);
	key_wipe(copy, len);
	free(copy);
	return out;
}
