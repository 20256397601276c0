/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs and what they were told, in SQLite. */
#include "server-stub/store/sqlite.h"

#include <string.h>

#define OUTPUT(type, member) SQLITE_MEMBER(type, struct store_output, member)
#define STATE(type, member) SQLITE_MEMBER(type, struct store_output_state, member)
#define ITEM(type, member) SQLITE_MEMBER(type, struct store_output_item, member)

static const struct sqlite_column output_columns[] = {
	OUTPUT(TEXT, name),	  OUTPUT(TEXT, kind),	   OUTPUT(TEXT, url),	    OUTPUT(TEXT, user),
	OUTPUT(TEXT, secret),	  OUTPUT(TEXT, sender),	   OUTPUT(TEXT, receivers), OUTPUT(INT, changes),
	OUTPUT(INT, severity),	  OUTPUT(TEXT, groups),	   OUTPUT(TEXT, rules),	    OUTPUT(INT, gather_s),
	OUTPUT(INT, after_s),	  OUTPUT(INT, quiet_from), OUTPUT(INT, quiet_to),   OUTPUT(INT, quiet_severity),
	OUTPUT(TEXT, created_by), OUTPUT(INT, created_us),
};

static const struct sqlite_shape output = SQLITE_SHAPE(output_columns);

static const struct sqlite_column state_columns[] = {
	STATE(INT, good_us), STATE(INT, next_us),   STATE(INT, failures),  STATE(INT, messages), STATE(INT, lost),
	STATE(TEXT, error),  STATE(INT, wanted_us), STATE(INT, tested_us), STATE(TEXT, test),
};

static const struct sqlite_shape state = SQLITE_SHAPE(state_columns);

static const struct sqlite_column item_columns[] = {
	ITEM(BLOB, device),  ITEM(BLOB, incident), ITEM(INT, told),
	ITEM(INT, severity), ITEM(INT, reopened),  ITEM(INT, due_us),
};

static const struct sqlite_shape item = SQLITE_SHAPE(item_columns);

static struct sqlite *sqlite_of(struct store *s)
{
	return (struct sqlite *)s;
}

static sqlite3_stmt *query_of(struct store *store, enum sql which, const char *name)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), which);

	sqlite_query_text(query, 1, name);
	return query;
}

static enum err add(struct store *store, const struct store_output *o)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_OUTPUT_ADD);

	sqlite_query_bind(query, &output, o);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err get(struct store *store, const char *name, struct store_output *out)
{
	return sqlite_query_one(sqlite_of(store), query_of(store, SQL_OUTPUT_GET, name), &output, out);
}

static enum err list(struct store *store, bool (*each)(void *, const struct store_output *), void *arg)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_OUTPUT_LIST);
	struct store_output o;
	bool more = true;
	enum err err = ERR_OK;

	while (more && sqlite_query_row(s, query, &err)) {
		sqlite_query_read(query, &output, &o);
		more = each(arg, &o);
	}
	sqlite3_reset(query);
	return err;
}

static enum err remove_one(struct store *store, const char *name)
{
	struct sqlite *s = sqlite_of(store);
	struct store_output o;
	bool own;
	enum err err = sqlite_enter(s, &own);

	if (err != ERR_OK)
		return err;
	err = get(store, name, &o);
	if (err == ERR_OK)
		err = sqlite_query_write(s, query_of(store, SQL_OUTPUT_REMOVE_ITEMS, name));
	if (err == ERR_OK)
		err = sqlite_query_write(s, query_of(store, SQL_OUTPUT_REMOVE, name));
	return sqlite_leave(s, own, err);
}

static enum err state_get(struct store *store, const char *name, struct store_output_state *out)
{
	return sqlite_query_one(sqlite_of(store), query_of(store, SQL_OUTPUT_STATE_GET, name), &state, out);
}

static enum err state_put(struct store *store, const char *name, const struct store_output_state *x)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_OUTPUT_STATE_PUT);

	sqlite_query_bind(query, &state, x);
	sqlite_query_text(query, (int)state.count + 1, name);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err changed(struct store *store, const uint8_t *device, const uint8_t *incident)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_OUTPUT_CHANGED);

	sqlite_query_blob(query, 1, device, STORE_ID);
	sqlite_query_blob(query, 2, incident, STORE_ID);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err changed_take(struct store *store, struct store_output_item *out)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_OUTPUT_CHANGED_FIRST);
	enum err err;

	memset(out, 0, sizeof(*out));
	if (!sqlite_query_row(s, query, &err))
		return err == ERR_OK ? ERR_NOT_FOUND : err;
	sqlite_query_bytes(query, 0, out->device, STORE_ID);
	sqlite_query_bytes(query, 1, out->incident, STORE_ID);
	sqlite3_reset(query);
	query = sqlite_query(s, SQL_OUTPUT_CHANGED_REMOVE);
	sqlite_query_blob(query, 1, out->device, STORE_ID);
	sqlite_query_blob(query, 2, out->incident, STORE_ID);
	return sqlite_query_write(s, query);
}

static enum err item_put(struct store *store, const char *name, const struct store_output_item *x)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_OUTPUT_ITEM_PUT);

	sqlite_query_bind(query, &item, x);
	sqlite_query_text(query, (int)item.count + 1, name);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err item_get(struct store *store, const char *name, struct store_output_item *x)
{
	sqlite3_stmt *query = query_of(store, SQL_OUTPUT_ITEM_GET, name);
	const struct store_output_item asked = *x;

	sqlite_query_blob(query, 2, asked.device, STORE_ID);
	sqlite_query_blob(query, 3, asked.incident, STORE_ID);
	return sqlite_query_one(sqlite_of(store), query, &item, x);
}

static enum err due(struct store *store, const struct store_output_due *d)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = query_of(store, SQL_OUTPUT_DUE, d->name);
	struct store_output_item x;
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_int(query, 2, d->until_us);
	sqlite_query_int(query, 3, d->max);
	while (more && sqlite_query_row(s, query, &err)) {
		sqlite_query_read(query, &item, &x);
		more = d->each(d->arg, &x);
	}
	sqlite3_reset(query);
	return err;
}

static enum err waiting(struct store *store, const char *name, struct store_output_waiting *out)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = query_of(store, SQL_OUTPUT_WAITING, name);
	enum err err;

	*out = (struct store_output_waiting){0, 0};
	if (!sqlite_query_row(s, query, &err))
		return err;
	out->count = (uint64_t)sqlite3_column_int64(query, 0);
	out->first_us = sqlite3_column_int64(query, 1);
	sqlite3_reset(query);
	return ERR_OK;
}

static enum err retain(struct store *store)
{
	return sqlite_query_write(sqlite_of(store), sqlite_query(sqlite_of(store), SQL_OUTPUT_RETAIN));
}

const struct store_output_kind sqlite_output = {
	.add = add,
	.get = get,
	.list = list,
	.remove = remove_one,
	.state_get = state_get,
	.state_put = state_put,
	.changed = changed,
	.changed_take = changed_take,
	.item_put = item_put,
	.item_get = item_get,
	.due = due,
	.waiting = waiting,
	.retain = retain,
};
