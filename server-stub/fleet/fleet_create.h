/* SPDX-License-Identifier: Apache-2.0 */
/* A new fleet: its directory, keys, certificates and settings. The store and the first operator are the caller's. */
#pragma once

#include "agent/base/err.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/fleet/fleet_conf.h"

struct fleet_create {
	const char *dir;
	struct fleet_conf conf; /* what is written to server.conf: names (at least one), listen addresses, user */
};

/*
 * Makes the directory if it is not there. ERR_EXISTS: a fleet is there already; nothing was touched. After any other
 * error what was made is removed again; error is a whole sentence.
 */
ERR_CHECK enum err fleet_create(const struct fleet_create *request, int64_t wall_s, char error[FLEET_CONF_ERROR_MAX]);

/* Files that fleet_create makes, NULL at the end. */
extern const char *const fleet_create_files[];
