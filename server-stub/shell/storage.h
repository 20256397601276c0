/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a fleet's store and says what is wrong with it, and what to do. */
#pragma once

#include "agent/base/err.h"
#include "server-stub/fleet/fleet_file.h"
#include "server-stub/store/store.h"

#include <stdbool.h>

#define STORAGE_NAME "caltrop.db"
#define STORAGE_ERROR_MAX (FLEET_FILE_PATH_MAX + 256)

/*
 * Open the store of the fleet in `dir`. `fleet` is the identity that it must bear, or NULL for any. The errors are
 * those of store_open, and `error` is a whole sentence.
 */
ERR_CHECK enum err storage_open(const char *dir, const uint8_t *fleet, struct store **out,
				char error[STORAGE_ERROR_MAX]);

/* What an error of the store means, and what to do: the second half of a sentence. */
const char *storage_advice(enum err err);

/* Whether a caltrop-server serves this fleet now. */
bool storage_is_locked(const char *dir);

/* One program a fleet: take the directory's lock, which goes with the process. False: `error` says why not. */
bool storage_lock(const char *dir, char error[STORAGE_ERROR_MAX]);
