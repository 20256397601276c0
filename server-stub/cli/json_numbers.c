/* SPDX-License-Identifier: Apache-2.0 */
/* Goes over a text of JSON, strings and numbers apart, before the library reads it. Knows no other part of JSON. */
#include "server-stub/cli/json_numbers.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* The bytes from `at` on that are a string, its quotes among them. */
static size_t string_len(struct str text, size_t at)
{
	size_t end = at + 1;

	while (end < text.len && text.data[end] != '"')
		end += text.data[end] == '\\' && end + 1 < text.len ? 2 : 1;
	return (end < text.len ? end + 1 : text.len) - at;
}

static bool is_too_large(const char *number, size_t len)
{
	char *end;

	errno = 0;
	strtoll(number, &end, 10);
	if (end == number + len)
		return errno == ERANGE;
	return isinf(strtod(number, &end)) && end == number + len;
}

void json_numbers_quote(struct buf *out, struct str text)
{
	size_t len;

	for (size_t at = 0; at < text.len; at += len) {
		const char *from = text.data + at;

		if (from[0] == '"') {
			buf_bytes(out, from, len = string_len(text, at));
			continue;
		}
		len = from[0] == '-' || (from[0] >= '0' && from[0] <= '9') ? strspn(from, "+-.0123456789eE") : 0;
		bool quoted = len && is_too_large(from, len);

		len = len ? len : 1;
		if (quoted)
			buf_char(out, '"');
		buf_bytes(out, from, len);
		if (quoted)
			buf_char(out, '"');
	}
}
