/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the sqlite*.c files share: the handle, its prepared statements, and descriptions of structs (struct
 * sqlite_shape) by which rows are read and bound. For this folder only.
 */
#pragma once

#include "server-stub/store/kind.h"
#include "server-stub/store/sqlite_gate.h"
#include "server-stub/store/sqlite_sql.h"

#include <sqlite3.h>

#define SQLITE_BUSY_MS 5000 /* that another process is waited for; our own stand in line at the gate */

struct sqlite {
	struct store base;
	sqlite3 *db;
	struct sqlite_gate *gate;
	bool in_transaction;
	bool has_news[LOG_NEWS]; /* that its transaction appended */
	enum views_set set;
	sqlite3_stmt *statements[2][SQL_STATEMENTS]; /* for each set of views */
};

/* The four interfaces and the objects; each is in the file of its name. */
extern const struct log_kind sqlite_log;
extern const struct registry_kind sqlite_registry;
extern const struct views_kind sqlite_views;
extern const struct person_kind sqlite_person;
extern const struct store_object_kind sqlite_object;
extern const struct store_output_kind sqlite_output;
extern const struct store_crowd_kind sqlite_crowd;
extern const struct store_factory_kind sqlite_factory;

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

/* -- sqlite_query.c -- */

/* The prepared statement, reset and without parameters. NULL: it does not compile. */
sqlite3_stmt *sqlite_query(struct sqlite *s, enum sql which);

/* Bind the members of `row` in order to parameters ?1, ?2, ...; text and bytes are borrowed until the statement has
 * run. */
void sqlite_query_bind(sqlite3_stmt *query, const struct sqlite_shape *shape, const void *row);

/* Bind one parameter. Bytes and text are borrowed until the statement has run. */
void sqlite_query_blob(sqlite3_stmt *query, int parameter, const void *bytes, size_t len);
void sqlite_query_int(sqlite3_stmt *query, int parameter, int64_t value);
void sqlite_query_text(sqlite3_stmt *query, int parameter, const char *text);

/* Step to the next row. True: there is one. False: the rows have ended (*err is ERR_OK), or *err says what failed. */
bool sqlite_query_row(struct sqlite *s, sqlite3_stmt *query, enum err *err);

/* Fill `row` from the columns of the present row. */
void sqlite_query_read(sqlite3_stmt *query, const struct sqlite_shape *shape, void *row);

/* Copy a column's bytes. A longer column is cut, a shorter one is filled up with zeros. */
void sqlite_query_bytes(sqlite3_stmt *query, int column, void *out, size_t size);

/* Run a statement that gives no rows; in a transaction of its own unless one is open. ERR_EXISTS: the key is there
 * already. */
ERR_CHECK enum err sqlite_query_write(struct sqlite *s, sqlite3_stmt *query);

/* Run a statement and fill *row from its first row. ERR_NOT_FOUND: it gives none. */
ERR_CHECK enum err sqlite_query_one(struct sqlite *s, sqlite3_stmt *query, const struct sqlite_shape *shape, void *row);

/* Run several statements, separated by semicolons, in one transaction. */
ERR_CHECK enum err sqlite_query_all(struct sqlite *s, const char *statements);

/* The error that a result code of SQLite stands for. */
enum err sqlite_query_error(struct sqlite *s, int result);

/* The transaction of store.h, for the row in sqlite.c. While it lasts the handle holds the gate. */
ERR_CHECK enum err sqlite_begin(struct store *store);
ERR_CHECK enum err sqlite_commit(struct store *store);
void sqlite_rollback(struct store *store);

/*
 * Begin a transaction, unless the caller is in one already; *own says whether it was begun here. sqlite_leave takes
 * *own back, and commits or, when `err` is an error, rolls back what was begun here. It returns `err`, or the commit's
 * error.
 */
ERR_CHECK enum err sqlite_enter(struct sqlite *s, bool *own);
ERR_CHECK enum err sqlite_leave(struct sqlite *s, bool own, enum err err);
