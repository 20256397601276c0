/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The views in SQLite. An index holds only the receipts that wait for a
 * signature, which are few.
 */
#include "server-stub/store/sqlite.h"

#include <string.h>

#define RETAIN_ROWS 256 /* removed in one transaction */

static const uint8_t none[STORE_ID];

static const struct sqlite_column incident_columns[] = {
	SQLITE_MEMBER(BLOB, struct views_incident, id),
	SQLITE_MEMBER(BLOB, struct views_incident, device),
	SQLITE_MEMBER(INT, struct views_incident, state),
	SQLITE_MEMBER(INT, struct views_incident, severity),
	SQLITE_MEMBER(TEXT, struct views_incident, rule_id),
	SQLITE_MEMBER(TEXT, struct views_incident, title),
	SQLITE_MEMBER(TEXT, struct views_incident, author),
	SQLITE_MEMBER(TEXT, struct views_incident, tags),
	SQLITE_MEMBER(TEXT, struct views_incident, src),
	SQLITE_MEMBER(TEXT, struct views_incident, user),
	SQLITE_MEMBER(TEXT, struct views_incident, service),
	SQLITE_MEMBER(INT, struct views_incident, count),
	SQLITE_MEMBER(INT, struct views_incident, first_us),
	SQLITE_MEMBER(INT, struct views_incident, last_us),
	SQLITE_MEMBER(INT, struct views_incident, received_us),
	SQLITE_MEMBER(TEXT, struct views_incident, evidence),
	SQLITE_MEMBER(TEXT, struct views_incident, verdict),
	SQLITE_MEMBER(TEXT, struct views_incident, assignee),
	SQLITE_MEMBER(INT, struct views_incident, held_us),
	SQLITE_MEMBER(TEXT, struct views_incident, subject_kind),
	SQLITE_MEMBER(TEXT, struct views_incident, subject),
	SQLITE_MEMBER(INT, struct views_incident, score),
	SQLITE_MEMBER(INT, struct views_incident, left_out),
	SQLITE_MEMBER(INT, struct views_incident, reopened),
	SQLITE_MEMBER(INT, struct views_incident, latest_seq),
	SQLITE_MEMBER(INT, struct views_incident, latest_us),
	SQLITE_MEMBER(TEXT, struct views_incident, merged_into),
	SQLITE_MEMBER(TEXT, struct views_incident, merged),
	SQLITE_MEMBER(TEXT, struct views_incident, timeline),
};

static const struct sqlite_shape incident = SQLITE_SHAPE(incident_columns);

static const struct sqlite_column chain_columns[] = {
	SQLITE_MEMBER(BLOB, struct views_chain, device),    SQLITE_MEMBER(BLOB, struct views_chain, key),
	SQLITE_MEMBER(INT, struct views_chain, seq),	    SQLITE_MEMBER(BLOB, struct views_chain, hash),
	SQLITE_MEMBER(INT, struct views_chain, proven_seq), SQLITE_MEMBER(BLOB, struct views_chain, incident),
	SQLITE_MEMBER(INT, struct views_chain, waits_us),   SQLITE_MEMBER(INT, struct views_chain, waits_wall_us),
};

static const struct sqlite_shape chain = SQLITE_SHAPE(chain_columns);

static const struct sqlite_column answer_columns[] = {
	SQLITE_MEMBER(BLOB, struct views_answer, order_id), SQLITE_MEMBER(BLOB, struct views_answer, device),
	SQLITE_MEMBER(INT, struct views_answer, state),	    SQLITE_MEMBER(INT, struct views_answer, updated_us),
	SQLITE_MEMBER(TEXT, struct views_answer, text),
};

static const struct sqlite_shape answer = SQLITE_SHAPE(answer_columns);

static const struct sqlite_column health_columns[] = {
	SQLITE_MEMBER(BLOB, struct views_health, device),
	SQLITE_MEMBER(INT, struct views_health, wall_us),
	SQLITE_MEMBER(TEXT, struct views_health, problems),
};

static const struct sqlite_shape health = SQLITE_SHAPE(health_columns);

static const struct sqlite_column note_columns[] = {
	SQLITE_MEMBER(BLOB, struct views_note, incident_id), SQLITE_MEMBER(BLOB, struct views_note, device),
	SQLITE_MEMBER(INT, struct views_note, wall_us),	     SQLITE_MEMBER(TEXT, struct views_note, author),
	SQLITE_MEMBER(TEXT, struct views_note, deed),	     SQLITE_MEMBER(TEXT, struct views_note, text),
};

static const struct sqlite_shape note = SQLITE_SHAPE(note_columns);

static struct sqlite *sqlite_of(struct store *s)
{
	return (struct sqlite *)s;
}

static enum err incident_put(struct store *store, const struct views_incident *i)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_INCIDENT_PUT);

	sqlite_query_bind(query, &incident, i);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err incident_get(struct store *store, const uint8_t *id, struct views_incident *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_INCIDENT_GET);

	sqlite_query_blob(query, 1, id, STORE_ID);
	return sqlite_query_one(sqlite_of(store), query, &incident, out);
}

static enum err incident_of(struct store *store, const uint8_t *device, const uint8_t *id, struct views_incident *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_INCIDENT_OF);

	sqlite_query_blob(query, 1, id, STORE_ID);
	sqlite_query_blob(query, 2, device, STORE_ID);
	return sqlite_query_one(sqlite_of(store), query, &incident, out);
}

static enum err incident_list(struct store *store, const struct views_incident_query *q)
{
	struct sqlite *s = sqlite_of(store);
	enum sql of_device = q->state ? SQL_INCIDENT_LIST_DEVICE_STATE : SQL_INCIDENT_LIST_DEVICE;
	enum sql of_any = q->state ? SQL_INCIDENT_LIST_STATE : SQL_INCIDENT_LIST;
	sqlite3_stmt *query = sqlite_query(s, q->device ? of_device : of_any);
	struct views_incident i;
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_int(query, 1, q->before ? (int64_t)q->before : INT64_MAX);
	sqlite_query_int(query, 2, q->max);
	if (q->state)
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

static enum err receipt_put(struct store *store, const struct views_receipt *r)
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

static void read_receipt(sqlite3_stmt *query, struct views_receipt *r)
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

static enum err receipt_list(struct store *store, const struct views_receipt_query *q)
{
	struct sqlite *s = sqlite_of(store);
	enum sql by = q->incident_id ? SQL_RECEIPT_LIST_INCIDENT : SQL_RECEIPT_LIST;
	sqlite3_stmt *query = sqlite_query(s, q->order_id ? SQL_RECEIPT_LIST_ORDER : by);
	struct views_receipt r;
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

static enum err chain_put(struct store *store, const struct views_chain *c)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_CHAIN_PUT);

	sqlite_query_bind(query, &chain, c);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err chain_get(struct store *store, const uint8_t *device, struct views_chain *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_CHAIN_GET);

	sqlite_query_blob(query, 1, device, STORE_ID);
	return sqlite_query_one(sqlite_of(store), query, &chain, out);
}

static enum err receipt_prove(struct store *store, const uint8_t *device, uint64_t seq, enum views_proof proof)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_RECEIPT_PROVE);

	sqlite_query_blob(query, 1, device, STORE_ID);
	sqlite_query_int(query, 2, (int64_t)seq);
	sqlite_query_int(query, 3, proof);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err receipt_hash(struct store *store, const uint8_t *device, uint64_t seq, uint8_t *hash)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_RECEIPT_HASH);
	enum err err;

	sqlite_query_blob(query, 1, device, STORE_ID);
	sqlite_query_int(query, 2, (int64_t)seq);
	if (sqlite_query_row(sqlite_of(store), query, &err))
		sqlite_query_bytes(query, 0, hash, STORE_HASH);
	else if (err == ERR_OK)
		err = ERR_NOT_FOUND;
	sqlite3_reset(query);
	return err;
}

static enum err answer_add(struct store *store, const struct views_answer *a)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_ANSWER_ADD);

	sqlite_query_bind(query, &answer, a);
	return sqlite_query_write(sqlite_of(store), query);
}

/* The record, of no fixed length, is column 3 and follows by hand. */
static enum err health_put(struct store *store, const struct views_health *h)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_HEALTH_PUT);

	sqlite_query_bind(query, &health, h);
	sqlite_query_blob(query, 4, h->record, h->len);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err health_get(struct store *store, const uint8_t *device, struct views_health *out)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_HEALTH_GET);
	enum err err;

	sqlite_query_blob(query, 1, device, STORE_ID);
	if (!sqlite_query_row(s, query, &err))
		return err == ERR_OK ? ERR_NOT_FOUND : err;
	const void *bytes = sqlite3_column_blob(query, 3);
	int len = sqlite3_column_bytes(query, 3);

	memset(out, 0, sizeof(*out));
	sqlite_query_read(query, &health, out);
	if (bytes && len <= STORE_HEALTH_MAX) {
		memcpy(out->record, bytes, (size_t)len);
		out->len = (uint16_t)len;
	}
	sqlite3_reset(query);
	return ERR_OK;
}

static enum err note_put(struct store *store, const struct views_note *n)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_NOTE_PUT);

	sqlite_query_bind(query, &note, n);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err note_list(struct store *store, const struct views_note_query *q)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_NOTE_LIST);
	struct views_note n;
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_blob(query, 1, q->incident_id, STORE_ID);
	sqlite_query_blob(query, 2, q->device, STORE_ID);
	sqlite_query_int(query, 3, q->max);
	while (more && sqlite_query_row(s, query, &err)) {
		sqlite_query_read(query, &note, &n);
		more = q->each(q->arg, &n);
	}
	sqlite3_reset(query);
	return err;
}

static void choose(struct store *store, enum views_set set)
{
	sqlite_of(store)->set = set;
}

static enum err position(struct store *store, uint64_t *out)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_POSITION_GET);
	enum err err;

	*out = 0;
	if (sqlite_query_row(s, query, &err))
		*out = (uint64_t)sqlite3_column_int64(query, 0);
	sqlite3_reset(query);
	return err;
}

static enum err position_put(struct store *store, uint64_t to)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_POSITION_PUT);

	sqlite_query_int(query, 1, (int64_t)to);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err clear(struct store *store)
{
	return sqlite_query_all(sqlite_of(store), sqlite_sql_clear);
}

static enum err restore(struct store *store)
{
	return sqlite_query_all(sqlite_of(store), sqlite_sql_restore);
}

/* Some rows a transaction, so that the writer of batches need not wait long. */
static enum err remove_old(struct sqlite *s, enum sql which, int64_t older_than_us)
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

static enum err retain(struct store *store, int64_t older_than_us)
{
	struct sqlite *s = sqlite_of(store);
	enum views_set before = s->set;
	enum err err = ERR_OK;

	for (s->set = VIEWS_LIVE; err == ERR_OK && s->set <= VIEWS_KEPT; s->set++) {
		bool kept = s->set == VIEWS_KEPT;

		err = remove_old(s, SQL_RECEIPT_REMOVE, older_than_us);
		if (err == ERR_OK)
			err = remove_old(s, kept ? SQL_INCIDENT_REMOVE_KEPT : SQL_INCIDENT_REMOVE, older_than_us);
		if (err == ERR_OK)
			err = remove_old(s, SQL_NOTE_REMOVE, older_than_us);
	}
	s->set = before;
	return err;
}

const struct views_kind sqlite_views = {
	.incident_put = incident_put,
	.incident_get = incident_get,
	.incident_of = incident_of,
	.incident_list = incident_list,
	.receipt_put = receipt_put,
	.receipt_list = receipt_list,
	.receipt_prove = receipt_prove,
	.receipt_hash = receipt_hash,
	.chain_put = chain_put,
	.chain_get = chain_get,
	.answer_add = answer_add,
	.health_put = health_put,
	.health_get = health_get,
	.note_put = note_put,
	.note_list = note_list,
	.choose = choose,
	.position = position,
	.position_put = position_put,
	.clear = clear,
	.restore = restore,
	.retain = retain,
};
