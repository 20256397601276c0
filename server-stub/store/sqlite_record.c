/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batches, incidents and receipts in SQLite. A batch is one row and the spool's mark moves with it, in one transaction:
 * that is where "stored exactly once" is decided.
 */
#include "server-stub/store/sqlite_record.h"

#include "server-stub/store/sqlite.h"

#include <string.h>

#define RETAIN_ROWS 256 /* removed in one transaction */

static const uint8_t none[STORE_ID];

static const struct sqlite_column incident_columns[] = {
	SQLITE_MEMBER(BLOB, struct store_incident, id),		SQLITE_MEMBER(BLOB, struct store_incident, device),
	SQLITE_MEMBER(INT, struct store_incident, state),	SQLITE_MEMBER(INT, struct store_incident, severity),
	SQLITE_MEMBER(TEXT, struct store_incident, rule_id),	SQLITE_MEMBER(TEXT, struct store_incident, title),
	SQLITE_MEMBER(TEXT, struct store_incident, author),	SQLITE_MEMBER(TEXT, struct store_incident, tags),
	SQLITE_MEMBER(TEXT, struct store_incident, src),	SQLITE_MEMBER(TEXT, struct store_incident, user),
	SQLITE_MEMBER(TEXT, struct store_incident, service),	SQLITE_MEMBER(INT, struct store_incident, count),
	SQLITE_MEMBER(INT, struct store_incident, first_us),	SQLITE_MEMBER(INT, struct store_incident, last_us),
	SQLITE_MEMBER(INT, struct store_incident, received_us), SQLITE_MEMBER(TEXT, struct store_incident, evidence),
};

static const struct sqlite_shape incident = SQLITE_SHAPE(incident_columns);

static struct sqlite *sqlite_of(struct store *s)
{
	return (struct sqlite *)s;
}

enum err sqlite_record_committed(struct store *store, const uint8_t *device, const uint8_t *spool, uint64_t *seq)
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

static enum err advance(struct sqlite *s, const struct store_batch *b)
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

static enum err append(struct sqlite *s, const struct store_batch *b)
{
	sqlite3_stmt *query = sqlite_query(s, SQL_BATCH_PUT);

	sqlite_query_blob(query, 1, b->device, STORE_ID);
	sqlite_query_blob(query, 2, b->spool, STORE_ID);
	sqlite_query_int(query, 3, (int64_t)b->first_seq);
	sqlite_query_int(query, 4, (int64_t)b->last_seq);
	sqlite_query_int(query, 5, b->count);
	sqlite_query_int(query, 6, b->received_us);
	sqlite_query_blob(query, 7, b->blob.data, b->blob.len);
	return sqlite_query_write(s, query);
}

enum err sqlite_record_put(struct store *store, const struct store_batch *b)
{
	struct sqlite *s = sqlite_of(store);
	bool own;
	enum err err = sqlite_enter(s, &own);

	if (err != ERR_OK)
		return err;
	err = advance(s, b);
	if (err == ERR_OK)
		err = append(s, b);
	return sqlite_leave(s, own, err);
}

static void read_batch(sqlite3_stmt *query, struct store_batch *b)
{
	sqlite_query_bytes(query, 1, b->device, STORE_ID);
	sqlite_query_bytes(query, 2, b->spool, STORE_ID);
	b->first_seq = (uint64_t)sqlite3_column_int64(query, 3);
	b->last_seq = (uint64_t)sqlite3_column_int64(query, 4);
	b->count = (uint32_t)sqlite3_column_int64(query, 5);
	b->received_us = sqlite3_column_int64(query, 6);
	b->blob.data = sqlite3_column_blob(query, 7);
	b->blob.len = (size_t)sqlite3_column_bytes(query, 7);
}

static enum sql batch_query(const struct store_batch_query *q)
{
	if (q->device)
		return q->newest ? SQL_BATCH_LIST_DEVICE_NEWEST : SQL_BATCH_LIST_DEVICE;
	return q->newest ? SQL_BATCH_LIST_NEWEST : SQL_BATCH_LIST;
}

enum err sqlite_record_list(struct store *store, const struct store_batch_query *q)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, batch_query(q));
	struct store_batch b;
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

enum err sqlite_record_incident_put(struct store *store, const struct store_incident *i)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_INCIDENT_PUT);

	sqlite_query_bind(query, &incident, i);
	return sqlite_query_write(sqlite_of(store), query);
}

enum err sqlite_record_incident_get(struct store *store, const uint8_t *id, struct store_incident *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_INCIDENT_GET);

	sqlite_query_blob(query, 1, id, STORE_ID);
	return sqlite_query_one(sqlite_of(store), query, &incident, out);
}

enum err sqlite_record_incident_of(struct store *store, const uint8_t *device, const uint8_t *id,
				   struct store_incident *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_INCIDENT_OF);

	sqlite_query_blob(query, 1, id, STORE_ID);
	sqlite_query_blob(query, 2, device, STORE_ID);
	return sqlite_query_one(sqlite_of(store), query, &incident, out);
}

enum err sqlite_record_incident_list(struct store *store, const struct store_incident_query *q)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_INCIDENT_LIST);
	struct store_incident i;
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_int(query, 1, q->before ? (int64_t)q->before : INT64_MAX);
	sqlite_query_int(query, 2, q->max);
	sqlite_query_int(query, 3, q->state);
	if (q->device)
		sqlite_query_blob(query, 4, q->device, STORE_ID);
	while (more && sqlite_query_row(s, query, &err)) {
		sqlite_query_read(query, &incident, &i);
		more = q->each(q->arg, (uint64_t)sqlite3_column_int64(query, (int)incident.count), &i);
	}
	sqlite3_reset(query);
	return err;
}

enum err sqlite_record_receipt_put(struct store *store, const struct store_receipt *r)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_RECEIPT_PUT);

	sqlite_query_blob(query, 1, r->device, STORE_ID);
	if (memcmp(r->order_id, none, STORE_ID) != 0)
		sqlite_query_blob(query, 2, r->order_id, STORE_ID);
	if (memcmp(r->incident_id, none, STORE_ID) != 0)
		sqlite_query_blob(query, 3, r->incident_id, STORE_ID);
	sqlite_query_int(query, 4, r->wall_us);
	sqlite_query_int(query, 5, r->received_us);
	sqlite_query_blob(query, 6, r->record.data, r->record.len);
	sqlite_query_int(query, 7, r->proof);
	sqlite_query_int(query, 8, (int64_t)r->chain_seq);
	sqlite_query_blob(query, 9, r->chain_hash, r->chain_seq ? STORE_HASH : 0);
	return sqlite_query_write(sqlite_of(store), query);
}

static void read_receipt(sqlite3_stmt *query, struct store_receipt *r)
{
	sqlite_query_bytes(query, 0, r->device, STORE_ID);
	sqlite_query_bytes(query, 1, r->order_id, STORE_ID);
	sqlite_query_bytes(query, 2, r->incident_id, STORE_ID);
	r->wall_us = sqlite3_column_int64(query, 3);
	r->received_us = sqlite3_column_int64(query, 4);
	r->record.data = sqlite3_column_blob(query, 5);
	r->record.len = (size_t)sqlite3_column_bytes(query, 5);
	r->proof = (uint8_t)sqlite3_column_int(query, 6);
	r->chain_seq = (uint64_t)sqlite3_column_int64(query, 7);
	sqlite_query_bytes(query, 8, r->chain_hash, STORE_HASH);
}

enum err sqlite_record_receipt_list(struct store *store, const struct store_receipt_query *q)
{
	struct sqlite *s = sqlite_of(store);
	enum sql by = q->incident_id ? SQL_RECEIPT_LIST_INCIDENT : SQL_RECEIPT_LIST;
	sqlite3_stmt *query = sqlite_query(s, q->order_id ? SQL_RECEIPT_LIST_ORDER : by);
	struct store_receipt r;
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_int(query, 1, q->max);
	if (q->order_id)
		sqlite_query_blob(query, 2, q->order_id, STORE_ID);
	if (q->incident_id)
		sqlite_query_blob(query, 3, q->incident_id, STORE_ID);
	while (more && sqlite_query_row(s, query, &err)) {
		read_receipt(query, &r);
		more = q->each(q->arg, &r);
	}
	sqlite3_reset(query);
	return err;
}

static enum err bytes_used(struct sqlite *s, uint64_t *bytes)
{
	sqlite3_stmt *query = sqlite_query(s, SQL_BYTES_USED);
	enum err err;

	*bytes = 0;
	if (sqlite_query_row(s, query, &err))
		*bytes = (uint64_t)sqlite3_column_int64(query, 0);
	sqlite3_reset(query);
	return err;
}

/* How far into the oldest rows the bounds reach: the last row to go, and how many they are. */
struct reach {
	int64_t older_than_us;
	uint64_t excess;
	int64_t last_row;
	unsigned rows;
};

static enum err find_reach(struct sqlite *s, struct reach *r)
{
	sqlite3_stmt *query = sqlite_query(s, SQL_BATCH_OLDER);
	bool more = true;
	enum err err = ERR_OK;

	r->rows = 0;
	sqlite_query_int(query, 1, RETAIN_ROWS);
	while (more && sqlite_query_row(s, query, &err)) {
		uint64_t len = (uint64_t)sqlite3_column_int64(query, 2);

		more = sqlite3_column_int64(query, 1) < r->older_than_us || r->excess > 0;
		if (!more)
			break;
		r->last_row = sqlite3_column_int64(query, 0);
		r->rows++;
		r->excess -= len < r->excess ? len : r->excess;
	}
	sqlite3_reset(query);
	return err;
}

static enum err remove_some(struct sqlite *s, const struct store_retention *bounds, int64_t wall_us, unsigned *rows)
{
	struct reach r = {.older_than_us = bounds->age_us > 0 ? wall_us - bounds->age_us : INT64_MIN};
	uint64_t bytes;
	bool own;
	enum err err = sqlite_enter(s, &own);

	*rows = 0;
	if (err != ERR_OK)
		return err;
	err = bytes_used(s, &bytes);
	if (bounds->bytes_max > 0 && bytes > bounds->bytes_max)
		r.excess = bytes - bounds->bytes_max;
	if (err == ERR_OK)
		err = find_reach(s, &r);
	if (err == ERR_OK && r.rows > 0) {
		sqlite3_stmt *query = sqlite_query(s, SQL_BATCH_REMOVE);

		sqlite_query_int(query, 1, r.last_row);
		err = sqlite_query_write(s, query);
	}
	*rows = r.rows;
	return sqlite_leave(s, own, err);
}

/* What was folded goes with the age of its records, some rows a transaction. */
static enum err remove_folded(struct sqlite *s, enum sql which, int64_t older_than_us)
{
	int removed = RETAIN_ROWS;
	enum err err = ERR_OK;

	while (err == ERR_OK && removed == RETAIN_ROWS) {
		sqlite3_stmt *query = sqlite_query(s, which);

		sqlite_query_int(query, 1, older_than_us);
		sqlite_query_int(query, 2, RETAIN_ROWS);
		err = sqlite_query_write(s, query);
		removed = sqlite3_changes(s->db);
	}
	return err;
}

enum err sqlite_record_retain(struct store *store, const struct store_retention *r, int64_t wall_us, unsigned *removed)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_SESSION_EXPIRE);
	unsigned rows = RETAIN_ROWS;
	enum err err;

	*removed = 0;
	sqlite_query_int(query, 1, wall_us);
	err = sqlite_query_write(s, query);
	while (err == ERR_OK && rows == RETAIN_ROWS) {
		err = remove_some(s, r, wall_us, &rows);
		*removed += rows;
	}
	if (err == ERR_OK && r->age_us > 0)
		err = remove_folded(s, SQL_RECEIPT_REMOVE, wall_us - r->age_us);
	if (err == ERR_OK && r->age_us > 0)
		err = remove_folded(s, SQL_INCIDENT_REMOVE, wall_us - r->age_us);
	return err;
}

enum err sqlite_record_figures(struct store *store, struct store_figures *out)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_FIGURES);
	enum err err;

	memset(out, 0, sizeof(*out));
	if (sqlite_query_row(s, query, &err)) {
		out->batches = (uint64_t)sqlite3_column_int64(query, 0);
		out->records = (uint64_t)sqlite3_column_int64(query, 1);
		out->devices = (uint64_t)sqlite3_column_int64(query, 2);
		out->incidents_open = (uint64_t)sqlite3_column_int64(query, 3);
	}
	sqlite3_reset(query);
	return err == ERR_OK ? bytes_used(s, &out->bytes) : err;
}
