/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding and query parameters of a request. Pure; never allocates. */
#include "server-stub/api/query.h"
#include "agent/base/hex.h"

#include <string.h>

enum err query_unescape(struct str text, char *out, size_t cap)
{
	size_t len = 0;

	while (text.len) {
		char c = text.data[0];
		size_t used = 1;

		if (c == '%') {
			int high = text.len > 2 ? hex_digit(text.data[1]) : -1;
			int low = text.len > 2 ? hex_digit(text.data[2]) : -1;

			if (high < 0 || low < 0)
				return ERR_INVALID;
			c = (char)(high * 16 + low);
			used = 3;
		}
		if (c == 0)
			return ERR_INVALID;
		if (len + 1 >= cap)
			return ERR_TOO_LONG;
		out[len++] = c;
		text = str_sub(text, used, SIZE_MAX);
	}
	out[len] = 0;
	return ERR_OK;
}

enum err query_get(struct str query, const char *name, char *out, size_t cap)
{
	struct str found = STR_NONE;
	bool is_there = false;

	out[0] = 0;
	while (query.len) {
		struct str value = str_cut(&query, '&');
		struct str key = str_cut(&value, '=');

		if (!str_equal(key, str_from(name)))
			continue;
		if (is_there)
			return ERR_INVALID;
		is_there = true;
		found = value;
	}
	if (!is_there)
		return ERR_NOT_FOUND;
	enum err err = query_unescape(found, out, cap);

	if (err)
		out[0] = 0;
	return err;
}

static bool is_word_of(struct str name, struct str words)
{
	while (words.len)
		if (str_equal(str_cut(&words, ' '), name))
			return true;
	return false;
}

bool query_known(struct str query, const char *allowed, struct str *stranger)
{
	if (strcmp(allowed, "*") == 0)
		return true;
	while (query.len) {
		struct str value = str_cut(&query, '&');

		*stranger = str_cut(&value, '=');
		if (!is_word_of(*stranger, str_from(allowed)))
			return false;
	}
	return true;
}
