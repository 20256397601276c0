/* SPDX-License-Identifier: Apache-2.0 */
/* The file of the chain of receipts: one small record, read at start and written over in place. */
#include "agent/actor/ledger/chain_file.h"

#include "agent/base/buf.h"
#include "agent/base/hash.h"
#include "agent/base/view.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES (4 + CHAIN_FILE_BOOT + 8 + 8 + CHAIN_HASH + 4)

static const char name[] = "chain", magic[4] = {'C', 'T', 'C', '1'};

static enum err write_file(const struct chain_file *f)
{
	uint8_t bytes[FILE_BYTES];
	struct buf b = buf_over(bytes, sizeof(bytes));
	ssize_t written;

	if (f->fd < 0)
		return ERR_OK;
	buf_bytes(&b, magic, sizeof(magic));
	buf_bytes(&b, f->boot, sizeof(f->boot));
	buf_be64(&b, f->taken);
	buf_be64(&b, f->seq);
	buf_bytes(&b, f->hash, sizeof(f->hash));
	buf_be32(&b, hash_crc32c(0, bytes, FILE_BYTES - 4));
	written = pwrite(f->fd, bytes, sizeof(bytes), 0);
	if (written < 0)
		return err_from_errno(errno);
	return written == (ssize_t)sizeof(bytes) ? ERR_OK : ERR_NO_SPACE;
}

/* ERR_NOT_FOUND: nothing was ever written. */
static enum err read_file(struct chain_file *f)
{
	uint8_t bytes[FILE_BYTES], format[sizeof(magic)];
	struct view v = view_over(bytes, sizeof(bytes));
	ssize_t got = pread(f->fd, bytes, sizeof(bytes), 0);

	if (got < 0)
		return err_from_errno(errno);
	if (got == 0)
		return ERR_NOT_FOUND;
	if (got != (ssize_t)sizeof(bytes))
		return ERR_CORRUPT;
	view_bytes(&v, format, sizeof(format));
	if (memcmp(format, magic, sizeof(magic)) != 0)
		return ERR_CORRUPT;
	view_bytes(&v, f->boot, sizeof(f->boot));
	f->taken = view_be64(&v);
	f->seq = view_be64(&v);
	view_bytes(&v, f->hash, sizeof(f->hash));
	return view_be32(&v) == hash_crc32c(0, bytes, FILE_BYTES - 4) ? ERR_OK : ERR_CORRUPT;
}

enum err chain_file_open(struct chain_file *f, int dir, const uint8_t boot[CHAIN_FILE_BOOT], int64_t wall_s)
{
	enum err err;

	*f = (struct chain_file){.fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
	err = f->fd >= 0 ? read_file(f) : err_from_errno(errno);
	if (err == ERR_OK && memcmp(f->boot, boot, sizeof(f->boot)) == 0)
		return ERR_OK;
	if (err == ERR_OK) {
		f->taken += CHAIN_JUMP - 1;
	} else {
		f->begun_anew = err == ERR_CORRUPT;
		f->taken = wall_s > 0 ? (uint64_t)wall_s * CHAIN_JUMP : 0;
		f->seq = 0;
		memset(f->hash, 0, sizeof(f->hash));
	}
	memcpy(f->boot, boot, sizeof(f->boot));
	if (f->fd < 0)
		return err;
	err = write_file(f);
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

enum err chain_file_take(struct chain_file *f, const struct chain_place *place, struct str receipt)
{
	chain_hash(place, receipt, f->hash);
	f->taken = f->seq = place->seq;
	return write_file(f);
}
