/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing in with a passkey: the authenticator's signature over the challenge is both factors. What is wrong is said in
 * one way for all reasons that only a stranger, or a copy of an authenticator, can have.
 */
#include "server-stub/api/passkeys.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "server-stub/api/body.h"
#include "server-stub/api/caller.h"
#include "server-stub/api/ceremony.h"
#include "server-stub/api/login.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"
#include "server-stub/api/tries.h"

#include <stdio.h>
#include <string.h>

#define PURPOSE "sign in"
#define DATA_MAX 1024

void passkeys_challenge(struct call *call)
{
	uint8_t challenge[CHALLENGE_BYTES];
	struct json *j = reply_json(call, 200);

	challenge_make(call->api->challenges, STR(PURPOSE), clock_mono_us(), challenge);
	json_begin_object(j);
	reply_base64(j, "challenge", challenge, sizeof(challenge));
	json_end_object(j);
}

struct attempt {
	struct ceremony ceremony;
	struct authenticator_signed signed_bytes;
	uint8_t id_sha256[STORE_HASH];
	struct person_passkey passkey;
	struct person user;
};

/* What the browser sent; false after an answer. */
static bool read_attempt(struct call *call, struct attempt *a)
{
	static uint8_t id_bytes[PERSON_PASSKEY_ID], client[CLIENT_DATA_MAX], data[DATA_MAX], sig[KEY_SIGNATURE_MAX];
	struct authenticator_signed *s = &a->signed_bytes;
	struct str id = STR_NONE;
	json_t *body = body_read(call, "id client_data authenticator_data signature");
	bool good =
		body && body_bytes(call, body, &(struct body_bytes){"id", id_bytes, sizeof(id_bytes), &id}) &&
		body_bytes(call, body, &(struct body_bytes){"client_data", client, sizeof(client), &s->client_data}) &&
		body_bytes(call, body, &(struct body_bytes){"authenticator_data", data, sizeof(data), &s->data}) &&
		body_bytes(call, body, &(struct body_bytes){"signature", sig, sizeof(sig), &s->signature});

	json_decref(body);
	if (good && authenticator_read(s->data, &a->ceremony.authenticator) != ERR_OK) {
		reply_error(call, FAULT_INVALID, "'authenticator_data' is not what an authenticator says.");
		return false;
	}
	a->ceremony.client_data = s->client_data;
	key_sha256(id.data, id.len, a->id_sha256);
	return good;
}

/* The passkey and its operator, who may have been shut out, or be a provider's to let in. */
static enum err find(struct call *call, struct attempt *a)
{
	enum err err = person_passkey_get(call->api->env.store, a->id_sha256, &a->passkey);

	if (!err)
		err = person_get(call->api->env.store, a->passkey.user, &a->user);
	if (!err && (strcmp(a->user.password, PERSON_DISABLED) == 0 || person_is_sso(&a->user)))
		err = ERR_NOT_FOUND;
	return err;
}

/* An authenticator that counts its signatures never counts back; its copy does, sooner or later. */
static bool counts_on(const struct attempt *a)
{
	uint32_t now = a->ceremony.authenticator.counter;

	return now > a->passkey.counter || (now == 0 && a->passkey.counter == 0);
}

static void refuse(struct call *call, const struct attempt *a, enum err err)
{
	if (err != ERR_NOT_FOUND && err != ERR_SIGNATURE && err != ERR_REPLAYED) {
		reply_store(call, err, "passkey", "");
		return;
	}
	tries_count(call, "");
	if (a->passkey.name[0])
		snprintf(call->detail, sizeof(call->detail), "%s by passkey %s%s", a->user.name, a->passkey.name,
			 err == ERR_REPLAYED ? ", whose counter went back: a copy of the authenticator?" : "");
	reply_error(call, FAULT_LOGIN_FAILED,
		    "This passkey lets nobody in here; sign in with a password and a recovery code.");
}

static enum err judge(struct call *call, struct attempt *a)
{
	enum err err = find(call, a);

	if (!err)
		err = authenticator_verify(a->passkey.point, &a->signed_bytes);
	if (!err && !counts_on(a))
		err = ERR_REPLAYED;
	return err;
}

/* In a transaction, for which the rows are read anew. */
static enum err let_in(struct call *call, struct attempt *a)
{
	enum err err = serve_begin(call);

	if (!err)
		err = find(call, a);
	if (!err)
		err = challenge_use(call->api->challenges, clock_mono_us(), a->ceremony.client.challenge);
	a->passkey.counter = a->ceremony.authenticator.counter;
	a->passkey.used_us = clock_wall_us();
	if (!err)
		err = person_passkey_put(call->api->env.store, &a->passkey);
	if (!err)
		snprintf(call->detail, sizeof(call->detail), "%s by passkey %s", a->user.name, a->passkey.name);
	return err ? err : login_open(call, &a->user, SESSION_BROWSER);
}

void passkeys_login(struct call *call)
{
	struct attempt a = {.ceremony = {.purpose = PURPOSE}};
	enum err err;

	if (!caller_is_page(call) || !tries_allow(call, "") || !read_attempt(call, &a) ||
	    !ceremony_good(call, &a.ceremony))
		return;
	err = judge(call, &a);
	if (!err)
		err = let_in(call, &a);
	if (err)
		refuse(call, &a, err);
	key_wipe(&a.user, sizeof(a.user));
}
