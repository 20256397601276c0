/* SPDX-License-Identifier: Apache-2.0 */
/* Puts paths together and cuts them. Never looks whether there is such a file. */
#include "agent/sensors/path.h"

#include <string.h>

#define CUT STR("...")

/* The last name of a list whose names are ended by NUL; the list loses it. */
static struct str take_last(struct str *names)
{
	size_t from;

	if (names->len && names->data[names->len - 1] == '\0')
		names->len--;
	for (from = names->len; from > 0 && names->data[from - 1] != '\0'; from--)
		;
	struct str last = str_sub(*names, from, names->len - from);

	names->len = from;
	return last;
}

void path_put(struct buf *b, struct str names, bool back, bool cut)
{
	if (!back) {
		buf_put(b, names);
		return;
	}
	if (cut)
		buf_text(b, "...");
	while (names.len > 0) {
		buf_char(b, '/');
		buf_put(b, take_last(&names));
	}
}

struct str path_base(struct str path)
{
	size_t slash = str_find_back(path, STR("/"));

	return slash == SIZE_MAX ? path : str_sub(path, slash + 1, path.len);
}

uint8_t path_keep_begin(char *target, size_t size, struct str text)
{
	text = str_sub(text, 0, size);
	if (text.len)
		memcpy(target, text.data, text.len);
	return (uint8_t)text.len;
}

uint8_t path_keep_end(char *target, size_t size, struct str text)
{
	if (text.len <= size)
		return path_keep_begin(target, size, text);
	memcpy(target, CUT.data, CUT.len);
	memcpy(target + CUT.len, text.data + text.len - (size - CUT.len), size - CUT.len);
	return (uint8_t)size;
}
