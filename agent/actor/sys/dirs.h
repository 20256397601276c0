/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard's directories, made at start with their owners and modes:
 *	STATE_DIR		root 0755
 *	STATE_DIR/core		the guard's user 0700: spool and saved state
 *	STATE_DIR/identity	the guard's user 0700: device key and certificate
 *	STATE_DIR/trust		root 0755: whom the actor obeys
 *	STATE_DIR/objects	root 0755: what the service sent, by kind and name (object_file.h)
 *	STATE_DIR/actor		root 0700: undo journal, secrets that have no escrow key
 *	RUN_DIR			root 0755: caltrop.sock
 */
#pragma once

#include "agent/base/err.h"
#include "agent/common/settings.h"

#include <stdbool.h>
#include <sys/types.h>

#define DIRS_PATH_MAX (SETTINGS_PATH_MAX + 16)

struct dirs {
	uid_t uid; /* the guard's user; set before */
	gid_t gid;
	char what[DIRS_PATH_MAX];  /* on an error, the path it is about */
	char state[DIRS_PATH_MAX]; /* STATE_DIR, or RUN_DIR/state if STATE_DIR cannot be written or is not to be */
	bool is_volatile;	   /* the latter: gone after a reboot */
	char trust_path[DIRS_PATH_MAX + 8]; /* in STATE_DIR even then, as identity and keys are, where they exist */
	int core, identity, trust, objects, actor, keys; /* descriptors; keys is the actor's with the receipt key */
};

/* STATE_DIR/actor stays locked as long as the process lives. ERR_BUSY: another caltropd has had it for five seconds. */
ERR_CHECK enum err dirs_make(struct dirs *d, const struct settings *s);
