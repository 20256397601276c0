/* SPDX-License-Identifier: Apache-2.0 */
/* Second factors: between the calls, the operator's row and passcode.h. No code or secret gets into the audit log. */
#include "server-stub/api/factor.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/now.h"
#include "server-stub/api/body.h"
#include "server-stub/api/passcode.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"

#include <sodium.h>

#include <stdio.h>
#include <string.h>

/* -- the check -- */

static bool is_waiting(struct call *call, const struct person *u, const char *code)
{
	int64_t left_us = u->locked_until_us - clock_wall_us();
	unsigned wait_s;
	char text[16];

	/* More than the longest wait: the clock was set back since. */
	if (left_us <= 0 || left_us > FACTOR_WAIT_MAX_S * SECOND_US ||
	    passcode_kind(str_from(code)) == PASSCODE_RECOVERY)
		return false;
	wait_s = (unsigned)((left_us + SECOND_US - 1) / SECOND_US);
	snprintf(text, sizeof(text), "%u", wait_s);
	reply_header(call, "Retry-After", text);
	reply_error(call, FAULT_TOO_MANY_FAILURES, "Too many wrong codes; try again in %u s, or use a recovery code.",
		    wait_s);
	return true;
}

static void note_failure(struct person *u)
{
	unsigned doubled = u->failures < FACTOR_FREE ? 0 : u->failures - FACTOR_FREE;
	int64_t wait_s = doubled < 10 ? INT64_C(1) << doubled : FACTOR_WAIT_MAX_S;

	if (u->failures < UINT32_MAX)
		u->failures++;
	if (u->failures >= FACTOR_FREE)
		u->locked_until_us =
			clock_wall_us() + (wait_s < FACTOR_WAIT_MAX_S ? wait_s : FACTOR_WAIT_MAX_S) * SECOND_US;
}

static void forget_failures(struct person *u)
{
	u->failures = 0;
	u->locked_until_us = 0;
}

/* Whether a code of an app can be judged: false after an answer. Recovery codes need no secret. */
static bool open_secret(struct call *call, struct person *u, const char *code)
{
	if (passcode_kind(str_from(code)) == PASSCODE_RECOVERY ||
	    fleet_seal_open(call->api->env.seal, u, SEAL_IN_FORCE) == ERR_OK)
		return true;
	reply_error(call, FAULT_STORE,
		    "The secret of this second factor cannot be opened: the service's " FLEET_SEAL_FILE
		    " is not the one that it was sealed with. Use a recovery code, or have the factor reset: "
		    "caltrop-server admin reset.");
	return false;
}

/* In a transaction, which is over when it returns. */
static enum err judge(struct call *call, struct person *u, const char *code, bool *fits)
{
	struct store *store = call->api->env.store;
	enum err err;

	*fits = passcode_use(u, str_from(code), clock_wall_s());
	if (*fits)
		forget_failures(u);
	else
		note_failure(u);
	fleet_seal_close(call->api->env.seal, u);
	err = person_put(store, u);
	if (err == ERR_OK)
		return store_commit(store);
	store_rollback(store);
	return err;
}

bool factor_passes(struct call *call, const char *name, const char *code)
{
	struct store *store = call->api->env.store;
	struct person u;
	bool fits = false;
	enum err err = store_begin(store);

	if (err) {
		reply_store(call, err, "user", name);
		return false;
	}
	err = person_get(store, name, &u);
	if (err || !person_has_factor(&u) || !code[0] || is_waiting(call, &u, code)) {
		store_rollback(store);
		if (err)
			reply_store(call, err, "user", name);
		else if (person_has_factor(&u) && !code[0])
			reply_error(call, FAULT_SECOND_FACTOR_REQUIRED,
				    "Send the code of your second factor, or a recovery code, too (code)%s.",
				    u.passkeys ? "; in a browser, use your passkey" : "");
		return !err && !person_has_factor(&u);
	}
	if (!open_secret(call, &u, code)) {
		store_rollback(store);
		return false;
	}
	err = judge(call, &u, code, &fits);
	key_wipe(&u, sizeof(u));
	if (err)
		reply_store(call, err, "user", name);
	else if (!fits)
		reply_error(call, FAULT_WRONG_CODE,
			    "This code is wrong or was used already; a new one is shown every 30 seconds.");
	return !err && fits;
}

bool factor_proven(struct call *call, const char *code)
{
	int64_t age_us = clock_wall_us() - call->session.created_us;

	if (call->user.passkeys && !code[0] && age_us >= 0 && age_us < FACTOR_FRESH_US)
		return true;
	return factor_passes(call, call->user.name, code);
}

/* -- setting one up -- */

/* A transaction and the caller's row; false after an answer. */
static bool begin(struct call *call, struct person *u)
{
	enum err err = serve_begin(call);

	if (!err)
		err = person_get(call->api->env.store, call->user.name, u);
	if (err)
		reply_store(call, err, "user", call->user.name);
	return !err;
}

static bool read_code(struct call *call, bool required, char code[PASSCODE_MAX])
{
	json_t *body = body_read(call, "code");
	bool good = body && body_text(call, body, &(struct body_text){"code", code, PASSCODE_MAX, required});

	json_decref(body);
	return good;
}

static void put_secret(struct call *call, const struct person *u)
{
	char secret[PASSCODE_SECRET_TEXT], uri[PASSCODE_URI_MAX];
	struct json *j = reply_json(call, 201);

	passcode_secret(u->totp_next, secret);
	passcode_uri(u, call->api->env.link_host, uri);
	json_begin_object(j);
	json_key(j, "secret");
	json_text(j, secret);
	json_key(j, "uri");
	json_text(j, uri);
	json_end_object(j);
	key_wipe(secret, sizeof(secret));
	key_wipe(uri, sizeof(uri));
}

void factor_begin(struct call *call)
{
	char code[PASSCODE_MAX];
	struct person u, sealed;
	enum err err;

	if (!read_code(call, false, code) || !factor_proven(call, code) || !begin(call, &u))
		return;
	memset(u.totp_next, 0, sizeof(u.totp_next));
	randombytes_buf(u.totp_next, PERSON_TOTP);
	sealed = u;
	fleet_seal_close(call->api->env.seal, &sealed);
	err = person_put(call->api->env.store, &sealed);
	if (err)
		reply_store(call, err, "user", u.name);
	else
		put_secret(call, &u);
	key_wipe(&u, sizeof(u));
}

void factor_recovery(struct json *j, struct person *u)
{
	uint8_t random[PASSCODE_RECOVERY_BYTES];
	char text[PASSCODE_RECOVERY_TEXT];

	json_key(j, "recovery_codes");
	json_begin_array(j);
	for (unsigned i = 0; i < PERSON_RECOVERY_MAX; i++) {
		randombytes_buf(random, sizeof(random));
		passcode_recovery(random, text, u->recovery[i]);
		json_text(j, text);
	}
	json_end_array(j);
	key_wipe(random, sizeof(random));
	key_wipe(text, sizeof(text));
}

/* Whoever was logged in before had shown no code of this factor. */
static void put_in_force(struct call *call, struct person *u)
{
	struct store *store = call->api->env.store;
	struct json *j = reply_json(call, 200);
	enum err err;

	memcpy(u->totp, u->totp_next, sizeof(u->totp));
	memset(u->totp_next, 0, sizeof(u->totp_next));
	forget_failures(u);
	json_begin_object(j);
	factor_recovery(j, u);
	json_end_object(j);
	fleet_seal_close(call->api->env.seal, u);
	err = person_put(store, u);
	if (!err)
		err = person_session_keep(store, u->name, call->session.token_sha256);
	if (err)
		reply_store(call, err, "user", u->name);
}

void factor_confirm(struct call *call)
{
	static const uint8_t none[PERSON_TOTP_KEPT];
	char code[PASSCODE_MAX];
	struct person u;

	if (!read_code(call, true, code) || !begin(call, &u))
		return;
	if (memcmp(u.totp_next, none, sizeof(none)) == 0) {
		reply_error(call, FAULT_NOT_FOUND,
			    "No secret waits for a code; ask for one first (POST /api/v1/factor).");
		return;
	}
	if (fleet_seal_open(call->api->env.seal, &u, SEAL_NEXT) != ERR_OK) {
		reply_error(call, FAULT_NOT_FOUND,
			    "The secret that waits was made under another key of the service; ask for another one.");
		return;
	}
	u.totp_step = passcode_step(u.totp_next, str_from(code), 0, clock_wall_s());
	if (u.totp_step)
		put_in_force(call, &u);
	else
		reply_error(call, FAULT_WRONG_CODE,
			    "This is not the code of the new secret; see that the clocks here and there are right.");
	key_wipe(&u, sizeof(u));
}
