/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes the session's cookie; what other cookies are there is nobody's business here. */
#include "server-stub/api/cookie.h"

#include <stdio.h>

enum err cookie_find(struct str header, struct str *token)
{
	enum err err = ERR_NOT_FOUND;

	while (!str_empty(header)) {
		struct str pair = str_trim(str_cut(&header, ';'));
		struct str name = str_cut(&pair, '=');

		if (!str_equal(name, STR(COOKIE_NAME)))
			continue;
		if (err == ERR_OK)
			return ERR_EXISTS;
		*token = pair;
		err = ERR_OK;
	}
	return err;
}

void cookie_write(const char *token, char out[COOKIE_MAX])
{
	snprintf(out, COOKIE_MAX, COOKIE_NAME "=%s; Path=/; Secure; HttpOnly; SameSite=Strict%s", token,
		 token[0] ? "" : "; Max-Age=0");
}
