/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls that begin and end sessions. A session's token is 32 random bytes in base64url; the store has only its
 * SHA-256.
 */
#pragma once

struct call;

#define LOGIN_SESSION_US (INT64_C(12) * 3600 * 1000000)

void login_token(struct call *call); /* POST {user, password} */
void login_end(struct call *call);
