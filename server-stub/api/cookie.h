/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cookie of a browser's session (RFC 6265). Its name has the front that lets no other host and no plain HTTP set
 * it; no script can read it, and no other site's page sends it. Pure.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#define COOKIE_NAME "__Host-caltrop_session"
#define COOKIE_SSO_NAME "__Host-caltrop_sso"
#define COOKIE_MAX 224 /* a Set-Cookie header's value with its NUL */

/* The session's token in the value of a Cookie header. ERR_NOT_FOUND: it is not there; ERR_EXISTS: it is there twice,
 * and nobody can say which is meant. */
ERR_CHECK enum err cookie_find(struct str header, struct str *token);

/* The same of the cookie of a single sign-on that is under way. */
ERR_CHECK enum err cookie_find_sso(struct str header, struct str *value);

/* The Set-Cookie header's value for that, which the browser keeps for five minutes. */
void cookie_write_sso(const char *value, char out[COOKIE_MAX]);

/* The Set-Cookie header's value that gives the browser this token, of 43 bytes, or with "" takes it away. */
void cookie_write(const char *token, char out[COOKIE_MAX]);
