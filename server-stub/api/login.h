/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls that begin and end sessions. A session's token is 32 random bytes in base64url; the store has only its
 * SHA-256. A program gets its token in the answer and sends it as bearer; a browser gets it as a cookie, which no
 * script can read (cookie.h), and its session also ends when nothing used it for PERSON_IDLE_US.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/store/person.h"

struct call;

#define LOGIN_SESSION_US (INT64_C(12) * 3600 * 1000000)

void login_program(struct call *call); /* POST {user, password, code} */
void login_browser(struct call *call); /* POST {name, password, code}, from a page of ours */
void login_end(struct call *call);

/* In a transaction: let this operator in by a command line, as long as the session of a browser that says so lasts, and
 * answer with the token. Errors of the store; then there is no answer yet. */
ERR_CHECK enum err login_hand_over(struct call *call, const struct person *u, const struct person_session *by);

/* In a transaction: let this operator in by a browser, with a session of that kind, and answer. Errors of the store;
 * then there is no answer yet. */
ERR_CHECK enum err login_open(struct call *call, const struct person *u, enum person_session_kind kind);
