/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the last place of the chain of receipts (proto/chain.h) in the file STATE_DIR/actor/chain:
 *
 *	"CTC1"  boot[8]  taken:u64  seq:u64  hash[32]  crc:u32 (CRC-32C of all before)
 *
 * in big-endian. Each receipt overwrites it in place, so that after the process was killed the next one goes on with
 * the next number. A power cut may undo the last writes. So the first open in another boot skips CHAIN_JUMP numbers,
 * and syncs that, before it gives any: no number is used twice.
 */
#pragma once

#include "agent/base/err.h"
#include "proto/chain.h"

#include <stdbool.h>
#include <stdint.h>

#define CHAIN_FILE_BOOT 8

struct chain_file {
	int fd; /* -1: none, and the chain is kept in memory only */
	uint8_t boot[CHAIN_FILE_BOOT];
	uint64_t taken; /* the last number that may have been used */
	uint64_t seq;	/* the last place that is remembered, 0: none */
	uint8_t hash[CHAIN_HASH];
	bool begun_anew; /* the file was damaged or of another format */
};

/*
 * Open or make the file in the directory `dir`, which stays the caller's. `boot` is another value in each boot. A new
 * chain begins at a number made of the wall clock, so that it is above those of a chain that was lost. On an error of
 * the file the chain is kept in memory only.
 */
ERR_CHECK enum err chain_file_open(struct chain_file *f, int dir, const uint8_t boot[CHAIN_FILE_BOOT], int64_t wall_s);

/* Write the next place to *place. The chain does not change. */
void chain_file_place(const struct chain_file *f, struct chain_place *place);

/* Give that place to a receipt. The file is written before the call returns, but not synced. */
ERR_CHECK enum err chain_file_take(struct chain_file *f, const struct chain_place *place, struct str receipt);
