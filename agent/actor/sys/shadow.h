/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads passwd(5) and shadow(5), and changes one hash and no other byte. The lock is that of lckpwdf(3), so passwd(1)
 * and chpasswd(8) do not write at the same time; the lock files of BusyBox and shadow-utils are respected, too.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SHADOW_BYTES_MAX (4 << 20) /* of the file */
#define SHADOW_PATH_MAX 4096

/* Pure from here. */

/* The account's line without its LF; data NULL when there is none. */
struct str shadow_line(struct str text, const char *account);

/* Field `index` (0-based, by ':') of a line; empty when the line ends before it. */
struct str shadow_field(struct str line, unsigned index);

/* Whether a password field lets somebody in with a password: not locked ('!', '*'), no place holder ("x"). */
bool shadow_usable(struct str hash);

/* Whether a shell field of passwd(5) lets somebody work: not nologin, false and the like. Empty is /bin/sh. */
bool shadow_is_shell(struct str shell);

/*
 * The text with field 1 of the account's line replaced by hash; every other byte as it was. ERR_NOT_FOUND,
 * ERR_TOO_LONG, ERR_INVALID (the line has no such field, or hash holds ':' or a line end).
 */
ERR_CHECK enum err shadow_replace(struct str text, const char *account, const char *hash, struct buf *out);

/* Files from here. */

struct shadow_file {
	char path[SHADOW_PATH_MAX]; /* resolved: a link stays a link */
	int lock;		    /* -1: not held */
	char *map;		    /* its bytes and room for the new ones; private memory, wiped at the end */
	size_t map_size;
	struct str text;
};

/*
 * Lock and read. ERR_BUSY: another program is changing accounts now. Whatever it returns, call shadow_close.
 */
ERR_CHECK enum err shadow_open(struct shadow_file *f, const char *path);

/* Read without the lock, to look only. */
ERR_CHECK enum err shadow_read(struct shadow_file *f, const char *path);

/*
 * Replace the account's hash: a temporary file beside it with the same owner, mode and extended attributes, synced,
 * renamed over it, directory synced. f->text is the new content then.
 */
ERR_CHECK enum err shadow_write(struct shadow_file *f, const char *account, const char *hash);

/* Whether the file on the disk is f->text, byte for byte. */
bool shadow_is_written(const struct shadow_file *f);

/* Release the lock, and overwrite and free the memory. It may be called after any error. */
void shadow_close(struct shadow_file *f);
