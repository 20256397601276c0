/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packet-filter policies in STATE_DIR/actor (agent/common/policy_files.h). Each write is whole and durable, or leaves
 * what was there.
 */
#pragma once

#include "agent/base/err.h"
#include "proto/filter.h"

#include <stddef.h>
#include <stdint.h>

/* A policy as it was read. */
struct filter_file {
	uint8_t bytes[FILTER_BYTES_MAX];
	size_t len;
	uint64_t mark; /* tells it from others of this device */
	struct filter filter;
};

/*
 * Read the bytes of a file. ERR_NOT_FOUND; ERR_KIND: it is no regular file; ERR_TOO_LONG: no policy is that long.
 * Nothing but bytes and len is set.
 */
ERR_CHECK enum err filter_file_bytes(int dir, const char *name, struct filter_file *out);

/* Make the rest of *f of its bytes. The errors of filter_decode, with `why`. */
ERR_CHECK enum err filter_file_decode(struct filter_file *f, char why[FILTER_WHY_MAX]);

/* Both at once, for what the guard wrote itself. */
ERR_CHECK enum err filter_file_read(int dir, const char *name, struct filter_file *out);

ERR_CHECK enum err filter_file_write(int dir, const char *name, const struct filter_file *f);

/* Have a file take the place of another one. */
ERR_CHECK enum err filter_file_rename(int dir, const char *from, const char *to);

/* ERR_OK, too, when there is none. */
ERR_CHECK enum err filter_file_remove(int dir, const char *name);
