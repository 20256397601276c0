/* SPDX-License-Identifier: Apache-2.0 */
/* Ids in paths: 32 hex digits, or the first ones if only one id begins with them. */
#pragma once

#include "agent/base/str.h"
#include "server-stub/store/store.h"

#include <stdbool.h>

#define IDS_DIGITS_MIN 4
#define IDS_FITS_MAX 4 /* that are named when several fit */
#define IDS_FITS_BYTES (IDS_FITS_MAX * (STORE_ID * 2 + 2) + 1)

struct ids_prefix {
	uint8_t bytes[STORE_ID]; /* missing digits are 0 */
	unsigned digits;
};

/* Read an id or the beginning of one; dashes are skipped. ERR_INVALID: not hex, or the number of digits is not 4 to 32.
 */
ERR_CHECK enum err ids_parse(struct str text, struct ids_prefix *out);

/* Whether an id, of STORE_ID bytes or of as many as the search has, begins with these digits. */
bool ids_match(const struct ids_prefix *p, const uint8_t *id);

/* A walk over rows for those whose id begins with what somebody typed. */
struct ids_search {
	struct ids_prefix want;
	unsigned bytes, count;	   /* of an id; of the ids that fit */
	char fits[IDS_FITS_BYTES]; /* the first ones, whole, for people */
};

/* Begin one for ids of that many bytes, at most STORE_ID. ERR_INVALID as ids_parse(). */
ERR_CHECK enum err ids_search_begin(struct ids_search *s, struct str text, unsigned bytes);

/* Look at a row's id. True: it fits, and the caller keeps the row. */
bool ids_search_look(struct ids_search *s, const uint8_t *id);

/* Whether to look at further rows. */
bool ids_search_goes_on(const struct ids_search *s);

/* What the walk found: ERR_OK if one fits, the last that was kept; ERR_NOT_FOUND; ERR_EXISTS: `fits` has several. */
ERR_CHECK enum err ids_search_end(const struct ids_search *s);
