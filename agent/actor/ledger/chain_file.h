/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the chain of receipts (proto/chain.h) stands, STATE_DIR/actor/chain:
 *
 *	"CTC1"  boot[8]  taken:u64  seq:u64  hash[32]  crc:u32 (CRC-32C of all before)
 *
 * in big-endian, written over in place with each receipt, so that a process that is killed goes on with the next
 * number. A power cut may undo the last of those writes. The first open in another boot therefore passes over
 * CHAIN_JUMP numbers, durably, before it gives any: no number is used twice.
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
 * Open or make the file in the directory. `boot` tells the boots apart. A chain without a past begins at a number that
 * is made of the wall clock, behind those of a chain that was lost. Errors of files: the chain begins in memory.
 */
ERR_CHECK enum err chain_file_open(struct chain_file *f, int dir, const uint8_t boot[CHAIN_FILE_BOOT], int64_t wall_s);

/* The next place; nothing is taken. */
void chain_file_place(const struct chain_file *f, struct chain_place *place);

/* Take that place for a receipt: the file says so before the call returns, and is not synced. */
ERR_CHECK enum err chain_file_take(struct chain_file *f, const struct chain_place *place, struct str receipt);
