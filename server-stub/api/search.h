/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goes through the log from its end for batches that may have what a filter wants. Runs of the log whose digests
 * (search/digest.h) have nothing of it are skipped unread; the log's end, which has no digest yet, is read. One call
 * does a bounded amount of work, whatever the filter is.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/api/record.h"
#include "server-stub/store/log.h"

#include <stdbool.h>
#include <stdint.h>

/* What one call reads at most, of whichever is reached first. */
#define SEARCH_BATCHES_MAX 512
#define SEARCH_RECORDS_MAX 16384
#define SEARCH_DIGESTS_MAX 16384
#define SEARCH_DEVICES_MAX 256 /* of a group, that digests are asked for; a larger one is looked for in every run */

struct search {
	struct api *api;
	const struct record_filter *filter;
	uint64_t before; /* batches before this position; 0: all */
	/* For each batch that may match, of a device of the filter; false: stop. */
	bool (*each)(void *arg, uint64_t position, const struct log_batch *b);
	void *arg;

	/* What came out: it ended before the log did. Batches from `reached` on were looked at; 0: none was. */
	bool more;
	uint64_t reached;
};

/* Errors of the store. */
ERR_CHECK enum err search_newest(struct search *s);

/* Whether the filter wants batches of that device. */
bool search_wants(struct api *api, const struct record_filter *f, const uint8_t device[STORE_ID]);
