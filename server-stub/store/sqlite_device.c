/* SPDX-License-Identifier: Apache-2.0 */
/* Devices and join tokens in SQLite. Records a device sent are counted in its spools' rows and added up when read. */
#include "server-stub/store/sqlite_device.h"

#include "server-stub/store/sqlite.h"

static const struct sqlite_column device_columns[] = {
	SQLITE_MEMBER(BLOB, struct store_device, id),
	SQLITE_MEMBER(TEXT, struct store_device, name),
	SQLITE_MEMBER(TEXT, struct store_device, group),
	SQLITE_MEMBER(INT, struct store_device, state),
	SQLITE_MEMBER(BLOB, struct store_device, cert_serial),
	SQLITE_MEMBER(BLOB, struct store_device, next_serial),
	SQLITE_MEMBER(INT, struct store_device, cert_not_after_s),
	SQLITE_MEMBER(INT, struct store_device, created_us),
	SQLITE_MEMBER(INT, struct store_device, last_seen_us),
	SQLITE_MEMBER(INT, struct store_device, connected),
	SQLITE_MEMBER(TEXT, struct store_device, version),
	SQLITE_MEMBER(TEXT, struct store_device, arch),
	SQLITE_MEMBER(TEXT, struct store_device, kernel),
	SQLITE_MEMBER(TEXT, struct store_device, address),
	SQLITE_MEMBER(BLOB, struct store_device, csr_sha256),
	SQLITE_MEMBER(TEXT, struct store_device, problems),
	SQLITE_MEMBER(INT, struct store_device, records), /* read only */
};

static const struct sqlite_shape device_read = SQLITE_SHAPE(device_columns);
static const struct sqlite_shape device_write = {sizeof(device_columns) / sizeof(device_columns[0]) - 1,
						 device_columns};

static const struct sqlite_column token_columns[] = {
	SQLITE_MEMBER(BLOB, struct store_token, id),	    SQLITE_MEMBER(BLOB, struct store_token, secret_sha256),
	SQLITE_MEMBER(TEXT, struct store_token, group),	    SQLITE_MEMBER(TEXT, struct store_token, created_by),
	SQLITE_MEMBER(INT, struct store_token, uses_max),   SQLITE_MEMBER(INT, struct store_token, uses),
	SQLITE_MEMBER(INT, struct store_token, created_us), SQLITE_MEMBER(INT, struct store_token, expires_us),
	SQLITE_MEMBER(INT, struct store_token, approve),    SQLITE_MEMBER(INT, struct store_token, revoked),
};

static const struct sqlite_shape token = SQLITE_SHAPE(token_columns);

static struct sqlite *sqlite_of(struct store *s)
{
	return (struct sqlite *)s;
}

enum err sqlite_device_put(struct store *store, const struct store_device *d)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_DEVICE_PUT);

	sqlite_query_bind(query, &device_write, d);
	return sqlite_query_write(sqlite_of(store), query);
}

enum err sqlite_device_get(struct store *store, const uint8_t *id, struct store_device *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_DEVICE_GET);

	sqlite_query_blob(query, 1, id, STORE_ID);
	return sqlite_query_one(sqlite_of(store), query, &device_read, out);
}

enum err sqlite_device_by_csr(struct store *store, const uint8_t *csr_sha256, struct store_device *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_DEVICE_BY_CSR);

	sqlite_query_blob(query, 1, csr_sha256, STORE_HASH);
	return sqlite_query_one(sqlite_of(store), query, &device_read, out);
}

enum err sqlite_device_by_name(struct store *store, const char *name, struct store_device out[2], unsigned *count)
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

enum err sqlite_device_list(struct store *store, const struct store_device_query *q)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, q->group ? SQL_DEVICE_LIST_GROUP : SQL_DEVICE_LIST);
	struct store_device d;
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

enum err sqlite_device_presence(struct store *store, const struct store_presence *p)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_DEVICE_PRESENCE);

	sqlite_query_blob(query, 1, p->device, STORE_ID);
	sqlite_query_int(query, 2, p->connected);
	sqlite_query_int(query, 3, p->last_seen_us);
	sqlite_query_text(query, 4, p->address);
	return sqlite_query_write(sqlite_of(store), query);
}

enum err sqlite_device_absent_all(struct store *store)
{
	return sqlite_query_write(sqlite_of(store), sqlite_query(sqlite_of(store), SQL_DEVICE_ABSENT_ALL));
}

enum err sqlite_device_token_put(struct store *store, const struct store_token *t)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_TOKEN_PUT);

	sqlite_query_bind(query, &token, t);
	return sqlite_query_write(sqlite_of(store), query);
}

enum err sqlite_device_token_get(struct store *store, const uint8_t *secret_sha256, struct store_token *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_TOKEN_GET);

	sqlite_query_blob(query, 1, secret_sha256, STORE_HASH);
	return sqlite_query_one(sqlite_of(store), query, &token, out);
}

enum err sqlite_device_token_list(struct store *store, bool (*each)(void *, const struct store_token *), void *arg)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_TOKEN_LIST);
	struct store_token t;
	bool more = true;
	enum err err = ERR_OK;

	while (more && sqlite_query_row(s, query, &err)) {
		sqlite_query_read(query, &token, &t);
		more = each(arg, &t);
	}
	sqlite3_reset(query);
	return err;
}
