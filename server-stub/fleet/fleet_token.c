/* SPDX-License-Identifier: Apache-2.0 */
/* Makes and finds join tokens. Only the hash of a token is kept. */
#include "server-stub/fleet/fleet.h"

#include "proto/token.h"
#include "server-stub/fleet/fleet_bundle.h"

#include <stdio.h>
#include <string.h>

/* A fleet without a trust bundle has no root keys to name. */
static enum err name_roots(const struct fleet *f, struct token *token)
{
	struct fleet_bundle now;
	enum err err = fleet_bundle_read(f->dir, &now);

	token->has_roots = err == ERR_OK && now.len > 0;
	if (token->has_roots)
		bundle_roots_sha256(&now.bundle, token->roots_sha256);
	return err;
}

enum err fleet_token(const struct fleet *f, struct store *s, const struct fleet_token_request *r, int64_t wall_us,
		     char *text, size_t text_cap, struct registry_token *out)
{
	struct buf b = buf_over(text, text_cap ? text_cap - 1 : 0);
	struct token token = {.port = r->port};
	enum err err = name_roots(f, &token);

	memset(out, 0, sizeof(*out));
	if (text_cap > 0)
		text[0] = '\0';
	if (err != ERR_OK)
		return err;
	memcpy(token.ca_sha256, f->ca_sha256, sizeof(token.ca_sha256));
	if (str_copy(str_from(r->host), token.host, sizeof(token.host)) != ERR_OK ||
	    str_copy(str_from(r->group), out->group, sizeof(out->group)) != ERR_OK ||
	    str_copy(str_from(r->created_by), out->created_by, sizeof(out->created_by)) != ERR_OK)
		return ERR_TOO_LONG;
	if (key_random_kernel.fill(NULL, token.secret, sizeof(token.secret)) != 0 ||
	    key_random_kernel.fill(NULL, out->id, sizeof(out->id)) != 0)
		return ERR_CRYPTO;
	key_sha256(token.secret, sizeof(token.secret), out->secret_sha256);
	out->uses_max = r->uses;
	out->created_us = wall_us;
	out->expires_us = wall_us + r->ttl_s * 1000000;
	out->approve = r->approve;
	if (r->device)
		memcpy(out->device, r->device, sizeof(out->device));
	err = token_encode(&b, &token);
	key_wipe(&token, sizeof(token));
	if (err == ERR_OK)
		err = registry_token_put(s, out);
	if (text_cap > 0)
		text[err == ERR_OK ? b.len : 0] = '\0';
	return err;
}

enum err fleet_card(const struct fleet *f, const char *host, uint16_t port, char text[TOKEN_TEXT_MAX])
{
	struct buf b = buf_over(text, TOKEN_TEXT_MAX - 1);
	struct token token = {.port = port};
	enum err err = name_roots(f, &token);

	memcpy(token.ca_sha256, f->ca_sha256, sizeof(token.ca_sha256));
	if (err == ERR_OK)
		err = str_copy(str_from(host), token.host, sizeof(token.host));
	if (err == ERR_OK)
		err = token_encode(&b, &token);
	text[err == ERR_OK ? b.len : 0] = '\0';
	return err;
}

enum err fleet_token_find(const struct fleet *f, struct store *s, const char *text, struct registry_token *out)
{
	struct token token;
	uint8_t digest[STORE_HASH];
	enum err err = token_decode(str_from(text), &token);

	if (err != ERR_OK || memcmp(token.ca_sha256, f->ca_sha256, sizeof(token.ca_sha256)) != 0)
		return ERR_NOT_FOUND;
	key_sha256(token.secret, sizeof(token.secret), digest);
	key_wipe(&token, sizeof(token));
	return registry_token_get(s, digest, out);
}
