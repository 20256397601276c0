/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the database within its bounds, some rows a transaction, so that the writer of batches need not wait long. */
#include "server-stub/store/sqlite_care.h"

#include "server-stub/store/sqlite.h"

#include <string.h>

#define RETAIN_ROWS 256 /* removed in one transaction */

static struct sqlite *sqlite_of(struct store *s)
{
	return (struct sqlite *)s;
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

enum err sqlite_care_retain(struct store *store, const struct store_retention *r, int64_t wall_us, unsigned *removed)
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

enum err sqlite_care_figures(struct store *store, struct store_figures *out)
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
