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
