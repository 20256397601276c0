/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files of the fleet's directory, read and written. Names are without the directory. */
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

/* ERR_TOO_LONG: the directory's name. */
ERR_CHECK enum err fleet_file_path(struct fleet_file f, char path[FLEET_FILE_PATH_MAX]);

/* All of it, NUL-terminated, into memory of the caller. ERR_NOT_FOUND, ERR_DENIED, ERR_IO, ERR_TOO_LONG. */
ERR_CHECK enum err fleet_file_read(struct fleet_file f, char *out, size_t cap, size_t *len);

/* Durably and with that mode. ERR_EXISTS: there is one already. */
ERR_CHECK enum err fleet_file_create(struct fleet_file f, struct str text, mode_t mode);

/* The same, over what is there: readers see the old file or the new one. */
ERR_CHECK enum err fleet_file_replace(struct fleet_file f, struct str text, mode_t mode);

/* The first block of that label as DER. ERR_CORRUPT: there is none, or it is damaged. */
ERR_CHECK enum err fleet_file_key(struct fleet_file f, const char *label, struct key_der *out);

/* DER under a label, created with that mode. */
struct fleet_file_pem {
	const char *label;
	const uint8_t *der;
	size_t len;
	mode_t mode;
};
ERR_CHECK enum err fleet_file_create_pem(struct fleet_file f, const struct fleet_file_pem *pem);
