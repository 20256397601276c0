/* SPDX-License-Identifier: Apache-2.0 */
/* Where `caltrop-server init` writes the keys that the service must not have: what was said, asked for or the default.
 */
#pragma once

#include "server-stub/fleet/fleet_create.h"
#include "server-stub/fleet/fleet_file.h"

#include <stdbool.h>

struct init_keys {
	char key_dir[FLEET_FILE_PATH_MAX], escrow_dir[FLEET_FILE_PATH_MAX];
};

/* Read a number of root keys. False: it is not 1 to BUNDLE_ROOTS_MAX. */
bool init_keys_count(const char *text, unsigned *out);

/*
 * Complete c->key_dir and c->escrow_dir: what was given stays; what was not is asked for on a terminal, and without one
 * is the fleet's directory with "-keys" behind it. *keys must live as long as *c. -1: go on; else the exit status,
 * after a message.
 */
int init_keys_where(struct init_keys *keys, struct fleet_create *c);

/* Print where the keys are and what to do with them. */
void init_keys_tell(const struct fleet_create *c);
