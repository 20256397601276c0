/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A receipt's bytes: the encoded caltrop.v1.Receipt (proto/caltrop/v1/record.proto). The actor hashes them into its
 * chain (proto/chain.h) and the core sends them, so both make them here, byte for byte the same. Pure.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/common/message.h"

#define RECEIPT_BYTES_MAX 2048

/* Append the receipt's bytes, at most RECEIPT_BYTES_MAX, or set b->overflow. Its place in the chain is not in them. */
void receipt_put(struct buf *b, const struct actor_receipt *receipt);

/* "done", "already", ...; "" for 0 and for an unknown result. */
const char *receipt_result_name(uint8_t result);
