/* SPDX-License-Identifier: Apache-2.0 */
/* Builds small journal files in memory, in both layouts, so that tests can damage them. See systemd's journal-def.h. */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define IMAGE_BYTES 65536
#define IMAGE_HEADER 272

struct image {
	uint8_t bytes[IMAGE_BYTES];
	size_t len;
	bool compact;
	uint64_t array; /* the last entry array */
	unsigned array_places, array_used, entries;
};

static inline void image_le(struct image *i, size_t at, uint64_t value, unsigned bytes)
{
	for (unsigned n = 0; n < bytes; n++)
		i->bytes[at + n] = (uint8_t)(value >> (8 * n));
}

static inline void image_begin(struct image *i, bool compact)
{
	memset(i, 0, sizeof(*i));
	memcpy(i->bytes, "LPKSHHRH", 8);
	i->compact = compact;
	image_le(i, 12, compact ? 4 | 8 | 16 : 4 | 8, 4);
	i->bytes[16] = 1;
	memset(i->bytes + 24, 0x11, 16);
	memset(i->bytes + 72, 0x22, 16);
	image_le(i, 88, IMAGE_HEADER, 8);
	i->len = IMAGE_HEADER;
}

static inline size_t image_object(struct image *i, uint8_t type, uint8_t flags, size_t size)
{
	size_t at = i->len;

	assert(at + size + 8 <= IMAGE_BYTES);
	i->bytes[at] = type;
	i->bytes[at + 1] = flags;
	image_le(i, at + 8, size, 8);
	i->len = (at + size + 7) / 8 * 8;
	return at;
}

/* A data object; the result is its offset. */
static inline uint64_t image_data(struct image *i, const void *payload, size_t len, uint8_t flags)
{
	size_t head = i->compact ? 72 : 64, at = image_object(i, 1, flags, head + len);

	memcpy(i->bytes + at + head, payload, len);
	return at;
}

static inline void image_link(struct image *i, uint64_t entry)
{
	unsigned item = i->compact ? 4 : 8;

	if (i->array_used == i->array_places) {
		unsigned places = i->array_places ? i->array_places * 2 : 2;
		size_t at = image_object(i, 6, 0, 24 + (size_t)places * item);

		if (i->array)
			image_le(i, i->array + 16, at, 8);
		else
			image_le(i, 176, at, 8);
		i->array = at;
		i->array_places = places;
		i->array_used = 0;
	}
	image_le(i, i->array + 24 + (size_t)i->array_used++ * item, entry, item);
	image_le(i, 152, ++i->entries, 8);
}

static inline uint64_t image_entry(struct image *i, uint64_t seqnum, const uint64_t *data, unsigned count)
{
	unsigned item = i->compact ? 4 : 16;
	size_t at = image_object(i, 3, 0, 64 + (size_t)count * item);

	image_le(i, at + 16, seqnum, 8);
	image_le(i, at + 24, 1700000000000000 + seqnum, 8);
	for (unsigned n = 0; n < count; n++)
		image_le(i, at + 64 + (size_t)n * item, data[n], i->compact ? 4 : 8);
	image_link(i, at);
	image_le(i, 160, seqnum, 8);
	return at;
}

/* An entry of sshd's, written by root, with that message. */
static inline uint64_t image_line(struct image *i, uint64_t seqnum, const char *message)
{
	static const char *const fields[] = {"SYSLOG_IDENTIFIER=sshd", "_PID=77",	    "_UID=0",
					     "_EXE=/usr/sbin/sshd",    "_TRANSPORT=syslog", "PRIORITY=6"};
	char text[1024];
	uint64_t data[7];

	for (unsigned n = 0; n < 6; n++)
		data[n] = image_data(i, fields[n], strlen(fields[n]), 0);
	snprintf(text, sizeof(text), "MESSAGE=%s", message);
	data[6] = image_data(i, text, strlen(text), 0);
	return image_entry(i, seqnum, data, 7);
}
