/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry in SQLite. Records that a device sent are counted in its spools' rows and added up when read. An order's
 * bytes and signatures are kept as they were signed, never re-encoded.
 */
#include "agent/base/buf.h"
#include "agent/base/view.h"
#include "server-stub/store/sqlite.h"

#include <string.h>

static const struct sqlite_column device_columns[] = {
	SQLITE_MEMBER(BLOB, struct registry_device, id),
	SQLITE_MEMBER(TEXT, struct registry_device, name),
	SQLITE_MEMBER(TEXT, struct registry_device, group),
	SQLITE_MEMBER(INT, struct registry_device, state),
	SQLITE_MEMBER(BLOB, struct registry_device, cert_serial),
	SQLITE_MEMBER(BLOB, struct registry_device, next_serial),
	SQLITE_MEMBER(INT, struct registry_device, cert_not_after_s),
	SQLITE_MEMBER(INT, struct registry_device, created_us),
	SQLITE_MEMBER(INT, struct registry_device, last_seen_us),
	SQLITE_MEMBER(INT, struct registry_device, connected),
	SQLITE_MEMBER(TEXT, struct registry_device, version),
	SQLITE_MEMBER(TEXT, struct registry_device, arch),
	SQLITE_MEMBER(TEXT, struct registry_device, kernel),
	SQLITE_MEMBER(TEXT, struct registry_device, address),
	SQLITE_MEMBER(BLOB, struct registry_device, csr_sha256),
	SQLITE_MEMBER(BLOB, struct registry_device, token),
	SQLITE_MEMBER(INT, struct registry_device, issue_due_us),
	SQLITE_MEMBER(BLOB, struct registry_device, runs),
	SQLITE_MEMBER(TEXT, struct registry_device, features),
	SQLITE_MEMBER(TEXT, struct registry_device, labels),
	SQLITE_MEMBER(INT, struct registry_device, is_deleted),
	SQLITE_MEMBER(TEXT, struct registry_device, problems), /* this and the next are only read */
	SQLITE_MEMBER(INT, struct registry_device, records),
};

static const struct sqlite_shape device_read = SQLITE_SHAPE(device_columns);
static const struct sqlite_shape device_write = {sizeof(device_columns) / sizeof(device_columns[0]) - 2,
						 device_columns};

static const struct sqlite_column pass_columns[] = {
	SQLITE_MEMBER(INT, struct registry_pass, state),
	SQLITE_MEMBER(BLOB, struct registry_pass, cert_serial),
	SQLITE_MEMBER(BLOB, struct registry_pass, next_serial),
	SQLITE_MEMBER(INT, struct registry_pass, cert_not_after_s),
	SQLITE_MEMBER(INT, struct registry_pass, last_seen_us),
	SQLITE_MEMBER(TEXT, struct registry_pass, group),
};
static const struct sqlite_shape pass = SQLITE_SHAPE(pass_columns);

static const struct sqlite_column token_columns[] = {
	SQLITE_MEMBER(BLOB, struct registry_token, id),
	SQLITE_MEMBER(BLOB, struct registry_token, secret_sha256),
	SQLITE_MEMBER(TEXT, struct registry_token, group),
	SQLITE_MEMBER(TEXT, struct registry_token, created_by),
	SQLITE_MEMBER(INT, struct registry_token, uses_max),
	SQLITE_MEMBER(INT, struct registry_token, uses),
	SQLITE_MEMBER(INT, struct registry_token, created_us),
	SQLITE_MEMBER(INT, struct registry_token, expires_us),
	SQLITE_MEMBER(INT, struct registry_token, approve),
	SQLITE_MEMBER(INT, struct registry_token, revoked),
	SQLITE_MEMBER(BLOB, struct registry_token, device),
};

static const struct sqlite_shape token = SQLITE_SHAPE(token_columns);

#define SIGNATURES_MAX (STORE_SIGNATURES_MAX * (KEY_ID + 1 + KEY_SIGNATURE_MAX))

static const struct sqlite_column order_columns[] = {
	SQLITE_MEMBER(BLOB, struct registry_order, id),		SQLITE_MEMBER(INT, struct registry_order, created_us),
	SQLITE_MEMBER(INT, struct registry_order, not_after_s), SQLITE_MEMBER(TEXT, struct registry_order, author),
	SQLITE_MEMBER(TEXT, struct registry_order, verb),	SQLITE_MEMBER(TEXT, struct registry_order, detail),
};

/* Columns 6 and 7 (bytes, signatures) are of no fixed length and follow by hand; 8 is the row where it is listed. */
static const struct sqlite_shape order_shape = SQLITE_SHAPE(order_columns);

static const struct sqlite_column target_columns[] = {
	SQLITE_MEMBER(BLOB, struct registry_target, order_id), SQLITE_MEMBER(BLOB, struct registry_target, device),
	SQLITE_MEMBER(INT, struct registry_target, state),     SQLITE_MEMBER(INT, struct registry_target, updated_us),
	SQLITE_MEMBER(TEXT, struct registry_target, text),
};

static const struct sqlite_shape target_shape = SQLITE_SHAPE(target_columns);

static struct sqlite *sqlite_of(struct store *s)
{
	return (struct sqlite *)s;
}

static enum err device_put(struct store *store, const struct registry_device *d)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_DEVICE_PUT);

	sqlite_query_bind(query, &device_write, d);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err device_get(struct store *store, const uint8_t *id, struct registry_device *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_DEVICE_GET);

	sqlite_query_blob(query, 1, id, STORE_ID);
	return sqlite_query_one(sqlite_of(store), query, &device_read, out);
}

static enum err device_row(struct store *store, const uint8_t *id, struct registry_device *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_DEVICE_ROW);

	out->problems[0] = '\0';
	out->records = 0;
	sqlite_query_blob(query, 1, id, STORE_ID);
	return sqlite_query_one(sqlite_of(store), query, &device_write, out);
}

static enum err device_pass(struct store *store, const uint8_t *id, struct registry_pass *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_DEVICE_PASS);

	sqlite_query_blob(query, 1, id, STORE_ID);
	return sqlite_query_one(sqlite_of(store), query, &pass, out);
}

static enum err device_by_csr(struct store *store, const uint8_t *csr_sha256, struct registry_device *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_DEVICE_BY_CSR);

	sqlite_query_blob(query, 1, csr_sha256, STORE_HASH);
	return sqlite_query_one(sqlite_of(store), query, &device_read, out);
}

static enum err device_by_name(struct store *store, const char *name, struct registry_device out[2], unsigned *count)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_DEVICE_BY_NAME);
	enum err err;

	*count = 0;
	sqlite_query_text(query, 1, name);
	while (sqlite_query_row(s, query, &err))
		sqlite_query_read(query, &device_read, &out[(*count)++]);
	return err;
}

static enum err device_list(struct store *store, const struct registry_device_query *q)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, q->group ? SQL_DEVICE_LIST_GROUP : SQL_DEVICE_LIST);
	struct registry_device d;
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_blob(query, 1, q->after, q->after ? STORE_ID : 0);
	sqlite_query_int(query, 2, q->max);
	if (q->group)
		sqlite_query_text(query, 3, q->group);
	while (more && sqlite_query_row(s, query, &err)) {
		sqlite_query_read(query, &device_read, &d);
		more = q->each(q->arg, &d);
	}
	sqlite3_reset(query);
	return err;
}

static enum err device_presence(struct store *store, const struct registry_presence *p)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_DEVICE_PRESENCE);

	sqlite_query_blob(query, 1, p->device, STORE_ID);
	sqlite_query_int(query, 2, p->connected);
	sqlite_query_int(query, 3, p->last_seen_us);
	sqlite_query_text(query, 4, p->address);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err device_absent(struct store *store, const struct registry_absent_query *q)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_DEVICE_ABSENT);
	struct registry_device d;
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_int(query, 1, q->after_us);
	sqlite_query_int(query, 2, q->until_us);
	while (more && sqlite_query_row(s, query, &err)) {
		sqlite_query_read(query, &device_read, &d);
		more = q->each(q->arg, &d);
	}
	sqlite3_reset(query);
	return err;
}

static enum err device_census(struct store *store, const struct registry_absence *when, struct registry_census *out)
{
	static const struct sqlite_column columns[] = {SQLITE_MEMBER(INT, struct registry_census, connected),
						       SQLITE_MEMBER(INT, struct registry_census, absent)};
	static const struct sqlite_shape census = SQLITE_SHAPE(columns);
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_DEVICE_CENSUS);

	sqlite_query_int(query, 1, when->after_us);
	sqlite_query_int(query, 2, when->until_us);
	return sqlite_query_one(sqlite_of(store), query, &census, out);
}

static enum err device_absent_all(struct store *store)
{
	return sqlite_query_write(sqlite_of(store), sqlite_query(sqlite_of(store), SQL_DEVICE_ABSENT_ALL));
}

static enum err token_put(struct store *store, const struct registry_token *t)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_TOKEN_PUT);

	sqlite_query_bind(query, &token, t);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err token_get(struct store *store, const uint8_t *secret_sha256, struct registry_token *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_TOKEN_GET);

	sqlite_query_blob(query, 1, secret_sha256, STORE_HASH);
	return sqlite_query_one(sqlite_of(store), query, &token, out);
}

static enum err token_list(struct store *store, bool (*each)(void *, const struct registry_token *), void *arg)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_TOKEN_LIST);
	struct registry_token t;
	bool more = true;
	enum err err = ERR_OK;

	while (more && sqlite_query_row(s, query, &err)) {
		sqlite_query_read(query, &token, &t);
		more = each(arg, &t);
	}
	sqlite3_reset(query);
	return err;
}

/* Signatures as bytes: each key_id[8] len:u8 bytes[len]. */
static struct buf write_signatures(const struct registry_order *o, uint8_t *memory)
{
	struct buf b = buf_over(memory, SIGNATURES_MAX);

	for (unsigned i = 0; i < o->signature_count; i++) {
		buf_bytes(&b, o->signatures[i].key_id, KEY_ID);
		buf_be8(&b, o->signatures[i].len);
		buf_bytes(&b, o->signatures[i].bytes, o->signatures[i].len);
	}
	return b;
}

static bool read_signatures(const void *bytes, size_t len, struct registry_order *o)
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

static enum err read_order(sqlite3_stmt *query, struct registry_order *o)
{
	const void *bytes = sqlite3_column_blob(query, 6);
	int len = sqlite3_column_bytes(query, 6);

	memset(o, 0, sizeof(*o));
	sqlite_query_read(query, &order_shape, o);
	if (len < 0 || len > STORE_ORDER_MAX)
		return ERR_CORRUPT;
	o->order_len = (uint16_t)len;
	if (len > 0)
		memcpy(o->order, bytes, (size_t)len);
	if (!read_signatures(sqlite3_column_blob(query, 7), (size_t)sqlite3_column_bytes(query, 7), o))
		return ERR_CORRUPT;
	return ERR_OK;
}

static enum err put_order(struct sqlite *s, const struct registry_order *o)
{
	sqlite3_stmt *query = sqlite_query(s, SQL_ORDER_PUT);
	uint8_t memory[SIGNATURES_MAX];
	struct buf signatures = write_signatures(o, memory);

	sqlite_query_bind(query, &order_shape, o);
	sqlite_query_blob(query, 7, o->order, o->order_len);
	sqlite_query_blob(query, 8, signatures.data, signatures.len);
	return sqlite_query_write(s, query);
}

static enum err order_get(struct store *store, const uint8_t *id, struct registry_order *out)
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

static enum err order_hold(struct store *store, const uint8_t *id)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_ORDER_HOLD);

	sqlite_query_blob(query, 1, id, STORE_ID);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err order_sign(struct store *store, const struct registry_order *o)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_ORDER_SIGN);
	uint8_t memory[SIGNATURES_MAX];
	struct buf signatures = write_signatures(o, memory);

	sqlite_query_blob(query, 1, o->id, STORE_ID);
	sqlite_query_blob(query, 2, signatures.data, signatures.len);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err order_release(struct store *store, const uint8_t *id, int64_t wall_us)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_ORDER_RELEASE);

	sqlite_query_blob(query, 1, id, STORE_ID);
	sqlite_query_int(query, 2, wall_us);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err order_list(struct store *store, const struct registry_order_query *q)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_ORDER_LIST);
	struct registry_order o;
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

static enum err target_put(struct store *store, const struct registry_target *t)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_TARGET_PUT);

	sqlite_query_bind(query, &target_shape, t);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err order_put(struct store *store, const struct registry_order *o, const uint8_t (*devices)[STORE_ID],
			  unsigned device_count)
{
	struct sqlite *s = sqlite_of(store);
	bool own;
	enum err err = sqlite_enter(s, &own);

	if (err != ERR_OK)
		return err;
	err = put_order(s, o);
	for (unsigned i = 0; err == ERR_OK && i < device_count; i++) {
		struct registry_target t = {.state = TARGET_PENDING, .updated_us = o->created_us};

		memcpy(t.order_id, o->id, STORE_ID);
		memcpy(t.device, devices[i], STORE_ID);
		err = target_put(store, &t);
	}
	return sqlite_leave(s, own, err);
}

static enum err target_get(struct store *store, const uint8_t *order_id, const uint8_t *device,
			   struct registry_target *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_TARGET_GET);

	sqlite_query_blob(query, 1, order_id, STORE_ID);
	sqlite_query_blob(query, 2, device, STORE_ID);
	return sqlite_query_one(sqlite_of(store), query, &target_shape, out);
}

static enum err target_is(struct store *store, const uint8_t *order_id, const uint8_t *device)
{
	static const struct sqlite_shape nothing = {0, NULL};
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_TARGET_IS);

	sqlite_query_blob(query, 1, order_id, STORE_ID);
	sqlite_query_blob(query, 2, device, STORE_ID);
	return sqlite_query_one(sqlite_of(store), query, &nothing, NULL);
}

static enum err target_list(struct store *store, const uint8_t *order_id,
			    bool (*each)(void *, const struct registry_target *), void *arg)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_TARGET_LIST);
	struct registry_target t;
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_blob(query, 1, order_id, STORE_ID);
	while (more && sqlite_query_row(s, query, &err)) {
		sqlite_query_read(query, &target_shape, &t);
		more = each(arg, &t);
	}
	sqlite3_reset(query);
	return err;
}

static enum err target_waiting(struct store *store, const struct registry_waiting_query *q)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_TARGET_WAITING);
	struct registry_order o;
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

static enum err target_expire(struct store *store, int64_t wall_s, unsigned *count)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_TARGET_EXPIRE);
	enum err err;

	sqlite_query_int(query, 1, wall_s);
	err = sqlite_query_write(s, query);
	*count = err == ERR_OK ? (unsigned)sqlite3_changes(s->db) : 0;
	return err;
}

static enum err target_cancel(struct store *store, const uint8_t *order_id, int64_t wall_us, unsigned *count)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_TARGET_CANCEL);
	enum err err;

	sqlite_query_blob(query, 1, order_id, STORE_ID);
	sqlite_query_int(query, 2, wall_us);
	err = sqlite_query_write(s, query);
	*count = err == ERR_OK ? (unsigned)sqlite3_changes(s->db) : 0;
	return err;
}

const struct registry_kind sqlite_registry = {
	.device_put = device_put,
	.device_get = device_get,
	.device_row = device_row,
	.device_pass = device_pass,
	.device_by_csr = device_by_csr,
	.device_by_name = device_by_name,
	.device_list = device_list,
	.device_presence = device_presence,
	.device_absent = device_absent,
	.device_absent_all = device_absent_all,
	.device_census = device_census,
	.token_put = token_put,
	.token_get = token_get,
	.token_list = token_list,
	.order_put = order_put,
	.order_get = order_get,
	.order_list = order_list,
	.order_hold = order_hold,
	.order_sign = order_sign,
	.order_release = order_release,
	.target_put = target_put,
	.target_get = target_get,
	.target_is = target_is,
	.target_list = target_list,
	.target_waiting = target_waiting,
	.target_expire = target_expire,
	.target_cancel = target_cancel,
};
