/* SPDX-License-Identifier: Apache-2.0 */
/* What the store holds, in numbers. */
#include "server-stub/store/sqlite_care.h"

#include "server-stub/store/sqlite.h"

#include <string.h>

static struct sqlite *sqlite_of(struct store *s)
{
	return (struct sqlite *)s;
}

enum err sqlite_care_bytes(struct sqlite *s, uint64_t *bytes)
{
	sqlite3_stmt *query = sqlite_query(s, SQL_BYTES_USED);
	enum err err;

	*bytes = 0;
	if (sqlite_query_row(s, query, &err))
		*bytes = (uint64_t)sqlite3_column_int64(query, 0);
	sqlite3_reset(query);
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
	return err == ERR_OK ? sqlite_care_bytes(s, &out->bytes) : err;
}

static enum err number(struct store *store, enum sql which, int64_t *out)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, which);
	enum err err;

	*out = 0;
	if (sqlite_query_row(s, query, &err))
		*out = sqlite3_column_int64(query, 0);
	sqlite3_reset(query);
	return err;
}

enum err sqlite_care_gap(struct store *store, int64_t *known_us)
{
	return number(store, SQL_GAP_GET, known_us);
}

enum err sqlite_care_gap_put(struct store *store, int64_t known_us)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_GAP_PUT);

	sqlite_query_int(query, 1, known_us);
	return sqlite_query_write(sqlite_of(store), query);
}

enum err sqlite_care_latest(struct store *store, int64_t *wall_us)
{
	return number(store, SQL_LATEST, wall_us);
}

enum err sqlite_care_check(struct store *store)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_CHECK);
	enum err err;

	if (sqlite_query_row(s, query, &err) && strcmp((const char *)sqlite3_column_text(query, 0), "ok") != 0)
		err = ERR_CORRUPT;
	sqlite3_reset(query);
	return err;
}
