/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signed order: a playbook step bound to targets, a time window and its author, in a byte format small enough for
 * the actor to read without protobuf. Signatures (ECDSA P-256 over SHA-256, DER, RFC 3279) cover exactly these bytes.
 * All integers big-endian:
 *
 *   "CTO1"  id[16]  created_s:i64  not_before_s:i64  not_after_s:i64
 *   author_len:u8 author  target_kind:u8
 *     target_kind 1 (devices): count:u8 (1..32)  device_id[16] * count
 *     target_kind 2 (group):   len:u8 (1..63) name        target_kind 3 (all): nothing
 *   verb:u16  flags:u16  duration_s:u32  addr_family:u8 addr_prefix:u8 addr[16]  pid:i32 start_ticks:u64
 *   account_len:u8 (0..32) account
 *
 * Nothing follows. Unknown target kinds, verbs and flags are errors, never ignored.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/view.h"

#include <stdint.h>

#define ORDER_TARGETS_MAX 32
#define ORDER_AUTHOR_MAX 64
#define ORDER_GROUP_MAX 64
#define ORDER_BYTES_MAX 1024
#define ORDER_WINDOW_MAX_S (30 * 86400)
#define ORDER_ACCOUNT_MAX 33

enum order_target { ORDER_DEVICES = 1, ORDER_GROUP = 2, ORDER_ALL = 3 };

struct order {
	uint8_t id[16];
	int64_t created_s, not_before_s, not_after_s; /* wall time since 1970 */
	char author[ORDER_AUTHOR_MAX];
	uint8_t target_kind;
	uint8_t target_count;
	uint8_t targets[ORDER_TARGETS_MAX][16];
	char group[ORDER_GROUP_MAX];
	uint16_t verb, flags;
	uint32_t duration_s;
	uint8_t addr_family, addr_prefix, addr[16];
	int32_t pid;
	uint64_t start_ticks;
	char account[ORDER_ACCOUNT_MAX];
};

/* Append the bytes to sign and send. ERR_INVALID (a field out of its range), ERR_TOO_LONG. */
ERR_CHECK enum err order_encode(struct buf *b, const struct order *order);

/* Read them back. ERR_TRUNCATED, ERR_TOO_LONG, ERR_INVALID. *out is zero on error. */
ERR_CHECK enum err order_decode(const uint8_t *bytes, size_t len, struct order *out);

/* Whether it is addressed to this device. */
bool order_targets(const struct order *order, const uint8_t device_id[16], const char *group);

/* ERR_NOT_YET, ERR_EXPIRED, or ERR_OK at this wall time. A window longer than ORDER_WINDOW_MAX_S is ERR_INVALID. */
ERR_CHECK enum err order_window(const struct order *order, int64_t wall_s);
