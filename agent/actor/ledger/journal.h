/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The undo journal, STATE_DIR/actor/journal: what the actor did and how to take it back, so that a restart or a reboot
 * finds the same bans in force. Append-only; each record is
 *
 *	crc:u32 (CRC-32C of all that follows)  body_len:u16  kind:u8  version:u8 (1)  body
 *
 * in big-endian, at most JOURNAL_BODY_MAX bytes of body. A tail that does not check is cut at start. What is written is
 * on the disk only after journal_sync; the caller decides per action whether that must come first.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/common/message.h"

#include <stdbool.h>
#include <stdint.h>

#define JOURNAL_BODY_MAX 1024
#define JOURNAL_HEADER 8
#define JOURNAL_BOOT 8
#define JOURNAL_TEXT_MAX 768
#define JOURNAL_REWRITE_BYTES (1u << 20) /* past this and twice what is live, it is rewritten */
#define JOURNAL_BYTES_MAX (8u << 20)	 /* appends are refused past this */

enum journal_kind {
	JOURNAL_BAN =
		1, /* as it was before effects: addr, origin, rule, incident, duration_s, expiry, boot; only read */
	JOURNAL_UNBAN = 2, /* the same: addr; only read */
	JOURNAL_ORDER = 3, /* id, until_wall_s: an order that was taken */
	JOURNAL_RESET = 4, /* account, wall_us, text: the line of shadow(5) as it was */
	JOURNAL_KEYS = 5,  /* account, wall_us, text: where the SSH keys were put */
	JOURNAL_EFFECT =
		6, /* args, origin, rule_hash, incident, order id, wall_us, duration, expiry, lease, boot, text: undo */
	JOURNAL_ENDED = 7, /* args: the effect of that verb on that target is no longer in force */
	JOURNAL_KIND_MAX = 8,
};

struct journal_record {
	uint8_t kind;
	uint8_t origin;
	struct addr addr;
	char rule[MESSAGE_RULE_MAX];
	uint8_t incident[MESSAGE_ID];
	uint32_t duration_s;
	int64_t expires_mono_us, expires_wall_us; /* mono counts only in the boot of that mark */
	uint8_t boot[JOURNAL_BOOT];
	uint8_t id[MESSAGE_ID];
	int64_t until_wall_s;
	int64_t wall_us;
	char account[VERB_ACCOUNT_MAX];
	struct verb_args args;
	uint64_t rule_hash; /* hash_name() of the rule */
	struct str text;    /* borrowed, at most JOURNAL_TEXT_MAX */
};

struct journal {
	int dir;     /* STATE_DIR/actor, borrowed */
	int fd;	     /* -1: none, see state */
	int next_fd; /* while being rewritten, else -1 */
	uint32_t bytes;
	uint32_t cut;	     /* off its torn end when it was opened */
	uint32_t live_bytes; /* after the last rewrite */
	uint32_t next_bytes; /* of the one being rewritten */
	bool dirty;	     /* appended to since the last sync */
	bool torn;	     /* a part of a record stands at its end, which the next append cuts off first */
	enum err state;	     /* of the last write */
};

/* Pure: one record with its header, appended to b. ERR_INVALID (no such kind), ERR_TOO_LONG. */
ERR_CHECK enum err journal_encode(struct buf *b, const struct journal_record *record);

/*
 * Pure: the record at the start of *bytes, which moves past it. ERR_TRUNCATED, ERR_CORRUPT: the rest is not usable.
 * A record that decodes holds at most JOURNAL_TEXT_MAX bytes of text.
 */
ERR_CHECK enum err journal_decode(struct str *bytes, struct journal_record *out);

/*
 * Open or create it in the directory, call `each` for every whole record in order, cut the rest off; j->cut tells how
 * many bytes that were. On an error the journal stays closed and appends report the same error.
 */
ERR_CHECK enum err journal_open(struct journal *j, int dir,
				void (*each)(void *context, const struct journal_record *record), void *context);
void journal_close(struct journal *j);

/* One write(2). ERR_NO_SPACE, ERR_READ_ONLY, ERR_FULL (JOURNAL_BYTES_MAX), ERR_IO; then nothing of it is left. */
ERR_CHECK enum err journal_append(struct journal *j, const struct journal_record *record);

/* fdatasync(2). */
ERR_CHECK enum err journal_sync(struct journal *j);

/* Replace all by what is live: begin, add each record, finish (synced and renamed) or drop. Errors keep the old one. */
bool journal_wants_rewrite(const struct journal *j);
ERR_CHECK enum err journal_rewrite_begin(struct journal *j);
ERR_CHECK enum err journal_rewrite_add(struct journal *j, const struct journal_record *record);
ERR_CHECK enum err journal_rewrite_finish(struct journal *j);
void journal_rewrite_drop(struct journal *j);
