/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes the session's cookie; what other cookies are there is nobody's business here. */
#include "server-stub/api/cookie.h"

#include <stdio.h>

static enum err find(struct str header, struct str wanted, struct str *token)
{
	enum err err = ERR_NOT_FOUND;

	while (!str_empty(header)) {
		struct str pair = str_trim(str_cut(&header, ';'));
		struct str name = str_cut(&pair, '=');

		if (!str_equal(name, wanted))
			continue;
		if (err == ERR_OK)
			return ERR_EXISTS;
		*token = pair;
		err = ERR_OK;
	}
	return err;
}

enum err cookie_find(struct str header, struct str *token)
{
	return find(header, STR(COOKIE_NAME), token);
}

enum err cookie_find_sso(struct str header, struct str *value)
{
	return find(header, STR(COOKIE_SSO_NAME), value);
}

void cookie_write_sso(const char *value, char out[COOKIE_MAX])
{
	snprintf(out, COOKIE_MAX, COOKIE_SSO_NAME "=%s; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=300", value);
}

void cookie_write(const char *token, char out[COOKIE_MAX])
{
	snprintf(out, COOKIE_MAX, COOKIE_NAME "=%s; Path=/; Secure; HttpOnly; SameSite=Strict%s", token,
		 token[0] ? "" : "; Max-Age=0");
}
