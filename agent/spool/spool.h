/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records on their way to the service: a bounded ring of segments on disk. Pure but for struct spool_disk, which the
 * shell implements over files and the simulator over a disk that loses what was not synced.
 *
 * Segment file "%016x.seg" (first sequence number, hex): header "CTS1" spool_id[16] first_seq:u64 crc:u32, then
 * records { len:u32 seq:u64 severity:u8 crc:u32(over the 13 bytes before and the bytes) bytes }. Big-endian. A
 * torn tail (bad CRC or length) is cut at start. Acknowledged segments are removed whole; the acknowledged mark
 * is its own small file "acked" (spool_file.h), rewritten seldom: losing it only means the service is asked
 * (Welcome) what it has.
 *
 * A number names one record for ever. Records may reach the service before flash has them, so a power cut can
 * take back numbers that the service knows. Therefore numbers are reserved on disk in strides before they are
 * used, and a start after a crash goes on behind the reserve: gaps in the numbers are normal and say nothing
 * about losses (`dropped_*` do).
 *
 * A start that can't reserve, because the disk takes no writes, has no claim to the identity that lies on the
 * disk: until it can, it is apart, a spool in memory under an identity of its own, and what is on the disk waits.
 * Once the disk works and no record is under way to the service, it takes the old identity up again with what it
 * still holds; spool_id() then changes, and the uplink begins a new session. Where even that fails (an old copy of
 * the disk came back, the mark was damaged), spool_advance moves what is new behind what the service has.
 *
 * When full: the oldest segment that holds only records below SEV_MEDIUM goes first (its records below that are
 * counted in `dropped`); SEV_MEDIUM and above are kept until nothing else is left; then new low-severity records
 * are refused (counted), and only then the oldest high ones go (counted apart).
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/now.h"
#include "agent/base/severity.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOL_RECORD_MAX 8192
#define SPOOL_SEGMENTS_MAX 64
#define SPOOL_ID 16
#define SPOOL_SEQ_MAX (UINT64_MAX / 4)	/* numbers past it are no numbers of ours */
#define SPOOL_HIGH SEV_MEDIUM		/* from here on records are kept to the last */
#define SPOOL_RETRY_US (10 * SECOND_US) /* after the disk failed */

/* All return ERR_OK or ERR_NO_SPACE, ERR_READ_ONLY, ERR_IO, ERR_NOT_FOUND. `name` is a file name without a slash. */
struct spool_disk {
	void *context;
	/* Creates it; durable after sync. */
	enum err (*append)(void *context, const char *name, const void *data, size_t len);
	enum err (*read)(void *context, const char *name, uint64_t offset, void *out, size_t cap, size_t *got);
	enum err (*remove)(void *context, const char *name);
	enum err (*cut)(void *context, const char *name, uint64_t size);		    /* ftruncate */
	enum err (*replace)(void *context, const char *name, const void *data, size_t len); /* atomic and durable */
	/* Begin to make `name` and the directory durable; spool_synced() with the token follows, never from inside. */
	void (*sync)(void *context, const char *name, uint64_t token);
	/* Call `found` for every file name; order is not defined. */
	enum err (*list)(void *context, void (*found)(void *arg, const char *name, uint64_t size), void *arg);
};

struct spool_limits {
	uint32_t segment_bytes;
	uint32_t segments_max; /* at most SPOOL_SEGMENTS_MAX; fewer than 2 count as 2 */
	int64_t sync_delay_us; /* SEV_LOW and below wait at most this long for a sync; others sync at once */
};

struct spool_health {
	enum err disk; /* last error of the disk, ERR_OK when well */
	uint64_t next_seq, oldest_seq, synced_seq, acked_seq;
	uint64_t dropped_low, dropped_high;
	uint64_t bytes, syncs;
	uint32_t held; /* records in memory only, because the disk takes none */
};

struct spool;

size_t spool_size(const struct spool_limits *limits);

/*
 * Open: list segments, check, cut the torn tail. A disk that can't be written is no error: records are then kept
 * in a small memory ring (health says so) and moved to disk when it works again. `new_id`: 16 random bytes used
 * if there is no spool yet.
 */
struct spool *spool_init(void *memory, const struct spool_limits *limits, const struct spool_disk *disk,
			 const uint8_t new_id[16]);

const uint8_t *spool_id(const struct spool *spool);

/* ERR_FULL (dropped and counted), ERR_TOO_LONG. */
ERR_CHECK enum err spool_append(struct spool *spool, unsigned severity, struct str record, struct now now);

/* A sync begun through the disk has ended. */
void spool_synced(struct spool *spool, uint64_t token, enum err err, struct now now);

/* Time passes: late syncs, retries after disk errors. spool_deadline: when to call it next, INT64_MAX never. */
void spool_tick(struct spool *spool, struct now now);
int64_t spool_deadline(const struct spool *spool);

/*
 * Read the next records behind `after`, calling `each` until it returns false or nothing is left. Only records
 * already synced are given when `durable` (the uplink's case is not durable: the service may have them before
 * flash does). `bytes` is valid during the call only.
 */
ERR_CHECK enum err spool_read(struct spool *spool, uint64_t after,
			      bool (*each)(void *arg, uint64_t seq, unsigned severity, struct str bytes), void *arg);

/* Everything up to seq is durable at the service. */
void spool_ack(struct spool *spool, uint64_t seq, struct now now);

/* The first number given out since spool_init. */
uint64_t spool_start_seq(const struct spool *spool);

/*
 * The service holds records up to `committed` under this spool's identity, but none behind `after` can be ours:
 * give the records behind `after` new numbers behind `committed`, and later ones too. Nothing happens when
 * committed <= after.
 */
void spool_advance(struct spool *spool, uint64_t after, uint64_t committed, struct now now);

/* A clean end, after the last sync: writes the mark so that the next start leaves no gap. */
void spool_close(struct spool *spool);

void spool_health(const struct spool *spool, struct spool_health *out);
