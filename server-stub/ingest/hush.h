/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds that many devices fell silent at a time, which no single device shows: somebody cut a network, or silenced the
 * guards. Pure except for the store, which has what it knows.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/store/store.h"

#include <stdint.h>

#define HUSH_LEAST 3 /* devices; and of those that were there one in HUSH_PART */
#define HUSH_PART 10
#define HUSH_WINDOW_US (INT64_C(300) * 1000000)
#define HUSH_NAMES 3 /* devices that the evidence names */

/* Devices that one sweep found to have become silent. Zero before the first. */
struct hush_found {
	unsigned count;
	int64_t latest_us; /* the last of them was seen then */
	uint8_t devices[HUSH_NAMES][STORE_ID];
};

void hush_add(struct hush_found *f, const uint8_t device[STORE_ID], int64_t last_seen_us);

/*
 * Judge after a sweep: devices enough that were last seen within HUSH_WINDOW_US of the latest are NOTICE_HUSH, which is
 * told again when as many follow them, however much later, and is over when fewer than half are still away. Errors are
 * the store's.
 */
ERR_CHECK enum err hush_judge(struct store *s, const struct hush_found *f, int64_t wall_us);
