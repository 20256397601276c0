/* SPDX-License-Identifier: Apache-2.0 */
/* Operators, their sessions and the audit log in SQLite. Knows nothing of passwords but their text. */
#include "server-stub/store/sqlite.h"

static const struct sqlite_column user_columns[] = {
	SQLITE_MEMBER(TEXT, struct person, name),     SQLITE_MEMBER(TEXT, struct person, role),
	SQLITE_MEMBER(TEXT, struct person, password), SQLITE_MEMBER(INT, struct person, must_change),
	SQLITE_MEMBER(INT, struct person, failures),  SQLITE_MEMBER(INT, struct person, locked_until_us),
	SQLITE_MEMBER(BLOB, struct person, totp),     SQLITE_MEMBER(BLOB, struct person, totp_next),
	SQLITE_MEMBER(INT, struct person, totp_step), SQLITE_MEMBER(BLOB, struct person, recovery),
	SQLITE_MEMBER(INT, struct person, passkeys),
};

static const struct sqlite_shape user = SQLITE_SHAPE(user_columns);

static const struct sqlite_column session_columns[] = {
	SQLITE_MEMBER(BLOB, struct person_session, token_sha256), SQLITE_MEMBER(TEXT, struct person_session, user),
	SQLITE_MEMBER(INT, struct person_session, created_us),	  SQLITE_MEMBER(INT, struct person_session, expires_us),
	SQLITE_MEMBER(INT, struct person_session, used_us),	  SQLITE_MEMBER(INT, struct person_session, kind),
	SQLITE_MEMBER(TEXT, struct person_session, name),	  SQLITE_MEMBER(TEXT, struct person_session, role),
	SQLITE_MEMBER(TEXT, struct person_session, scope),
};

static const struct sqlite_shape session = SQLITE_SHAPE(session_columns);

static const struct sqlite_column passkey_columns[] = {
	SQLITE_MEMBER(BLOB, struct person_passkey, id_sha256), SQLITE_MEMBER(TEXT, struct person_passkey, user),
	SQLITE_MEMBER(TEXT, struct person_passkey, name),      SQLITE_MEMBER(BLOB, struct person_passkey, id),
	SQLITE_MEMBER(INT, struct person_passkey, id_len),     SQLITE_MEMBER(BLOB, struct person_passkey, point),
	SQLITE_MEMBER(INT, struct person_passkey, counter),    SQLITE_MEMBER(INT, struct person_passkey, created_us),
	SQLITE_MEMBER(INT, struct person_passkey, used_us),
};

static const struct sqlite_shape passkey = SQLITE_SHAPE(passkey_columns);

static const struct sqlite_column audit_columns[] = {
	SQLITE_MEMBER(INT, struct person_audit, wall_us),  SQLITE_MEMBER(TEXT, struct person_audit, user),
	SQLITE_MEMBER(TEXT, struct person_audit, action),  SQLITE_MEMBER(TEXT, struct person_audit, detail),
	SQLITE_MEMBER(TEXT, struct person_audit, address), SQLITE_MEMBER(INT, struct person_audit, status),
	SQLITE_MEMBER(BLOB, struct person_audit, hash),
};

static const struct sqlite_shape audit = SQLITE_SHAPE(audit_columns);

static struct sqlite *sqlite_of(struct store *s)
{
	return (struct sqlite *)s;
}

static enum err put(struct store *store, const struct person *u)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_USER_PUT);

	sqlite_query_bind(query, &user, u);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err get(struct store *store, const char *name, struct person *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_USER_GET);

	sqlite_query_text(query, 1, name);
	return sqlite_query_one(sqlite_of(store), query, &user, out);
}

static enum err list(struct store *store, bool (*each)(void *, const struct person *), void *arg)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_USER_LIST);
	struct person u;
	bool more = true;
	enum err err = ERR_OK;

	while (more && sqlite_query_row(s, query, &err)) {
		sqlite_query_read(query, &user, &u);
		more = each(arg, &u);
	}
	sqlite3_reset(query);
	return err;
}

static enum err session_put(struct store *store, const struct person_session *x)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_SESSION_PUT);

	sqlite_query_bind(query, &session, x);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err session_get(struct store *store, const uint8_t *token_sha256, struct person_session *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_SESSION_GET);

	sqlite_query_blob(query, 1, token_sha256, STORE_HASH);
	return sqlite_query_one(sqlite_of(store), query, &session, out);
}

static enum err session_use(struct store *store, const uint8_t *token_sha256, int64_t wall_us)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_SESSION_USE);

	sqlite_query_blob(query, 1, token_sha256, STORE_HASH);
	sqlite_query_int(query, 2, wall_us);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err session_remove(struct store *store, const uint8_t *token_sha256)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_SESSION_REMOVE);
	enum err err;

	sqlite_query_blob(query, 1, token_sha256, STORE_HASH);
	err = sqlite_query_write(s, query);
	return err == ERR_OK && sqlite3_changes(s->db) == 0 ? ERR_NOT_FOUND : err;
}

static enum err session_keep(struct store *store, const char *user, const uint8_t *token_sha256)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_SESSION_KEEP);

	sqlite_query_text(query, 1, user);
	sqlite_query_blob(query, 2, token_sha256, STORE_HASH);
	return sqlite_query_write(s, query);
}

static enum err session_list(struct store *store, bool (*each)(void *, const struct person_session *), void *arg)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_SESSION_LIST);
	struct person_session x;
	bool more = true;
	enum err err = ERR_OK;

	while (more && sqlite_query_row(s, query, &err)) {
		sqlite_query_read(query, &session, &x);
		more = each(arg, &x);
	}
	sqlite3_reset(query);
	return err;
}

static enum err passkey_put(struct store *store, const struct person_passkey *p)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_PASSKEY_PUT);

	sqlite_query_bind(query, &passkey, p);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err passkey_get(struct store *store, const uint8_t *id_sha256, struct person_passkey *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_PASSKEY_GET);

	sqlite_query_blob(query, 1, id_sha256, STORE_HASH);
	return sqlite_query_one(sqlite_of(store), query, &passkey, out);
}

static enum err passkey_remove(struct store *store, const uint8_t *id_sha256)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_PASSKEY_REMOVE);
	enum err err;

	sqlite_query_blob(query, 1, id_sha256, STORE_HASH);
	err = sqlite_query_write(s, query);
	return err == ERR_OK && sqlite3_changes(s->db) == 0 ? ERR_NOT_FOUND : err;
}

static enum err passkey_forget(struct store *store, const char *user)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_PASSKEY_FORGET);

	sqlite_query_text(query, 1, user);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err passkey_list(struct store *store, const char *user, bool (*each)(void *, const struct person_passkey *),
			     void *arg)
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_PASSKEY_LIST);
	struct person_passkey p;
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_text(query, 1, user);
	while (more && sqlite_query_row(s, query, &err)) {
		sqlite_query_read(query, &passkey, &p);
		more = each(arg, &p);
	}
	sqlite3_reset(query);
	return err;
}

static enum err audit_put(struct store *store, uint64_t row, const struct person_audit *a)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_AUDIT_PUT);

	sqlite_query_bind(query, &audit, a);
	sqlite_query_int(query, (int)audit.count + 1, (int64_t)row);
	return sqlite_query_write(sqlite_of(store), query);
}

static enum err audit_last(struct store *store, uint64_t *row, uint8_t hash[STORE_HASH])
{
	struct sqlite *s = sqlite_of(store);
	sqlite3_stmt *query = sqlite_query(s, SQL_AUDIT_LAST);
	enum err err;

	*row = 0;
	memset(hash, 0, STORE_HASH);
	if (!sqlite_query_row(s, query, &err))
		return err;
	*row = (uint64_t)sqlite3_column_int64(query, 0);
	sqlite_query_bytes(query, 1, hash, STORE_HASH);
	sqlite3_reset(query);
	return ERR_OK;
}

static enum err audit_each(struct sqlite *s, sqlite3_stmt *query, const struct person_audit_query *q)
{
	struct person_audit a;
	bool more = true;
	enum err err = ERR_OK;

	sqlite_query_int(query, 2, q->max);
	while (more && sqlite_query_row(s, query, &err)) {
		sqlite_query_read(query, &audit, &a);
		more = q->each(q->arg, (uint64_t)sqlite3_column_int64(query, (int)audit.count), &a);
	}
	sqlite3_reset(query);
	return err;
}

static enum err audit_list(struct store *store, const struct person_audit_query *q)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_AUDIT_LIST);

	sqlite_query_int(query, 1, q->bound ? (int64_t)q->bound : INT64_MAX);
	return audit_each(sqlite_of(store), query, q);
}

static enum err audit_follow(struct store *store, const struct person_audit_query *q)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_AUDIT_FOLLOW);

	sqlite_query_int(query, 1, (int64_t)q->bound);
	return audit_each(sqlite_of(store), query, q);
}

static enum err session_expire(struct store *store, int64_t wall_us)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_SESSION_EXPIRE);

	sqlite_query_int(query, 1, wall_us);
	return sqlite_query_write(sqlite_of(store), query);
}

const struct person_kind sqlite_person = {
	.put = put,
	.get = get,
	.list = list,
	.session_put = session_put,
	.session_get = session_get,
	.session_use = session_use,
	.session_remove = session_remove,
	.session_keep = session_keep,
	.session_list = session_list,
	.session_expire = session_expire,
	.passkey_put = passkey_put,
	.passkey_get = passkey_get,
	.passkey_remove = passkey_remove,
	.passkey_forget = passkey_forget,
	.passkey_list = passkey_list,
	.audit_put = audit_put,
	.audit_last = audit_last,
	.audit_list = audit_list,
	.audit_follow = audit_follow,
};
