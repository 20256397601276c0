/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fleet's trust bundle (proto/bundle.h), the file trust.bundle. The service only passes it on: it holds no root
 * key, and what it judges here, every device judges again. A fleet made before there were bundles has none until an
 * operator pushes its first.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "proto/bundle.h"
#include "proto/order.h"
#include "proto/succession.h"
#include "server-stub/fleet/fleet.h"

#define FLEET_BUNDLE_FILE "trust.bundle"

struct fleet_bundle {
	size_t len; /* of the sealed bundle; 0: there is none */
	uint8_t sealed[BUNDLE_SEALED_MAX + 1];
	struct bundle bundle; /* what it says */
	uint8_t digest[32];   /* SHA-256 of the bytes that were signed */
};

/* Read it. A fleet without one is no error. ERR_CORRUPT: it does not parse. After an error *out says that there is
 * none.
 */
ERR_CHECK enum err fleet_bundle_read(const char *dir, struct fleet_bundle *out);

/*
 * Judge a sealed bundle as a device of this fleet would, and keep it. ERR_EXISTS: it is there already. Errors are those
 * of succession_check() and of files; `why` is a sentence. Calls must not overlap.
 */
ERR_CHECK enum err fleet_bundle_put(const struct fleet *f, struct str sealed, char why[SUCCESSION_WHY_MAX]);

/* Find an order key by its identifier: in the bundle, or, without one, among the fleet's. False: it is none. */
bool fleet_bundle_order_key(const struct fleet *f, const uint8_t id[KEY_ID], struct key_der *out);

/*
 * How many signatures an order needs, by its verbs and the bundle, and how many of those stored with it count: each key
 * once, if it is an order key and may sign these verbs. Where two are needed, those of browsers' keys count as one too
 * few. They were verified before. A device may ask for more.
 */
struct fleet_bundle_tally {
	unsigned needed, counted;
};
void fleet_bundle_count(const struct fleet *f, struct fleet_bundle_tally *out, const struct order *said,
			const struct registry_order *stored);
