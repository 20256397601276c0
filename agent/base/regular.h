/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens, reads and writes files that are ours. Whoever may write a directory can put something else under a file's
 * name: a FIFO, on which open(2) or read(2) would wait for ever, a device, a directory, a link to somewhere else. None
 * of these is opened, and nothing waits.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stddef.h>

/*
 * openat(2) of a regular file, with O_CLOEXEC and, if `flags` create it, mode 0600. `fd` is -1 on an error: ERR_KIND,
 * if something else is there, or that of the file system. regular_open() takes a link for something else;
 * regular_follow() goes where it leads, for files that an administrator may link.
 */
ERR_CHECK enum err regular_open(int dir, const char *name, int flags, int *fd);
ERR_CHECK enum err regular_follow(int dir, const char *name, int flags, int *fd);

/* Read all its bytes, from its beginning, wherever its position is. ERR_TOO_LONG: there are more than `cap`. */
ERR_CHECK enum err regular_read(int fd, void *bytes, size_t cap, size_t *len);

/* Write all the bytes at its position. regular_keep(): and have them on the disk on return. */
ERR_CHECK enum err regular_write(int fd, struct str bytes);
ERR_CHECK enum err regular_keep(int fd, struct str bytes);
