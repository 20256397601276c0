/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain of receipts: what makes a receipt that was forged, changed, dropped or moved visible to who did not see it
 * made. The actor gives each receipt a place behind the one before, and the hash of a place is
 *
 *	SHA-256("CTR1"  seq:u64  prev_seq:u64  prev[32]  SHA-256(the receipt's bytes))
 *
 * with big-endian numbers, and the encoded caltrop.v1.Receipt, as it is carried and stored, as the receipt's bytes. The
 * actor signs the hash of the last place now and then (ECDSA P-256 over SHA-256, key_sign() of agent/base/key.h): its
 * statement is "CTH1" seq:u64 hash[32], and holds for every place before, as far as they follow one another.
 *
 * Numbers rise and are used once. The next one is one more, or at least CHAIN_JUMP more: then the device lost power,
 * and prev_seq is the last place that it remembers. prev_seq 0 begins a chain. Pure.
 */
#pragma once

#include "agent/base/str.h"

#include <stdint.h>

#define CHAIN_HASH 32
#define CHAIN_STATEMENT 44
#define CHAIN_JUMP (1u << 20) /* more than are made between two writes to the disk */

struct chain_place {
	uint64_t seq;	   /* 0: the receipt has no place */
	uint64_t prev_seq; /* of the place before; 0: there is none */
	uint8_t prev[CHAIN_HASH];
};

/* Write the hash of the place of a receipt. */
void chain_hash(const struct chain_place *place, struct str receipt, uint8_t hash[CHAIN_HASH]);

/* Write the statement that the actor signs about the last place. */
void chain_statement(uint64_t seq, const uint8_t hash[CHAIN_HASH], uint8_t statement[CHAIN_STATEMENT]);
