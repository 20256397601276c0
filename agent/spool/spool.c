/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spool's policy: which records are kept, when they must be durable, and which are removed when there is no room.
 * The core's effects append records, and the uplink reads them. Never waits for the disk, and never gives one number to
 * two records.
 */
#include "agent/spool/spool.h"

#include "agent/base/hash.h"
#include "agent/base/require.h"
#include "agent/spool/spool_held.h"
#include "agent/spool/spool_segments.h"

#include <string.h>

#define RESERVE_STRIDE 65536 /* numbers reserved at a time; a crash leaves a gap of at most this length */

struct spool {
	struct spool_limits limits;
	struct spool_segments segments;
	struct spool_held held;
	enum err disk;
	int64_t retry_us; /* when to try the disk again; INT64_MAX: it works */
	uint64_t next_seq, start_seq, acked_seq, reserved_seq;
	bool apart; /* spool.h */
	uint8_t apart_id[SPOOL_ID];
	bool rejoining; /* the disk works again; the spool waits until all records that were read are acknowledged */
	uint64_t apart_acked, given_seq;
	uint64_t dropped_low, dropped_high, syncs;
	int64_t sync_due_us; /* when to sync the records that the running sync does not include */
	uint64_t sync_token; /* of the last sync that was begun */
	bool syncing;
	uint64_t sync_segment, sync_upto;
};

size_t spool_size(const struct spool_limits *limits)
{
	(void)limits;
	return sizeof(struct spool);
}

static void disk_failed(struct spool *spool, enum err err, struct now now)
{
	spool->disk = err;
	spool->retry_us = now.mono_us + SPOOL_RETRY_US;
}

static enum err mark_write(struct spool *spool, uint64_t reserved)
{
	const struct spool_disk *disk = spool->segments.disk;
	struct spool_file_mark mark = {.acked = spool->acked_seq, .reserved = reserved};
	uint8_t bytes[SPOOL_FILE_MARK];

	memcpy(mark.id, spool->segments.id, sizeof(mark.id));
	spool_file_put_mark(bytes, &mark);
	enum err err = disk->replace(disk->context, SPOOL_FILE_MARK_NAME, bytes, sizeof(bytes));
	if (err == ERR_OK)
		spool->reserved_seq = reserved;
	return err;
}

static bool mark_read(const struct spool_disk *disk, struct spool_file_mark *mark)
{
	char bytes[SPOOL_FILE_MARK + 1];
	size_t got = 0;

	if (disk->read(disk->context, SPOOL_FILE_MARK_NAME, 0, bytes, sizeof(bytes), &got) != ERR_OK)
		return false;
	return spool_file_take_mark((struct str){bytes, got}, mark) == ERR_OK && mark->reserved <= SPOOL_SEQ_MAX &&
	       mark->acked <= mark->reserved;
}

/*
 * Choose the next number. Without a readable file "acked" the numbers that were used are not known, so it is increased
 * by a large random number, and corrected after the service's first Welcome (spool_advance).
 */
static void number(struct spool *spool, bool old, const uint8_t new_id[16])
{
	struct spool_segments *s = &spool->segments;
	struct spool_file_mark mark = {0};
	bool marked = mark_read(s->disk, &mark) && (!old || memcmp(mark.id, s->id, sizeof(mark.id)) == 0);
	uint64_t jump = 1;

	for (unsigned i = 0; i < 5; i++)
		jump = jump << 8 | new_id[i];
	if (!old)
		memcpy(s->id, marked ? mark.id : new_id, SPOOL_ID);
	spool->next_seq = s->count ? s->at[s->count - 1].last_seq + 1 : 1;
	if (marked) {
		spool->acked_seq = mark.acked;
		spool->next_seq = mark.reserved > spool->next_seq ? mark.reserved : spool->next_seq;
	} else if (old) {
		spool->next_seq += jump;
	}
	spool->disk = mark_write(spool, spool->next_seq + RESERVE_STRIDE);
	spool->apart = spool->disk != ERR_OK && (old || marked);
	memcpy(spool->apart_id, new_id, SPOOL_ID);
	spool->start_seq = spool->next_seq;
	spool->apart_acked = spool->given_seq = spool->start_seq - 1;
}

static void count_dropped(struct spool *spool, const struct spool_segment *seg)
{
	if (seg->last_seq <= spool->acked_seq)
		return;
	spool->dropped_high += seg->high;
	spool->dropped_low += seg->count - seg->high;
}

static bool drop_oldest(struct spool *spool, bool low_only)
{
	struct spool_segments *s = &spool->segments;

	for (unsigned i = 0; i + 1 < s->count; i++) {
		if (low_only && s->at[i].high)
			continue;
		count_dropped(spool, &s->at[i]);
		spool_segments_remove(s, i);
		return true;
	}
	return false;
}

struct spool *spool_init(void *memory, const struct spool_limits *limits, const struct spool_disk *disk,
			 const uint8_t new_id[16])
{
	struct spool *spool = memory;

	memset(spool, 0, sizeof(*spool));
	spool->limits = *limits;
	if (spool->limits.segments_max > SPOOL_SEGMENTS_MAX)
		spool->limits.segments_max = SPOOL_SEGMENTS_MAX;
	if (spool->limits.segments_max < 2)
		spool->limits.segments_max = 2;
	spool->sync_due_us = INT64_MAX;
	spool->retry_us = INT64_MAX;
	spool_held_init(&spool->held);
	bool old = spool_segments_open(&spool->segments, disk, limits->segment_bytes);

	number(spool, old, new_id);
	if (spool->disk)
		spool->retry_us = 0; /* try again at once */
	while (spool->segments.count > spool->limits.segments_max) {
		if (!drop_oldest(spool, true))
			drop_oldest(spool, false);
	}
	return spool;
}

const uint8_t *spool_id(const struct spool *spool)
{
	return spool->apart ? spool->apart_id : spool->segments.id;
}

uint64_t spool_start_seq(const struct spool *spool)
{
	return spool->start_seq;
}

/* Make room for a segment. ERR_FULL: all records in the spool are more important than this one. */
static enum err make_room(struct spool *spool, uint8_t severity)
{
	if (spool->segments.count < spool->limits.segments_max || drop_oldest(spool, true))
		return ERR_OK;
	if (severity < SPOOL_HIGH)
		return ERR_FULL;
	return drop_oldest(spool, false) ? ERR_OK : ERR_FULL;
}

static enum err store(struct spool *spool, const struct spool_file_record *record)
{
	struct spool_segments *s = &spool->segments;

	if (!spool_segments_fits(s, record->bytes.len)) {
		enum err err = make_room(spool, record->severity);

		if (err == ERR_OK)
			err = spool_segments_begin(s, record->seq);
		if (err)
			return err;
	}
	return spool_segments_append(s, record);
}

/* Store a record. When other programs have filled the disk, a high record replaces low ones of the spool. */
static enum err store_hard(struct spool *spool, const struct spool_file_record *record)
{
	enum err err = store(spool, record);

	while (err == ERR_NO_SPACE && record->severity >= SPOOL_HIGH && drop_oldest(spool, true))
		err = store(spool, record);
	return err;
}

static struct spool_segment *oldest_unsynced(struct spool *spool)
{
	for (unsigned i = 0; i < spool->segments.count; i++) {
		if (spool->segments.at[i].synced_seq < spool->segments.at[i].last_seq)
			return &spool->segments.at[i];
	}
	return NULL;
}

static void sync_due(struct spool *spool, unsigned severity, struct now now)
{
	int64_t due = severity >= SPOOL_HIGH ? now.mono_us : now.mono_us + spool->limits.sync_delay_us;

	if (due < spool->sync_due_us)
		spool->sync_due_us = due;
}

/*
 * Begin a sync if one is due. Only one runs at a time, of the oldest segment; records appended meanwhile wait for it.
 */
static void sync_begin(struct spool *spool, struct now now)
{
	struct spool_segment *seg = oldest_unsynced(spool);
	const struct spool_disk *disk = spool->segments.disk;
	char name[SPOOL_FILE_NAME];

	if (!seg)
		spool->sync_due_us = INT64_MAX;
	if (!seg || spool->syncing || now.mono_us < spool->sync_due_us)
		return;
	spool->syncing = true;
	spool->sync_segment = seg->first_seq;
	spool->sync_upto = seg->last_seq;
	spool->sync_token++;
	if (seg == &spool->segments.at[spool->segments.count - 1])
		spool->sync_due_us = INT64_MAX;
	spool_file_name(seg->first_seq, name);
	disk->sync(disk->context, name, spool->sync_token);
}

void spool_synced(struct spool *spool, uint64_t token, enum err err, struct now now)
{
	struct spool_segments *s = &spool->segments;

	if (!spool->syncing || token != spool->sync_token)
		return;
	spool->syncing = false;
	spool->syncs++;
	if (err && err != ERR_NOT_FOUND) {
		disk_failed(spool, err, now);
		spool->sync_due_us = spool->retry_us;
		return;
	}
	for (unsigned i = 0; i < s->count; i++) {
		struct spool_segment *seg = &s->at[i];

		if (seg->first_seq == spool->sync_segment && spool->sync_upto <= seg->last_seq)
			seg->synced_seq = spool->sync_upto;
	}
	sync_begin(spool, now);
}

/* Keep a record in memory, because the disk takes no writes. */
static enum err hold(struct spool *spool, const struct spool_file_record *record)
{
	enum err err = spool_held_put(&spool->held, record, SPOOL_HIGH);

	spool->dropped_low += spool->held.dropped_low;
	spool->dropped_high += spool->held.dropped_high;
	spool->held.dropped_low = spool->held.dropped_high = 0;
	return err;
}

enum err spool_append(struct spool *spool, unsigned severity, struct str bytes, struct now now)
{
	struct spool_file_record record = {
		.seq = spool->next_seq, .severity = severity > 255 ? 255 : (uint8_t)severity, .bytes = bytes};
	enum err err = ERR_OK;

	if (bytes.len > SPOOL_RECORD_MAX) {
		*(severity >= SPOOL_HIGH ? &spool->dropped_high : &spool->dropped_low) += 1;
		return ERR_TOO_LONG;
	}
	if (spool->held.count == 0 && now.mono_us >= spool->retry_us)
		spool_tick(spool, now);
	if (spool->held.count || spool->retry_us != INT64_MAX) {
		err = hold(spool, &record);
	} else if ((err = store_hard(spool, &record)) == ERR_FULL) {
		*(severity >= SPOOL_HIGH ? &spool->dropped_high : &spool->dropped_low) += 1;
	} else if (err) {
		disk_failed(spool, err, now);
		err = hold(spool, &record);
	} else {
		sync_due(spool, severity, now);
		sync_begin(spool, now);
	}
	if (err)
		return err;
	spool->next_seq++;
	if (spool->next_seq + RESERVE_STRIDE / 2 > spool->reserved_seq && spool->retry_us == INT64_MAX) {
		err = mark_write(spool, spool->next_seq + RESERVE_STRIDE);
		if (err)
			disk_failed(spool, err, now);
	}
	return ERR_OK;
}

/* Move the records in memory to the disk, the oldest first. */
static enum err write_held(struct spool *spool, struct now now)
{
	struct spool_file_record record;
	enum err err = ERR_OK;
	size_t at = 0;

	if (spool->next_seq + RESERVE_STRIDE / 2 > spool->reserved_seq)
		err = mark_write(spool, spool->next_seq + RESERVE_STRIDE);
	while (err == ERR_OK && spool_held_next(&spool->held, &at, &record)) {
		err = store_hard(spool, &record);
		if (err == ERR_FULL) {
			*(record.severity >= SPOOL_HIGH ? &spool->dropped_high : &spool->dropped_low) += 1;
			err = ERR_OK;
		}
		if (err)
			break;
		sync_due(spool, record.severity, now);
		spool_held_pop(&spool->held);
		at = 0;
	}
	return err;
}

/*
 * Take back the identity on the disk, now that the disk works. Records that were read may still arrive at the service
 * under the other identity, so they must be acknowledged first. Until then spool_read() gives no further records.
 */
static enum err rejoin(struct spool *spool)
{
	enum err err = ERR_OK;

	if (!spool->rejoining)
		err = mark_write(spool, spool->next_seq + RESERVE_STRIDE);
	spool->rejoining = err == ERR_OK && spool->given_seq > spool->apart_acked;
	spool->apart = err != ERR_OK || spool->rejoining;
	return spool->rejoining ? ERR_BUSY : err;
}

void spool_tick(struct spool *spool, struct now now)
{
	if (now.mono_us >= spool->retry_us) {
		enum err err = spool->apart ? rejoin(spool) : ERR_OK;

		if (err == ERR_OK)
			err = write_held(spool, now);

		spool->disk = ERR_OK;
		spool->retry_us = INT64_MAX;
		if (err)
			disk_failed(spool, err, now);
		if (spool->rejoining)
			spool->disk = ERR_OK;
	}
	sync_begin(spool, now);
}

int64_t spool_deadline(const struct spool *spool)
{
	int64_t sync = spool->syncing ? INT64_MAX : spool->sync_due_us;

	return sync < spool->retry_us ? sync : spool->retry_us;
}

struct giving {
	bool (*each)(void *arg, uint64_t seq, unsigned severity, struct str bytes);
	void *arg;
};

static bool give(void *arg, const struct spool_file_record *record)
{
	struct giving *giving = arg;

	return giving->each(giving->arg, record->seq, record->severity, record->bytes);
}

/* A spool that is apart gives only the records in memory. */
static void read_apart(struct spool *spool, uint64_t after, struct giving *giving)
{
	struct spool_file_record record;
	size_t at = 0;

	while (spool_held_next(&spool->held, &at, &record)) {
		if (record.seq <= after || (spool->rejoining && record.seq > spool->given_seq))
			continue;
		if (!giving->each(giving->arg, record.seq, record.severity, record.bytes))
			return;
		if (record.seq > spool->given_seq)
			spool->given_seq = record.seq;
	}
}

enum err spool_read(struct spool *spool, uint64_t after,
		    bool (*each)(void *arg, uint64_t seq, unsigned severity, struct str bytes), void *arg)
{
	struct giving giving = {each, arg};
	struct spool_reader reader = {.each = give, .arg = &giving};
	struct spool_file_record record;
	size_t at = 0;

	if (spool->apart) {
		read_apart(spool, after, &giving);
		return ERR_OK;
	}
	enum err err = spool_segments_read(&spool->segments, after, &reader);

	spool->dropped_low += spool->segments.lost_low;
	spool->dropped_high += spool->segments.lost_high;
	spool->segments.lost_low = spool->segments.lost_high = 0;
	while (err == ERR_OK && !reader.stopped && spool_held_next(&spool->held, &at, &record)) {
		if (record.seq > after)
			reader.stopped = !give(&giving, &record);
	}
	return err;
}

static void drop_acked(struct spool *spool, uint64_t seq)
{
	struct spool_file_record record;
	size_t at = 0;

	while (spool_held_next(&spool->held, &at, &record) && record.seq <= seq) {
		spool_held_pop(&spool->held);
		at = 0;
	}
}

void spool_ack(struct spool *spool, uint64_t seq, struct now now)
{
	struct spool_segments *s = &spool->segments;
	uint64_t *acked = spool->apart ? &spool->apart_acked : &spool->acked_seq;

	if (seq >= spool->next_seq)
		seq = spool->next_seq - 1;
	if (seq <= *acked)
		return;
	*acked = seq;
	while (!spool->apart && s->count > 1 && s->at[0].last_seq <= seq) {
		spool_segments_remove(s, 0);
		if (spool->disk == ERR_NO_SPACE)
			spool->retry_us = now.mono_us;
	}
	drop_acked(spool, seq);
	if (spool->rejoining)
		spool->retry_us = now.mono_us;
}

void spool_advance(struct spool *spool, uint64_t after, uint64_t committed, struct now now)
{
	if (committed <= after || committed >= SPOOL_SEQ_MAX || spool->apart)
		return;
	if (spool->next_seq <= committed)
		spool->next_seq = committed + 1;
	enum err err = spool_segments_move(&spool->segments, after, &spool->next_seq);

	spool->next_seq = spool_held_renumber(&spool->held, after, spool->next_seq);
	if (err == ERR_OK)
		err = mark_write(spool, spool->next_seq + RESERVE_STRIDE);
	if (err)
		disk_failed(spool, err, now);
	sync_due(spool, SPOOL_HIGH, now);
	sync_begin(spool, now);
}

void spool_close(struct spool *spool)
{
	if (!spool->apart && spool->held.count == 0 && mark_write(spool, spool->next_seq) != ERR_OK)
		spool->disk = ERR_IO;
}

void spool_health(const struct spool *spool, struct spool_health *out)
{
	const struct spool_segments *s = &spool->segments;
	struct spool_file_record record;
	size_t at = 0;
	bool held = spool_held_next(&spool->held, &at, &record);

	*out = (struct spool_health){.disk = spool->disk,
				     .next_seq = spool->next_seq,
				     .acked_seq = spool->apart ? spool->apart_acked : spool->acked_seq,
				     .dropped_low = spool->dropped_low,
				     .dropped_high = spool->dropped_high,
				     .syncs = spool->syncs,
				     .held = spool->held.count};
	out->oldest_seq = out->synced_seq = held ? record.seq : spool->next_seq;
	for (unsigned i = s->count; i-- > 0;) {
		const struct spool_segment *seg = &s->at[i];

		out->bytes += seg->size;
		if (seg->count && !spool->apart)
			out->oldest_seq = seg->first_seq;
		if (seg->synced_seq < seg->last_seq)
			out->synced_seq = seg->synced_seq + 1 > seg->first_seq ? seg->synced_seq + 1 : seg->first_seq;
	}
	out->synced_seq--;
}
