/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of a lock as bytes, big-endian:
 *
 *	version:u8 (1)  password:u8 (0, 1)  uid:u32  field[16]  wall_s:u64  number:u32  places:u8
 *	a print[16] for each bit of places, from the lowest  home, to the end
 *
 * Pure.
 */
#include "agent/actor/sys/lock.h"

#include <string.h>

#define VERSION 1
#define FIXED (1 + 1 + 4 + LOCK_PRINT + 8 + 4 + 1)

_Static_assert(FIXED + SSH_KEYS_PLACES * SSH_KEYS_PRINT + ACCOUNT_HOME_MAX <= LOCK_UNDO_MAX, "a record fits");

void lock_undo_encode(struct buf *b, const struct lock_undo *undo)
{
	buf_be8(b, VERSION);
	buf_be8(b, undo->password);
	buf_be32(b, undo->uid);
	buf_bytes(b, undo->field, sizeof(undo->field));
	buf_be64(b, (uint64_t)undo->keys.wall_s);
	buf_be32(b, undo->keys.number);
	buf_be8(b, undo->keys.places);
	for (unsigned i = 0; i < SSH_KEYS_PLACES; i++)
		if (undo->keys.places & 1u << i)
			buf_bytes(b, undo->keys.prints[i], SSH_KEYS_PRINT);
	buf_text(b, undo->home);
}

/* `bytes` of them, which the caller knows to be there. */
static uint64_t take_number(struct str *s, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value = value << 8 | (uint8_t)s->data[i];
	*s = str_sub(*s, bytes, SIZE_MAX);
	return value;
}

static void take_bytes(struct str *s, uint8_t *out, size_t len)
{
	memcpy(out, s->data, len);
	*s = str_sub(*s, len, SIZE_MAX);
}

enum err lock_undo_decode(struct str bytes, struct lock_undo *out)
{
	uint64_t password;

	*out = (struct lock_undo){0};
	if (bytes.len < FIXED || take_number(&bytes, 1) != VERSION)
		return ERR_INVALID;
	password = take_number(&bytes, 1);
	out->password = password == 1;
	out->uid = (uid_t)take_number(&bytes, 4);
	take_bytes(&bytes, out->field, sizeof(out->field));
	out->keys.wall_s = (int64_t)take_number(&bytes, 8);
	out->keys.number = (uint32_t)take_number(&bytes, 4);
	out->keys.places = (uint8_t)take_number(&bytes, 1);
	if (password > 1 || out->keys.places >> SSH_KEYS_PLACES)
		return ERR_INVALID;
	for (unsigned i = 0; i < SSH_KEYS_PLACES; i++) {
		if (!(out->keys.places & 1u << i))
			continue;
		if (bytes.len < SSH_KEYS_PRINT)
			return ERR_INVALID;
		take_bytes(&bytes, out->keys.prints[i], SSH_KEYS_PRINT);
	}
	return str_copy(bytes, out->home, sizeof(out->home)) == ERR_OK ? ERR_OK : ERR_INVALID;
}
