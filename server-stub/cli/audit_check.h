/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks the audit log's chain of hashes (proto/audit_chain.h) from its rows as the API writes them, oldest first. Rows
 * of a service from before there was a chain have no hash of their own; the first that has one vouches for them.
 */
#pragma once

#include "proto/audit_chain.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

#define AUDIT_CHECK_WRONG 160
#define AUDIT_CHECK_HEADS 2
#define AUDIT_CHECK_HEAD_TEXT 96 /* ROW:HASH with its NUL */

/* A row and its hash that the log has to hold. */
struct audit_head {
	const char *what; /* "the head that was given" */
	uint64_t row;
	uint8_t hash[AUDIT_CHAIN_HASH];
	bool met; /* the row was as it says */
};

struct audit_check {
	uint64_t row;			/* the last that was checked */
	uint8_t hash[AUDIT_CHAIN_HASH]; /* of it and all before */
	bool has_hash;			/* it had one of its own */
	struct audit_head heads[AUDIT_CHECK_HEADS];
	unsigned head_count;
	char wrong[AUDIT_CHECK_WRONG]; /* what does not fit, without a full stop; "": nothing */
};

/* The log has to hold this head, "ROW:HASH", too; at most AUDIT_CHECK_HEADS. `what` is what messages call it, and stays
 * the caller's. False: it is not written so. */
bool audit_check_head(struct audit_check *c, const char *text, const char *what);

/* Check the next row. False: c->wrong says what does not fit, and further rows say nothing more. */
bool audit_check_row(struct audit_check *c, json_t *item);

/* Behind the last row: whether all fit, and all heads were among them. False: c->wrong says why. */
bool audit_check_end(struct audit_check *c);

/* The last row that was checked, as "ROW:HASH". */
void audit_check_text(const struct audit_check *c, char text[AUDIT_CHECK_HEAD_TEXT]);
