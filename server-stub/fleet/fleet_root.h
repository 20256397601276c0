/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fleet's first trust bundle and the root keys that sign it, made by `caltrop-server init`. The root keys are
 * written where the operator says, outside of the fleet's directory, and the service keeps no copy.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/fleet/fleet_conf.h"

struct fleet_root {
	const char *dir; /* where the root keys are written: root_key.pem, or root_key_1.pem, root_key_2.pem, ... */
	unsigned count, needed; /* 1 to BUNDLE_ROOTS_MAX keys, and how many of them have to sign */
};

/* The name of a root key's file; place from 0. */
void fleet_root_name(const struct fleet_root *r, unsigned place, char name[32]);

/*
 * Make the root keys, each 0600 in a file of its own, and the bundle, version 1, in f->dir, by the CA, the order keys
 * and the escrow key of f. ERR_EXISTS: such a file is there already. After an error no root key is left. `error` is a
 * whole sentence.
 */
ERR_CHECK enum err fleet_root_create(const struct fleet *f, const struct fleet_root *r, int64_t wall_s,
				     char error[FLEET_CONF_ERROR_MAX]);
