/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log in SQLite. A batch is one row and the spool's mark moves with it, in one transaction: that is where "stored
 * exactly once" is decided.
 */
#include "server-stub/store/sqlite.h"
#include "server-stub/store/sqlite_care.h"

static struct sqlite *sqlite_of(struct store *s)
{
	return (struct sqlite *)s;
}

static enum err committed(struct store *store, const uint8_t *device, const uint8_t *spool, uint64_t *seq)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_SPOOL_COMMITTED);
	enum err err;

	*seq = 0;
	sqlite_query_blob(query, 1, device, STORE_ID);
	sqlite_query_blob(query, 2, spool, STORE_ID);
	if (sqlite_query_row(s, query, &err))
		*seq = (uint64_t)sqlite3_column_int64(query, 0);
	sqlite3_reset(query);
	return err;
}

static enum err advance(struct sqlite *s, const struct log_batch *b)
{
	sqlite3_stmt *query = sqlite_query(s, SQL_SPOOL_ADVANCE);
	enum err err;

	sqlite_query_blob(query, 1, b->device, STORE_ID);
	sqlite_query_blob(query, 2, b->spool, STORE_ID);
	sqlite_query_int(query, 3, (int64_t)b->first_seq);
	sqlite_query_int(query, 4, (int64_t)b->last_seq);
	sqlite_query_int(query, 5, b->count);
	err = sqlite_query_write(s, query);
	return err == ERR_OK && sqlite3_changes(s->db) == 0 ? ERR_REPLAYED : err;
}

static enum err append_row(struct sqlite *s, const struct log_batch *b)
{
	sqlite3_stmt *query = sqlite_query(s, SQL_BATCH_PUT);

	sqlite_query_blob(query, 1, b->device, STORE_ID);
	sqlite_query_blob(query, 2, b->spool, STORE_ID);
	sqlite_query_int(query, 3, (int64_t)b->first_seq);
	sqlite_query_int(query, 4, (int64_t)b->last_seq);
	sqlite_query_int(query, 5, b->count);
	sqlite_query_int(query, 6, b->received_us);
	sqlite_query_blob(query, 7, b->blob.data, b->blob.len);
	sqlite_query_int(query, 8, b->kind);
	s->has_news[LOG_ENTRIES] = true;
	s->has_news[LOG_STORIES] |= b->kind != LOG_PLAIN;
	return sqlite_query_write(s, query);
}

static enum err append(struct store *store, const struct log_batch *b)
{
	struct sqlite *s = sqlite_of(store);
	bool own;
	enum err err = sqlite_enter(s, &own);

	if (err != ERR_OK)
		return err;
	if (b->kind < LOG_DEED)
		err = advance(s, b);
	if (err == ERR_OK)
		err = append_row(s, b);
	return sqlite_leave(s, own, err);
}

static void read_batch(sqlite3_stmt *query, struct log_batch *b)
{
	sqlite_query_bytes(query, 1, b->device, STORE_ID);
	sqlite_query_bytes(query, 2, b->spool, STORE_ID);
	b->first_seq = (uint64_t)sqlite3_column_int64(query, 3);
	b->last_seq = (uint64_t)sqlite3_column_int64(query, 4);
	b->count = (uint32_t)sqlite3_column_int64(query, 5);
	b->received_us = sqlite3_column_int64(query, 6);
	b->blob.data = sqlite3_column_blob(query, 7);
	b->blob.len = (size_t)sqlite3_column_bytes(query, 7);
	b->kind = (uint8_t)sqlite3_column_int(query, 8);
}

static enum sql batch_query(const struct log_query *q)
{
	if (q->device)
		return q->newest ? SQL_BATCH_LIST_DEVICE_NEWEST : SQL_BATCH_LIST_DEVICE;
	return q->newest ? SQL_BATCH_LIST_NEWEST : SQL_BATCH_LIST;
}

static enum err list(struct store *store, const struct log_query *q)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, batch_query(q));
	struct log_batch b;
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_int(query, 1, q->newest && !q->after ? INT64_MAX : (int64_t)q->after);
	sqlite_query_int(query, 2, q->max);
	if (q->device)
		sqlite_query_blob(query, 3, q->device, STORE_ID);
	while (more && sqlite_query_row(s, query, &err)) {
		read_batch(query, &b);
		more = q->each(q->arg, (uint64_t)sqlite3_column_int64(query, 0), &b);
	}
	sqlite3_reset(query);
	return err;
}

static enum err follow(struct store *store, const struct log_query *q)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_BATCH_FOLLOW);
	struct log_batch b;
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_int(query, 1, (int64_t)q->after);
	sqlite_query_int(query, 2, q->max);
	while (more && sqlite_query_row(s, query, &err)) {
		read_batch(query, &b);
		more = q->each(q->arg, (uint64_t)sqlite3_column_int64(query, 0), &b);
	}
	sqlite3_reset(query);
	return err;
}

static void wait(struct store *store, enum log_news news, uint64_t *seen, int64_t until_us)
{
	sqlite_gate_hear(sqlite_of(store)->gate, news, seen, until_us);
}

static void wake(struct store *store, enum log_news news)
{
	sqlite_gate_ring(sqlite_of(store)->gate, news);
}

static enum err reach(struct store *store, const struct store_retention *r, int64_t wall_us, struct log_reach *out)
{
	struct sqlite *s = sqlite_of(store);
	int64_t older_than_us = r->age_us > 0 ? wall_us - r->age_us : INT64_MIN;
	uint64_t bytes = 0, excess;
	bool more = true;
	enum err err = r->bytes_max > 0 ? sqlite_care_bytes(s, &bytes) : ERR_OK;
	sqlite3_stmt *query = sqlite_query(s, SQL_BATCH_OLDER);

	excess = bytes > r->bytes_max ? bytes - r->bytes_max : 0;
	sqlite_query_int(query, 1, LOG_REACH);
	while (err == ERR_OK && more && sqlite_query_row(s, query, &err)) {
		uint64_t len = (uint64_t)sqlite3_column_int64(query, 2);

		more = sqlite3_column_int64(query, 1) < older_than_us || excess > 0;
		if (!more)
			break;
		out->position = (uint64_t)sqlite3_column_int64(query, 0);
		out->count++;
		excess -= len < excess ? len : excess;
	}
	sqlite3_reset(query);
	return err;
}

static enum err write_at(struct sqlite *s, enum sql which, uint64_t position)
{
	sqlite3_stmt *query = sqlite_query(s, which);

	sqlite_query_int(query, 1, (int64_t)position);
	return sqlite_query_write(s, query);
}

static enum err cut(struct store *store, uint64_t position)
{
	struct sqlite *s = sqlite_of(store);
	bool own;
	enum err err = sqlite_enter(s, &own);

	if (err != ERR_OK)
		return err;
	err = write_at(s, SQL_BATCH_REMOVE, position);
	if (err == ERR_OK)
		err = write_at(s, SQL_DIGEST_REMOVE, position);
	return sqlite_leave(s, own, err);
}

static enum err replace(struct store *store, uint64_t position, const struct log_batch *b)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_BATCH_REPLACE);

	if (b->count == 0)
		return write_at(s, SQL_BATCH_TAKE, position);
	sqlite_query_int(query, 1, (int64_t)position);
	sqlite_query_blob(query, 2, b->blob.data, b->blob.len);
	sqlite_query_int(query, 3, b->count);
	return sqlite_query_write(s, query);
}

static enum err read_position(struct sqlite *s, enum sql which, uint64_t *position)
{
	sqlite3_stmt *query = sqlite_query(s, which);
	enum err err;

	if (sqlite_query_row(s, query, &err))
		*position = (uint64_t)sqlite3_column_int64(query, 0);
	sqlite3_reset(query);
	return err;
}

static enum err thinned(struct store *store, uint64_t *position)
{
	return read_position(sqlite_of(store), SQL_THINNED_GET, position);
}

static enum err thinned_put(struct store *store, uint64_t position)
{
	return write_at(sqlite_of(store), SQL_THINNED_PUT, position);
}

static enum err digest_put(struct store *store, const struct log_digest *d)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_DIGEST_PUT);

	sqlite_query_int(query, 1, (int64_t)d->first);
	sqlite_query_int(query, 2, (int64_t)d->last);
	sqlite_query_int(query, 3, d->received_us);
	sqlite_query_int(query, 4, d->wall_from_us);
	sqlite_query_int(query, 5, d->wall_to_us);
	sqlite_query_blob(query, 6, d->bits.data, d->bits.len);
	sqlite_query_blob(query, 7, d->pairs.data, d->pairs.len);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err digest_last(struct store *store, uint64_t *position)
{
	return read_position(sqlite_of(store), SQL_DIGEST_LAST, position);
}

static enum err digest_list(struct store *store, const struct log_digest_query *q)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, q->pairs ? SQL_DIGEST_LIST_PAIRS : SQL_DIGEST_LIST);
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_int(query, 1, q->before < INT64_MAX ? (int64_t)q->before : INT64_MAX);
	while (more && sqlite_query_row(s, query, &err)) {
		struct log_digest d = {
			.first = (uint64_t)sqlite3_column_int64(query, 0),
			.last = (uint64_t)sqlite3_column_int64(query, 1),
			.received_us = sqlite3_column_int64(query, 2),
			.wall_from_us = sqlite3_column_int64(query, 3),
			.wall_to_us = sqlite3_column_int64(query, 4),
			.bits = {sqlite3_column_blob(query, 5), (size_t)sqlite3_column_bytes(query, 5)},
		};

		if (q->pairs)
			d.pairs = (struct str){sqlite3_column_blob(query, 6), (size_t)sqlite3_column_bytes(query, 6)};
		more = q->each(q->arg, &d);
	}
	sqlite3_reset(query);
	return err;
}

const struct log_kind sqlite_log = {
	.committed = committed,
	.append = append,
	.list = list,
	.follow = follow,
	.wait = wait,
	.wake = wake,
	.reach = reach,
	.cut = cut,
	.digest_put = digest_put,
	.digest_last = digest_last,
	.digest_list = digest_list,
	.replace = replace,
	.thinned = thinned,
	.thinned_put = thinned_put,
};
