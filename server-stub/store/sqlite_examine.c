/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables that grow with what devices send are read some rows at a time. The others are as large as the fleet and have
 * SQLite look at them whole. Only reads.
 */
#include "server-stub/store/sqlite_examine.h"

#include "proto/wire.h"
#include "server-stub/store/log.h"

#include <string.h>

#define PART_BYTES (4 << 20) /* that one call looks at */
#define PART_ROWS 4096
#define ROW_COST 64	 /* of a row without its bytes */
#define TABLE_COST 65536 /* of a table that is looked at whole */

static const struct part {
	const char *table;
	enum sql by_rows; /* SQL_EXAMINE_TABLE: whole */
} parts[] = {
	{"device", SQL_EXAMINE_TABLE},	     {"token", SQL_EXAMINE_TABLE},
	{"spool", SQL_EXAMINE_TABLE},	     {"target", SQL_EXAMINE_TABLE},
	{"user", SQL_EXAMINE_TABLE},	     {"session", SQL_EXAMINE_TABLE},
	{"passkey", SQL_EXAMINE_TABLE},	     {"identity", SQL_EXAMINE_TABLE},
	{"chain", SQL_EXAMINE_TABLE},	     {"kept_chain", SQL_EXAMINE_TABLE},
	{"answer", SQL_EXAMINE_TABLE},	     {"kept_answer", SQL_EXAMINE_TABLE},
	{"problems", SQL_EXAMINE_TABLE},     {"kept_problems", SQL_EXAMINE_TABLE},
	{"position", SQL_EXAMINE_TABLE},     {"kept_position", SQL_EXAMINE_TABLE},
	{"object", SQL_EXAMINE_TABLE},	     {"object_target", SQL_EXAMINE_TABLE},
	{"output", SQL_EXAMINE_TABLE},	     {"output_changed", SQL_EXAMINE_TABLE},
	{"output_item", SQL_EXAMINE_TABLE},  {"crowd", SQL_EXAMINE_TABLE},
	{"offer", SQL_EXAMINE_TABLE},	     {"hush", SQL_EXAMINE_TABLE},
	{"factory", SQL_EXAMINE_TABLE},	     {"origin", SQL_EXAMINE_TABLE},
	{"order", SQL_EXAMINE_ORDER},	     {"audit", SQL_EXAMINE_AUDIT},
	{"incident", SQL_EXAMINE_INCIDENT},  {"kept_incident", SQL_EXAMINE_KEPT_INCIDENT},
	{"receipt", SQL_EXAMINE_RECEIPT},    {"kept_receipt", SQL_EXAMINE_KEPT_RECEIPT},
	{"note", SQL_EXAMINE_NOTE},	     {"kept_note", SQL_EXAMINE_KEPT_NOTE},
	{"object_piece", SQL_EXAMINE_PIECE}, {"digest", SQL_EXAMINE_DIGEST},
	{"batch", SQL_EXAMINE_BATCH},
};

#define PARTS ((unsigned)(sizeof(parts) / sizeof(parts[0])))

static enum err look_at_table(struct sqlite *s, const char *table)
{
	sqlite3_stmt *query = sqlite_query(s, SQL_EXAMINE_TABLE);
	enum err err;

	sqlite_query_text(query, 1, table);
	if (sqlite_query_row(s, query, &err) && strcmp((const char *)sqlite3_column_text(query, 0), "ok") != 0)
		err = ERR_CORRUPT;
	sqlite3_reset(query);
	return err;
}

/* An entry of the log: the indexes know it, and what a device sent is a message still. */
static bool is_sound_entry(sqlite3_stmt *query)
{
	struct str blob = {sqlite3_column_blob(query, 1), (size_t)sqlite3_column_bytes(query, 1)};

	return sqlite3_column_int(query, 3) && (sqlite3_column_int(query, 2) > LOG_STORY || wire_valid(blob));
}

/* A row is sound when all of it can be read; asking for a column's bytes reads them. *end: the table has no more. */
static enum err look_at_rows(struct sqlite *s, struct store_place *at, int64_t *bytes_left, bool *end)
{
	enum sql which = parts[at->part].by_rows;
	sqlite3_stmt *query = sqlite_query(s, which);
	unsigned rows = 0;
	enum err err = ERR_OK;

	sqlite_query_int(query, 1, at->row);
	sqlite_query_int(query, 2, PART_ROWS);
	while (err == ERR_OK && *bytes_left > 0 && sqlite_query_row(s, query, &err)) {
		*bytes_left -= ROW_COST;
		for (int i = 0; i < sqlite3_column_count(query); i++)
			*bytes_left -= sqlite3_column_bytes(query, i);
		at->row = sqlite3_column_int64(query, 0);
		rows++;
		if (which == SQL_EXAMINE_BATCH && !is_sound_entry(query))
			err = ERR_CORRUPT;
	}
	sqlite3_reset(query);
	*end = *bytes_left > 0 && rows < PART_ROWS;
	return err;
}

static enum err look(struct sqlite *s, struct store_place *at, int64_t *bytes_left)
{
	bool end = true;
	enum err err;

	at->table = parts[at->part].table;
	if (parts[at->part].by_rows == SQL_EXAMINE_TABLE) {
		*bytes_left -= TABLE_COST;
		err = look_at_table(s, at->table);
	} else {
		err = look_at_rows(s, at, bytes_left, &end);
	}
	if (err == ERR_OK && !end)
		return err;
	/* What comes behind damage cannot be reached by rows. */
	at->row = 0;
	at->part++;
	return err;
}

enum err sqlite_examine(struct store *store, struct store_place *at)
{
	struct sqlite *s = (struct sqlite *)store;
	int64_t bytes_left = PART_BYTES;
	enum err err = ERR_OK;

	while (err == ERR_OK && bytes_left > 0 && at->part < PARTS)
		err = look(s, at, &bytes_left);
	if (at->part == PARTS) {
		at->part = 0;
		at->passes++;
	}
	/* The pages are wanted by nobody soon. */
	(void)sqlite3_db_release_memory(s->db);
	return err;
}
