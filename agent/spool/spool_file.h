/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The formats of the spool's files, which are Caltrop's own. All integers are big-endian.
 *
 *   "%016x.seg"  "CTS1" spool_id[16] first_seq:u64 crc:u32, then records
 *                { len:u32 seq:u64 severity:u8 crc:u32 bytes }; the CRC is over the 13 bytes before it and `bytes`
 *   "acked"      "CTA1" spool_id[16] acked_seq:u64 reserved_seq:u64 crc:u32
 *
 * The name of a segment is its first number in hexadecimal. The CRC is CRC-32C. No record with the number reserved_seq
 * or a larger one was ever read, so none can be at the service.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOL_FILE_ID 16
#define SPOOL_FILE_NAME 21 /* 16 digits, ".seg" and a NUL */
#define SPOOL_FILE_HEADER 32
#define SPOOL_FILE_RECORD 17 /* bytes of a record's head */
#define SPOOL_FILE_MARK 40
#define SPOOL_FILE_MARK_NAME "acked"

struct spool_file_record {
	uint64_t seq;
	uint8_t severity;
	struct str bytes; /* in the memory that the record was taken from */
};

struct spool_file_mark {
	uint8_t id[SPOOL_FILE_ID];
	uint64_t acked, reserved;
};

/* Write the name of the segment whose first number this is. */
void spool_file_name(uint64_t first_seq, char name[SPOOL_FILE_NAME]);

/* Read a segment's first number from its name. False: it is not the name of a segment. */
bool spool_file_from_name(const char *name, uint64_t *first_seq);

/* Write the header of a segment. */
void spool_file_put_header(uint8_t out[SPOOL_FILE_HEADER], const uint8_t id[SPOOL_FILE_ID], uint64_t first_seq);

/* Take the header from the front of *bytes. ERR_TRUNCATED: there are too few bytes. ERR_CORRUPT: it is not a header. */
ERR_CHECK enum err spool_file_take_header(struct str *bytes, uint8_t id[SPOOL_FILE_ID], uint64_t *first_seq);

/* Write the head of a record, which comes before its bytes. */
void spool_file_put_head(uint8_t out[SPOOL_FILE_RECORD], const struct spool_file_record *record);

/* Write a whole record to out[SPOOL_FILE_RECORD + record->bytes.len]. */
void spool_file_put_record(uint8_t *out, const struct spool_file_record *record);

/*
 * Take the record from the front of *bytes. ERR_TRUNCATED: *bytes ends before the record does, and is unchanged.
 * ERR_CORRUPT: no valid record begins here, or it has more than bytes_max bytes.
 */
ERR_CHECK enum err spool_file_take_record(struct str *bytes, size_t bytes_max, struct spool_file_record *out);

/* Write the content of the file "acked". */
void spool_file_put_mark(uint8_t out[SPOOL_FILE_MARK], const struct spool_file_mark *mark);

/* Read the content of the file "acked". ERR_TRUNCATED: its length is wrong. ERR_CORRUPT: it is damaged. */
ERR_CHECK enum err spool_file_take_mark(struct str bytes, struct spool_file_mark *out);
