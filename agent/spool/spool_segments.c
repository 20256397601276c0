/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments on disk. Every byte that is read is checked, because the disk may have lost or changed what was written.
 * Never decides which records are dropped, and never syncs.
 */
#include "agent/spool/spool_segments.h"

#include "agent/base/require.h"

#include <string.h>

static bool is_high(const struct spool_file_record *record)
{
	return record->severity >= SPOOL_HIGH;
}

static void account(struct spool_segment *seg, const struct spool_file_record *record)
{
	seg->last_seq = record->seq;
	seg->size += SPOOL_FILE_RECORD + (uint32_t)record->bytes.len;
	seg->count++;
	seg->high += is_high(record);
}

static struct spool_segment *last(struct spool_segments *s)
{
	return s->count ? &s->at[s->count - 1] : NULL;
}

/* A walk through the records of one segment. It reads one chunk of the file at a time. */
struct walk {
	struct spool_segments *s;
	char name[SPOOL_FILE_NAME];
	uint32_t offset; /* of the next record in the file */
	struct str left; /* the bytes of the chunk from that record on */
	bool end;	 /* the chunk ends where the file ends */
};

static enum err walk_fill(struct walk *w)
{
	size_t got = 0;
	const struct spool_disk *disk = w->s->disk;
	enum err err = disk->read(disk->context, w->name, w->offset, w->s->chunk, sizeof(w->s->chunk), &got);

	w->left = (struct str){(const char *)w->s->chunk, got};
	w->end = got < sizeof(w->s->chunk);
	return err;
}

static enum err walk_begin(struct walk *w, struct spool_segments *s, uint64_t first_seq, uint32_t offset)
{
	*w = (struct walk){.s = s, .offset = offset};
	spool_file_name(first_seq, w->name);
	return walk_fill(w);
}

/*
 * Read the next record. ERR_NOT_FOUND: there are no more. ERR_TRUNCATED, ERR_CORRUPT: it is damaged. Else the disk's.
 */
static enum err walk_next(struct walk *w, struct spool_file_record *record)
{
	size_t before = w->left.len;
	enum err err = spool_file_take_record(&w->left, SPOOL_RECORD_MAX, record);

	if (err == ERR_TRUNCATED && !w->end) {
		err = walk_fill(w);
		before = w->left.len;
		if (err == ERR_OK)
			err = spool_file_take_record(&w->left, SPOOL_RECORD_MAX, record);
	}
	if (err == ERR_TRUNCATED && before == 0)
		return ERR_NOT_FOUND;
	if (err == ERR_OK)
		w->offset += (uint32_t)(before - w->left.len);
	return err;
}

static bool header_good(struct spool_segments *s, struct walk *w, uint64_t named_seq, bool *have_id)
{
	uint8_t id[SPOOL_FILE_ID];
	uint64_t first_seq;

	if (spool_file_take_header(&w->left, id, &first_seq) || first_seq != named_seq)
		return false;
	if (*have_id && memcmp(id, s->id, sizeof(id)) != 0)
		return false;
	memcpy(s->id, id, sizeof(id));
	*have_id = true;
	w->offset = SPOOL_FILE_HEADER;
	return true;
}

/*
 * Read what is in a segment, and cut off its torn end and the records with numbers from `below` on, where the next
 * segment begins. ERR_CORRUPT: its header is damaged. Any other error is the disk's.
 */
static enum err scan(struct spool_segments *s, struct spool_segment *seg, bool *have_id, uint64_t below)
{
	struct spool_file_record record;
	struct walk w;
	enum err err = walk_begin(&w, s, seg->first_seq, 0);

	if (err)
		return err;
	if (!header_good(s, &w, seg->first_seq, have_id))
		return ERR_CORRUPT;
	uint32_t file_size = seg->size;

	seg->size = SPOOL_FILE_HEADER;
	seg->last_seq = seg->first_seq - 1;
	while ((err = walk_next(&w, &record)) == ERR_OK && record.seq > seg->last_seq && record.seq < below)
		account(seg, &record);
	seg->synced_seq = seg->last_seq;
	if (seg->size < file_size)
		seg->broken = s->disk->cut(s->disk->context, w.name, seg->size) != ERR_OK;
	return ERR_OK;
}

static void found(void *arg, const char *name, uint64_t size)
{
	struct spool_segments *s = arg;
	uint64_t first_seq;
	unsigned i = 0;

	if (!spool_file_from_name(name, &first_seq) || first_seq == 0 || first_seq > SPOOL_SEQ_MAX)
		return;
	while (i < s->count && s->at[i].first_seq < first_seq)
		i++;
	if (s->count == SPOOL_SEGMENTS_ROOM) {
		if (i == 0)
			return;
		memmove(&s->at[0], &s->at[1], (i - 1) * sizeof(s->at[0]));
		i--;
	} else {
		memmove(&s->at[i + 1], &s->at[i], (s->count - i) * sizeof(s->at[0]));
		s->count++;
	}
	s->at[i] = (struct spool_segment){.first_seq = first_seq};
	s->at[i].size = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
}

static void forget(struct spool_segments *s, unsigned index)
{
	s->count--;
	memmove(&s->at[index], &s->at[index + 1], (s->count - index) * sizeof(s->at[0]));
}

/* A segment that the disk cannot read now is left out and stays on disk, because a later start may read it. */
bool spool_segments_open(struct spool_segments *s, const struct spool_disk *disk, uint32_t bytes_max)
{
	bool have_id = false;

	memset(s, 0, sizeof(*s));
	s->disk = disk;
	s->bytes_max = bytes_max;
	if (disk->list(disk->context, found, s) != ERR_OK)
		s->count = 0;
	for (unsigned i = s->count; i-- > 0;) {
		uint64_t below = i + 1 < s->count ? s->at[i + 1].first_seq : SPOOL_SEQ_MAX;
		bool many = s->count - i > SPOOL_SEGMENTS_MAX;
		enum err err = many ? ERR_CORRUPT : scan(s, &s->at[i], &have_id, below);

		if (err == ERR_CORRUPT)
			spool_segments_remove(s, i);
		else if (err)
			forget(s, i);
	}
	return have_id;
}

bool spool_segments_fits(const struct spool_segments *s, size_t len)
{
	if (s->count == 0)
		return false;
	const struct spool_segment *seg = &s->at[s->count - 1];

	return !seg->broken && (seg->count == 0 || seg->size + SPOOL_FILE_RECORD + len <= s->bytes_max);
}

enum err spool_segments_begin(struct spool_segments *s, uint64_t first_seq)
{
	char name[SPOOL_FILE_NAME];
	uint8_t header[SPOOL_FILE_HEADER];
	enum err err = ERR_OK;

	/* An empty last segment is not needed any more, and the new one may have the same name. */
	if (s->count && last(s)->count == 0) {
		spool_file_name(last(s)->first_seq, name);
		err = s->disk->remove(s->disk->context, name);
		if (err && err != ERR_NOT_FOUND)
			return err;
		s->count--;
	}
	if (s->count == SPOOL_SEGMENTS_ROOM)
		return ERR_FULL;
	require(s->count == 0 || first_seq > last(s)->first_seq);
	spool_file_name(first_seq, name);
	spool_file_put_header(header, s->id, first_seq);
	err = s->disk->append(s->disk->context, name, header, sizeof(header));

	if (err) {
		s->disk->remove(s->disk->context, name);
		return err;
	}
	s->at[s->count++] = (struct spool_segment){.first_seq = first_seq,
						   .last_seq = first_seq - 1,
						   .synced_seq = first_seq - 1,
						   .size = SPOOL_FILE_HEADER};
	return ERR_OK;
}

enum err spool_segments_append(struct spool_segments *s, const struct spool_file_record *record)
{
	struct spool_segment *seg = last(s);

	require(seg && !seg->broken && record->seq > seg->last_seq && record->bytes.len <= SPOOL_RECORD_MAX);
	char name[SPOOL_FILE_NAME];

	spool_file_name(seg->first_seq, name);
	spool_file_put_record(s->record, record);
	enum err err = s->disk->append(s->disk->context, name, s->record, SPOOL_FILE_RECORD + record->bytes.len);

	if (err) {
		seg->broken = s->disk->cut(s->disk->context, name, seg->size) != ERR_OK;
		return err;
	}
	account(seg, record);
	return ERR_OK;
}

void spool_segments_remove(struct spool_segments *s, unsigned index)
{
	char name[SPOOL_FILE_NAME];

	spool_file_name(s->at[index].first_seq, name);
	s->disk->remove(s->disk->context, name);
	forget(s, index);
}

/*
 * Count the records of a segment with numbers above `seq` as lost, because they cannot be read, and end it before them.
 */
static void lose(struct spool_segments *s, struct spool_segment *seg, const struct walk *w, uint64_t seq)
{
	uint64_t lost = seg->last_seq - seq;

	*(seg->high ? &s->lost_high : &s->lost_low) += lost;
	seg->last_seq = seq;
	if (seg->synced_seq > seq)
		seg->synced_seq = seq;
	seg->broken = true;
	if (s->disk->cut(s->disk->context, w->name, w->offset) == ERR_OK)
		seg->size = w->offset;
}

static enum err read_segment(struct spool_segments *s, struct spool_segment *seg, uint64_t after,
			     struct spool_reader *reader)
{
	bool resume = s->cursor.segment == seg->first_seq && s->cursor.seq == after && s->cursor.offset;
	uint32_t offset = resume ? s->cursor.offset : SPOOL_FILE_HEADER;
	uint64_t seq = resume ? after : seg->first_seq - 1;
	struct spool_file_record record;
	struct walk w;
	enum err err = walk_begin(&w, s, seg->first_seq, offset);

	while (err == ERR_OK && seq < seg->last_seq) {
		s->cursor.segment = seg->first_seq;
		s->cursor.seq = seq;
		s->cursor.offset = w.offset;
		err = walk_next(&w, &record);
		if (err == ERR_OK && (record.seq <= seq || record.seq > seg->last_seq))
			err = ERR_CORRUPT;
		if (err == ERR_OK && record.seq > after && !reader->each(reader->arg, &record)) {
			reader->stopped = true;
			return ERR_OK;
		}
		seq = err == ERR_OK ? record.seq : seq;
	}
	s->cursor.segment = seg->first_seq;
	s->cursor.seq = seq;
	s->cursor.offset = w.offset;
	if (err == ERR_CORRUPT || err == ERR_TRUNCATED || err == ERR_NOT_FOUND) {
		lose(s, seg, &w, seq);
		return ERR_OK;
	}
	return err;
}

enum err spool_segments_read(struct spool_segments *s, uint64_t after, struct spool_reader *reader)
{
	reader->stopped = false;
	for (unsigned i = 0; i < s->count && !reader->stopped; i++) {
		if (s->at[i].last_seq <= after || s->at[i].count == 0)
			continue;
		enum err err = read_segment(s, &s->at[i], after, reader);

		if (err)
			return err;
	}
	return ERR_OK;
}

/* Cut off the records of a segment with numbers above `after`. */
static enum err cut(struct spool_segments *s, struct spool_segment *seg, uint64_t after)
{
	struct spool_segment kept = {
		.first_seq = seg->first_seq, .last_seq = seg->first_seq - 1, .size = SPOOL_FILE_HEADER};
	struct spool_file_record record;
	struct walk w;
	enum err err = walk_begin(&w, s, seg->first_seq, SPOOL_FILE_HEADER);

	while (err == ERR_OK && (err = walk_next(&w, &record)) == ERR_OK && record.seq <= after)
		account(&kept, &record);
	if (err && err != ERR_NOT_FOUND)
		return err;
	kept.synced_seq = seg->synced_seq < kept.last_seq ? seg->synced_seq : kept.last_seq;
	err = s->disk->cut(s->disk->context, w.name, kept.size);
	if (err == ERR_OK)
		*seg = kept;
	return err;
}

struct move {
	struct spool_segments *s;
	uint64_t last_seq; /* the last record to be moved now */
	uint64_t next_seq;
	enum err err;
};

/* Append the record under its new number. It lies in the chunk, and appending does not change the chunk. */
static bool move_record(void *arg, const struct spool_file_record *record)
{
	struct move *move = arg;
	struct spool_file_record copy = *record;

	if (record->seq > move->last_seq)
		return false;
	copy.seq = move->next_seq;
	if (!spool_segments_fits(move->s, copy.bytes.len))
		move->err = spool_segments_begin(move->s, copy.seq);
	if (move->err == ERR_OK)
		move->err = spool_segments_append(move->s, &copy);
	move->next_seq += move->err == ERR_OK;
	return move->err == ERR_OK;
}

enum err spool_segments_move(struct spool_segments *s, uint64_t after, uint64_t *next_seq)
{
	struct move move = {.s = s, .next_seq = *next_seq};
	struct spool_reader reader = {.each = move_record, .arg = &move};
	uint64_t old_last = s->count ? s->at[s->count - 1].last_seq : 0;
	bool begun = false;

	for (unsigned i = 0; i < s->count && s->at[i].first_seq <= old_last;) {
		struct spool_segment *seg = &s->at[i];

		if (seg->last_seq <= after || seg->count == 0) {
			i++;
			continue;
		}
		if (!begun)
			move.err = spool_segments_begin(s, move.next_seq);
		if (move.err)
			break;
		begun = true;
		move.last_seq = seg->last_seq;
		enum err err = spool_segments_read(s, after, &reader);

		s->cursor.offset = 0;
		move.err = move.err ? move.err : err;
		if (move.err)
			break;
		if (seg->first_seq > after)
			spool_segments_remove(s, i);
		else
			move.err = cut(s, seg, after);
	}
	*next_seq = move.next_seq;
	return move.err;
}
