/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a new secret is that could be sealed to nobody: STATE_DIR/actor/secrets/ACCOUNT-SECONDS, or
 * credential:NAME-SECONDS of what the settings name. Only root reads it.
 */
#pragma once

#include "agent/actor/verb/actor.h"

#define RESET_SECRET_PATH 96

/* Its path in STATE_DIR/actor. */
void reset_secret_path(const struct verb_args *args, int64_t wall_s, char path[RESET_SECRET_PATH]);

/* Put it there, on the disk, before it is set. Errors of the files. */
ERR_CHECK enum err reset_secret_keep(struct actor *a, const char *path, const char *secret);
