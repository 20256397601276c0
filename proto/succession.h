/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides whether a trust bundle (proto/bundle.h) may take the place of what is trusted now. A device's actor judges by
 * it, and its word alone counts; the service and the command line do so before, to say early what no device would take.
 * Pure.
 *
 * Who has a bundle takes only a newer one of the same fleet, signed by as many of the root keys of the one that is
 * there as that one says. A device that was enrolled before there were bundles takes its first one, once, when an order
 * key that it trusts has signed it, and as many of the root keys in it as it says: that pins them.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "proto/bundle.h"

#define SUCCESSION_WHY_MAX 120

/* Whom is trusted now. Pointers are borrowed. */
struct succession_from {
	uint64_t version;	       /* of the bundle in force; 0: none, and then only the order keys count */
	const uint8_t *fleet, *digest; /* [BUNDLE_FLEET]; SHA-256 of the bundle's bytes */
	unsigned roots_needed, root_count;
	const struct key_der *roots;
	unsigned order_keys_needed,
		order_key_count; /* how many order keys have to sign the first bundle; 0 counts as 1 */
	const struct key_der *order_keys;
};

/*
 * Judge a sealed bundle; out: what it says. ERR_EXISTS: it is the one in force. On any error `why` is a sentence:
 * ERR_UNTRUSTED (nobody who is trusted has signed), ERR_INVALID, ERR_TOO_LONG and ERR_TRUNCATED (it does not parse),
 * ERR_WRONG_TARGET (another fleet's), ERR_REPLAYED (not newer), ERR_SIGNATURE (one does not verify, or there are too
 * few).
 */
ERR_CHECK enum err succession_check(const struct succession_from *from, struct str sealed, struct bundle *out,
				    char why[SUCCESSION_WHY_MAX]);
