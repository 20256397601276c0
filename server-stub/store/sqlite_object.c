/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects in SQLite: a row for each, rows for the pieces of its bytes, and rows for the devices that are to get it.
 * Statements and signatures are kept as they came, never re-encoded.
 */
#include "agent/base/buf.h"
#include "agent/base/view.h"
#include "server-stub/store/sqlite.h"

#include <string.h>

#define SIGNATURES_MAX (OBJECT_MESSAGE_SIGNATURES_MAX * (KEY_ID + 1 + KEY_SIGNATURE_MAX))

/* Columns 6 and 7 (statement, signatures) are of no fixed length and follow by hand; 8 is the row. */
static const struct sqlite_column object_columns[] = {
	SQLITE_MEMBER(BLOB, struct store_object, device), SQLITE_MEMBER(BLOB, struct store_object, id),
	SQLITE_MEMBER(INT, struct store_object, state),	  SQLITE_MEMBER(INT, struct store_object, size),
	SQLITE_MEMBER(INT, struct store_object, have),	  SQLITE_MEMBER(INT, struct store_object, created_us),
};

static const struct sqlite_shape object = SQLITE_SHAPE(object_columns);

static const struct sqlite_column target_columns[] = {
	SQLITE_MEMBER(BLOB, struct store_object_target, object),
	SQLITE_MEMBER(BLOB, struct store_object_target, device),
	SQLITE_MEMBER(INT, struct store_object_target, state),
	SQLITE_MEMBER(INT, struct store_object_target, updated_us),
	SQLITE_MEMBER(TEXT, struct store_object_target, text),
};

static const struct sqlite_shape target = SQLITE_SHAPE(target_columns);

static struct sqlite *sqlite_of(struct store *s)
{
	return (struct sqlite *)s;
}

/* Signatures as bytes: each key_id[8] len:u8 bytes[len]. */
static struct buf write_signatures(const struct store_object *o, uint8_t *memory)
{
	struct buf b = buf_over(memory, SIGNATURES_MAX);

	for (unsigned i = 0; i < o->signature_count; i++) {
		buf_bytes(&b, o->signatures[i].key_id, KEY_ID);
		buf_be8(&b, o->signatures[i].len);
		buf_bytes(&b, o->signatures[i].bytes, o->signatures[i].len);
	}
	return b;
}

static bool read_signatures(struct view v, struct store_object *o)
{
	for (o->signature_count = 0; v.len > 0; o->signature_count++) {
		struct object_signature *s = &o->signatures[o->signature_count];

		if (o->signature_count == OBJECT_MESSAGE_SIGNATURES_MAX)
			return false;
		view_bytes(&v, s->key_id, KEY_ID);
		s->len = view_be8(&v);
		if (s->len > KEY_SIGNATURE_MAX)
			return false;
		view_bytes(&v, s->bytes, s->len);
	}
	return !v.short_read;
}

static enum err read_object(sqlite3_stmt *query, struct store_object *o)
{
	int len = sqlite3_column_bytes(query, 6);

	memset(o, 0, sizeof(*o));
	sqlite_query_read(query, &object, o);
	if (len < 0 || len > OBJECT_STATEMENT_MAX || o->have > o->size)
		return ERR_CORRUPT;
	o->statement_len = (uint16_t)len;
	if (len > 0)
		memcpy(o->statement, sqlite3_column_blob(query, 6), (size_t)len);
	if (!read_signatures(view_over(sqlite3_column_blob(query, 7), (size_t)sqlite3_column_bytes(query, 7)), o))
		return ERR_CORRUPT;
	return ERR_OK;
}

static enum err put(struct store *store, const struct store_object *o)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_OBJECT_PUT);
	uint8_t memory[SIGNATURES_MAX];
	struct buf signatures = write_signatures(o, memory);

	sqlite_query_bind(query, &object, o);
	sqlite_query_blob(query, 7, o->statement, o->statement_len);
	sqlite_query_blob(query, 8, signatures.data, signatures.len);
	return sqlite_query_write(s, query);
}

static enum err one(struct sqlite *s, sqlite3_stmt *query, struct store_object *out)
{
	enum err err;

	if (!sqlite_query_row(s, query, &err))
		return err == ERR_OK ? ERR_NOT_FOUND : err;
	err = read_object(query, out);
	sqlite3_reset(query);
	return err;
}

static sqlite3_stmt *query_of(struct sqlite *s, enum sql which, struct store_object_key key)
{
	sqlite3_stmt *query = sqlite_query(s, which);

	sqlite_query_blob(query, 1, key.device, STORE_ID);
	sqlite_query_blob(query, 2, key.id, STORE_ID);
	return query;
}

static enum err get(struct store *store, struct store_object_key key, struct store_object *out)
{
	return one(sqlite_of(store), query_of(sqlite_of(store), SQL_OBJECT_GET, key), out);
}

static enum err remove_one(struct store *store, struct store_object_key key)
{
	static const enum sql steps[] = {SQL_OBJECT_REMOVE_PIECES, SQL_OBJECT_REMOVE_TARGETS, SQL_OBJECT_REMOVE};
	struct sqlite *s = sqlite_of(store);
	bool own;
	enum err err = sqlite_enter(s, &own);

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; err == ERR_OK && i < sizeof(steps) / sizeof(steps[0]); i++)
		err = sqlite_query_write(s, query_of(s, steps[i], key));
	return sqlite_leave(s, own, err);
}

static enum err append(struct store *store, struct store_object *o, struct str bytes)
{
	struct sqlite *s = sqlite_of(store);
	const struct store_object_key key = {o->device, o->id};
	bool own;
	enum err err = sqlite_enter(s, &own);
	sqlite3_stmt *query;

	if (err != ERR_OK)
		return err;
	query = query_of(s, SQL_OBJECT_PIECE, key);
	sqlite_query_int(query, 3, (int64_t)o->have);
	sqlite_query_blob(query, 4, bytes.data, bytes.len);
	err = sqlite_query_write(s, query);
	if (err == ERR_OK) {
		query = query_of(s, SQL_OBJECT_GREW, key);
		sqlite_query_int(query, 3, (int64_t)(o->have + bytes.len));
		err = sqlite_query_write(s, query);
	}
	err = sqlite_leave(s, own, err);
	if (err == ERR_OK)
		o->have += bytes.len;
	return err;
}

/* Copy from the piece in which the offset lies. *got stays 0 when there is none. */
static enum err read_piece(struct sqlite *s, const struct store_object_read *r, size_t *got)
{
	sqlite3_stmt *query = query_of(s, SQL_OBJECT_READ, r->key);
	enum err err;

	sqlite_query_int(query, 3, (int64_t)r->offset);
	if (!sqlite_query_row(s, query, &err))
		return err;
	uint64_t from = r->offset - (uint64_t)sqlite3_column_int64(query, 0);
	size_t len = (size_t)sqlite3_column_bytes(query, 1);

	if (from < len) {
		*got = len - (size_t)from < r->cap ? len - (size_t)from : r->cap;
		memcpy(r->out, (const char *)sqlite3_column_blob(query, 1) + from, *got);
	}
	sqlite3_reset(query);
	return ERR_OK;
}

static enum err read_bytes(struct store *store, const struct store_object_read *r, size_t *got)
{
	struct store_object_read next = *r;
	enum err err = ERR_OK;

	while (err == ERR_OK && next.cap > 0) {
		size_t part = 0;

		err = read_piece(sqlite_of(store), &next, &part);
		if (part == 0)
			break;
		*got += part;
		next.offset += part;
		next.out = (char *)next.out + part;
		next.cap -= part;
	}
	return err;
}

static enum err list(struct store *store, const struct store_object_query *q)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_OBJECT_LIST);
	struct store_object o;
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_int(query, 1, q->before ? (int64_t)q->before : INT64_MAX);
	sqlite_query_int(query, 2, q->max);
	if (q->device)
		sqlite_query_blob(query, 3, q->device, STORE_ID);
	while (more && sqlite_query_row(s, query, &err)) {
		err = read_object(query, &o);
		more = err == ERR_OK && q->each(q->arg, (uint64_t)sqlite3_column_int64(query, 8), &o);
	}
	sqlite3_reset(query);
	return err;
}

static enum err used(struct store *store, const uint8_t *device, uint64_t *bytes)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_OBJECT_USED);
	enum err err;

	*bytes = 0;
	sqlite_query_blob(query, 1, device, STORE_ID);
	if (sqlite_query_row(s, query, &err))
		*bytes = (uint64_t)sqlite3_column_int64(query, 0);
	sqlite3_reset(query);
	return err;
}

static enum err target_put(struct store *store, const struct store_object_target *t)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_OBJECT_TARGET_PUT);

	sqlite_query_bind(query, &target, t);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err target_get(struct store *store, const uint8_t *id, const uint8_t *device,
			   struct store_object_target *out)
{
	const struct store_object_key key = {device, id};

	return sqlite_query_one(sqlite_of(store), query_of(sqlite_of(store), SQL_OBJECT_TARGET_GET, key), &target, out);
}

static enum err target_list(struct store *store, const uint8_t *id,
			    bool (*each)(void *arg, const struct store_object_target *t), void *arg)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_OBJECT_TARGET_LIST);
	struct store_object_target t;
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_blob(query, 1, id, STORE_ID);
	while (more && sqlite_query_row(s, query, &err)) {
		sqlite_query_read(query, &target, &t);
		more = each(arg, &t);
	}
	sqlite3_reset(query);
	return err;
}

static enum err waiting(struct store *store, const uint8_t *device, struct store_object *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_OBJECT_WAITING);

	sqlite_query_blob(query, 1, device, STORE_ID);
	return one(sqlite_of(store), query, out);
}

static enum err retain(struct store *store, int64_t before_us, unsigned *removed)
{
	struct sqlite *s = sqlite_of(store);
	struct store_object o;
	enum err err = ERR_OK;

	for (*removed = 0; err == ERR_OK; (*removed)++) {
		sqlite3_stmt *query = sqlite_query(s, SQL_OBJECT_OLD);

		sqlite_query_int(query, 1, before_us);
		err = one(s, query, &o);
		if (err == ERR_NOT_FOUND)
			return ERR_OK;
		if (err == ERR_OK)
			err = remove_one(store, (struct store_object_key){o.device, o.id});
	}
	return err;
}

const struct store_object_kind sqlite_object = {
	.put = put,
	.get = get,
	.remove = remove_one,
	.append = append,
	.read = read_bytes,
	.list = list,
	.used = used,
	.target_put = target_put,
	.target_get = target_get,
	.target_list = target_list,
	.waiting = waiting,
	.retain = retain,
};
