/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the room first, so that no entry is cut in its middle; then moves bytes through one piece. */
#include "agent/actor/triage/bundle.h"

#include "agent/actor/triage/tar.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void write_all(struct bundle *b, const void *data, size_t len)
{
	const char *at = data;

	key_hash_add(&b->hash, data, len);
	b->bytes += len;
	while (b->err == ERR_OK && len > 0) {
		ssize_t n = write(b->fd, at, len);

		if (n < 0 && errno != EINTR)
			b->err = err_from_errno(errno);
		at += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
}

static void flush(struct bundle *b, bool last)
{
	size_t len = b->filled;

	if (b->sealed && b->err == ERR_OK) {
		b->err = key_stream_seal(&b->stream, (struct str){(const char *)b->piece, len}, last, b->piece);
		len += KEY_STREAM_TAG;
	}
	if (b->err == ERR_OK)
		write_all(b, b->piece, len);
	b->filled = 0;
}

/* A full piece waits until more comes, for it may be the last. */
static void add(struct bundle *b, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		size_t n = KEY_STREAM_PIECE - b->filled;

		if (n == 0)
			flush(b, false);
		n = KEY_STREAM_PIECE - b->filled;
		n = n < len ? n : len;
		memcpy(b->piece + b->filled, at, n);
		b->filled += n;
		at += n;
		len -= n;
	}
}

enum err bundle_begin(struct bundle *b, const struct bundle_terms *terms)
{
	uint8_t head[KEY_STREAM_HEAD];
	uint64_t pieces;

	if (terms->bytes_max < BUNDLE_MIN)
		return ERR_INVALID;
	memset(b, 0, sizeof(*b));
	b->fd = terms->fd;
	b->sealed = terms->escrow->len > 0;
	b->time_s = terms->time_s;
	key_hash_begin(&b->hash);
	pieces = (terms->bytes_max - KEY_STREAM_HEAD) / (KEY_STREAM_PIECE + KEY_STREAM_TAG);
	b->room = pieces * KEY_STREAM_PIECE - TAR_BLOCK - BUNDLE_LAST_MAX - TAR_END;
	if (b->sealed) {
		enum err err = key_stream_begin(&b->stream, terms->escrow, key_random_kernel, head);

		if (err != ERR_OK)
			return err;
		write_all(b, head, sizeof(head));
	}
	return b->err;
}

uint64_t bundle_room(const struct bundle *b)
{
	return b->room > 2 * TAR_BLOCK ? b->room - 2 * TAR_BLOCK : 0;
}

static enum err put(struct bundle *b, const char *name, struct str bytes)
{
	const struct tar_entry entry = {name, bytes.len, b->time_s};
	uint8_t block[TAR_BLOCK];

	if (!tar_header(&entry, block))
		return ERR_INVALID;
	add(b, block, sizeof(block));
	add(b, bytes.data, bytes.len);
	memset(block, 0, sizeof(block));
	add(b, block, tar_padding(bytes.len));
	return b->err;
}

enum err bundle_put(struct bundle *b, const char *name, struct str bytes)
{
	enum err err;

	if (bytes.len > bundle_room(b))
		return ERR_TOO_LONG;
	err = put(b, name, bytes);
	if (err != ERR_INVALID)
		b->room -= TAR_BLOCK + bytes.len + tar_padding(bytes.len);
	return err;
}

enum err bundle_end(struct bundle *b, const char *name, struct str bytes, uint8_t sha256[32])
{
	static const uint8_t zeros[TAR_END];
	enum err err = bytes.len > BUNDLE_LAST_MAX ? ERR_TOO_LONG : put(b, name, bytes);

	if (err != ERR_OK)
		return err;
	add(b, zeros, sizeof(zeros));
	flush(b, true);
	key_hash_end(&b->hash, sha256);
	return b->err;
}
