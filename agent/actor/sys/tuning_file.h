/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of the service that this device keeps: STATE_DIR/actor/tuning, with the version of those that were tried
 * last, which is on the disk before they are tried. So what ended the guard while it was on trial is not tried again.
 *
 * The bytes are "CTS1" version:u64 tried:u64 len:u32 text crc:u32, big-endian; the CRC is CRC-32C of what is before it.
 */
#pragma once

#include "agent/base/err.h"
#include "proto/tuning.h"

#include <stddef.h>
#include <stdint.h>

struct tuning_file {
	uint64_t version; /* of the object whose bytes follow; 0: none was ever kept */
	uint64_t tried;	  /* of the newest that was tried; the same when it was kept */
	size_t len;
	char text[TUNING_BYTES_MAX];
};

/* Read the bytes of an object, from its beginning; nothing but text and len is set. ERR_TOO_LONG. */
ERR_CHECK enum err tuning_file_bytes(int fd, struct tuning_file *out);

/* Read what is kept. ERR_NOT_FOUND: nothing is; ERR_CORRUPT: it is damaged. After an error *out is zero. */
ERR_CHECK enum err tuning_file_read(int dir, struct tuning_file *out);

/* Keep it: durable on return, or what was there is unchanged. */
ERR_CHECK enum err tuning_file_write(int dir, const struct tuning_file *f);
