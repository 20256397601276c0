/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The segments of a spool on its disk: opening, appending, reading, removing. Knows what every segment holds;
 * knows no policy: spool.c decides what is kept and when it is synced.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/spool/spool.h"
#include "agent/spool/spool_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOL_SEGMENTS_ROOM (SPOOL_SEGMENTS_MAX + 2) /* two more while records move */
#define SPOOL_SEGMENTS_CHUNK 16384

struct spool_segment {
	uint64_t first_seq;  /* its name; records may begin later */
	uint64_t last_seq;   /* first_seq - 1 while it is empty */
	uint64_t synced_seq; /* durable up to here */
	uint32_t size, count, high;
	bool broken; /* a write failed and could not be cut off: takes no more */
};

struct spool_segments {
	const struct spool_disk *disk;
	uint8_t id[SPOOL_FILE_ID];
	uint32_t bytes_max; /* of one segment; a single longer record has one for itself */
	unsigned count;
	struct spool_segment at[SPOOL_SEGMENTS_ROOM]; /* rising; the last one takes appends */
	uint64_t lost_low, lost_high;		      /* records that were there and cannot be read */
	struct {
		uint64_t seq, segment; /* behind record seq of that segment ... */
		uint32_t offset;       /* ... stands the next one */
	} cursor;
	uint8_t record[SPOOL_FILE_RECORD + SPOOL_RECORD_MAX];
	uint8_t chunk[SPOOL_SEGMENTS_CHUNK];
};

/*
 * Find and check all segments. Torn tails are cut; segments without a good header or of another spool are
 * removed, and so are the oldest when there are more than SPOOL_SEGMENTS_MAX. True when s->id came from a segment.
 */
bool spool_segments_open(struct spool_segments *s, const struct spool_disk *disk, uint32_t bytes_max);

/* Whether the last segment takes a record of len bytes. */
bool spool_segments_fits(const struct spool_segments *s, size_t len);

/* Begin a new last segment. The disk's errors; ERR_FULL when there is no room in the table. */
ERR_CHECK enum err spool_segments_begin(struct spool_segments *s, uint64_t first_seq);

/* Append to the last segment. The disk's errors; a part that was written is cut off again. */
ERR_CHECK enum err spool_segments_append(struct spool_segments *s, const struct spool_file_record *record);

/* Forget a segment and remove its file. */
void spool_segments_remove(struct spool_segments *s, unsigned index);

struct spool_reader {
	bool (*each)(void *arg, const struct spool_file_record *record);
	void *arg;
	bool stopped; /* set when `each` returned false */
};

/*
 * Give the records behind `after` to the reader until it stops or none is left. The disk's errors. Records that turn
 * out damaged are passed over and counted as lost, with what follows them in their segment.
 */
ERR_CHECK enum err spool_segments_read(struct spool_segments *s, uint64_t after, struct spool_reader *reader);

/*
 * Give the records behind `after` new numbers from *next_seq on, by copying them into new segments; *next_seq
 * moves behind the last. Needs room for one segment more than there are. On an error of the disk the rest keeps
 * its numbers.
 */
ERR_CHECK enum err spool_segments_move(struct spool_segments *s, uint64_t after, uint64_t *next_seq);
