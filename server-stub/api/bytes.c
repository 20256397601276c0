/* SPDX-License-Identifier: Apache-2.0 */
/* Growing bytes: doubled when full, never shrunk, freed by whoever holds them. */
#include "server-stub/api/bytes.h"

#include <stdlib.h>
#include <string.h>

enum err bytes_add(struct bytes *b, const void *data, size_t len, size_t max)
{
	if (len > max || b->len > max - len)
		return ERR_TOO_LONG;
	if (b->len + len > b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 4096;

		while (cap < b->len + len)
			cap *= 2;
		char *grown = realloc(b->data, cap);

		if (!grown)
			return ERR_NO_MEMORY;
		b->data = grown;
		b->cap = cap;
	}
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	return ERR_OK;
}

void bytes_free(struct bytes *b)
{
	free(b->data);
	*b = (struct bytes){0};
}
