/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One caltrop.v1.Record as ingest looks at it: valid or not, and what is folded into rows of its own. Text is made fit
 * to show (control bytes become '?') and cut to its column. Not for other folders.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/store/store.h"

enum content_body {
	CONTENT_OTHER = 0,
	CONTENT_AUTH = 10,
	CONTENT_FINDING = 11,
	CONTENT_RECEIPT = 12,
	CONTENT_HEALTH = 13
};

struct content {
	enum content_body body;
	uint8_t severity;
	int64_t wall_us;
	struct str bytes; /* the body's message */
};

/* ERR_PROTOCOL: it does not parse, or has two bodies. Bodies of a later version are CONTENT_OTHER. */
ERR_CHECK enum err content_read(struct str record, struct content *out);

/* ERR_INVALID: the incident has no proper id. Only fields that are there are written to *out. */
ERR_CHECK enum err content_finding(const struct content *r, struct store_incident *out);

/* What a receipt says about the order that asked for it: a final enum store_target_state, or 0. */
struct content_receipt {
	struct store_receipt receipt;
	uint8_t state;
	char text[STORE_TEXT_MAX];
};
void content_receipt(const struct content *r, struct content_receipt *out);

/* The problems, joined by "; ". */
void content_health(const struct content *r, char *problems, size_t size);
