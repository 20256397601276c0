/* SPDX-License-Identifier: Apache-2.0 */
/* Ids in paths: 32 hex digits, or the first ones if only one id begins with them. */
#pragma once

#include "agent/base/str.h"
#include "server-stub/store/store.h"

#include <stdbool.h>

#define IDS_DIGITS_MIN 4

struct ids_prefix {
	uint8_t bytes[STORE_ID]; /* missing digits are 0 */
	unsigned digits;
};

/* Read an id or the beginning of one; dashes are skipped. ERR_INVALID: not hex, or the number of digits is not 4 to 32.
 */
ERR_CHECK enum err ids_parse(struct str text, struct ids_prefix *out);

/* Whether the id begins with these digits. */
bool ids_match(const struct ids_prefix *p, const uint8_t id[STORE_ID]);
