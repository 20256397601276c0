/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and replaces whole small files in an open directory. A `name` has no slash, and no link is followed. */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stddef.h>
#include <sys/types.h>

/* The owner and mode of a new file. uid -1: the process's own user. */
struct file_owner {
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/*
 * Replace a file atomically: write NAME.new, fdatasync(2), rename(2), fsync(2) of the directory. The file is durable
 * when the call returns. An older NAME.new is removed and never written to. owner NULL: the process's user, mode 0600.
 * Any error: the old file is unchanged, or the rename happened and may not be durable.
 */
ERR_CHECK enum err file_put(int dir, const char *name, struct str bytes, const struct file_owner *owner);

/* As file_put() with owner NULL. */
ERR_CHECK enum err file_replace(int dir, const char *name, const void *data, size_t len);

/*
 * Read a whole file into out, in place of what it held, and add a NUL that is not counted. ERR_NOT_FOUND: there is no
 * such file. ERR_TOO_LONG: file and NUL are longer than out->cap. Any other error is that of open(2) or read(2). After
 * an error out is empty.
 */
ERR_CHECK enum err file_read(int dir, const char *name, struct buf *out);
