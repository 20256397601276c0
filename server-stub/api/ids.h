/* SPDX-License-Identifier: Apache-2.0 */
/* Ids in paths: 32 hex digits, or the first of them, as long as only one id fits. */
#pragma once

#include "server-stub/store/store.h"

#include <stdbool.h>

#define IDS_DIGITS_MIN 4

struct ids_prefix {
	uint8_t bytes[STORE_ID]; /* missing digits are 0 */
	unsigned digits;
};

/* ERR_INVALID: not hex (dashes are skipped), too few digits or too many. */
ERR_CHECK enum err ids_parse(struct str text, struct ids_prefix *out);

/* Whether an id begins with it. */
bool ids_match(const struct ids_prefix *p, const uint8_t id[STORE_ID]);
