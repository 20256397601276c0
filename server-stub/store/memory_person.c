/* SPDX-License-Identifier: Apache-2.0 */
/* Operators, sessions and the audit log of the memory store. */
#include "server-stub/store/memory.h"

#include <string.h>

static struct memory *memory_of(struct store *s)
{
	return (struct memory *)s;
}

static enum err put(struct store *s, const struct person *u)
{
	struct person row = *u;

	memset(row.name, 0, sizeof(row.name));
	memset(row.role, 0, sizeof(row.role));
	memset(row.password, 0, sizeof(row.password));
	str_show(str_from(u->name), row.name, sizeof(row.name));
	str_show(str_from(u->role), row.role, sizeof(row.role));
	str_show(str_from(u->password), row.password, sizeof(row.password));
	return memory_put(s, MEMORY_USER, MEMORY_KEY(struct person, name, row.name), &row);
}

static enum err get(struct store *s, const char *name, struct person *out)
{
	char key[STORE_NAME_MAX] = {0};
	const struct person *u;

	str_show(str_from(name), key, sizeof(key));
	u = memory_get(s, MEMORY_USER, MEMORY_KEY(struct person, name, key));
	if (!u)
		return ERR_NOT_FOUND;
	*out = *u;
	return ERR_OK;
}

/* The first whose name comes after this one; NULL: there is none. People are few. */
static const struct person *next_after(struct memory *m, const char *name)
{
	const struct person *next = NULL;

	for (size_t i = 0; i < memory_count(m, MEMORY_USER); i++) {
		const struct person *u = memory_row(m, MEMORY_USER, i);

		if (u && strcmp(u->name, name) > 0 && (!next || strcmp(u->name, next->name) < 0))
			next = u;
	}
	return next;
}

static enum err list(struct store *s, bool (*each)(void *, const struct person *), void *arg)
{
	struct person u = {.name = ""};
	const struct person *next;

	while ((next = next_after(memory_of(s), u.name)) != NULL) {
		u = *next;
		if (!each(arg, &u))
			break;
	}
	return ERR_OK;
}

static enum err session_put(struct store *s, const struct person_session *x)
{
	return memory_put(s, MEMORY_SESSION, MEMORY_KEY(struct person_session, token_sha256, x->token_sha256), x);
}

static enum err session_get(struct store *s, const uint8_t *token_sha256, struct person_session *out)
{
	const struct person_session *x =
		memory_get(s, MEMORY_SESSION, MEMORY_KEY(struct person_session, token_sha256, token_sha256));

	if (!x)
		return ERR_NOT_FOUND;
	*out = *x;
	return ERR_OK;
}

static enum err session_use(struct store *s, const uint8_t *token_sha256, int64_t wall_us)
{
	struct person_session x;

	if (session_get(s, token_sha256, &x) != ERR_OK)
		return ERR_OK;
	x.used_us = wall_us;
	return session_put(s, &x);
}

static enum err session_remove(struct store *s, const uint8_t *token_sha256)
{
	size_t index = memory_find(memory_of(s), MEMORY_SESSION,
				   MEMORY_KEY(struct person_session, token_sha256, token_sha256));

	if (index == MEMORY_NONE)
		return ERR_NOT_FOUND;
	return memory_set(memory_of(s), MEMORY_SESSION, index, NULL);
}

static enum err session_keep(struct store *s, const char *user, const uint8_t *token_sha256)
{
	struct memory *m = memory_of(s);
	enum err err = ERR_OK;

	for (size_t i = memory_count(m, MEMORY_SESSION); i-- > 0 && err == ERR_OK;) {
		const struct person_session *x = memory_row(m, MEMORY_SESSION, i);

		if (x && strcmp(x->user, user) == 0 && memcmp(x->token_sha256, token_sha256, STORE_HASH) != 0)
			err = memory_set(m, MEMORY_SESSION, i, NULL);
	}
	return err;
}

/* Whether a comes before b: by user, time and token. NULL b: whatever a is. */
static bool is_before(const struct person_session *a, const struct person_session *b)
{
	int by_user = b ? strcmp(a->user, b->user) : -1;

	if (by_user != 0)
		return by_user < 0;
	if (a->created_us != b->created_us)
		return a->created_us < b->created_us;
	return memcmp(a->token_sha256, b->token_sha256, STORE_HASH) < 0;
}

static const struct person_session *next_session(struct memory *m, const struct person_session *last)
{
	const struct person_session *next = NULL;

	for (size_t i = 0; i < memory_count(m, MEMORY_SESSION); i++) {
		const struct person_session *x = memory_row(m, MEMORY_SESSION, i);

		if (x && (!last || is_before(last, x)) && is_before(x, next))
			next = x;
	}
	return next;
}

static enum err session_list(struct store *s, bool (*each)(void *, const struct person_session *), void *arg)
{
	struct person_session x;
	const struct person_session *next = next_session(memory_of(s), NULL);

	while (next) {
		x = *next;
		if (!each(arg, &x))
			break;
		next = next_session(memory_of(s), &x);
	}
	return ERR_OK;
}

static enum err passkey_put(struct store *s, const struct person_passkey *p)
{
	return memory_put(s, MEMORY_PASSKEY, MEMORY_KEY(struct person_passkey, id_sha256, p->id_sha256), p);
}

static enum err passkey_get(struct store *s, const uint8_t *id_sha256, struct person_passkey *out)
{
	const struct person_passkey *p =
		memory_get(s, MEMORY_PASSKEY, MEMORY_KEY(struct person_passkey, id_sha256, id_sha256));

	if (!p)
		return ERR_NOT_FOUND;
	*out = *p;
	return ERR_OK;
}

static enum err passkey_remove(struct store *s, const uint8_t *id_sha256)
{
	size_t index =
		memory_find(memory_of(s), MEMORY_PASSKEY, MEMORY_KEY(struct person_passkey, id_sha256, id_sha256));

	return index == MEMORY_NONE ? ERR_NOT_FOUND : memory_set(memory_of(s), MEMORY_PASSKEY, index, NULL);
}

static enum err passkey_forget(struct store *s, const char *user)
{
	struct memory *m = memory_of(s);
	enum err err = ERR_OK;

	for (size_t i = memory_count(m, MEMORY_PASSKEY); i-- > 0 && err == ERR_OK;) {
		const struct person_passkey *p = memory_row(m, MEMORY_PASSKEY, i);

		if (p && strcmp(p->user, user) == 0)
			err = memory_set(m, MEMORY_PASSKEY, i, NULL);
	}
	return err;
}

/* Rows stand in the order of their making. */
static enum err passkey_list(struct store *s, const char *user, bool (*each)(void *, const struct person_passkey *),
			     void *arg)
{
	struct memory *m = memory_of(s);

	for (size_t i = 0; i < memory_count(m, MEMORY_PASSKEY); i++) {
		const struct person_passkey *p = memory_row(m, MEMORY_PASSKEY, i);

		if (p && strcmp(p->user, user) == 0 && !each(arg, p))
			break;
	}
	return ERR_OK;
}

static enum err audit_put(struct store *s, uint64_t row, const struct person_audit *a)
{
	return memory_set(memory_of(s), MEMORY_AUDIT, (size_t)row - 1, a);
}

static enum err audit_last(struct store *s, uint64_t *row, uint8_t hash[STORE_HASH])
{
	struct memory *m = memory_of(s);

	*row = memory_count(m, MEMORY_AUDIT);
	memset(hash, 0, STORE_HASH);
	if (*row)
		memcpy(hash, ((const struct person_audit *)memory_row(m, MEMORY_AUDIT, (size_t)*row - 1))->hash,
		       STORE_HASH);
	return ERR_OK;
}

static enum err audit_follow(struct store *s, const struct person_audit_query *q)
{
	struct memory *m = memory_of(s);

	for (size_t i = (size_t)q->bound; i < memory_count(m, MEMORY_AUDIT) && i - q->bound < q->max; i++) {
		const struct person_audit a = *(const struct person_audit *)memory_row(m, MEMORY_AUDIT, i);

		if (!q->each(q->arg, i + 1, &a))
			break;
	}
	return ERR_OK;
}

static enum err audit_list(struct store *s, const struct person_audit_query *q)
{
	struct memory *m = memory_of(s);
	size_t count = memory_count(m, MEMORY_AUDIT);
	size_t i = q->bound > 0 && q->bound - 1 < count ? (size_t)q->bound - 1 : count;

	for (unsigned given = 0; i-- > 0 && given < q->max; given++) {
		const struct person_audit a = *(const struct person_audit *)memory_row(m, MEMORY_AUDIT, i);

		if (!q->each(q->arg, i + 1, &a))
			break;
	}
	return ERR_OK;
}

static enum err session_expire(struct store *s, int64_t wall_us)
{
	struct memory *m = memory_of(s);
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < memory_count(m, MEMORY_SESSION); i++) {
		const struct person_session *x = memory_row(m, MEMORY_SESSION, i);

		if (x && x->expires_us < wall_us)
			err = memory_set(m, MEMORY_SESSION, i, NULL);
	}
	return err;
}

const struct person_kind memory_person = {
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
