/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens, appends to, reads and removes the segments of a spool. It knows the numbers and counts of all segments.
 * spool.c decides what is kept and when it is synced.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/spool/spool.h"
#include "agent/spool/spool_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOL_SEGMENTS_ROOM (SPOOL_SEGMENTS_MAX + 2) /* two more are needed while records get new numbers */
#define SPOOL_SEGMENTS_CHUNK 16384		     /* bytes of one read */

struct spool_segment {
	uint64_t first_seq;	    /* the number in its name; its first record may have a larger one */
	uint64_t last_seq;	    /* first_seq - 1 while it is empty */
	uint64_t synced_seq;	    /* records up to this number are durable */
	uint32_t size, count, high; /* bytes, records, and records from SPOOL_HIGH on */
	bool broken;		    /* a write failed and its bytes could not be cut off: it takes no more records */
};

struct spool_segments {
	const struct spool_disk *disk;
	uint8_t id[SPOOL_FILE_ID];
	uint32_t bytes_max; /* of one segment; a longer record gets a segment of its own */
	unsigned count;
	struct spool_segment at[SPOOL_SEGMENTS_ROOM]; /* in the order of their numbers; records go to the last one */
	uint64_t lost_low, lost_high;		      /* records that were stored and cannot be read */
	struct {
		uint64_t seq, segment; /* the record that was read last, and its segment */
		uint32_t offset;       /* of the record after it */
	} cursor;
	uint8_t record[SPOOL_FILE_RECORD + SPOOL_RECORD_MAX];
	uint8_t chunk[SPOOL_SEGMENTS_CHUNK];
};

/*
 * Find and check all segments. Torn ends are cut. Segments with a damaged header or of another spool are removed, and
 * so are the oldest ones when there are more than SPOOL_SEGMENTS_MAX. True: s->id was read from a segment. `disk` must
 * outlive s.
 */
bool spool_segments_open(struct spool_segments *s, const struct spool_disk *disk, uint32_t bytes_max);

/* Whether a record of len bytes fits into the last segment. */
bool spool_segments_fits(const struct spool_segments *s, size_t len);

/* Begin a new last segment. ERR_FULL: the table has no room. Any other error is the disk's. */
ERR_CHECK enum err spool_segments_begin(struct spool_segments *s, uint64_t first_seq);

/* Append a record to the last segment. Any error is the disk's; a part that was written is then cut off. */
ERR_CHECK enum err spool_segments_append(struct spool_segments *s, const struct spool_file_record *record);

/* Forget a segment and remove its file. */
void spool_segments_remove(struct spool_segments *s, unsigned index);

struct spool_reader {
	bool (*each)(void *arg, const struct spool_file_record *record);
	void *arg;
	bool stopped; /* set when `each` returned false */
};

/*
 * Call the reader for the records with numbers above `after`, until it stops or there are no more. A damaged record,
 * and all that follow it in its segment, are left out and counted as lost. Any error is the disk's.
 */
ERR_CHECK enum err spool_segments_read(struct spool_segments *s, uint64_t after, struct spool_reader *reader);

/*
 * Give the records with numbers above `after` new numbers from *next_seq on, by copying them into new segments.
 * *next_seq becomes the number after the last one. The table must have room for one more segment. Any error is the
 * disk's; the remaining records then keep their numbers.
 */
ERR_CHECK enum err spool_segments_move(struct spool_segments *s, uint64_t after, uint64_t *next_seq);
