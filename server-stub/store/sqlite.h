/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the sqlite*.c files share: the handle, its prepared statements, and rows read and bound by a description of the
 * struct instead of by hand. Not for other folders.
 */
#pragma once

#include "server-stub/store/sqlite_gate.h"
#include "server-stub/store/sqlite_sql.h"
#include "server-stub/store/table.h"

#include <sqlite3.h>

struct sqlite {
	struct store base;
	sqlite3 *db;
	struct sqlite_gate *gate;
	bool in_transaction;
	sqlite3_stmt *statements[SQL_STATEMENTS];
};

/* One column of a row: a fixed array of bytes, NUL-terminated text, or an integer of 1, 2, 4 or 8 bytes. */
enum sqlite_type { SQLITE_COLUMN_BLOB, SQLITE_COLUMN_TEXT, SQLITE_COLUMN_INT };

struct sqlite_column {
	enum sqlite_type type;
	size_t offset, size;
};

struct sqlite_shape {
	unsigned count;
	const struct sqlite_column *columns;
};

#define SQLITE_MEMBER(type, struct_type, member)                                                        \
	{                                                                                               \
		SQLITE_COLUMN_##type, offsetof(struct_type, member), sizeof(((struct_type *)0)->member) \
	}
#define SQLITE_SHAPE(columns)                                     \
	{                                                         \
		sizeof(columns) / sizeof((columns)[0]), (columns) \
	}

/* sqlite_query.c */

/* The statement, reset and without parameters; NULL when it does not compile (sqlite_error then says why). */
sqlite3_stmt *sqlite_query(struct sqlite *s, enum sql which);
/* Bind members in order to parameters ?1, ?2, ...; text and bytes are borrowed until the statement ran. */
void sqlite_query_bind(sqlite3_stmt *query, const struct sqlite_shape *shape, const void *row);
void sqlite_query_blob(sqlite3_stmt *query, int parameter, const void *bytes, size_t len);
void sqlite_query_int(sqlite3_stmt *query, int parameter, int64_t value);
void sqlite_query_text(sqlite3_stmt *query, int parameter, const char *text);
/* True with a row; false at the end or on an error (*err). */
bool sqlite_query_row(struct sqlite *s, sqlite3_stmt *query, enum err *err);
void sqlite_query_read(sqlite3_stmt *query, const struct sqlite_shape *shape, void *row);
/* Columns that are longer than the array are cut, shorter ones are filled with zeros. */
void sqlite_query_bytes(sqlite3_stmt *query, int column, void *out, size_t size);
/* Run to the end without rows and inside a transaction of its own if there is none; ERR_EXISTS on a key conflict. */
ERR_CHECK enum err sqlite_query_write(struct sqlite *s, sqlite3_stmt *query);
/* The first row into *row; ERR_NOT_FOUND. */
ERR_CHECK enum err sqlite_query_one(struct sqlite *s, sqlite3_stmt *query, const struct sqlite_shape *shape, void *row);
/* What the last call of the library on this handle means. */
enum err sqlite_query_error(struct sqlite *s, int result);

/* The transaction of store.h, for the row in sqlite.c. While it lasts the handle holds the gate. */
ERR_CHECK enum err sqlite_begin(struct store *store);
ERR_CHECK enum err sqlite_commit(struct store *store);
void sqlite_rollback(struct store *store);

/* A transaction of its own unless the caller is in one: *own says so, give it to sqlite_leave. */
ERR_CHECK enum err sqlite_enter(struct sqlite *s, bool *own);
ERR_CHECK enum err sqlite_leave(struct sqlite *s, bool own, enum err err);
