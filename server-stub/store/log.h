/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: what devices sent, as the batches came, one entry for each batch (device, spool, first and last sequence
 * number, count, blob), because an index over every record would make SQLite ten times slower; and between them what
 * people and the service itself did that the views tell of. It only grows at its end, and retention cuts its front. The
 * number of an entry, its position, only rises: a reader goes on from the last one it has read.
 */
#pragma once

#include "agent/base/str.h"
#include "server-stub/store/store.h"

enum log_entry {
	LOG_PLAIN = 0,	/* a batch that tells the views nothing */
	LOG_STORY = 1,	/* a batch with findings, receipts, signatures, health or files */
	LOG_DEED = 2,	/* what a person did to an incident of the device; `blob` is for the reader of the views */
	LOG_KEY = 3,	/* a receipt key was bound to the device; `blob` is the key, STORE_KEY bytes */
	LOG_NOTICE = 4, /* what the service saw of the device; `blob` is for the reader of the views */
	LOG_REKEY = 5,	/* as LOG_KEY, in place of the key that was bound before: an operator let the device in again */
};

/* One entry. Those of people and of the service have no spool, sequence numbers or count; they are zero. */
struct log_batch {
	uint8_t device[STORE_ID];
	uint8_t spool[STORE_ID];
	uint64_t first_seq, last_seq;
	uint32_t count;
	int64_t received_us;
	struct str blob; /* of a device: the encoded Batch message */
	uint8_t kind;	 /* enum log_entry */
};

/* The last sequence number of a spool that is durable; 0 when there is none. */
ERR_CHECK enum err log_committed(struct store *s, const uint8_t device[STORE_ID], const uint8_t spool[STORE_ID],
				 uint64_t *seq);
/*
 * Append an entry. ERR_REPLAYED: it is a batch whose first_seq is not above what is committed; the caller trims what
 * was sent again (ingest.h).
 */
ERR_CHECK enum err log_append(struct store *s, const struct log_batch *b);
/*
 * List at most `max` batches, of one device or (NULL) of all. The oldest come first, from behind the position `after`;
 * with `newest` the newest come first, from before `after`, or from the end when it is 0.
 */
ERR_CHECK enum err log_list(struct store *s, const uint8_t *device, bool newest, uint64_t after, unsigned max,
			    bool (*each)(void *arg, uint64_t position, const struct log_batch *b), void *arg);
/*
 * List at most `max` entries that tell the views something (all but LOG_PLAIN), the oldest first, from behind `after`.
 * No page of people: `max` may be above STORE_PAGE_MAX.
 */
ERR_CHECK enum err log_follow(struct store *s, uint64_t after, unsigned max,
			      bool (*each)(void *arg, uint64_t position, const struct log_batch *b), void *arg);
/* What may be waited for. */
enum log_news {
	LOG_STORIES, /* entries for log_follow */
	LOG_ENTRIES, /* all */
	LOG_NEWS
};

/*
 * Wait until such entries were committed, by any handle of this process, after *seen was filled in, or until the wall
 * clock says until_us; *seen is 0 before the first call. A store in memory never waits.
 */
void log_wait(struct store *s, enum log_news news, uint64_t *seen, int64_t until_us);
/* End those waits of all handles of the same store. Any thread may call it. */
void log_wake(struct store *s, enum log_news news);
/*
 * What a reader of the log keeps of a run of it (search/digest.h). Runs have no gaps between them; the end of the log
 * has none yet. They go with the entries that they are of.
 */
struct log_digest {
	uint64_t first, last; /* positions; from behind the run before up to its last batch */
	int64_t received_us;  /* of its batches, the latest */
	int64_t wall_from_us,
		wall_to_us; /* the earliest and latest time of its records; the first is later: it has none */
	struct str bits;    /* empty: nothing is known of the records */
	struct str pairs;   /* empty: nothing is known of what they have together, or it was not asked for */
};
ERR_CHECK enum err log_digest_put(struct store *s, const struct log_digest *d);
/* The last position of all runs; 0: there is none. A store in memory keeps no runs. */
ERR_CHECK enum err log_digest_last(struct store *s, uint64_t *position);
/* List the runs that begin before the position `before`, the newest first. Bits are borrowed during the call. */
struct log_digest_query {
	uint64_t before;
	bool pairs; /* ask for them, too: without them a run costs half as much */
	bool (*each)(void *arg, const struct log_digest *d);
	void *arg;
};
ERR_CHECK enum err log_digest_list(struct store *s, const struct log_digest_query *q);

/*
 * Put `b`, of which blob and count are used, in the place of the batch at that position, of which it is a part; with a
 * count of 0 the batch is removed. How far its spool is committed, and the number of its records, stays. A store in
 * memory keeps it as it is.
 */
ERR_CHECK enum err log_replace(struct store *s, uint64_t position, const struct log_batch *b);
/* How far low severities were taken out of the log (ingest/thin.h): a position; 0: not at all. */
ERR_CHECK enum err log_thinned(struct store *s, uint64_t *position);
ERR_CHECK enum err log_thinned_put(struct store *s, uint64_t position);

/* The bounds' reach into the log's front: the position of the last of `count` entries to go, at most LOG_REACH. */
struct log_reach {
	uint64_t position;
	unsigned count;
};
#define LOG_REACH 256
ERR_CHECK enum err log_reach(struct store *s, const struct store_retention *r, int64_t wall_us, struct log_reach *out);
/* Remove the entries up to that position. How far spools are committed, and the number of their records, stays. */
ERR_CHECK enum err log_cut(struct store *s, uint64_t position);
