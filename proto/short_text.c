/* SPDX-License-Identifier: Apache-2.0 */
/* One form of a text for orders, objects and playbooks. What one may say besides is theirs. */
#include "proto/short_text.h"

#include <string.h>

bool short_text_valid(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	return len < size;
}

void short_text_put(struct buf *b, const char *text)
{
	buf_be8(b, (uint8_t)strlen(text));
	buf_text(b, text);
}

/* What is read past the end is zeros, and no text with a NUL. */
bool short_text_take(struct view *v, char *text, size_t size)
{
	uint8_t len = view_be8(v);

	if (len >= size)
		return false;
	view_bytes(v, text, len);
	return v->short_read || memchr(text, '\0', len) == NULL;
}
