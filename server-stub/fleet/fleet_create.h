/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a new fleet: its directory, keys, certificates and settings. The caller makes the store and the first operator.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/fleet/fleet_conf.h"

struct fleet_create {
	const char *dir;
	const char *key_dir;	/* for the root keys; neither is inside of dir */
	const char *escrow_dir; /* for escrow_key.pem */
	unsigned root_count, root_needed;
	struct fleet_conf conf; /* what is written to server.conf: names (at least one), listen addresses, user */
};

/*
 * Make a fleet, and its three directories where there are none. The root keys and the escrow key's private half are
 * written to theirs and are nowhere else. ERR_EXISTS: there is a fleet or such a key already, and nothing was changed.
 * ERR_INVALID: a directory for keys is inside of the fleet's. After any other error the files that were made are
 * removed again. `error` is a whole sentence.
 */
ERR_CHECK enum err fleet_create(const struct fleet_create *request, int64_t wall_s, char error[FLEET_CONF_ERROR_MAX]);

/* The names of the files that make up a fleet; NULL ends them. */
extern const char *const fleet_create_files[];
