/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads one caltrop.v1.Record: whether it is valid, and what of it gets rows of its own in the store. Control bytes in
 * text become '?', and text is cut to the length of its column. For this folder only.
 */
#pragma once

#include "agent/base/err.h"
#include "proto/chain.h"
#include "server-stub/store/registry.h"
#include "server-stub/store/views.h"

#define CONTENT_ENTRIES 2 /* the tag of the entries in link.proto's Batch */

/* One entry of a batch; the record is borrowed. */
struct content_entry {
	uint64_t seq; /* from 1 to INT64_MAX */
	struct str record;
};

/* Read the message of an entry. ERR_PROTOCOL: it has no record, or no sequence number that may be. */
ERR_CHECK enum err content_entry(struct str message, struct content_entry *out);

enum content_body {
	CONTENT_OTHER = 0,
	CONTENT_AUTH = 10,
	CONTENT_FINDING = 11,
	CONTENT_RECEIPT = 12,
	CONTENT_HEALTH = 13,
	CONTENT_CHAIN_HEAD = 15,
	CONTENT_FILE = 30
};

#define CONTENT_WALL_MAX_US INT64_C(253402300799999999) /* the last microsecond of the year 9999 */

struct content {
	enum content_body body;
	uint8_t severity;
	int64_t wall_us;  /* from 0 to CONTENT_WALL_MAX_US, whatever the device's clock says */
	struct str bytes; /* the body's message */
	struct str place; /* the receipt's ChainPlace; empty: none */
};

/* Read a record; out->bytes borrows it. ERR_PROTOCOL: it does not parse, or has two bodies. A body of a later version
 * is CONTENT_OTHER. */
ERR_CHECK enum err content_read(struct str record, struct content *out);

/* Write the fields that the finding has to *out, whose id is there, and leave the others. ERR_INVALID: the incident's
 * id has not 16 bytes. */
ERR_CHECK enum err content_finding(const struct content *r, struct views_incident *out);

/* What the finding's rule found. The level of a device that does not tell it is the record's severity. */
void content_part(const struct content *r, struct timeline_part *out);

/* A receipt. `state` is the state of its order's target, a final enum registry_target_state; 0: no order asked for it.
 */
struct content_receipt {
	struct views_receipt receipt;
	uint8_t state;
	char text[STORE_TEXT_MAX];
};
void content_receipt(const struct content *r, struct content_receipt *out);

/* A receipt's place in its actor's chain; seq 0: it has none that makes sense. */
void content_place(const struct content *r, struct chain_place *out);

/* Whether the receipt says that something was done, or was to be: what only an actor can say. */
bool content_is_deed(const struct content *r);

/* The actor's signature of its last place. ERR_INVALID: a member is absent, or has a wrong length. */
struct content_head {
	uint64_t seq;
	struct str hash, signature, key; /* borrowed; the key has STORE_KEY bytes or none */
};
ERR_CHECK enum err content_head(const struct content *r, struct content_head *out);

/* Fill in a health record, but for the device. Problems without room are left out. */
void content_health(const struct content *r, struct views_health *out);
