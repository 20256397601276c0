/* SPDX-License-Identifier: Apache-2.0 */
/* Setting an account's SSH keys aside: a rename inside ~/.ssh, so that they can be put back and nobody logs in by them. */
#pragma once

#include "agent/base/err.h"

#include <stdint.h>
#include <sys/types.h>

#define RESET_KEYS_NAME_MAX 512

/*
 * HOME/.ssh/authorized_keys becomes authorized_keys.caltrop-SECONDS, authorized_keys2 alike; `aside` is where they are. No
 * symbolic link is followed below HOME, and .ssh must belong to the user or root. ERR_NOT_FOUND: there are none.
 */
ERR_CHECK enum err reset_keys(const char *home, uid_t uid, int64_t wall_s, char aside[RESET_KEYS_NAME_MAX]);
