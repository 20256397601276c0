/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the last place of the chain of receipts (proto/chain.h), and the last receipts until the core has them on its
 * disk, in the file STATE_DIR/actor/chain. It begins with
 *
 *	"CTC2"  boot[8]  taken:u64  seq:u64  hash[32]  number:u64  recorded:u64  crc:u32
 *
 * and from byte CHAIN_FILE_FIRST on has CHAIN_FILE_KEPT slots of CHAIN_FILE_SLOT bytes, for receipt `number` the one at
 * number % CHAIN_FILE_KEPT. A slot is written in one piece before the core gets the receipt:
 *
 *	"CTS1"  number:u64  seq:u64  prev[32]  hash[32]  length:u16  message  zeros  crc:u32
 *
 * in big-endian; crc is the CRC-32C of all before it. The chain's end is the last slot that follows from what the
 * beginning says, so that after the process was killed the next one goes on behind its last receipt. A power cut may
 * undo the last writes. So the first open in another boot goes on behind the last receipt that is whole, skips
 * CHAIN_JUMP places, and syncs that, before it gives any: no place is used twice. A file of format "CTC1" has no slots
 * and is taken over.
 */
#pragma once

#include "agent/base/err.h"
#include "proto/chain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHAIN_FILE_BOOT 8
#define CHAIN_FILE_FIRST 4096
#define CHAIN_FILE_SLOT 1024
#define CHAIN_FILE_KEPT 256	   /* receipts; more than wait for the core's disk at one time */
#define CHAIN_FILE_MESSAGE_MAX 934 /* bytes that are kept of a receipt (receipt_kept.h) */

struct chain_file {
	int fd; /* -1: none, and the chain is kept in memory only, without receipts */
	uint8_t boot[CHAIN_FILE_BOOT];
	uint64_t taken; /* the last place that may have been used */
	uint64_t seq;	/* the last place that is remembered, 0: none */
	uint8_t hash[CHAIN_HASH];
	uint64_t number;		  /* of the last receipt, counted from 1 */
	uint64_t recorded;		  /* receipts up to this number are on the core's disk */
	uint64_t places[CHAIN_FILE_KEPT]; /* of the receipts behind it */
	bool begun_anew;		  /* the file was damaged or of another format */
};

/*
 * Open or make the file in the directory `dir`, which stays the caller's. `boot` is another value in each boot. A new
 * chain begins at a number made of the wall clock, so that it is above those of a chain that was lost. On an error of
 * the file the chain is kept in memory only.
 */
ERR_CHECK enum err chain_file_open(struct chain_file *f, int dir, const uint8_t boot[CHAIN_FILE_BOOT], int64_t wall_us);

/* Write the next place to *place. The chain does not change. */
void chain_file_place(const struct chain_file *f, struct chain_place *place);

/*
 * Give that place to a receipt, and keep `message`, of at most CHAIN_FILE_MESSAGE_MAX bytes, which tells the core of
 * it. The file is written before the call returns, but not synced. The receipt of CHAIN_FILE_KEPT receipts ago is
 * forgotten.
 */
ERR_CHECK enum err chain_file_take(struct chain_file *f, const struct chain_place *place, struct str receipt,
				   struct str message);

/* Read the message of a receipt into `message`, of CHAIN_FILE_MESSAGE_MAX bytes. ERR_NOT_FOUND: it is not kept. */
ERR_CHECK enum err chain_file_kept(const struct chain_file *f, uint64_t number, void *message, size_t *len);

/*
 * Note that the core has the receipts up to this place on its disk, so that they need not be kept any more.
 * ERR_INVALID: the place was not given yet. Other errors are those of files.
 */
ERR_CHECK enum err chain_file_recorded(struct chain_file *f, uint64_t seq);
