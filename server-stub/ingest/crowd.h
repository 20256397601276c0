/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds a source that attacks many and not one device: an address that several devices banned within some time, each
 * by its own rules and proven to be in force. Pure; it counts as witnesses.h does.
 */
#pragma once

#include "agent/base/addr.h"
#include "server-stub/ingest/notice.h"
#include "server-stub/ingest/witnesses.h"
#include "server-stub/store/views.h"

#include <stdbool.h>
#include <stdint.h>

/* A device has banned an address. */
struct crowd_sight {
	struct addr addr;
	uint64_t group; /* whatever the caller tells crowds of one address apart by */
	struct witnesses_sight by;
};

/*
 * What a receipt says of that; *out is of group 0. False: nothing. Receipts of orders, playbooks and observe mode do
 * not count, nor does one that was not read back, or whose place in the device's chain is wrong.
 */
bool crowd_sight(const struct views_receipt *receipt, struct crowd_sight *out);

/* Take note of it. True: with it, as many devices as the terms say have banned the address, *out. */
bool crowd_saw(struct witnesses *w, const struct crowd_sight *sight, struct witnesses_found *out);

/* The notice of a crowd that was found with this sight, of its device. `window_us` is that of the terms. */
void crowd_notice(const struct crowd_sight *sight, const struct witnesses_found *found, int64_t window_us,
		  struct notice *out);
