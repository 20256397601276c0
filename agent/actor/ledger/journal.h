/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The undo journal, STATE_DIR/actor/journal: what the actor did and how to take it back, so that a restart or a reboot
 * finds the same bans in force. Append-only; each record is
 *
 *	crc:u32 (CRC-32C of all that follows)  body_len:u16  kind:u8  version:u8 (JOURNAL_VERSION)  body
 *
 * in big-endian, at most JOURNAL_BODY_MAX bytes of body. What is written is on the disk only after journal_sync; the
 * caller decides per action whether that must come first.
 *
 * The file keeps JOURNAL_RESERVE bytes of room on the disk ahead of its end (fallocate(2), FALLOC_FL_KEEP_SIZE), so
 * that a full disk is met before an act and not in the middle of a record. The last JOURNAL_KEPT bytes of that room are
 * for records that take something back.
 *
 * A file that is damaged, or has records of a later version, is read around what is bad: the records before and behind
 * it count. Such a file is kept as journal.damaged (the newest one wins) before anything takes its place.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/now.h"
#include "agent/base/str.h"
#include "agent/common/message.h"

#include <stdbool.h>
#include <stdint.h>

#define JOURNAL_BODY_MAX 1024
#define JOURNAL_HEADER 8
#define JOURNAL_BOOT 8
#define JOURNAL_TEXT_MAX 768
#define JOURNAL_STEPS_MAX 1000		 /* bytes of the text of JOURNAL_STEPS */
#define JOURNAL_REWRITE_BYTES (1u << 20) /* past this and twice what is live, it is rewritten */
#define JOURNAL_BYTES_MAX (8u << 20) /* appends are refused past this; a file of twice as much is set aside unread */
#define JOURNAL_VERSION 1
#define JOURNAL_RESERVE (64u << 10)	/* bytes of room kept ahead of the end */
#define JOURNAL_KEPT (4u << 10)		/* of those, for records that take something back */
#define JOURNAL_CHECKED_MAX (64u << 20) /* bytes that one look for good records behind bad ones may check */

enum journal_kind {
	JOURNAL_BAN =
		1, /* as it was before effects: addr, origin, rule, incident, duration_s, expiry, boot; only read */
	JOURNAL_UNBAN = 2, /* the same: addr; only read */
	JOURNAL_ORDER = 3, /* id, until_wall_s: an order that was taken */
	JOURNAL_RESET = 4, /* account, wall_us, text: the line of shadow(5) as it was */
	JOURNAL_KEYS = 5,  /* account, wall_us, text: where the SSH keys were put */
	JOURNAL_EFFECT =
		6, /* args, origin, rule_hash, incident, order id, wall_us, duration, expiry, lease, boot, text: undo */
	JOURNAL_ENDED = 7,   /* args: the effect of that verb on that target is no longer in force */
	JOURNAL_STEPS = 8,   /* id, text: order_steps_encode() of an order or a playbook; before its own record */
	JOURNAL_OUTCOME = 9, /* id, and what the receipt of one of those steps said */
	JOURNAL_PLAY = 10,   /* id, rule, incident: a run of a playbook; behind its JOURNAL_STEPS */
	JOURNAL_SECRET = 11, /* id, step, sealed: what that step is about to set */
	JOURNAL_KIND_MAX = 12,
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
	struct str text;    /* borrowed, at most JOURNAL_TEXT_MAX; of JOURNAL_STEPS, JOURNAL_STEPS_MAX */

	/* JOURNAL_OUTCOME: as in struct actor_receipt, also expires_wall_us and text. */
	uint8_t step, steps, result, err, verified, outcome;
	uint32_t count;
	struct str sealed; /* borrowed; of JOURNAL_SECRET, too */
};

struct journal {
	int dir;     /* STATE_DIR/actor, borrowed */
	int fd;	     /* -1: none, and state says why */
	int next_fd; /* while being rewritten, else -1 */
	uint32_t bytes;
	uint32_t cut;	     /* off its torn end when it was opened */
	uint32_t skipped;    /* bytes that are no record, passed over then */
	uint32_t unknown;    /* records of a later version, passed over then */
	uint32_t reserved;   /* the disk has room for the file up to here */
	uint32_t live_bytes; /* after the last rewrite */
	uint32_t next_bytes; /* of the one being rewritten */
	bool dirty;	     /* appended to since the last sync */
	bool torn;	     /* a part of a record stands at its end, which the next append cuts off first */
	enum err state;	     /* of the last write */
	enum err reserve;    /* of the last try to get room ahead; ERR_UNSUPPORTED: not on this file system */
	enum err kept;	     /* when something was passed over: whether journal.damaged has it */
};

/* What the bytes of a journal are. */
struct journal_scan {
	uint32_t records; /* whole ones, handed out */
	uint32_t unknown; /* whole ones of a later version */
	uint32_t skipped; /* bytes that are no record */
	uint32_t torn;	  /* bytes at the end that a power cut explains: a record not finished, or nothing but zeros */
};

/* Pure: one record with its header, appended to b. ERR_INVALID (no such kind), ERR_TOO_LONG. */
ERR_CHECK enum err journal_encode(struct buf *b, const struct journal_record *record);

/*
 * Pure: the record at the start of *bytes, which moves past it. ERR_TRUNCATED: the bytes end before it does.
 * ERR_UNSUPPORTED: its checksum is right, but another version wrote it; *bytes moves past it as well. ERR_CORRUPT.
 * A record that decodes holds at most JOURNAL_TEXT_MAX bytes of text.
 */
ERR_CHECK enum err journal_decode(struct str *bytes, struct journal_record *out);

/*
 * Pure: calls `each` for every record of this version, in order, and looks for the next good one behind bytes that are
 * none. It checks at most JOURNAL_CHECKED_MAX bytes in doing so; what is left then counts as skipped.
 */
void journal_scan(struct str bytes, void (*each)(void *context, const struct journal_record *record), void *context,
		  struct journal_scan *out);

/*
 * Pure: what is left of the time of a recorded effect, in microseconds, at most its duration_s; 0 or less: it is over;
 * INT64_MAX: it has no end (duration_s 0).
 * In the boot that wrote it the monotonic clock tells. Later only the wall clock can. That is doubted when it was never
 * set, when it stands more than JOURNAL_SLACK_US before the record was written, and when it says that the time was over
 * JOURNAL_DOUBT_US ago. Then *doubted is set and half of duration_s is left: nothing is lost at the first start with a
 * wrong clock, and with that half recorded as the new duration nothing outlives many of them.
 */
#define JOURNAL_SLACK_US HOUR_US
#define JOURNAL_DOUBT_US (365 * 24 * HOUR_US)
int64_t journal_left_us(const struct journal_record *record, const uint8_t boot[JOURNAL_BOOT], struct now now,
			bool *doubted);

/*
 * Open or create it in the directory and call `each` for every good record in order. A torn end is cut off (j->cut).
 * When j->skipped or j->unknown is not 0 the file is kept as journal.damaged, mode 0600, synced, and j->kept tells
 * whether that went well; the caller should rewrite the journal with what is live. A file that is too big to be a
 * journal is set aside as journal.damaged and a new one begun; its size counts as skipped. What is no regular file is
 * left alone: ERR_KIND. On an error the journal stays closed and appends report the same error; what a read-only
 * disk still tells is handed out all the same.
 */
ERR_CHECK enum err journal_open(struct journal *j, int dir,
				void (*each)(void *context, const struct journal_record *record), void *context);
/* Close the file, without a sync. The directory stays the caller's. Appends report ERR_IO then, or what was wrong. */
void journal_close(struct journal *j);

/* Calls `each` for every record of the open file, as journal_scan does; not while it is being opened. */
ERR_CHECK enum err journal_read(const struct journal *j,
				void (*each)(void *context, const struct journal_record *record), void *context);

/*
 * One write(2), into room that was reserved before. ERR_NO_SPACE: no room, nothing was written. ERR_READ_ONLY,
 * ERR_FULL (JOURNAL_BYTES_MAX), ERR_IO: nothing of the record is left. Where the file system cannot reserve, a full
 * disk shows in the write, with the same outcome. Room is asked for anew when half of it is used; j->reserve tells.
 */
ERR_CHECK enum err journal_append(struct journal *j, const struct journal_record *record);

/* Put all that was appended on the disk: fdatasync(2), whose errors are returned. */
ERR_CHECK enum err journal_sync(struct journal *j);

/*
 * Replace the journal by what is live: begin, add each record, then finish (sync and rename) or drop. On an error the
 * old one stays, and the caller drops the new one.
 */
bool journal_wants_rewrite(const struct journal *j);
ERR_CHECK enum err journal_rewrite_begin(struct journal *j);
ERR_CHECK enum err journal_rewrite_add(struct journal *j, const struct journal_record *record);
ERR_CHECK enum err journal_rewrite_finish(struct journal *j);
void journal_rewrite_drop(struct journal *j);
