/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of a collection: made in the core's directory, where files wait to be sent (proto/object.h), as root's own,
 * and given to the core, under the name that the core looks for, when it is whole.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"
#include "proto/object.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Make a new, empty one, in place of one that a crash left. -1 with errno. */
int bundle_file_make(int dir);

/* Remove what was made and not placed. */
void bundle_file_drop(int dir);

/* The bytes of all files that wait to be sent. */
uint64_t bundle_file_waiting(int dir);

/*
 * What the file's own head says it is, and its identifier. ERR_CORRUPT: it is none of an object of `kind`, or its size
 * is not what the head says.
 */
ERR_CHECK enum err bundle_file_read(int fd, uint8_t kind, struct object *out, uint8_t id[OBJECT_ID]);

/*
 * Give it to the user and put it among those that wait, durably. Errors of fchown(2), fsync(2) and rename(2).
 * ERR_CORRUPT: somebody had put another file in its place.
 */
struct bundle_file_owner {
	uid_t uid;
	gid_t gid;
};
ERR_CHECK enum err bundle_file_place(int dir, int fd, const uint8_t id[OBJECT_ID], struct bundle_file_owner owner);

/* Whether it waits; and remove it. ERR_NOT_FOUND: it does not. */
bool bundle_file_is(int dir, const uint8_t id[OBJECT_ID]);
ERR_CHECK enum err bundle_file_remove(int dir, const uint8_t id[OBJECT_ID]);
