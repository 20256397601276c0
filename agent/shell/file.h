/* SPDX-License-Identifier: Apache-2.0 */
/* Whole small files, below a directory's descriptor. */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stddef.h>
#include <sys/types.h>

/* Whose a new file is; uid -1: the process's own. */
struct file_owner {
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/*
 * Replace a file atomically: NAME.new, fdatasync, rename, fsync of the directory; durable when it returns. What
 * lies there under the temporary name is removed first, never written to. Owner NULL: the process's own, 0600.
 */
ERR_CHECK enum err file_put(int dir, const char *name, struct str bytes, const struct file_owner *owner);

/* The same for the process's own files. */
ERR_CHECK enum err file_replace(int dir, const char *name, const void *data, size_t len);

/* Read a whole file of less than `cap` bytes into out; a NUL is put behind it. ERR_NOT_FOUND, ERR_TOO_LONG, ... */
ERR_CHECK enum err file_read(int dir, const char *name, struct buf *out);
