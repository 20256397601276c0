/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what a trust bundle says, for people or as JSON. */
#pragma once

#include "proto/bundle.h"

#define BUNDLE_SHOW_ID (KEY_ID * 2 + 1)

/* The identifier of a key in hex. Returns `out`. */
const char *bundle_show_id(const struct key_der *key, char out[BUNDLE_SHOW_ID]);

/* Everything: fleet, version, root keys and which of them have signed, order keys, authorities, escrow key. */
void bundle_show(const struct bundle_sealed *sealed, const struct bundle *b);

/* The order keys alone. */
void bundle_show_order_keys(const struct bundle *b);
