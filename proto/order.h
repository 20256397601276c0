/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signed order: steps bound to targets, a time window and their author, in a byte format small enough for the actor
 * to read without protobuf. Signatures (ECDSA P-256 over SHA-256, DER, RFC 3279) cover exactly these bytes. All
 * integers are big-endian:
 *
 *   "CTO2"  id[16]  created_s:i64  not_before_s:i64  not_after_s:i64
 *   author_len:u8 author  target_kind:u8
 *     target_kind 1 (devices): count:u8 (1..32)  device_id[16] * count
 *     target_kind 2 (group):   len:u8 (1..63) name        target_kind 3 (all): nothing
 *   step_count:u8 (1..8)
 *   ( verb:u16  when:u8  arguments, see verb_args_encode() in proto/verb.h ) * step_count
 *
 * A dry run begins with "CTOD" instead: nothing is done, and each device's receipts say what would be. A guard that
 * knows no dry runs refuses it, since its format is unknown there.
 *
 * Nothing follows. Unknown target kinds, verbs, conditions and arguments are errors, never ignored.
 *
 * The format before it, "CTO1", had one verb with fixed fields behind the targets:
 *
 *   verb:u16  flags:u16 (0)  duration_s:u32  addr_family:u8 addr_prefix:u8 addr[16]  pid:i32 start_ticks:u64
 *   account_len:u8 (0..32) account
 *
 * It is still read, as an order of one step, and no longer written.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/view.h"
#include "proto/verb.h"

#include <stdint.h>

#define ORDER_TARGETS_MAX 32
#define ORDER_AUTHOR_MAX 64
#define ORDER_GROUP_MAX 64
#define ORDER_BYTES_MAX 1024
#define ORDER_WINDOW_MAX_S (30 * 86400)
#define ORDER_STEPS_MAX 8
#define ORDER_WHY_MAX (VERB_WHY_MAX + 16)
#define ORDER_DESCRIBE_MAX 512

enum order_target { ORDER_DEVICES = 1, ORDER_GROUP = 2, ORDER_ALL = 3 };

/* Whether a step is taken. The outcome is that of the step before it that was taken last. */
enum order_when {
	ORDER_ALWAYS = 0, /* the only one that the first step may have */
	ORDER_IF_DONE = 1,
	ORDER_IF_FAILED = 2, /* it failed or was refused */
	ORDER_WHEN_MAX = 3,
};

struct order_step {
	uint8_t when; /* enum order_when */
	struct verb_args args;
};

struct order {
	uint8_t id[16];
	int64_t created_s, not_before_s, not_after_s; /* wall time since 1970 */
	char author[ORDER_AUTHOR_MAX];
	uint8_t target_kind;
	uint8_t target_count;
	uint8_t targets[ORDER_TARGETS_MAX][16];
	char group[ORDER_GROUP_MAX];
	bool dry_run; /* devices only say what they would do */
	uint8_t step_count;
	struct order_step steps[ORDER_STEPS_MAX];
};

/*
 * Append the bytes to sign and send. ERR_INVALID (a field out of its range), ERR_TOO_LONG (ORDER_BYTES_MAX, or the
 * memory of b).
 */
ERR_CHECK enum err order_encode(struct buf *b, const struct order *order);

/*
 * Read them back, in either format. ERR_TRUNCATED, ERR_TOO_LONG, ERR_INVALID, and what verb_args_check() says; then
 * `why` is a sentence, *out is zero but for the id, which is there once the first 20 bytes were readable, so that a
 * receipt can name the order that it refuses.
 */
ERR_CHECK enum err order_decode(const uint8_t *bytes, size_t len, struct order *out, char why[ORDER_WHY_MAX]);

/* Only the steps of those bytes, from step_count on, appended; and back, with the errors of order_decode(). */
void order_steps_encode(struct buf *b, const struct order *order);
ERR_CHECK enum err order_steps_decode(struct view *v, struct order *out, char why[ORDER_WHY_MAX]);

/* Whether the steps make sense, each for itself (verb_args_check) and in their order; `why` is a sentence. */
ERR_CHECK enum err order_check_steps(const struct order *order, char why[ORDER_WHY_MAX]);

/* "always", "if_done", "if_failed"; NULL for a number that is none. ORDER_WHEN_MAX for a name that is none. */
const char *order_when_name(uint8_t when);
uint8_t order_when_number(const char *name);

/* Whether a step of that condition is taken after a step that was done, or was not. */
bool order_step_due(uint8_t when, bool done);

/* The verbs of its steps, a bit each. */
uint64_t order_verbs(const struct order *order);

/* How many distinct signatures its strongest step needs; a dry run does nothing, so 1. */
unsigned order_signatures(const struct order *order);

/* Whether two orders ask for the same steps, of the same targets, both in earnest or neither. */
bool order_same(const struct order *a, const struct order *b);

/* Appends its steps in words: "ban 192.0.2.1 for 3600 s; if failed kill 4711"; of a dry run behind "dry run: ". */
void order_describe(struct buf *b, const struct order *order);

/* Whether it is addressed to this device. */
bool order_targets(const struct order *order, const uint8_t device_id[16], const char *group);

/* ERR_NOT_YET, ERR_EXPIRED, or ERR_OK at this wall time. A window longer than ORDER_WINDOW_MAX_S is ERR_INVALID. */
ERR_CHECK enum err order_window(const struct order *order, int64_t wall_s);
