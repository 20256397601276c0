/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the answer of GET /api/v1/devices/ID/receipts into what chain_check() takes. */
#pragma once

#include "server-stub/cli/chain_check.h"

#include <jansson.h>

/* The lists and what they borrow are one allocation each; free with chain_story_free. */
struct chain_story {
	struct chain_records told;
	struct chain_receipt *receipts;
	struct chain_head *heads;
	uint8_t *bytes;
	size_t used, size; /* of bytes */
};

/* Read the items; one that makes no sense becomes a receipt without a place or a bad signature. ERR_NO_MEMORY. */
ERR_CHECK enum err chain_story_read(struct chain_story *s, const json_t *items);
void chain_story_free(struct chain_story *s);

/* Find the key that a signature came with, by its identifier in hex. False: none has it; key->len is then 0. */
bool chain_story_key(const json_t *items, const char *id, struct key_der *key);
