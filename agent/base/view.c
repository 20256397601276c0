/* SPDX-License-Identifier: Apache-2.0 */
/* The bounded reader. All of Caltrop's own binary formats are read by it, so no length from outside is trusted. */
#include "agent/base/view.h"

#include <string.h>

const uint8_t *view_borrow(struct view *v, size_t len)
{
	if (v->short_read || len > v->len) {
		v->short_read = true;
		return NULL;
	}
	const uint8_t *at = v->data;

	v->data += len;
	v->len -= len;
	return at;
}

void view_bytes(struct view *v, void *target, size_t len)
{
	const uint8_t *at = view_borrow(v, len);

	if (at)
		memcpy(target, at, len);
	else
		memset(target, 0, len);
}

uint8_t view_be8(struct view *v)
{
	uint8_t b[1];

	view_bytes(v, b, sizeof(b));
	return b[0];
}

uint16_t view_be16(struct view *v)
{
	uint8_t b[2];

	view_bytes(v, b, sizeof(b));
	return (uint16_t)(b[0] << 8 | b[1]);
}

uint32_t view_be32(struct view *v)
{
	uint32_t high = view_be16(v);

	return high << 16 | view_be16(v);
}

uint64_t view_be64(struct view *v)
{
	uint64_t high = view_be32(v);

	return high << 32 | view_be32(v);
}

enum err view_done(const struct view *v)
{
	if (v->short_read)
		return ERR_TRUNCATED;
	return v->len ? ERR_TOO_LONG : ERR_OK;
}
