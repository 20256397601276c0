/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exposure event: something about this device invites an attacker, or does no more; that the guard skips lines of a
 * log (core/core_skipped.c), which may hide somebody, is one. Its rows are in exposure.c.
 */
#pragma once

#include "agent/base/str.h"

#include <stdint.h>

enum exposure_action {
	EXPOSURE_FOUND = 0,
	EXPOSURE_FIXED = 1,
	EXPOSURE_SKIPPED = 2, /* it could not be looked at, so it may be at risk */
	EXPOSURE_PENDING = 3, /* in tables: the first round is not over */
	EXPOSURE_ACTIONS = 4,
};

struct exposure_event {
	uint8_t action;	     /* enum exposure_action */
	uint8_t level;	     /* enum severity of what was found */
	struct str id;	     /* "empty_password": what is wrong, the same for ever */
	struct str object;   /* with what: an account, a path, a port, a setting */
	struct str evidence; /* a sentence without passwords and hashes */
	struct str remedy;   /* what fixes it */
	uint64_t since_s;    /* when it was first found, seconds since 1970 */
	struct str account;  /* the object, where that is an account */
};
