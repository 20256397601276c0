/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sign-in's cookie is a challenge (challenge.h); state, nonce and verifier are keyed hashes of it. So whoever sees
 * the address bar knows no cookie, and a code is only taken of the browser that was sent for it. The second factor's
 * cookie is another challenge, for that account and role.
 */
#include "server-stub/api/sso.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "server-stub/api/body.h"
#include "server-stub/api/caller.h"
#include "server-stub/api/challenge.h"
#include "server-stub/api/cookie.h"
#include "server-stub/api/factor.h"
#include "server-stub/api/login.h"
#include "server-stub/api/passcode.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"
#include "server-stub/api/sso_wait.h"
#include "server-stub/api/tries.h"

#include <sodium.h>

#include <stdio.h>
#include <string.h>

#define PURPOSE "sso"
#define PURPOSE_MAX (STORE_NAME_MAX + 32)
#define CHALLENGE_TEXT sodium_base64_ENCODED_LEN(CHALLENGE_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING)

_Static_assert(sizeof(PERSON_SSO_FRONT) == sizeof(IDENTITY_ACCOUNT), "the envoy's accounts are those of the store");

/* -- cookies and what is derived from them -- */

/* `label` tells the three apart. */
static void derive(const struct call *call, const uint8_t challenge[CHALLENGE_BYTES], char label, char out[ASK_SECRET])
{
	uint8_t bytes[1 + CHALLENGE_BYTES] = {(uint8_t)label}, hash[32];
	const struct challenge_book *book = call->api->challenges;

	memcpy(bytes + 1, challenge, CHALLENGE_BYTES);
	crypto_generichash(hash, sizeof(hash), bytes, sizeof(bytes), book->key, sizeof(book->key));
	sodium_bin2base64(out, ASK_SECRET, hash, sizeof(hash), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	key_wipe(hash, sizeof(hash));
	key_wipe(bytes, sizeof(bytes));
}

static void derive_all(const struct call *call, const uint8_t challenge[CHALLENGE_BYTES], struct ask_secrets *out)
{
	derive(call, challenge, 's', out->state);
	derive(call, challenge, 'n', out->nonce);
	derive(call, challenge, 'v', out->verifier);
}

/* `behind`: what stands behind the challenge in the cookie, with a dot before; may be empty. */
static void give_cookie(struct call *call, const char *purpose, const char *behind)
{
	uint8_t challenge[CHALLENGE_BYTES];
	char value[CHALLENGE_TEXT + STORE_NAME_MAX + 32], text[CHALLENGE_TEXT], cookie[COOKIE_MAX];

	challenge_make(call->api->challenges, str_from(purpose), clock_mono_us(), challenge);
	sodium_bin2base64(text, sizeof(text), challenge, sizeof(challenge), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	snprintf(value, sizeof(value), "%s%s", text, behind);
	cookie_write_sso(value, cookie);
	reply_header(call, "Set-Cookie", cookie);
	key_wipe(challenge, sizeof(challenge));
	key_wipe(value, sizeof(value));
	key_wipe(text, sizeof(text));
	key_wipe(cookie, sizeof(cookie));
}

/* The cookie's challenge, and what stands behind it. False: there is none, or it is malformed. */
static bool read_cookie(struct call *call, uint8_t challenge[CHALLENGE_BYTES], struct str *behind)
{
	struct str value = STR_NONE, text;
	size_t len = 0;

	if (cookie_find_sso(http_header(call->http, "cookie"), &value) != ERR_OK)
		return false;
	text = str_cut(&value, '.');
	*behind = value;
	return sodium_base642bin(challenge, CHALLENGE_BYTES, text.data, text.len, NULL, &len, NULL,
				 sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
	       len == CHALLENGE_BYTES;
}

/* False after an answer. */
static bool is_good(struct call *call, const char *purpose, const uint8_t challenge[CHALLENGE_BYTES])
{
	switch (challenge_check(call->api->challenges, str_from(purpose), clock_mono_us(), challenge)) {
	case ERR_OK: return true;
	case ERR_EXPIRED: reply_error(call, FAULT_EXPIRED, "This took longer than five minutes; sign in again."); break;
	case ERR_REPLAYED: reply_error(call, FAULT_ALREADY_USED, "This was sent before; sign in again."); break;
	default:
		reply_error(call, FAULT_INVALID,
			    "This sign-in was begun in another browser, or before the service's last start; sign in "
			    "again.");
	}
	return false;
}

static bool use_up(struct call *call, const uint8_t challenge[CHALLENGE_BYTES])
{
	if (challenge_use(call->api->challenges, clock_mono_us(), challenge) == ERR_OK)
		return true;
	reply_error(call, FAULT_BUSY, "Too many sign in at once; try again in a few minutes.");
	return false;
}

static bool is_on(struct call *call)
{
	if (call->api->sso)
		return true;
	reply_error(call, FAULT_NOT_FOUND, "This service has no single sign-on ([sso] in server.conf).");
	return false;
}

/* -- who is let in -- */

static bool refuse(struct call *call, const char *why)
{
	tries_count(call, "");
	reply_error(call, FAULT_LOGIN_FAILED, "%s: %s.", call->api->env.sso.name, why);
	return false;
}

/* In a transaction: the account's row, made or with the role of now. False after an answer. */
static bool know(struct call *call, const char *account, const char *role, struct person *u)
{
	struct store *store = call->api->env.store;
	enum err err = person_get(store, account, u);
	bool is_new = err == ERR_NOT_FOUND, is_changed;

	if (err && !is_new) {
		reply_store(call, err, "user", account);
		return false;
	}
	if (is_new) {
		memset(u, 0, sizeof(*u));
		snprintf(u->name, sizeof(u->name), "%s", account);
		snprintf(u->password, sizeof(u->password), "%s", PERSON_SSO);
	} else if (strcmp(u->password, PERSON_SSO) != 0) {
		return refuse(call, "this account is shut out here");
	}
	is_changed = strcmp(u->role, role) != 0;
	snprintf(u->role, sizeof(u->role), "%s", role);
	err = is_new ? person_put(store, u) : is_changed ? person_change(store, u) : ERR_OK;
	if (err)
		reply_store(call, err, "user", account);
	return !err;
}

/* Begins the transaction, writes the account and opens a session of that kind. */
static void let_in(struct call *call, const char *account, const char *role, uint8_t kind)
{
	struct person u;
	enum err err = serve_begin(call);

	if (err) {
		reply_store(call, err, "session", "");
		return;
	}
	if (know(call, account, role, &u)) {
		err = login_open(call, &u, kind);
		if (err)
			reply_store(call, err, "session", "");
	}
	key_wipe(&u, sizeof(u));
}

/* Whether the account has a second factor here that it has to show. */
static bool has_factor(struct call *call, const char *account)
{
	struct person u;
	bool has = person_get(call->api->env.store, account, &u) == ERR_OK && person_has_factor(&u) &&
		   strcmp(u.password, PERSON_SSO) == 0;

	key_wipe(&u, sizeof(u));
	return has;
}

static void purpose_of(const char *account, const char *role, char out[PURPOSE_MAX])
{
	snprintf(out, PURPOSE_MAX, "factor %s %s", role, account);
}

static void ask_factor(struct call *call, const char *account, const char *role)
{
	char purpose[PURPOSE_MAX], behind[STORE_NAME_MAX + 32];

	purpose_of(account, role, purpose);
	snprintf(behind, sizeof(behind), ".%s.%s", role, account);
	give_cookie(call, purpose, behind);
	reply_error(call, FAULT_SECOND_FACTOR_REQUIRED,
		    "Send the code of your second factor, or a recovery code, too (POST /api/v1/session/sso/factor).");
}

/* -- the calls -- */

void sso_show(struct call *call)
{
	struct json *j = reply_json(call, 200);

	json_begin_object(j);
	json_key(j, "name");
	json_text(j, call->api->sso ? call->api->env.sso.name : NULL);
	json_key(j, "url");
	json_text(j, call->api->sso ? call->api->env.sso.url : NULL);
	json_end_object(j);
}

static void tell_away(struct call *call, const char *why)
{
	reply_error(call, FAULT_PROVIDER, "%s cannot be asked: %s.", call->api->env.sso.name, why);
}

static void begun(struct call *call, const struct envoy_answer *answer)
{
	struct json *j;

	if (!answer->good) {
		/* Its cookie is worth nothing without the address. */
		call->headers[0] = '\0';
		tell_away(call, answer->text);
		return;
	}
	j = reply_json(call, 200);
	json_begin_object(j);
	json_key(j, "url");
	json_text(j, answer->url);
	json_end_object(j);
}

void sso_begin(struct call *call)
{
	struct envoy_job job = {.kind = ENVOY_SIGN_IN};
	uint8_t challenge[CHALLENGE_BYTES];
	char cookie[COOKIE_MAX], text[CHALLENGE_TEXT];

	if (!caller_is_page(call) || !is_on(call) || !tries_allow(call, ""))
		return;
	challenge_make(call->api->challenges, STR(PURPOSE), clock_mono_us(), challenge);
	derive_all(call, challenge, &job.secrets);
	sodium_bin2base64(text, sizeof(text), challenge, sizeof(challenge), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	cookie_write_sso(text, cookie);
	if (sso_wait_begin(call, &job, begun))
		reply_header(call, "Set-Cookie", cookie);
	key_wipe(&job, sizeof(job));
	key_wipe(challenge, sizeof(challenge));
	key_wipe(text, sizeof(text));
	key_wipe(cookie, sizeof(cookie));
}

static void redeemed(struct call *call, const struct envoy_answer *answer)
{
	const struct identity *id = &answer->identity;
	struct str account = str_from(id->account);

	snprintf(call->detail, sizeof(call->detail), "%s%s%.90s%s%.90s", id->account, id->shown[0] ? ", " : "",
		 id->shown, id->account[0] && answer->text[0] ? ", " : "", answer->text);
	if (!answer->good) {
		if (answer->refused)
			refuse(call, answer->text);
		else
			tell_away(call, answer->text);
		return;
	}
	/* Whatever became of the envoy, it opens no account that was added here. */
	if (!str_starts(account, STR(PERSON_SSO_FRONT)) || !route_role(id->role)) {
		refuse(call, "what the envoy says of it is wrong");
		return;
	}
	if (!id->factor && has_factor(call, id->account))
		ask_factor(call, id->account, id->role);
	else
		let_in(call, id->account, id->role, id->factor ? SESSION_SSO_FACTOR : SESSION_SSO);
}

/* What the provider sent back, into the job, and what it says of who it is. False after an answer. */
static bool read_return(struct call *call, struct envoy_job *job, char state[ASK_SECRET])
{
	char issuer[PROVIDER_URL_MAX] = "";
	json_t *body = body_read(call, "code state iss");
	bool good = body && body_text(call, body, &(struct body_text){"code", job->code, sizeof(job->code), true}) &&
		    body_text(call, body, &(struct body_text){"state", state, ASK_SECRET, true}) &&
		    body_text(call, body, &(struct body_text){"iss", issuer, sizeof(issuer), false});

	json_decref(body);
	/* RFC 9207: an answer of another provider is not brought to this one. */
	if (good && issuer[0] && strcmp(issuer, call->api->env.sso.issuer) != 0)
		return refuse(call, "the answer is of another issuer");
	return good;
}

static bool is_answer(struct call *call, const char *state, const char *wanted)
{
	if (strlen(state) == strlen(wanted) && key_equal(state, wanted, strlen(wanted)))
		return true;
	return refuse(call, "the answer is not to this sign-in (state)");
}

void sso_finish(struct call *call)
{
	struct envoy_job job = {.kind = ENVOY_REDEEM};
	uint8_t challenge[CHALLENGE_BYTES];
	char state[ASK_SECRET] = "";
	struct str behind;

	if (!caller_is_page(call) || !is_on(call) || !tries_allow(call, "") || !read_return(call, &job, state))
		return;
	if (!read_cookie(call, challenge, &behind)) {
		reply_error(call, FAULT_INVALID,
			    "This browser has begun no sign-in, or longer than five minutes ago; sign in again.");
		return;
	}
	derive_all(call, challenge, &job.secrets);
	if (is_good(call, PURPOSE, challenge) && is_answer(call, state, job.secrets.state) && use_up(call, challenge))
		(void)!sso_wait_begin(call, &job, redeemed);
	key_wipe(&job, sizeof(job));
	key_wipe(challenge, sizeof(challenge));
}

/* ROLE.ACCOUNT, for which the cookie's challenge was made. False after an answer. */
static bool read_claim(struct call *call, struct str claim, char role[16], char account[STORE_NAME_MAX])
{
	struct str first = str_cut(&claim, '.');

	if (str_copy(first, role, 16) == ERR_OK && str_copy(claim, account, STORE_NAME_MAX) == ERR_OK)
		return true;
	reply_error(call, FAULT_INVALID, "The cookie of this sign-in is malformed; sign in again.");
	return false;
}

void sso_factor(struct call *call)
{
	char code[PASSCODE_MAX], role[16], account[STORE_NAME_MAX], purpose[PURPOSE_MAX];
	uint8_t challenge[CHALLENGE_BYTES];
	struct str claim = STR_NONE;
	json_t *body = caller_is_page(call) && is_on(call) && tries_allow(call, "") ? body_read(call, "code") : NULL;
	bool good = body && body_text(call, body, &(struct body_text){"code", code, sizeof(code), true});

	json_decref(body);
	if (!good)
		return;
	if (!read_cookie(call, challenge, &claim)) {
		reply_error(call, FAULT_INVALID, "No sign-in waits for a code; sign in again.");
		return;
	}
	if (!read_claim(call, claim, role, account))
		return;
	purpose_of(account, role, purpose);
	if (!is_good(call, purpose, challenge))
		return;
	str_show(str_from(account), call->detail, STORE_NAME_MAX);
	if (factor_passes(call, account, code) && use_up(call, challenge))
		let_in(call, account, role, SESSION_SSO);
	key_wipe(code, sizeof(code));
}
