/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects that a device keeps: STATE_DIR/objects/KIND/NAME, root's, 0644. Beside each lies .NAME.claim, which says
 * what the newest object was that ever was accepted under that name; it is durable before the object takes its name, so
 * that after a power cut the object is the old one or the new one, and no older one can be brought back. From before
 * the claim is the new one until the object is, there is .NAME.change, an empty file.
 *
 * The claim's bytes are "CTC1" version:u64 size:u32 sha256[32] crc:u32, big-endian; the CRC is CRC-32C of what is
 * before it.
 */
#pragma once

#include "agent/base/err.h"
#include "proto/object.h"

#include <stdint.h>

#define OBJECT_FILE_COUNT_MAX 64 /* objects of one kind */

struct object_file_claim {
	uint64_t version;
	uint32_t size;
	uint8_t sha256[32];
};

/*
 * Read the claim of a name in the directory of its kind. ERR_NOT_FOUND: there was no object of that name. ERR_CORRUPT:
 * it is damaged, so nothing can be said of older versions. ERR_TRUNCATED: it is whole, but its object may not be there,
 * because it was being put in place when the power was cut or a call failed, or somebody removed it or changed its
 * size; *out is then valid.
 */
ERR_CHECK enum err object_file_claimed(int dir, const char *name, struct object_file_claim *out);

/* Add the sizes of the objects in a directory to *bytes, but for that of `name`. ERR_FULL: there are too many. */
ERR_CHECK enum err object_file_used(int dir, const char *name, uint64_t *bytes);

/* Open a file of the core's directory to copy from. -1: there is none that is a regular file. */
int object_file_from(int dir, const char *name);

struct object_file_job {
	int from; /* whose bytes are copied, from its beginning */
	int dir;  /* of the kind */
	char name[OBJECT_NAME_MAX];
	struct object_file_claim claim;
};

/*
 * Copy, verify, and put the object in place; it is durable on return. It takes as long as the disk does. ERR_TRUNCATED,
 * ERR_TOO_LONG: there are fewer or more bytes than the claim says. ERR_CORRUPT: they do not have its hash. Any error:
 * the object that was there is unchanged, or the new one took its place and may not be durable.
 */
ERR_CHECK enum err object_file_put(const struct object_file_job *job);
