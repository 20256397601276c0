/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls to log in, to log out and to change the password. A session's token is 32 random bytes in base64url; the
 * store has only its SHA-256.
 */
#pragma once

struct call;

#define PEOPLE_SESSION_US (INT64_C(12) * 3600 * 1000000)
#define PEOPLE_PASSWORD_MIN 12

void people_login(struct call *call); /* POST {user, password} */
void people_logout(struct call *call);
void people_password(struct call *call); /* POST {old, new} */
void people_me(struct call *call);	 /* who the token belongs to */
