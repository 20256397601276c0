/* SPDX-License-Identifier: Apache-2.0 */
/* Writes and reads the formats of the spool's files. The disk may have lost or changed any part of what is read. */
#include "agent/spool/spool_file.h"

#include "agent/base/buf.h"
#include "agent/base/hash.h"
#include "agent/base/view.h"

#include <stdio.h>

void spool_file_name(uint64_t first_seq, char name[SPOOL_FILE_NAME])
{
	snprintf(name, SPOOL_FILE_NAME, "%08x%08x.seg", (unsigned)(first_seq >> 32), (unsigned)first_seq);
}

bool spool_file_from_name(const char *name, uint64_t *first_seq)
{
	uint64_t value = 0;

	if (strnlen(name, SPOOL_FILE_NAME) != SPOOL_FILE_NAME - 1 || strcmp(name + 16, ".seg") != 0)
		return false;
	for (int i = 0; i < 16; i++) {
		const char *digit = memchr("0123456789abcdef", name[i], 16);

		if (!digit)
			return false;
		value = value << 4 | (uint64_t)(strchr("0123456789abcdef", name[i]) - "0123456789abcdef");
	}
	*first_seq = value;
	return true;
}

/* Append a CRC over all that was written so far. */
static void crc_put(struct buf *b)
{
	buf_be32(b, hash_crc32c(0, b->data, b->len));
}

static bool crc_good(const char *start, size_t len)
{
	struct view v = view_over(start + len, 4);

	return view_be32(&v) == hash_crc32c(0, start, len);
}

void spool_file_put_header(uint8_t out[SPOOL_FILE_HEADER], const uint8_t id[SPOOL_FILE_ID], uint64_t first_seq)
{
	struct buf b = buf_over(out, SPOOL_FILE_HEADER);

	buf_text(&b, "CTS1");
	buf_bytes(&b, id, SPOOL_FILE_ID);
	buf_be64(&b, first_seq);
	crc_put(&b);
}

enum err spool_file_take_header(struct str *bytes, uint8_t id[SPOOL_FILE_ID], uint64_t *first_seq)
{
	if (bytes->len < SPOOL_FILE_HEADER)
		return ERR_TRUNCATED;
	if (!str_starts(*bytes, STR("CTS1")) || !crc_good(bytes->data, SPOOL_FILE_HEADER - 4))
		return ERR_CORRUPT;
	struct view v = view_over(bytes->data + 4, SPOOL_FILE_HEADER - 4);

	view_bytes(&v, id, SPOOL_FILE_ID);
	*first_seq = view_be64(&v);
	*bytes = str_sub(*bytes, SPOOL_FILE_HEADER, bytes->len);
	return ERR_OK;
}

void spool_file_put_head(uint8_t out[SPOOL_FILE_RECORD], const struct spool_file_record *record)
{
	struct buf b = buf_over(out, SPOOL_FILE_RECORD);

	buf_be32(&b, (uint32_t)record->bytes.len);
	buf_be64(&b, record->seq);
	buf_be8(&b, record->severity);
	buf_be32(&b, hash_crc32c(hash_crc32c(0, b.data, b.len), record->bytes.data, record->bytes.len));
}

void spool_file_put_record(uint8_t *out, const struct spool_file_record *record)
{
	spool_file_put_head(out, record);
	if (!str_empty(record->bytes))
		memcpy(out + SPOOL_FILE_RECORD, record->bytes.data, record->bytes.len);
}

enum err spool_file_take_record(struct str *bytes, size_t bytes_max, struct spool_file_record *out)
{
	struct view v = view_over(bytes->data, bytes->len);
	size_t len = view_be32(&v);

	out->seq = view_be64(&v);
	out->severity = view_be8(&v);
	uint32_t crc = view_be32(&v);
	if (v.short_read)
		return ERR_TRUNCATED;
	if (len > bytes_max)
		return ERR_CORRUPT;
	out->bytes = (struct str){(const char *)view_borrow(&v, len), len};
	if (v.short_read)
		return ERR_TRUNCATED;
	if (crc != hash_crc32c(hash_crc32c(0, bytes->data, SPOOL_FILE_RECORD - 4), out->bytes.data, len))
		return ERR_CORRUPT;
	*bytes = str_sub(*bytes, SPOOL_FILE_RECORD + len, bytes->len);
	return ERR_OK;
}

void spool_file_put_mark(uint8_t out[SPOOL_FILE_MARK], const struct spool_file_mark *mark)
{
	struct buf b = buf_over(out, SPOOL_FILE_MARK);

	buf_text(&b, "CTA1");
	buf_bytes(&b, mark->id, SPOOL_FILE_ID);
	buf_be64(&b, mark->acked);
	buf_be64(&b, mark->reserved);
	crc_put(&b);
}

enum err spool_file_take_mark(struct str bytes, struct spool_file_mark *out)
{
	if (bytes.len != SPOOL_FILE_MARK)
		return ERR_TRUNCATED;
	if (!str_starts(bytes, STR("CTA1")) || !crc_good(bytes.data, SPOOL_FILE_MARK - 4))
		return ERR_CORRUPT;
	struct view v = view_over(bytes.data + 4, SPOOL_FILE_MARK - 4);

	view_bytes(&v, out->id, SPOOL_FILE_ID);
	out->acked = view_be64(&v);
	out->reserved = view_be64(&v);
	return ERR_OK;
}
