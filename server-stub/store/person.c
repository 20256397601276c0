/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of person.h: they check the caller's bounds and call the functions of the store that was opened. */
#include "server-stub/store/person.h"

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

bool person_has_factor(const struct person *u)
{
	static const uint8_t none[PERSON_TOTP];

	return memcmp(u->totp, none, PERSON_TOTP) != 0;
}

enum err person_change(struct store *s, const struct person *u)
{
	static const uint8_t none[STORE_HASH];
	enum err err = person_put(s, u);

	return err == ERR_OK ? person_session_keep(s, u->name, none) : err;
}

enum err person_readmit(struct store *s, struct person *u, const char *hash)
{
	snprintf(u->password, sizeof(u->password), "%s", hash);
	u->must_change = true;
	u->failures = 0;
	u->locked_until_us = 0;
	memset(u->totp, 0, sizeof(u->totp));
	memset(u->totp_next, 0, sizeof(u->totp_next));
	memset(u->recovery, 0, sizeof(u->recovery));
	return person_change(s, u);
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

bool person_session_over(const struct person_session *x, int64_t wall_us)
{
	return x->expires_us <= wall_us || (x->kind == SESSION_BROWSER && x->used_us + PERSON_IDLE_US <= wall_us);
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

enum err person_audit_put(struct store *s, const struct person_audit *a)
{
	return s->kind->person->audit_put(s, a);
}

enum err person_audit_list(struct store *s, uint64_t before, unsigned max,
			   bool (*each)(void *arg, uint64_t rowid, const struct person_audit *a), void *arg)
{
	const struct person_audit_query q = {before, store_page(max), each, arg};

	return s->kind->person->audit_list(s, &q);
}
