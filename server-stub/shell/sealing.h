/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key of second factors' secrets (fleet_seal.h) over the life of a fleet's directory: the service makes it when it
 * is not there, and it goes with the store's copies as a file of its own, FILE.factor_key.pem.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/fleet/fleet_seal.h"

#include <stdbool.h>

struct sealing {
	struct fleet_seal seal;
	bool made; /* the key is new */
};

/* Read or make the key. On an error a message was said. */
ERR_CHECK enum err sealing_open(struct sealing *s, const char *dir);

/* Seal what is open in the store, and say for whom the key is not the right one. Errors are the store's. */
ERR_CHECK enum err sealing_apply(const struct sealing *s, const char *dir, struct store *store);

/* Copy the fleet's key to be beside the copy of its store, mode 0600. ERR_NOT_FOUND: it has none yet. */
ERR_CHECK enum err sealing_backup(const char *dir, const char *to);

/*
 * Take the key beside the copy of a store into the fleet's directory; another one that was there is kept as
 * factor_key.pem.before. *taken: there was one beside it, and not the same.
 */
ERR_CHECK enum err sealing_restore(const char *dir, const char *from, bool *taken);
