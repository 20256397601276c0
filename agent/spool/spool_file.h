/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of the spool's files, and nothing about when they are written. All integers big-endian.
 *
 *   "%016x.seg"  "CTS1" spool_id[16] first_seq:u64 crc:u32, then records
 *                { len:u32 seq:u64 severity:u8 crc:u32 bytes }, crc over the 13 bytes before it and the bytes
 *   "acked"      "CTA1" spool_id[16] acked_seq:u64 reserved_seq:u64 crc:u32
 *
 * CRC is CRC-32C. reserved_seq is a promise: no record numbered from there on was ever given to a reader.
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
#define SPOOL_FILE_RECORD 17 /* before a record's bytes */
#define SPOOL_FILE_MARK 40
#define SPOOL_FILE_MARK_NAME "acked"

struct spool_file_record {
	uint64_t seq;
	uint8_t severity;
	struct str bytes; /* borrowed */
};

struct spool_file_mark {
	uint8_t id[SPOOL_FILE_ID];
	uint64_t acked, reserved;
};

void spool_file_name(uint64_t first_seq, char name[SPOOL_FILE_NAME]);

/* False: not the name of a segment. */
bool spool_file_from_name(const char *name, uint64_t *first_seq);

void spool_file_put_header(uint8_t out[SPOOL_FILE_HEADER], const uint8_t id[SPOOL_FILE_ID], uint64_t first_seq);

/* ERR_TRUNCATED, ERR_CORRUPT. */
ERR_CHECK enum err spool_file_take_header(struct str *bytes, uint8_t id[SPOOL_FILE_ID], uint64_t *first_seq);

/* Write what stands before a record's bytes; the bytes themselves are only read. */
void spool_file_put_head(uint8_t out[SPOOL_FILE_RECORD], const struct spool_file_record *record);

/* Write a record to out[SPOOL_FILE_RECORD + record->bytes.len]. */
void spool_file_put_record(uint8_t *out, const struct spool_file_record *record);

/*
 * Take the record at the start of *bytes, at most bytes_max long. ERR_TRUNCATED: not whole, *bytes untouched.
 * ERR_CORRUPT: no record begins here.
 */
ERR_CHECK enum err spool_file_take_record(struct str *bytes, size_t bytes_max, struct spool_file_record *out);

void spool_file_put_mark(uint8_t out[SPOOL_FILE_MARK], const struct spool_file_mark *mark);
ERR_CHECK enum err spool_file_take_mark(struct str bytes, struct spool_file_mark *out);
