/* SPDX-License-Identifier: Apache-2.0 */
/* Manufacturers and serial numbers, in SQLite. */
#include "server-stub/store/sqlite.h"

#define FACTORY(type, member) SQLITE_MEMBER(type, struct store_factory, member)
#define ORIGIN(type, member) SQLITE_MEMBER(type, struct store_origin, member)

static const struct sqlite_column factory_columns[] = {
	FACTORY(TEXT, name),	   FACTORY(TEXT, group),     FACTORY(INT, unlisted), FACTORY(INT, is_removed),
	FACTORY(TEXT, created_by), FACTORY(INT, created_us), FACTORY(INT, ca_len),   FACTORY(BLOB, ca),
};

static const struct sqlite_shape factory = SQLITE_SHAPE(factory_columns);

static const struct sqlite_column origin_columns[] = {
	ORIGIN(TEXT, factory),
	ORIGIN(TEXT, serial),
	ORIGIN(BLOB, device),
};

static const struct sqlite_shape origin = SQLITE_SHAPE(origin_columns);

static struct sqlite *sqlite_of(struct store *s)
{
	return (struct sqlite *)s;
}

static enum err put(struct store *store, const struct store_factory *f)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_FACTORY_PUT);

	sqlite_query_bind(query, &factory, f);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err get(struct store *store, const char *name, struct store_factory *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_FACTORY_GET);

	sqlite_query_text(query, 1, name);
	return sqlite_query_one(sqlite_of(store), query, &factory, out);
}

static enum err list(struct store *store, bool (*each)(void *, const struct store_factory *), void *arg)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_FACTORY_LIST);
	struct store_factory f;
	bool more = true;
	enum err err = ERR_OK;

	while (more && sqlite_query_row(s, query, &err)) {
		sqlite_query_read(query, &factory, &f);
		more = each(arg, &f);
	}
	sqlite3_reset(query);
	return err;
}

static enum err origin_put(struct store *store, const struct store_origin *o)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_ORIGIN_PUT);

	sqlite_query_bind(query, &origin, o);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err origin_get(struct store *store, const char *name, const char *serial, struct store_origin *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_ORIGIN_GET);

	sqlite_query_text(query, 1, name);
	sqlite_query_text(query, 2, serial);
	return sqlite_query_one(sqlite_of(store), query, &origin, out);
}

static enum err origin_of(struct store *store, const uint8_t *device, struct store_origin *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_ORIGIN_OF);

	sqlite_query_blob(query, 1, device, STORE_ID);
	return sqlite_query_one(sqlite_of(store), query, &origin, out);
}

static enum err origin_list(struct store *store, bool (*each)(void *, const struct store_origin *), void *arg)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_ORIGIN_LIST);
	struct store_origin o;
	bool more = true;
	enum err err = ERR_OK;

	while (more && sqlite_query_row(s, query, &err)) {
		sqlite_query_read(query, &origin, &o);
		more = each(arg, &o);
	}
	sqlite3_reset(query);
	return err;
}

const struct store_factory_kind sqlite_factory = {
	.put = put,
	.get = get,
	.list = list,
	.origin_put = origin_put,
	.origin_get = origin_get,
	.origin_of = origin_of,
	.origin_list = origin_list,
};
