/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form in which a receipt is kept in the chain's file (chain_file.h) until the core has it on its disk. It does not
 * depend on the build, so a guard that was updated still gives the service the receipts of the one before:
 *
 *	version:u8 = 1  request_id:u64  origin  result  err  verified  step  steps  outcome  repeat (u8 each)
 *	verb:u16  arguments (verb_args_encode)  addr[18] (addr_save)  rule: len:u8 bytes  incident[16]  order_id[16]
 *	count:u32  expires:u64  cause:u64  decided:u64  received:u64  journaled:u64  acted:u64  verified:u64
 *	seq:u64  prev_seq:u64  prev[32]  sealed: len:u16 bytes  text: len:u8 bytes
 *
 * in big-endian. What is read back has the same bytes in the chain (agent/common/receipt.h). Pure.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/common/message.h"

#define RECEIPT_KEPT_MAX                                                                                           \
	(1 + 8 + 8 + 2 + 1 + VERB_BYTES_MAX + ADDR_SAVED + MESSAGE_RULE_MAX + 2 * MESSAGE_ID + 4 + 7 * 8 + 2 * 8 + \
	 CHAIN_HASH + 2 + MESSAGE_SEALED_MAX + MESSAGE_TEXT_MAX)

/* Append the receipt: at most RECEIPT_KEPT_MAX bytes. Its arguments are such as verb_args_purge() leaves. */
void receipt_kept_put(struct buf *b, const struct actor_receipt *receipt);

/*
 * Read one, of this form or of MESSAGE_VERSION 10, which was the bytes of its struct. The header is that of a message
 * to send. ERR_UNSUPPORTED: another version; ERR_INVALID, ERR_TRUNCATED, ERR_TOO_LONG: it makes no sense.
 */
ERR_CHECK enum err receipt_kept_take(struct str bytes, struct actor_receipt *out);
