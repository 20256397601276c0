/* SPDX-License-Identifier: Apache-2.0 */
/* The file of the chain of receipts: a small beginning, and a ring of slots that are written over in place. */
#include "agent/actor/ledger/chain_file.h"

#include "agent/base/buf.h"
#include "agent/base/hash.h"
#include "agent/base/now.h"
#include "agent/base/regular.h"
#include "agent/base/view.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAGIC_BYTES 4
#define BEGIN_BYTES (MAGIC_BYTES + CHAIN_FILE_BOOT + 8 + 8 + CHAIN_HASH + 8 + 8 + 4)
#define OLD_BYTES (MAGIC_BYTES + CHAIN_FILE_BOOT + 8 + 8 + CHAIN_HASH + 4) /* of format CTC1 */
#define SLOT_HEAD (MAGIC_BYTES + 8 + 8 + CHAIN_HASH + CHAIN_HASH + 2)

_Static_assert(SLOT_HEAD + CHAIN_FILE_MESSAGE_MAX + 4 == CHAIN_FILE_SLOT, "a slot is full");

static const char name[] = "chain", magic[] = "CTC2", old_magic[] = "CTC1", slot_magic[] = "CTS1";

struct slot {
	uint64_t number, seq;
	uint8_t prev[CHAIN_HASH], hash[CHAIN_HASH];
	uint16_t len;
	uint8_t message[CHAIN_FILE_MESSAGE_MAX];
};

static enum err write_at(int fd, const void *bytes, size_t len, off_t at)
{
	ssize_t written = pwrite(fd, bytes, len, at);

	if (written < 0)
		return err_from_errno(errno);
	return written == (ssize_t)len ? ERR_OK : ERR_NO_SPACE;
}

static enum err write_begin(const struct chain_file *f)
{
	uint8_t bytes[BEGIN_BYTES];
	struct buf b = buf_over(bytes, sizeof(bytes));

	if (f->fd < 0)
		return ERR_OK;
	buf_text(&b, magic);
	buf_bytes(&b, f->boot, sizeof(f->boot));
	buf_be64(&b, f->taken);
	buf_be64(&b, f->seq);
	buf_bytes(&b, f->hash, sizeof(f->hash));
	buf_be64(&b, f->number);
	buf_be64(&b, f->recorded);
	buf_be32(&b, hash_crc32c(0, bytes, BEGIN_BYTES - 4));
	return write_at(f->fd, bytes, sizeof(bytes), 0);
}

static off_t place_of(uint64_t number)
{
	return (off_t)(CHAIN_FILE_FIRST + number % CHAIN_FILE_KEPT * CHAIN_FILE_SLOT);
}

/* Whether room was made for it and the guard ended, or the power, before the beginning was there, and any slot. */
static bool is_only_room(const struct chain_file *f, const uint8_t beginning[BEGIN_BYTES])
{
	static const uint8_t zeros[BEGIN_BYTES];
	uint8_t slot[MAGIC_BYTES];

	return memcmp(beginning, zeros, BEGIN_BYTES) == 0 &&
	       pread(f->fd, slot, sizeof(slot), place_of(1)) == (ssize_t)sizeof(slot) &&
	       memcmp(slot, zeros, sizeof(slot)) == 0;
}

/* ERR_NOT_FOUND: nothing was ever written. */
static enum err read_begin(struct chain_file *f)
{
	uint8_t bytes[BEGIN_BYTES], format[MAGIC_BYTES];
	struct view v = view_over(bytes, sizeof(bytes));
	ssize_t got = pread(f->fd, bytes, sizeof(bytes), 0);
	bool old;

	if (got < 0)
		return err_from_errno(errno);
	if (got == 0 || (got == BEGIN_BYTES && is_only_room(f, bytes)))
		return ERR_NOT_FOUND;
	view_bytes(&v, format, sizeof(format));
	old = got == OLD_BYTES && memcmp(format, old_magic, MAGIC_BYTES) == 0;
	if (!old && (got != BEGIN_BYTES || memcmp(format, magic, MAGIC_BYTES) != 0))
		return ERR_CORRUPT;
	view_bytes(&v, f->boot, sizeof(f->boot));
	f->taken = view_be64(&v);
	f->seq = view_be64(&v);
	view_bytes(&v, f->hash, sizeof(f->hash));
	f->number = old ? 0 : view_be64(&v);
	f->recorded = old ? 0 : view_be64(&v);
	return view_be32(&v) == hash_crc32c(0, bytes, (size_t)got - 4) ? ERR_OK : ERR_CORRUPT;
}

static enum err write_slot(const struct chain_file *f, const struct slot *s)
{
	uint8_t bytes[CHAIN_FILE_SLOT] = {0};
	struct buf b = buf_over(bytes, sizeof(bytes));

	buf_text(&b, slot_magic);
	buf_be64(&b, s->number);
	buf_be64(&b, s->seq);
	buf_bytes(&b, s->prev, sizeof(s->prev));
	buf_bytes(&b, s->hash, sizeof(s->hash));
	buf_be16(&b, s->len);
	buf_bytes(&b, s->message, s->len);
	b.len = CHAIN_FILE_SLOT - 4;
	buf_be32(&b, hash_crc32c(0, bytes, CHAIN_FILE_SLOT - 4));
	return write_at(f->fd, bytes, sizeof(bytes), place_of(s->number));
}

/* Whether the slot of that number is whole, and is of that number. */
static bool read_slot(const struct chain_file *f, uint64_t number, struct slot *s)
{
	uint8_t bytes[CHAIN_FILE_SLOT], format[MAGIC_BYTES];
	struct view v = view_over(bytes, sizeof(bytes));

	if (f->fd < 0 || pread(f->fd, bytes, sizeof(bytes), place_of(number)) != (ssize_t)sizeof(bytes))
		return false;
	view_bytes(&v, format, sizeof(format));
	s->number = view_be64(&v);
	s->seq = view_be64(&v);
	view_bytes(&v, s->prev, sizeof(s->prev));
	view_bytes(&v, s->hash, sizeof(s->hash));
	s->len = view_be16(&v);
	view_bytes(&v, s->message, sizeof(s->message));
	return memcmp(format, slot_magic, MAGIC_BYTES) == 0 && s->number == number && s->len <= sizeof(s->message) &&
	       view_be32(&v) == hash_crc32c(0, bytes, CHAIN_FILE_SLOT - 4);
}

static void stand_at(struct chain_file *f, const struct slot *s)
{
	f->number = s->number;
	f->seq = s->seq;
	memcpy(f->hash, s->hash, sizeof(f->hash));
	f->places[s->number % CHAIN_FILE_KEPT] = s->seq;
	if (f->taken < s->seq)
		f->taken = s->seq;
}

/*
 * Go to the chain's end. After a power cut slots may be lost that the beginning knew of: then the end is the last of
 * those that follow, whole, what the core has on its disk. Slots that are left over from before do not follow.
 */
static void find_end(struct chain_file *f, bool same_boot)
{
	struct slot s;

	if (!same_boot && f->recorded < f->number && read_slot(f, f->recorded, &s))
		stand_at(f, &s);
	while (read_slot(f, f->number + 1, &s) && memcmp(s.prev, f->hash, sizeof(f->hash)) == 0)
		stand_at(f, &s);
	if (f->recorded > f->number)
		f->recorded = f->number;
	for (uint64_t n = f->recorded + 1; n <= f->number; n++)
		if (n + CHAIN_FILE_KEPT > f->number && read_slot(f, n, &s))
			f->places[n % CHAIN_FILE_KEPT] = s.seq;
}

/* A jump for each second, and its part for a part of one: a volatile chain may be lost twice within a second. */
static uint64_t place_at(int64_t wall_us)
{
	uint64_t us = wall_us > 0 ? (uint64_t)wall_us : 0;

	return us / SECOND_US * CHAIN_JUMP + us % SECOND_US * CHAIN_JUMP / SECOND_US;
}

static enum err begin_anew(struct chain_file *f, int64_t wall_us)
{
	f->taken = place_at(wall_us);
	f->seq = f->number = f->recorded = 0;
	memset(f->hash, 0, sizeof(f->hash));
	return f->fd < 0 || ftruncate(f->fd, 0) == 0 ? ERR_OK : err_from_errno(errno);
}

enum err chain_file_open(struct chain_file *f, int dir, const uint8_t boot[CHAIN_FILE_BOOT], int64_t wall_us)
{
	bool same_boot;
	enum err err;

	*f = (struct chain_file){.fd = -1};
	err = regular_open(dir, name, O_RDWR | O_CREAT, &f->fd);
	err = err == ERR_OK ? read_begin(f) : err;
	same_boot = memcmp(f->boot, boot, sizeof(f->boot)) == 0;
	memcpy(f->boot, boot, sizeof(f->boot));
	if (err == ERR_OK) {
		find_end(f, same_boot);
		if (same_boot)
			return ERR_OK;
		f->taken += CHAIN_JUMP - 1;
	} else {
		f->begun_anew = err == ERR_CORRUPT;
		if (f->fd < 0)
			return begin_anew(f, wall_us) == ERR_OK ? err : ERR_IO;
		err = begin_anew(f, wall_us);
	}
	/* So that a full disk is met later; where that can't be had, the write of a slot says so. */
	(void)!fallocate(f->fd, 0, 0, CHAIN_FILE_FIRST + CHAIN_FILE_KEPT * CHAIN_FILE_SLOT);
	if (err == ERR_OK)
		err = write_begin(f);
	if (err == ERR_OK && (fdatasync(f->fd) != 0 || fsync(dir) != 0))
		err = err_from_errno(errno);
	return err;
}

void chain_file_place(const struct chain_file *f, struct chain_place *place)
{
	place->seq = f->taken + 1;
	place->prev_seq = f->seq;
	memcpy(place->prev, f->hash, sizeof(place->prev));
}

enum err chain_file_take(struct chain_file *f, const struct chain_place *place, struct str receipt, struct str message)
{
	struct slot s = {.number = f->number + 1, .seq = place->seq};
	enum err err;

	chain_hash(place, receipt, s.hash);
	memcpy(s.prev, f->hash, sizeof(s.prev));
	stand_at(f, &s);
	if (f->fd < 0)
		return ERR_OK;
	if (message.len > sizeof(s.message))
		return ERR_TOO_LONG;
	s.len = (uint16_t)message.len;
	memcpy(s.message, message.data, message.len);
	err = write_slot(f, &s);
	/* The end is found from the beginning, also when nobody records, or this receipt is lost. */
	if (err != ERR_OK)
		(void)!write_begin(f);
	else if (f->number % (CHAIN_FILE_KEPT / 2) == 0)
		err = write_begin(f);
	return err;
}

enum err chain_file_kept(const struct chain_file *f, uint64_t number, void *message, size_t *len)
{
	struct slot s;

	if (number > f->number || !read_slot(f, number, &s))
		return ERR_NOT_FOUND;
	memcpy(message, s.message, s.len);
	*len = s.len;
	return ERR_OK;
}

enum err chain_file_recorded(struct chain_file *f, uint64_t seq)
{
	uint64_t n = f->number;

	if (seq > f->seq)
		return ERR_INVALID;
	/* Places rise with the numbers; those of receipts that were forgotten are passed over. */
	while (n > f->recorded && n + CHAIN_FILE_KEPT > f->number && f->places[n % CHAIN_FILE_KEPT] > seq)
		n--;
	if (n <= f->recorded || n + CHAIN_FILE_KEPT <= f->number)
		return ERR_OK;
	f->recorded = n;
	return write_begin(f);
}
