/* SPDX-License-Identifier: Apache-2.0 */
/* Proof of receipts in SQLite; each function is the member of struct store_kind that its name ends in. */
#pragma once

#include "server-stub/store/table.h"

enum err sqlite_chain_put(struct store *s, const struct store_chain *c);
enum err sqlite_chain_get(struct store *s, const uint8_t *device, struct store_chain *out);
enum err sqlite_chain_receipt_prove(struct store *s, const uint8_t *device, uint64_t seq, enum store_proof proof);
enum err sqlite_chain_receipt_hash(struct store *s, const uint8_t *device, uint64_t seq, uint8_t *hash);
