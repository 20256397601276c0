/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What caltropd opens for the source of exposures, and the process that audits: caltropd's own program, started anew
 * with nothing of caltropd's memory or descriptors but the end of a socket (agent/actor/audit/audit_main.h).
 */
#pragma once

#include "agent/base/err.h"
#include "agent/common/settings.h"

#include <stdbool.h>
#include <stdint.h>

#define EXPOSURE_MODE "--audit" /* caltropd's first argument; the second is EXPOSURE_WHOLE or EXPOSURE_SHORT */
#define EXPOSURE_WHOLE "whole"
#define EXPOSURE_SHORT "short"

/* Its exit status is the number of its findings. */
#define EXPOSURE_FINDINGS_MAX 254 /* or more */
#define EXPOSURE_FAILED 255

/* What that process finds open, besides its output. */
enum exposure_fd {
	EXPOSURE_FD_SETTINGS = 3, /* the settings as text */
	EXPOSURE_FD_TRIED = 4,	  /* a memfd, which each round finds as the one before left it; or closed */
	EXPOSURE_FD_END = 5,
};

/* The core's end of a new pair, over which each later round tells what it finds. -1 with errno. */
int exposure_open(const struct settings *settings);

/* An inotify instance that tells when accounts or settings of sshd change. -1 with errno. */
int exposure_open_watch(const struct settings *settings);

/* A child has ended: take note if it is a round's, and say so. */
bool exposure_open_reap(void);

/*
 * Start a round under the settings in this file, whose descriptor is borrowed; *round is its number. ERR_BUSY: one is
 * under way. ERR_BUDGET: 400 were started within an hour. ERR_UNSUPPORTED: nothing was opened for it. Errors of
 * fork(2).
 */
ERR_CHECK enum err exposure_open_round(int settings, bool whole, uint32_t *round);

/* Start another round when the one that is under way is over; and, at its end, start it if that was asked for. */
void exposure_open_owe(bool whole);
void exposure_open_owed(int settings);

/*
 * What a round found: *findings, at most EXPOSURE_FINDINGS_MAX. ERR_BUSY: it is not over. ERR_INTERRUPTED: it did not
 * come to its end. ERR_NOT_FOUND: another one was over since.
 */
ERR_CHECK enum err exposure_open_result(uint32_t round, unsigned *findings);
