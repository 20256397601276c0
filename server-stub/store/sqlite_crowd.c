/* SPDX-License-Identifier: Apache-2.0 */
/* What was seen in many devices together, in SQLite. The sightings of a thing are one column, numbers with the highest
 * byte first. */
#include "server-stub/store/sqlite.h"

#include "agent/base/buf.h"
#include "agent/base/view.h"

#include <string.h>

#define SIGHT (STORE_ID + 8)
#define OFFER(type, member) SQLITE_MEMBER(type, struct store_crowd_offer, member)
#define HUSH(type, member) SQLITE_MEMBER(type, struct store_crowd_hush, member)

static const struct sqlite_column offer_columns[] = {
	OFFER(TEXT, group),
	OFFER(BLOB, addr),
	OFFER(INT, until_us),
};

static const struct sqlite_shape offer = SQLITE_SHAPE(offer_columns);

static const struct sqlite_column hush_columns[] = {
	HUSH(BLOB, device),
	HUSH(INT, since_us),
	HUSH(INT, until_us),
	HUSH(INT, most),
};

static const struct sqlite_shape hush = SQLITE_SHAPE(hush_columns);

static struct sqlite *sqlite_of(struct store *s)
{
	return (struct sqlite *)s;
}

static enum err put(struct store *store, const struct store_crowd *c)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_CROWD_PUT);
	uint8_t bytes[STORE_CROWD_SIGHTS * SIGHT];
	struct buf seen = buf_over(bytes, sizeof(bytes));

	for (unsigned i = 0; i < c->count; i++) {
		buf_bytes(&seen, c->seen[i].device, STORE_ID);
		buf_be64(&seen, (uint64_t)c->seen[i].at_us);
	}
	sqlite_query_int(query, 1, c->kind);
	sqlite_query_blob(query, 2, c->name, STORE_CROWD_NAME);
	sqlite_query_int(query, 3, c->said_us);
	sqlite_query_int(query, 4, c->seen[c->count - 1].at_us);
	sqlite_query_blob(query, 5, seen.data, seen.len);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err remove_one(struct store *store, uint8_t kind, const uint8_t *name)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_CROWD_REMOVE);

	sqlite_query_int(query, 1, kind);
	sqlite_query_blob(query, 2, name, STORE_CROWD_NAME);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err retain(struct store *store, uint8_t kind, int64_t since_us)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_CROWD_RETAIN);

	sqlite_query_int(query, 1, kind);
	sqlite_query_int(query, 2, since_us);
	return sqlite_query_write(sqlite_of(store), query);
}

static void read_crowd(sqlite3_stmt *query, struct store_crowd *c)
{
	struct view seen = view_over(sqlite3_column_blob(query, 2), (size_t)sqlite3_column_bytes(query, 2));

	sqlite_query_bytes(query, 0, c->name, STORE_CROWD_NAME);
	c->said_us = sqlite3_column_int64(query, 1);
	for (c->count = 0; c->count < STORE_CROWD_SIGHTS && seen.len >= SIGHT; c->count++) {
		view_bytes(&seen, c->seen[c->count].device, STORE_ID);
		c->seen[c->count].at_us = (int64_t)view_be64(&seen);
	}
}

static enum err list(struct store *store, uint8_t kind, bool (*each)(void *, const struct store_crowd *), void *arg)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_CROWD_LIST);
	struct store_crowd c = {.kind = kind};
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_int(query, 1, kind);
	while (more && sqlite_query_row(sqlite_of(store), query, &err)) {
		read_crowd(query, &c);
		more = c.count == 0 || each(arg, &c);
	}
	sqlite3_reset(query);
	return err;
}

static enum err offer_put(struct store *store, const struct store_crowd_offer *o)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_OFFER_PUT), *old;
	bool own;
	enum err err = sqlite_enter(s, &own);

	if (err != ERR_OK)
		return err;
	sqlite_query_bind(query, &offer, o);
	err = sqlite_query_write(s, query);
	old = sqlite_query(s, SQL_OFFER_RETAIN);
	sqlite_query_int(old, 1, STORE_CROWD_OFFERS);
	if (err == ERR_OK)
		err = sqlite_query_write(s, old);
	return sqlite_leave(s, own, err);
}

static enum err offer_list(struct store *store, int64_t wall_us, bool (*each)(void *, const struct store_crowd_offer *),
			   void *arg)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_OFFER_LIST);
	struct store_crowd_offer o;
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_int(query, 1, wall_us);
	while (more && sqlite_query_row(sqlite_of(store), query, &err)) {
		sqlite_query_read(query, &offer, &o);
		more = each(arg, &o);
	}
	sqlite3_reset(query);
	return err;
}

static enum err hush_put(struct store *store, const struct store_crowd_hush *h)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_HUSH_PUT);

	sqlite_query_bind(query, &hush, h);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err hush_get(struct store *store, struct store_crowd_hush *out)
{
	enum err err = sqlite_query_one(sqlite_of(store), sqlite_query(sqlite_of(store), SQL_HUSH_GET), &hush, out);

	if (err == ERR_NOT_FOUND)
		memset(out, 0, sizeof(*out));
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

const struct store_crowd_kind sqlite_crowd = {
	.put = put,
	.remove = remove_one,
	.retain = retain,
	.list = list,
	.offer_put = offer_put,
	.offer_list = offer_list,
	.hush_put = hush_put,
	.hush_get = hush_get,
};
