/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements and transactions run here: each handle prepares a statement once, binds and reads it by the shape of a
 * struct, and SQLite's results become our errors. The only place besides sqlite.c that steps a statement.
 */
#include "server-stub/store/sqlite.h"

#include "agent/base/buf.h"
#include "agent/base/require.h"

#include <errno.h>
#include <string.h>

#define TEXT_MAX 4096 /* of a statement */

enum err sqlite_query_error(struct sqlite *s, int result)
{
	int number = s->db ? sqlite3_system_errno(s->db) : 0;

	switch (result & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE: return ERR_OK;
	case SQLITE_FULL: return ERR_NO_SPACE;
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return ERR_BUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: return ERR_CORRUPT;
	case SQLITE_READONLY: return ERR_READ_ONLY;
	case SQLITE_PERM: return ERR_DENIED;
	case SQLITE_NOMEM: return ERR_NO_MEMORY;
	case SQLITE_CONSTRAINT: return ERR_EXISTS;
	case SQLITE_CANTOPEN: return number ? err_from_errno(number) : ERR_NOT_FOUND;
	default: return number == ENOSPC || number == EDQUOT || number == EFBIG ? ERR_NO_SPACE : ERR_IO;
	}
}

/* The statement's text for the chosen set of views: each @ becomes the front of its tables' names. */
static struct str expand(const struct sqlite *s, const char *text, char *memory)
{
	struct buf b = buf_over(memory, TEXT_MAX - 1);

	for (; *text; text++) {
		if (*text != '@')
			buf_char(&b, *text);
		else if (s->set == VIEWS_KEPT)
			buf_text(&b, "kept_");
	}
	require(!b.overflow);
	memory[b.len] = '\0';
	return buf_str(&b);
}

sqlite3_stmt *sqlite_query(struct sqlite *s, enum sql which)
{
	sqlite3_stmt **query = &s->statements[s->set][which];
	char memory[TEXT_MAX];

	if (!*query) {
		struct str text = expand(s, sqlite_sql[which], memory);

		if (sqlite3_prepare_v3(s->db, text.data, (int)text.len, SQLITE_PREPARE_PERSISTENT, query, NULL) !=
		    SQLITE_OK)
			return NULL;
	}
	require(!sqlite3_stmt_busy(*query));
	sqlite3_clear_bindings(*query);
	return *query;
}

static int64_t read_int(const char *at, size_t size)
{
	uint8_t one;
	uint16_t two;
	uint32_t four;
	int64_t eight;

	switch (size) {
	case 1: memcpy(&one, at, 1); return one;
	case 2: memcpy(&two, at, 2); return two;
	case 4: memcpy(&four, at, 4); return four;
	default:
		require(size == 8);
		memcpy(&eight, at, 8);
		return eight;
	}
}

static void write_int(char *at, size_t size, int64_t value)
{
	uint8_t one = (uint8_t)value;
	uint16_t two = (uint16_t)value;
	uint32_t four = (uint32_t)value;

	switch (size) {
	case 1: memcpy(at, &one, 1); break;
	case 2: memcpy(at, &two, 2); break;
	case 4: memcpy(at, &four, 4); break;
	default:
		require(size == 8);
		memcpy(at, &value, 8);
		break;
	}
}

/* Binding to a NULL statement is refused by the library and reported by the step that follows. */
void sqlite_query_blob(sqlite3_stmt *query, int parameter, const void *bytes, size_t len)
{
	(void)sqlite3_bind_blob(query, parameter, len ? bytes : "", (int)len, SQLITE_STATIC);
}

void sqlite_query_int(sqlite3_stmt *query, int parameter, int64_t value)
{
	(void)sqlite3_bind_int64(query, parameter, value);
}

void sqlite_query_text(sqlite3_stmt *query, int parameter, const char *text)
{
	(void)sqlite3_bind_text(query, parameter, text, -1, SQLITE_STATIC);
}

void sqlite_query_bind(sqlite3_stmt *query, const struct sqlite_shape *shape, const void *row)
{
	for (unsigned i = 0; i < shape->count; i++) {
		const struct sqlite_column *c = &shape->columns[i];
		const char *at = (const char *)row + c->offset;

		if (c->type == SQLITE_COLUMN_BLOB)
			sqlite_query_blob(query, (int)i + 1, at, c->size);
		else if (c->type == SQLITE_COLUMN_TEXT)
			(void)sqlite3_bind_text(query, (int)i + 1, at, (int)strnlen(at, c->size), SQLITE_STATIC);
		else
			sqlite_query_int(query, (int)i + 1, read_int(at, c->size));
	}
}

bool sqlite_query_row(struct sqlite *s, sqlite3_stmt *query, enum err *err)
{
	int result = query ? sqlite3_step(query) : sqlite3_errcode(s->db);

	*err = sqlite_query_error(s, result);
	if (*err == ERR_OK && result == SQLITE_ROW)
		return true;
	if (*err == ERR_OK && result != SQLITE_DONE)
		*err = ERR_IO;
	sqlite3_reset(query);
	return false;
}

void sqlite_query_bytes(sqlite3_stmt *query, int column, void *out, size_t size)
{
	const void *bytes = sqlite3_column_blob(query, column);
	size_t len = (size_t)sqlite3_column_bytes(query, column);

	memset(out, 0, size);
	if (bytes)
		memcpy(out, bytes, len < size ? len : size);
}

void sqlite_query_read(sqlite3_stmt *query, const struct sqlite_shape *shape, void *row)
{
	for (unsigned i = 0; i < shape->count; i++) {
		const struct sqlite_column *c = &shape->columns[i];
		char *at = (char *)row + c->offset;

		if (c->type == SQLITE_COLUMN_INT) {
			write_int(at, c->size, sqlite3_column_int64(query, (int)i));
			continue;
		}
		sqlite_query_bytes(query, (int)i, at, c->size);
		if (c->type == SQLITE_COLUMN_TEXT)
			at[c->size - 1] = '\0';
	}
}

/* -- transactions -- */

static enum err run(struct sqlite *s, enum sql which)
{
	sqlite3_stmt *query = sqlite_query(s, which);
	enum err err;

	while (sqlite_query_row(s, query, &err))
		;
	return err;
}

/* Our own wait at the gate; only another process can be in the way. */
static enum err begin_now(struct sqlite *s)
{
	bool known = sqlite_gate_locked(s->gate);
	enum err err;

	if (known)
		sqlite3_busy_timeout(s->db, 0);
	err = run(s, SQL_BEGIN);
	if (known)
		sqlite3_busy_timeout(s->db, SQLITE_BUSY_MS);
	sqlite_gate_note(s->gate, err == ERR_BUSY);
	return err;
}

enum err sqlite_begin(struct store *store)
{
	struct sqlite *s = (struct sqlite *)store;
	enum err err;

	require(!s->in_transaction);
	err = sqlite_gate_enter(s->gate);
	if (err != ERR_OK)
		return err;
	err = begin_now(s);
	if (err != ERR_OK)
		sqlite_gate_leave(s->gate);
	s->in_transaction = err == ERR_OK;
	return err;
}

void sqlite_rollback(struct store *store)
{
	struct sqlite *s = (struct sqlite *)store;

	require(s->in_transaction);
	/* An error such as a full disk may have rolled it back already. */
	if (!sqlite3_get_autocommit(s->db))
		(void)run(s, SQL_ROLLBACK);
	s->in_transaction = false;
	memset(s->has_news, 0, sizeof(s->has_news));
	sqlite_gate_leave(s->gate);
}

enum err sqlite_commit(struct store *store)
{
	struct sqlite *s = (struct sqlite *)store;
	enum err err;

	require(s->in_transaction);
	err = sqlite3_get_autocommit(s->db) ? ERR_IO : run(s, SQL_COMMIT);
	if (err != ERR_OK) {
		sqlite_rollback(store);
		return err;
	}
	s->in_transaction = false;
	/* Whoever hears the bell wants the gate next. */
	sqlite_gate_leave(s->gate);
	for (unsigned i = 0; i < LOG_NEWS; i++) {
		if (s->has_news[i])
			sqlite_gate_ring(s->gate, i);
		s->has_news[i] = false;
	}
	return ERR_OK;
}

enum err sqlite_enter(struct sqlite *s, bool *own)
{
	*own = !s->in_transaction;
	return *own ? sqlite_begin(&s->base) : ERR_OK;
}

enum err sqlite_leave(struct sqlite *s, bool own, enum err err)
{
	if (!own)
		return err;
	if (err == ERR_OK)
		return sqlite_commit(&s->base);
	sqlite_rollback(&s->base);
	return err;
}

enum err sqlite_query_write(struct sqlite *s, sqlite3_stmt *query)
{
	bool own;
	enum err err = sqlite_enter(s, &own);

	if (err != ERR_OK)
		return err;
	while (sqlite_query_row(s, query, &err))
		;
	return sqlite_leave(s, own, err);
}

enum err sqlite_query_one(struct sqlite *s, sqlite3_stmt *query, const struct sqlite_shape *shape, void *row)
{
	enum err err;

	if (!sqlite_query_row(s, query, &err))
		return err == ERR_OK ? ERR_NOT_FOUND : err;
	sqlite_query_read(query, shape, row);
	sqlite3_reset(query);
	return ERR_OK;
}

enum err sqlite_query_all(struct sqlite *s, const char *statements)
{
	char memory[TEXT_MAX];
	bool own;
	enum err err = sqlite_enter(s, &own);

	if (err != ERR_OK)
		return err;
	err = sqlite_query_error(s, sqlite3_exec(s->db, expand(s, statements, memory).data, NULL, NULL, NULL));
	return sqlite_leave(s, own, err);
}
