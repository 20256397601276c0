/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacks an LZ4 block: runs of literal bytes, and matches in what was written before. So little code that a library
 * would be more. Never copies from before the beginning or beyond the room.
 */
#include "agent/base/view.h"
#include "agent/source/journald_unpack.h"

#include <string.h>

#define LENGTH_MORE 15 /* in a token: bytes of length follow */
#define LENGTH_ON 255  /* such a byte: another one follows */
#define MATCH_MIN 4

static size_t length_of(unsigned nibble, struct view *in)
{
	size_t len = nibble;
	uint8_t byte = LENGTH_ON;

	while (nibble == LENGTH_MORE && byte == LENGTH_ON && !in->short_read)
		len += byte = view_be8(in);
	return len;
}

/* Where the block is unpacked to. */
struct room {
	char *data;
	size_t len, cap;
};

static void put_literals(struct room *r, size_t len, struct view *in)
{
	size_t fits = len < r->cap - r->len ? len : r->cap - r->len;

	fits = fits < in->len ? fits : in->len;
	memcpy(r->data + r->len, in->data, fits);
	r->len += fits;
	(void)view_borrow(in, len);
}

/* A match may overlap what it makes. False: it begins before the beginning. */
static bool put_match(struct room *r, size_t distance, size_t len)
{
	if (distance == 0 || distance > r->len)
		return false;
	for (; len > 0 && r->len < r->cap; len--, r->len++)
		r->data[r->len] = r->data[r->len - distance];
	return true;
}

bool journald_lz4(struct str packed, struct buf *out, bool *cut)
{
	struct view in = view_over(packed.data, packed.len);
	size_t size = 0, cap = out->cap - out->len;

	for (unsigned i = 0; i < 8; i++) {
		uint64_t byte = view_be8(&in);

		size |= byte << (8 * i) & SIZE_MAX;
	}
	struct room room = {out->data + out->len, 0, size < cap ? size : cap};

	while (room.len < room.cap && in.len > 0 && !in.short_read) {
		uint8_t token = view_be8(&in), low;

		put_literals(&room, length_of(token >> 4, &in), &in);
		if (in.len == 0)
			break;
		low = view_be8(&in);
		size_t distance = low | (size_t)view_be8(&in) << 8, len = length_of(token & 15, &in) + MATCH_MIN;

		if (!in.short_read && !put_match(&room, distance, len))
			return false;
	}
	out->len += room.len;
	*cut = room.len < size;
	return room.len > 0;
}
