/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spool keeps records until the service has them: a bounded number of segment files on disk (spool_file.h has the
 * formats). It is pure, and calls struct spool_disk. The shell implements that by files, and the simulator by a disk
 * that loses what was not synced. All memory is given at start.
 *
 * A torn end of a segment (a wrong CRC or length) is cut at start. A segment is removed when all of its records are
 * acknowledged. How far they are is saved in the small file "acked", which is replaced seldom; when it is lost, the
 * service's Welcome says what it has.
 *
 * Each number is given to one record only. A record may reach the service before it is durable here, so after a power
 * cut the service may know numbers that this disk has lost. Therefore numbers are reserved on disk, many at a time,
 * before they are used, and a start after a crash goes on behind the reserved ones. So gaps in the numbers are normal
 * and do not mean a loss; `dropped_low` and `dropped_high` count losses.
 *
 * When a start cannot reserve numbers, because the disk takes no writes, it may not use the identity that is on the
 * disk. The spool is then apart: it is kept in memory under a new identity, and the records on disk wait. When the disk
 * works again, and the service has acknowledged all records that were read, the spool takes back the identity on the
 * disk, with the records that it still has. spool_id() then changes, and the uplink begins a new session. If the
 * service nevertheless knows numbers of this identity that this spool did not send (an old copy of the disk was
 * restored, or the file "acked" was damaged), spool_advance() gives new numbers to the new records.
 *
 * When the spool is full, it makes room in this order, and counts each lost record: it removes the oldest segment that
 * has only records below SPOOL_HIGH; it refuses a new record below SPOOL_HIGH; for a new record from SPOOL_HIGH on it
 * removes the oldest segment.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/now.h"
#include "agent/base/severity.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOL_RECORD_MAX 8192 /* bytes of one record */
#define SPOOL_SEGMENTS_MAX 64
#define SPOOL_ID 16
#define SPOOL_SEQ_MAX (UINT64_MAX / 4)	/* a larger number is damage or a lie */
#define SPOOL_HIGH SEV_MEDIUM		/* records from this severity on are kept longest */
#define SPOOL_RETRY_US (10 * SECOND_US) /* how long after a failure of the disk it is tried again */

/*
 * The disk. `name` is a file name without a slash. The functions return ERR_OK, or ERR_NO_SPACE, ERR_READ_ONLY,
 * ERR_NOT_FOUND or ERR_IO.
 */
struct spool_disk {
	void *context;
	/* Append to a file, which is created when it does not exist. The bytes are durable after `sync`. */
	enum err (*append)(void *context, const char *name, const void *data, size_t len);
	/* Read at most cap bytes from the offset on. *got is less than cap only at the end of the file. */
	enum err (*read)(void *context, const char *name, uint64_t offset, void *out, size_t cap, size_t *got);
	enum err (*remove)(void *context, const char *name);
	enum err (*cut)(void *context, const char *name, uint64_t size);		    /* as ftruncate(2) */
	enum err (*replace)(void *context, const char *name, const void *data, size_t len); /* atomic and durable */
	/* Begin to make the file and its name durable. spool_synced() follows with the token, after `sync` returned. */
	void (*sync)(void *context, const char *name, uint64_t token);
	/* Call `found` for every file, in any order. */
	enum err (*list)(void *context, void (*found)(void *arg, const char *name, uint64_t size), void *arg);
};

struct spool_limits {
	uint32_t segment_bytes;
	uint32_t segments_max; /* at most SPOOL_SEGMENTS_MAX; fewer than 2 count as 2 */
	int64_t sync_delay_us; /* the longest wait of a record below SPOOL_HIGH for a sync; others are synced at once */
};

struct spool_health {
	enum err disk; /* the disk's last error; ERR_OK: it works */
	uint64_t next_seq, oldest_seq, synced_seq, acked_seq;
	uint64_t dropped_low, dropped_high;
	uint64_t bytes, syncs;
	uint32_t held; /* records that are in memory only, because the disk takes no writes */
};

struct spool;

/* Bytes of memory for spool_init(). */
size_t spool_size(const struct spool_limits *limits);

/*
 * Open the spool in memory of spool_size() bytes, aligned to 8: find and check the segments and cut torn ends. A disk
 * that cannot be written is no error. Records are then kept in memory, at most SPOOL_HELD_BYTES (spool_held.h), and
 * moved to the disk when it works again; health says so. `new_id` is 16 random bytes, the identity of a new spool.
 * Memory and disk must outlive the spool.
 */
struct spool *spool_init(void *memory, const struct spool_limits *limits, const struct spool_disk *disk,
			 const uint8_t new_id[16]);

/* The spool's identity, SPOOL_ID bytes. It may change with any call that writes to the spool (see above). */
const uint8_t *spool_id(const struct spool *spool);

/*
 * Append a copy of a record, under the next number. ERR_FULL: there is no room for it. ERR_TOO_LONG: it is longer than
 * SPOOL_RECORD_MAX. Either way it is dropped and counted.
 */
ERR_CHECK enum err spool_append(struct spool *spool, unsigned severity, struct str record, struct now now);

/* Say that the sync with this token has ended, and how. */
void spool_synced(struct spool *spool, uint64_t token, enum err err, struct now now);

/* Begin the syncs that are due, and try a disk again that has failed. */
void spool_tick(struct spool *spool, struct now now);

/* When to call spool_tick() next, CLOCK_BOOTTIME in microseconds; INT64_MAX: no need. */
int64_t spool_deadline(const struct spool *spool);

/*
 * Call `each` for the records with numbers above `after`, in their order, until it returns false or there are no more.
 * `bytes` is valid during that call only. Records need not be durable to be read. A damaged record is left out and
 * counted. Any error is the disk's.
 */
ERR_CHECK enum err spool_read(struct spool *spool, uint64_t after,
			      bool (*each)(void *arg, uint64_t seq, unsigned severity, struct str bytes), void *arg);

/* Say that the service has made all records up to seq durable. They are removed, segment by segment. */
void spool_ack(struct spool *spool, uint64_t seq, struct now now);

/* The number of the first record that was or will be appended after spool_init(). */
uint64_t spool_start_seq(const struct spool *spool);

/*
 * The service has records up to `committed` under this spool's identity, but this spool sent none above `after`. Give
 * the records above `after` new numbers above `committed`, and later records the numbers after those. Does nothing when
 * committed <= after, when committed is not below SPOOL_SEQ_MAX, or when the spool is apart.
 */
void spool_advance(struct spool *spool, uint64_t after, uint64_t committed, struct now now);

/* Save the next number, so that the next start leaves no gap. Call it at a clean end, after the last sync. */
void spool_close(struct spool *spool);

/* Write the state of the spool and its counters. */
void spool_health(const struct spool *spool, struct spool_health *out);
