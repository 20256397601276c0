/* SPDX-License-Identifier: Apache-2.0 */
/* Between the book of desks and the calls. What a desk says of itself is shown to people: plain ASCII only. */
#include "server-stub/api/desks.h"

#include "agent/base/clock.h"
#include "agent/base/hex.h"
#include "agent/base/key.h"
#include "agent/base/now.h"
#include "server-stub/api/body.h"
#include "server-stub/api/caller.h"
#include "server-stub/api/desk.h"
#include "server-stub/api/login.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"
#include "server-stub/api/tries.h"

#include <stdio.h>
#include <string.h>

#define SECRET_MAX 129
#define NUMBER_MAX 33

_Static_assert(DESK_HASH == STORE_HASH, "the hash of a session's token");
_Static_assert(DESK_ADDRESS == CALL_ADDRESS_MAX, "a caller's address");

static void note(struct call *call, const struct desk *d)
{
	snprintf(call->detail, sizeof(call->detail), "%s at %s, code %s", d->machine, d->address, d->code);
}

/* -- the desk's calls -- */

/* Where the caller is, and whom it counts with. */
static void place(const struct call *call, struct desk *wanted)
{
	char text[ADDR_TEXT_MAX];

	memcpy(wanted->address, call->address, sizeof(wanted->address));
	snprintf(wanted->net, sizeof(wanted->net), "%s", addr_text(&call->net, text));
}

static bool is_machine(struct call *call, const char *machine)
{
	for (const char *c = machine; *c; c++)
		if (*c < ' ' || *c > '~') {
			reply_error(call, FAULT_INVALID, "A machine's name is of printable ASCII characters only.");
			return false;
		}
	return true;
}

/* False after an answer. */
static bool read_wish(struct call *call, struct desk *wanted)
{
	char proof[2 * DESK_HASH + 1];
	json_t *body = body_read(call, "machine proof");
	bool good =
		body &&
		body_text(call, body, &(struct body_text){"machine", wanted->machine, sizeof(wanted->machine), true}) &&
		body_text(call, body, &(struct body_text){"proof", proof, sizeof(proof), true}) &&
		is_machine(call, wanted->machine);

	json_decref(body);
	if (!good || hex_read(str_from(proof), wanted->proof, sizeof(wanted->proof)))
		return good;
	reply_error(call, FAULT_INVALID, "'proof' is not the SHA-256 of the secret in hex.");
	return false;
}

void desks_begin(struct call *call)
{
	struct desk wanted = {.until_us = 0};
	const struct desk *d;
	struct json *j;

	if (!tries_allow(call, "") || !read_wish(call, &wanted))
		return;
	place(call, &wanted);
	d = desk_begin(call->api->desks, &wanted, clock_mono_us());
	if (!d) {
		reply_header(call, "Retry-After", "60");
		reply_error(call, FAULT_BUSY, "Too many wait to be signed in; try again in a few minutes.");
		return;
	}
	j = reply_json(call, 200);
	json_begin_object(j);
	json_key(j, "code");
	json_text(j, d->code);
	json_key(j, "url");
	json_text(j, call->api->env.sso.url);
	json_key(j, "good_s");
	json_int(j, DESK_GOOD_US / SECOND_US);
	json_end_object(j);
}

/* A try that counts. */
static void refuse(struct call *call, enum fault fault, const char *why)
{
	tries_count(call, "");
	reply_error(call, fault, "%s", why);
}

/* Whether the session is there now that confirmed the desk, and whose it is; false after an answer. */
static bool is_confirmed(struct call *call, struct desk *d, struct person_session *by, struct person *u)
{
	enum err err = caller_find(call->api, d->session_sha256, by, u);

	if (!err)
		return true;
	desk_end(d);
	if (err == ERR_NOT_FOUND || err == ERR_EXPIRED)
		refuse(call, FAULT_LOGIN_FAILED, "The session that confirmed this has ended; log in again.");
	else
		reply_store(call, err, "session", "");
	return false;
}

/* The desk is the right one and has the number. */
static void let_in(struct call *call, struct desk *d)
{
	struct person_session by;
	struct person u;
	enum err err;

	if (!is_confirmed(call, d, &by, &u))
		return;
	desk_end(d);
	err = serve_begin(call);
	if (!err)
		err = login_hand_over(call, &u, &by);
	if (err)
		reply_store(call, err, "session", "");
	key_wipe(&u, sizeof(u));
}

static void finish(struct call *call, struct desk *d, struct str secret, struct str number)
{
	switch (desk_check(d, secret, number)) {
	case ERR_OK: let_in(call, d); break;
	case ERR_NOT_FOUND:
		reply_error(call, FAULT_NOT_APPROVED, "Nobody has confirmed this in the console yet.");
		break;
	case ERR_INVALID: refuse(call, FAULT_WRONG_CODE, "The number is wrong."); break;
	case ERR_FULL:
		refuse(call, FAULT_LOGIN_FAILED, "The number was wrong too often; begin anew with caltrop login.");
		break;
	default: refuse(call, FAULT_LOGIN_FAILED, "This is not the desk that began."); break;
	}
}

void desks_finish(struct call *call)
{
	char code[DESK_CODE], secret[SECRET_MAX], number[NUMBER_MAX];
	json_t *body = tries_allow(call, "") ? body_read(call, "code secret number") : NULL;
	bool good = body && body_text(call, body, &(struct body_text){"code", code, sizeof(code), true}) &&
		    body_text(call, body, &(struct body_text){"secret", secret, sizeof(secret), true}) &&
		    body_text(call, body, &(struct body_text){"number", number, sizeof(number), true});
	struct desk *d = good ? desk_find(call->api->desks, str_from(code), clock_mono_us()) : NULL;

	json_decref(body);
	if (d) {
		note(call, d);
		finish(call, d, str_from(secret), str_from(number));
	} else if (good) {
		refuse(call, FAULT_LOGIN_FAILED,
		       "No desk waits under this code: it was refused, used, or is older than five minutes; log in "
		       "again.");
	}
	key_wipe(secret, sizeof(secret));
	key_wipe(number, sizeof(number));
}

/* -- the page's calls -- */

/* The desk that the path names; NULL after an answer. */
static struct desk *find(struct call *call)
{
	struct desk *d = desk_find(call->api->desks, call->arg, clock_mono_us());

	if (d)
		note(call, d);
	else
		reply_error(call, FAULT_NOT_FOUND,
			    "No machine waits under this code: it was refused, used, or is older than five minutes.");
	return d;
}

void desks_show(struct call *call)
{
	struct desk *d = find(call);
	struct json *j;

	if (!d)
		return;
	j = reply_json(call, 200);
	json_begin_object(j);
	json_key(j, "code");
	json_text(j, d->code);
	json_key(j, "machine");
	json_text(j, d->machine);
	json_key(j, "address");
	json_text(j, d->address);
	json_key(j, "same_address");
	json_bool(j, strcmp(d->address, call->address) == 0);
	json_key(j, "confirmed");
	json_bool(j, d->number[0] != '\0');
	json_key(j, "good_s");
	json_int(j, (d->until_us - clock_mono_us()) / SECOND_US);
	reply_time(j, "expires", call->session.expires_us);
	json_end_object(j);
}

void desks_confirm(struct call *call)
{
	struct desk *d = find(call);
	enum err err;
	struct json *j;

	if (!d)
		return;
	if (!person_session_is_page(&call->session)) {
		reply_error(call, FAULT_FORBIDDEN, "Only who is signed in with a browser confirms this.");
		return;
	}
	/* What it was for is in the audit log before anybody can use it. */
	err = serve_begin(call);
	if (err) {
		reply_store(call, err, "session", "");
		return;
	}
	if (!desk_confirm(d, call->session.token_sha256)) {
		reply_error(call, FAULT_ALREADY_USED, "This was confirmed before; if not by you, end that session.");
		return;
	}
	j = reply_json(call, 200);
	json_begin_object(j);
	json_key(j, "number");
	json_text(j, d->number);
	json_end_object(j);
}

void desks_refuse(struct call *call)
{
	struct desk *d = find(call);

	if (!d)
		return;
	desk_end(d);
	reply_nothing(call);
}
