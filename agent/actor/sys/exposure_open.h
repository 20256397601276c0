/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What caltropd opens for the source of exposures, and the process that audits: caltropd's own program, started anew
 * with nothing of caltropd's memory or descriptors but the end of a socket (agent/actor/audit/audit_main.h).
 */
#pragma once

#include "agent/common/settings.h"

#include <stdbool.h>

#define EXPOSURE_MODE "--audit" /* caltropd's first argument */

/* The core's end of a new pair, over which each later round tells what it finds. -1 with errno. */
int exposure_open(const struct settings *settings);

/* An inotify instance that tells when accounts or settings of sshd change. -1 with errno. */
int exposure_open_watch(const struct settings *settings);

/* A child has ended: take note if it is a round's. */
void exposure_open_reap(void);

/* Start a round, unless one is under way, or 400 were started within an hour. */
void exposure_open_round(const struct settings *settings, bool whole);
