/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of person.h: they check the caller's bounds and call the functions of the store that was opened. */
#include "server-stub/store/person.h"

#include "proto/audit_chain.h"
#include "server-stub/store/kind.h"

#include <stdio.h>
#include <string.h>

enum err person_put(struct store *s, const struct person *u)
{
	return s->kind->person->put(s, u);
}

enum err person_get(struct store *s, const char *name, struct person *out)
{
	return s->kind->person->get(s, name, out);
}

enum err person_list(struct store *s, bool (*each)(void *arg, const struct person *u), void *arg)
{
	return s->kind->person->list(s, each, arg);
}

bool person_has_app(const struct person *u)
{
	static const uint8_t none[PERSON_TOTP_KEPT];

	return memcmp(u->totp, none, sizeof(none)) != 0;
}

bool person_is_sso(const struct person *u)
{
	return strncmp(u->name, PERSON_SSO_FRONT, strlen(PERSON_SSO_FRONT)) == 0;
}

bool person_has_factor(const struct person *u)
{
	return person_has_app(u) || u->passkeys;
}

enum err person_change(struct store *s, const struct person *u)
{
	static const uint8_t none[STORE_HASH];
	enum err err = person_put(s, u);

	return err == ERR_OK ? person_session_keep(s, u->name, none) : err;
}

enum err person_readmit(struct store *s, struct person *u, const char *hash)
{
	enum err err;

	snprintf(u->password, sizeof(u->password), "%s", hash);
	u->must_change = strcmp(hash, PERSON_SSO) != 0;
	u->failures = 0;
	u->locked_until_us = 0;
	memset(u->totp, 0, sizeof(u->totp));
	memset(u->totp_next, 0, sizeof(u->totp_next));
	memset(u->recovery, 0, sizeof(u->recovery));
	u->passkeys = 0;
	err = s->kind->person->passkey_forget(s, u->name);
	return err == ERR_OK ? person_change(s, u) : err;
}

enum err person_passkey_put(struct store *s, const struct person_passkey *p)
{
	return s->kind->person->passkey_put(s, p);
}

enum err person_passkey_get(struct store *s, const uint8_t id_sha256[STORE_HASH], struct person_passkey *out)
{
	return s->kind->person->passkey_get(s, id_sha256, out);
}

enum err person_passkey_remove(struct store *s, const uint8_t id_sha256[STORE_HASH])
{
	return s->kind->person->passkey_remove(s, id_sha256);
}

enum err person_passkey_list(struct store *s, const char *user, bool (*each)(void *arg, const struct person_passkey *p),
			     void *arg)
{
	return s->kind->person->passkey_list(s, user, each, arg);
}

enum err person_session_put(struct store *s, const struct person_session *x)
{
	return s->kind->person->session_put(s, x);
}

enum err person_session_get(struct store *s, const uint8_t token_sha256[STORE_HASH], struct person_session *out)
{
	return s->kind->person->session_get(s, token_sha256, out);
}

enum err person_session_use(struct store *s, const uint8_t token_sha256[STORE_HASH], int64_t wall_us)
{
	return s->kind->person->session_use(s, token_sha256, wall_us);
}

bool person_session_is_page(const struct person_session *x)
{
	return x->kind == SESSION_BROWSER || x->kind == SESSION_SSO || x->kind == SESSION_SSO_FACTOR;
}

bool person_session_over(const struct person_session *x, int64_t wall_us)
{
	return x->expires_us <= wall_us || x->kind >= SESSION_KINDS ||
	       (person_session_is_page(x) && x->used_us + PERSON_IDLE_US <= wall_us);
}

enum err person_session_remove(struct store *s, const uint8_t token_sha256[STORE_HASH])
{
	return s->kind->person->session_remove(s, token_sha256);
}

enum err person_session_keep(struct store *s, const char *user, const uint8_t token_sha256[STORE_HASH])
{
	return s->kind->person->session_keep(s, user, token_sha256);
}

enum err person_session_list(struct store *s, bool (*each)(void *arg, const struct person_session *x), void *arg)
{
	return s->kind->person->session_list(s, each, arg);
}

enum err person_session_expire(struct store *s, int64_t wall_us)
{
	return s->kind->person->session_expire(s, wall_us);
}

/* -- the audit log -- */

static void chain(uint8_t hash[STORE_HASH], uint64_t row, const struct person_audit *a)
{
	const struct audit_chain_row x = {
		.row = row,
		.wall_us = a->wall_us,
		.status = a->status,
		.user = str_from(a->user),
		.action = str_from(a->action),
		.detail = str_from(a->detail),
		.address = str_from(a->address),
	};
	uint8_t prev[STORE_HASH];

	memcpy(prev, hash, STORE_HASH);
	audit_chain_next(&x, prev, hash);
}

struct walk {
	uint64_t row;
	uint8_t *hash;
};

static bool step(void *arg, uint64_t row, const struct person_audit *a)
{
	struct walk *w = arg;

	chain(w->hash, row, a);
	w->row = row;
	return true;
}

/* The hash of the last row, made of all rows: those of an earlier version have none. */
static enum err hash_all(struct store *s, uint64_t last, uint8_t hash[STORE_HASH])
{
	struct walk w = {.hash = hash};
	enum err err = ERR_OK;

	while (err == ERR_OK && w.row < last) {
		uint64_t before = w.row;

		err = person_audit_follow(s, w.row, STORE_PAGE_MAX, step, &w);
		if (err == ERR_OK && w.row == before)
			err = ERR_CORRUPT;
	}
	return err;
}

enum err person_audit_last(struct store *s, uint64_t *row, uint8_t hash[STORE_HASH])
{
	static const uint8_t none[STORE_HASH];
	enum err err = s->kind->person->audit_last(s, row, hash);

	if (err == ERR_OK && *row && memcmp(hash, none, STORE_HASH) == 0)
		err = hash_all(s, *row, hash);
	return err;
}

enum err person_audit_put(struct store *s, const struct person_audit *a)
{
	struct person_audit x = *a;
	uint64_t last;
	enum err err = person_audit_last(s, &last, x.hash);

	if (err)
		return err;
	chain(x.hash, last + 1, &x);
	return s->kind->person->audit_put(s, last + 1, &x);
}

enum err person_audit_list(struct store *s, uint64_t before, unsigned max,
			   bool (*each)(void *arg, uint64_t rowid, const struct person_audit *a), void *arg)
{
	const struct person_audit_query q = {before, store_page(max), each, arg};

	return s->kind->person->audit_list(s, &q);
}

enum err person_audit_follow(struct store *s, uint64_t behind, unsigned max,
			     bool (*each)(void *arg, uint64_t rowid, const struct person_audit *a), void *arg)
{
	const struct person_audit_query q = {behind, store_page(max), each, arg};

	return s->kind->person->audit_follow(s, &q);
}
