/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which settings of a guard its service may set: an object of kind "settings" by the name "tuning" (proto/object.h),
 * whose bytes are a drop-in of caltrop.conf(5) with these keys and no other. None of them names a key, a path, a user,
 * a program or the device itself, and none gives a rule another step. The desk and the device read this table; what a
 * value may be in full, the device's own settings say (agent/common/settings_tune.h).
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdint.h>

#define TUNING_KIND "settings"
#define TUNING_OBJECT "tuning" /* the name of the one that a device takes */
#define TUNING_BYTES_MAX 8192
#define TUNING_WHY_MAX 120

enum tuning_type {
	TUNING_MODE,   /* observe, enforce */
	TUNING_TRUTH,  /* yes, no */
	TUNING_NUMBER, /* from min to max */
	TUNING_SPAN,   /* "10m", from min to max seconds */
	TUNING_LEVEL,  /* of a rule */
	TUNING_HOURS,  /* "22:00-06:00 [STEP]..." */
	TUNING_NETS,   /* a list of addresses and networks, which are added to the device's own */
};

struct tuning_key {
	const char *section; /* "rule.": any section that begins so */
	const char *key;
	uint8_t type; /* enum tuning_type */
	uint32_t min, max;
};

/* The row of a key; NULL: the service may not set it. Rows by place; NULL behind the last one. */
const struct tuning_key *tuning_key(struct str section, struct str key);
const struct tuning_key *tuning_key_at(unsigned place);

/*
 * Whether a value, or an element of a list, has the form that its key takes. ERR_INVALID: `why` is a phrase, "is no
 * whole number from 1 to 10000".
 */
ERR_CHECK enum err tuning_value(const struct tuning_key *key, struct str value, char why[TUNING_WHY_MAX]);
