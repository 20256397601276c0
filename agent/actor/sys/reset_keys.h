/* SPDX-License-Identifier: Apache-2.0 */
/* Setting an account's SSH keys aside: a rename inside ~/.ssh, so that nobody logs in by them until it is undone. */
#pragma once

#include "agent/base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define RESET_KEYS_NAME_MAX 512

/* The account's ~/.ssh, or -1 with errno. No link is followed below HOME; it must belong to the user or root. */
int reset_keys_open(const char *home, uid_t uid);

/* Whether the account has SSH keys there, in use or set aside by an earlier reset. */
bool reset_keys_any(const char *home, uid_t uid);

/* Where authorized_keys of that home will be put at this time. */
void reset_keys_name(const char *home, int64_t wall_s, char aside[RESET_KEYS_NAME_MAX]);

/*
 * authorized_keys becomes authorized_keys.caltrop-SECONDS, authorized_keys2 alike. Syncing the directory is up to the
 * caller.
 * ERR_NOT_FOUND: there are none.
 */
ERR_CHECK enum err reset_keys(int ssh, int64_t wall_s);
