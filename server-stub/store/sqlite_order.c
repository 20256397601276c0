/* SPDX-License-Identifier: Apache-2.0 */
/* Orders and their targets in SQLite. An order's bytes and signatures are kept as they were signed, never re-encoded.
 */
#include "server-stub/store/sqlite_order.h"

#include "agent/base/buf.h"
#include "agent/base/view.h"
#include "server-stub/store/sqlite.h"

#include <string.h>

#define SIGNATURES_MAX (STORE_SIGNATURES_MAX * (KEY_ID + 1 + KEY_SIGNATURE_MAX))

static const struct sqlite_column order_columns[] = {
	SQLITE_MEMBER(BLOB, struct store_order, id),	     SQLITE_MEMBER(INT, struct store_order, created_us),
	SQLITE_MEMBER(INT, struct store_order, not_after_s), SQLITE_MEMBER(TEXT, struct store_order, author),
	SQLITE_MEMBER(TEXT, struct store_order, verb),	     SQLITE_MEMBER(TEXT, struct store_order, detail),
};

/* Columns 6 and 7 (bytes, signatures) are of no fixed length and follow by hand; 8 is the row where it is listed. */
static const struct sqlite_shape order = SQLITE_SHAPE(order_columns);

static const struct sqlite_column target_columns[] = {
	SQLITE_MEMBER(BLOB, struct store_target, order_id), SQLITE_MEMBER(BLOB, struct store_target, device),
	SQLITE_MEMBER(INT, struct store_target, state),	    SQLITE_MEMBER(INT, struct store_target, updated_us),
	SQLITE_MEMBER(TEXT, struct store_target, text),
};

static const struct sqlite_shape target = SQLITE_SHAPE(target_columns);

static struct sqlite *sqlite_of(struct store *s)
{
	return (struct sqlite *)s;
}

/* Signatures as bytes: each key_id[8] len:u8 bytes[len]. */
static struct buf write_signatures(const struct store_order *o, uint8_t *memory)
{
	struct buf b = buf_over(memory, SIGNATURES_MAX);

	for (unsigned i = 0; i < o->signature_count; i++) {
		buf_bytes(&b, o->signatures[i].key_id, KEY_ID);
		buf_be8(&b, o->signatures[i].len);
		buf_bytes(&b, o->signatures[i].bytes, o->signatures[i].len);
	}
	return b;
}

static bool read_signatures(const void *bytes, size_t len, struct store_order *o)
{
	struct view v = view_over(bytes, len);

	for (o->signature_count = 0; v.len > 0; o->signature_count++) {
		if (o->signature_count == STORE_SIGNATURES_MAX)
			return false;
		view_bytes(&v, o->signatures[o->signature_count].key_id, KEY_ID);
		o->signatures[o->signature_count].len = view_be8(&v);
		if (o->signatures[o->signature_count].len > KEY_SIGNATURE_MAX)
			return false;
		view_bytes(&v, o->signatures[o->signature_count].bytes, o->signatures[o->signature_count].len);
	}
	return !v.short_read;
}

static enum err read_order(sqlite3_stmt *query, struct store_order *o)
{
	const void *bytes = sqlite3_column_blob(query, 6);
	int len = sqlite3_column_bytes(query, 6);

	memset(o, 0, sizeof(*o));
	sqlite_query_read(query, &order, o);
	if (len < 0 || len > STORE_ORDER_MAX)
		return ERR_CORRUPT;
	o->order_len = (uint16_t)len;
	if (len > 0)
		memcpy(o->order, bytes, (size_t)len);
	if (!read_signatures(sqlite3_column_blob(query, 7), (size_t)sqlite3_column_bytes(query, 7), o))
		return ERR_CORRUPT;
	return ERR_OK;
}

static enum err put_order(struct sqlite *s, const struct store_order *o)
{
	sqlite3_stmt *query = sqlite_query(s, SQL_ORDER_PUT);
	uint8_t memory[SIGNATURES_MAX];
	struct buf signatures = write_signatures(o, memory);

	sqlite_query_bind(query, &order, o);
	sqlite_query_blob(query, 7, o->order, o->order_len);
	sqlite_query_blob(query, 8, signatures.data, signatures.len);
	return sqlite_query_write(s, query);
}

enum err sqlite_order_put(struct store *store, const struct store_order *o, const uint8_t (*devices)[STORE_ID],
			  unsigned device_count)
{
	struct sqlite *s = sqlite_of(store);
	bool own;
	enum err err = sqlite_enter(s, &own);

	if (err != ERR_OK)
		return err;
	err = put_order(s, o);
	for (unsigned i = 0; err == ERR_OK && i < device_count; i++) {
		struct store_target t = {.state = TARGET_PENDING, .updated_us = o->created_us};

		memcpy(t.order_id, o->id, STORE_ID);
		memcpy(t.device, devices[i], STORE_ID);
		err = sqlite_order_target_put(store, &t);
	}
	return sqlite_leave(s, own, err);
}

enum err sqlite_order_get(struct store *store, const uint8_t *id, struct store_order *out)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_ORDER_GET);
	enum err err;

	sqlite_query_blob(query, 1, id, STORE_ID);
	if (!sqlite_query_row(s, query, &err))
		return err == ERR_OK ? ERR_NOT_FOUND : err;
	err = read_order(query, out);
	sqlite3_reset(query);
	return err;
}

enum err sqlite_order_list(struct store *store, const struct store_order_query *q)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_ORDER_LIST);
	struct store_order o;
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_int(query, 1, q->before ? (int64_t)q->before : INT64_MAX);
	sqlite_query_int(query, 2, q->max);
	while (more && sqlite_query_row(s, query, &err)) {
		err = read_order(query, &o);
		more = err == ERR_OK && q->each(q->arg, (uint64_t)sqlite3_column_int64(query, 8), &o);
	}
	sqlite3_reset(query);
	return err;
}

enum err sqlite_order_target_put(struct store *store, const struct store_target *t)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_TARGET_PUT);

	sqlite_query_bind(query, &target, t);
	return sqlite_query_write(sqlite_of(store), query);
}

enum err sqlite_order_target_get(struct store *store, const uint8_t *order_id, const uint8_t *device,
				 struct store_target *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_TARGET_GET);

	sqlite_query_blob(query, 1, order_id, STORE_ID);
	sqlite_query_blob(query, 2, device, STORE_ID);
	return sqlite_query_one(sqlite_of(store), query, &target, out);
}

enum err sqlite_order_target_list(struct store *store, const uint8_t *order_id,
				  bool (*each)(void *, const struct store_target *), void *arg)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_TARGET_LIST);
	struct store_target t;
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_blob(query, 1, order_id, STORE_ID);
	while (more && sqlite_query_row(s, query, &err)) {
		sqlite_query_read(query, &target, &t);
		more = each(arg, &t);
	}
	sqlite3_reset(query);
	return err;
}

enum err sqlite_order_target_waiting(struct store *store, const struct store_waiting_query *q)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_TARGET_WAITING);
	struct store_order o;
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_blob(query, 1, q->device, STORE_ID);
	sqlite_query_int(query, 2, q->wall_s);
	while (more && sqlite_query_row(s, query, &err)) {
		err = read_order(query, &o);
		more = err == ERR_OK && q->each(q->arg, &o);
	}
	sqlite3_reset(query);
	return err;
}

enum err sqlite_order_target_expire(struct store *store, int64_t wall_s, unsigned *count)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_TARGET_EXPIRE);
	enum err err;

	sqlite_query_int(query, 1, wall_s);
	err = sqlite_query_write(s, query);
	*count = err == ERR_OK ? (unsigned)sqlite3_changes(s->db) : 0;
	return err;
}
