/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that goes through the store while nobody waits for it. It makes the digests by which searches skip most of
 * the log (search/digest.h), a second behind the log's end, and looks for damage (store_examine), a few MiB every
 * LIBRARIAN_EVERY_S, in parts of the file that nobody reads now.
 */
#pragma once

#include "agent/base/err.h"

#include <stdint.h>

#define LIBRARIAN_EVERY_S 10

struct librarian;

/* Open a handle of the fleet's store at `path` and start the thread. Errors of the store, ERR_NO_MEMORY. */
ERR_CHECK enum err librarian_start(const char *path, const uint8_t *fleet, struct librarian **out);

/*
 * ERR_OK: no damage is known. ERR_CORRUPT, ERR_IO: some part of the store cannot be read; it stays so until all of it
 * was read without an error. Any thread may call it.
 */
enum err librarian_damage(const struct librarian *l);

/* End the thread and free the librarian. NULL does nothing. */
void librarian_stop(struct librarian *l);
