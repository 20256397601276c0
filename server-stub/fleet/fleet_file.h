/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes whole files of the fleet's directory. A name does not hold the directory. */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"
#include "agent/base/str.h"

#include <stddef.h>
#include <sys/types.h>

#define FLEET_FILE_MAX 65536
#define FLEET_FILE_PATH_MAX 512

struct fleet_file {
	const char *dir, *name;
};

/* Write DIR/NAME to `path`. ERR_TOO_LONG: it does not fit. */
ERR_CHECK enum err fleet_file_path(struct fleet_file f, char path[FLEET_FILE_PATH_MAX]);

/* The same for a name of the settings: one that begins with '/' is the path. */
ERR_CHECK enum err fleet_file_named(struct fleet_file f, char path[FLEET_FILE_PATH_MAX]);

/* Read the whole file into memory of the caller and end it with a NUL. ERR_NOT_FOUND, ERR_DENIED, ERR_IO, ERR_TOO_LONG.
 */
ERR_CHECK enum err fleet_file_read(struct fleet_file f, char *out, size_t cap, size_t *len);

/* Make a file with that mode; it is durable on return. ERR_EXISTS: there is one already. */
ERR_CHECK enum err fleet_file_create(struct fleet_file f, struct str text, mode_t mode);

/* Make or replace a file with that mode, durably. Readers see the whole old file or the whole new one. */
ERR_CHECK enum err fleet_file_replace(struct fleet_file f, struct str text, mode_t mode);

/* Read the first PEM block of that label, as DER. ERR_CORRUPT: there is none, or it is damaged. */
ERR_CHECK enum err fleet_file_key(struct fleet_file f, const char *label, struct key_der *out);

/* Make a file that holds DER as a PEM block of that label. ERR_EXISTS: there is one already. */
struct fleet_file_pem {
	const char *label;
	const uint8_t *der;
	size_t len;
	mode_t mode;
};
ERR_CHECK enum err fleet_file_create_pem(struct fleet_file f, const struct fleet_file_pem *pem);

/* Give a file that root wrote to whoever owns the directory: the service's user has to read it. ERR_IO. */
ERR_CHECK enum err fleet_file_give(struct fleet_file f);
