/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls about sessions: who is logged in, and ending that. Everybody sees and ends their own, an admin anybody's.
 * API tokens are sessions that their operator makes for a program.
 */
#pragma once

struct call;
struct person_session;

#define SESSIONS_TOKEN 44 /* a token's text with its NUL: 32 random bytes in base64url */

/* Make a token's text, and its hash in the session. */
void sessions_token(struct person_session *session, char text[SESSIONS_TOKEN]);

void sessions_list(struct call *call);
void sessions_create(struct call *call); /* POST {name, role, scope, ttl_s}: an API token, shown in the answer only */
void sessions_end(struct call *call);
