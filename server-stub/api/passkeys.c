/* SPDX-License-Identifier: Apache-2.0 */
/* An operator's own passkeys: between the calls, the store and ceremony.h. Nobody sees or changes those of others. */
#include "server-stub/api/passkeys.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "server-stub/api/body.h"
#include "server-stub/api/ceremony.h"
#include "server-stub/api/factor.h"
#include "server-stub/api/ids.h"
#include "server-stub/api/page.h"
#include "server-stub/api/passcode.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"

#include <stdio.h>
#include <string.h>

#define ID_BYTES 8 /* of the hash, by which people name one */
#define ATTESTATION_MAX 8192

/* The members of one, without what is around them. */
static void put(struct json *j, const struct person_passkey *p)
{
	char hex[ID_BYTES * 2 + 1];
	struct buf b = buf_over(hex, sizeof(hex) - 1);

	buf_hex(&b, p->id_sha256, ID_BYTES);
	hex[b.len] = '\0';
	json_key(j, "id");
	json_text(j, hex);
	json_key(j, "name");
	json_text(j, p->name);
	reply_time(j, "created", p->created_us);
	reply_time(j, "used", p->used_us);
}

/* -- list -- */

static bool each(void *arg, const struct person_passkey *p)
{
	struct page *page = arg;

	if (!page_room(page))
		return false;
	json_begin_object(page->j);
	put(page->j, p);
	json_end_object(page->j);
	return true;
}

void passkeys_list(struct call *call)
{
	struct page page;
	enum err err;

	if (!page_begin(&page, call))
		return;
	page.limit = UINT32_MAX;
	err = person_passkey_list(call->api->env.store, call->user.name, each, &page);
	if (err)
		reply_store(call, err, "passkey", "");
	else
		page_end(&page);
}

/* -- a new one -- */

static void purpose_of(const struct call *call, char purpose[CEREMONY_PURPOSE_MAX])
{
	snprintf(purpose, CEREMONY_PURPOSE_MAX, "add for %s", call->user.name);
}

/* A code from the body, if there is one, and whether the caller may change their factors. */
static bool is_proven(struct call *call)
{
	char code[PASSCODE_MAX];
	json_t *body = body_read(call, "code");
	bool good = body && body_text(call, body, &(struct body_text){"code", code, sizeof(code), false}) &&
		    factor_proven(call, code);

	json_decref(body);
	key_wipe(code, sizeof(code));
	return good;
}

static bool each_id(void *arg, const struct person_passkey *p)
{
	reply_base64(arg, NULL, p->id, p->id_len);
	return true;
}

/* By what an authenticator knows the operator; it has no name in it, and is another one in each fleet. */
static void put_handle(struct call *call, struct json *j)
{
	struct key_hash h;
	uint8_t handle[32];

	key_hash_begin(&h);
	key_hash_add(&h, call->api->env.fleet->id, sizeof(call->api->env.fleet->id));
	key_hash_add(&h, call->user.name, strlen(call->user.name));
	key_hash_end(&h, handle);
	reply_base64(j, "handle", handle, sizeof(handle));
}

void passkeys_begin(struct call *call)
{
	char purpose[CEREMONY_PURPOSE_MAX];
	uint8_t challenge[CHALLENGE_BYTES];
	struct json *j;
	enum err err;

	if (person_is_sso(&call->user)) {
		reply_error(call, FAULT_PROTECTED, "Your provider lets you in; add the passkey there.");
		return;
	}
	if (!is_proven(call))
		return;
	purpose_of(call, purpose);
	challenge_make(call->api->challenges, str_from(purpose), clock_mono_us(), challenge);
	j = reply_json(call, 200);
	json_begin_object(j);
	reply_base64(j, "challenge", challenge, sizeof(challenge));
	put_handle(call, j);
	json_key(j, "known");
	json_begin_array(j);
	err = person_passkey_list(call->api->env.store, call->user.name, each_id, j);
	json_end_array(j);
	json_end_object(j);
	if (err)
		reply_store(call, err, "passkey", "");
}

/* What the authenticator made; false after an answer. */
static bool read_new(struct call *call, struct person_passkey *p, struct ceremony *c)
{
	static uint8_t client[CLIENT_DATA_MAX], attested[ATTESTATION_MAX];
	struct str attestation;
	json_t *body = body_read(call, "name client_data attestation");
	bool good =
		body && body_text(call, body, &(struct body_text){"name", p->name, sizeof(p->name), true}) &&
		body_plain(call, "A passkey's", p->name) &&
		body_bytes(call, body, &(struct body_bytes){"client_data", client, sizeof(client), &c->client_data}) &&
		body_bytes(call, body, &(struct body_bytes){"attestation", attested, sizeof(attested), &attestation});
	enum err err = good ? authenticator_read_new(attestation, &c->authenticator) : ERR_OK;

	json_decref(body);
	if (err == ERR_UNSUPPORTED)
		reply_error(call, FAULT_INVALID, "The authenticator made no key for ES256 (ECDSA on P-256).");
	else if (err || (good && c->authenticator.id.len > sizeof(p->id)))
		reply_error(call, FAULT_INVALID, "'attestation' is not what an authenticator says of a new key.");
	return good && !err && c->authenticator.id.len <= sizeof(p->id) && ceremony_good(call, c);
}

static void fill(struct call *call, const struct authenticator *a, struct person_passkey *p)
{
	memcpy(p->user, call->user.name, sizeof(p->user));
	memcpy(p->id, a->id.data, a->id.len);
	p->id_len = (uint32_t)a->id.len;
	memcpy(p->point, a->point, sizeof(p->point));
	p->counter = a->counter;
	p->created_us = clock_wall_us();
	key_sha256(p->id, p->id_len, p->id_sha256);
}

/* In a transaction. Whoever was logged in before there was a factor had shown none. */
static enum err keep(struct call *call, struct person *u, const struct person_passkey *p)
{
	struct store *store = call->api->env.store;
	struct json *j = reply_json(call, 201);
	bool is_first = !person_has_factor(u);
	enum err err;

	json_begin_object(j);
	put(j, p);
	if (!passcode_left(u))
		factor_recovery(j, u);
	json_end_object(j);
	u->passkeys++;
	err = person_passkey_put(store, p);
	if (!err)
		err = person_put(store, u);
	if (!err && is_first)
		err = person_session_keep(store, u->name, call->session.token_sha256);
	return err;
}

/* The caller's row in a transaction; false after an answer. */
static bool begin(struct call *call, struct person *u)
{
	enum err err = serve_begin(call);

	if (!err)
		err = person_get(call->api->env.store, call->user.name, u);
	if (err)
		reply_store(call, err, "user", call->user.name);
	return !err;
}

static bool has_room(struct call *call, const struct person *u, const struct person_passkey *p)
{
	struct person_passkey other;
	enum err err = person_passkey_get(call->api->env.store, p->id_sha256, &other);

	if (!err)
		reply_error(call, FAULT_ALREADY_USED, "This passkey is here already.");
	else if (err != ERR_NOT_FOUND)
		reply_store(call, err, "passkey", p->name);
	else if (u->passkeys >= PERSON_PASSKEYS_MAX)
		reply_error(call, FAULT_INVALID, "You have %d passkeys, which is the limit; remove one first.",
			    PERSON_PASSKEYS_MAX);
	return err == ERR_NOT_FOUND && u->passkeys < PERSON_PASSKEYS_MAX;
}

void passkeys_add(struct call *call)
{
	struct person_passkey p = {.name = ""};
	struct ceremony c = {.is_new = true};
	struct person u;
	enum err err;

	purpose_of(call, c.purpose);
	if (!read_new(call, &p, &c))
		return;
	fill(call, &c.authenticator, &p);
	snprintf(call->detail, sizeof(call->detail), "%s", p.name);
	if (!begin(call, &u) || !has_room(call, &u, &p))
		return;
	err = challenge_use(call->api->challenges, clock_mono_us(), c.client.challenge);
	if (!err)
		err = keep(call, &u, &p);
	if (err)
		reply_store(call, err, "passkey", p.name);
	key_wipe(&u, sizeof(u));
}

/* -- remove -- */

struct search {
	struct ids_search ids;
	struct person_passkey found;
};

static bool look(void *arg, const struct person_passkey *p)
{
	struct search *s = arg;

	if (ids_search_look(&s->ids, p->id_sha256))
		s->found = *p;
	return ids_search_goes_on(&s->ids);
}

/* The passkey that the path names; false after an answer. */
static bool find(struct call *call, struct search *s)
{
	enum err err = ids_search_begin(&s->ids, call->arg, ID_BYTES);

	if (!err)
		err = person_passkey_list(call->api->env.store, call->user.name, look, s);
	if (!err)
		err = ids_search_end(&s->ids);
	if (err)
		reply_search(call, err, "passkey", &s->ids);
	return !err;
}

/* Recovery codes stand in for a factor, so they go with the last one. Sessions may be in the hands of who has it. */
static enum err forget(struct call *call, struct person *u, const struct person_passkey *p)
{
	struct store *store = call->api->env.store;
	enum err err = person_passkey_remove(store, p->id_sha256);

	u->passkeys -= u->passkeys ? 1 : 0;
	if (!person_has_factor(u))
		memset(u->recovery, 0, sizeof(u->recovery));
	if (!err)
		err = person_put(store, u);
	if (!err)
		err = person_session_keep(store, u->name, call->session.token_sha256);
	return err;
}

void passkeys_remove(struct call *call)
{
	struct search s = {.found.name = ""};
	struct person u;
	enum err err;

	if (!is_proven(call) || !begin(call, &u) || !find(call, &s))
		return;
	snprintf(call->detail, sizeof(call->detail), "%s", s.found.name);
	err = forget(call, &u, &s.found);
	if (err)
		reply_store(call, err, "passkey", s.found.name);
	else
		reply_nothing(call);
	key_wipe(&u, sizeof(u));
}
