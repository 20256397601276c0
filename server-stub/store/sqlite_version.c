/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at a store without opening it for writing: an older one stays what it is. */
#include "server-stub/store/sqlite_version.h"

#include "server-stub/store/sqlite_schema.h"

#include <sqlite3.h>

#include <unistd.h>

enum err sqlite_version_read(const char *path, struct store_version *out)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *query = NULL;
	enum err err = ERR_CORRUPT;

	*out = (struct store_version){.ours = sqlite_schema_steps()};
	if (access(path, F_OK) != 0)
		return ERR_NOT_FOUND;
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &query, NULL) == SQLITE_OK &&
	    sqlite3_step(query) == SQLITE_ROW) {
		out->now = sqlite3_column_int(query, 0);
		err = out->now > 0 ? ERR_OK : ERR_CORRUPT;
	}
	sqlite3_finalize(query);
	sqlite3_close(db);
	return err;
}
