/* SPDX-License-Identifier: Apache-2.0 */
/* Makes join tokens, and uses them to add devices. Only the hash of a token is kept. */
#include "server-stub/fleet/fleet.h"

#include "proto/token.h"

#include <stdio.h>
#include <string.h>

enum err fleet_token(const struct fleet *f, struct store *s, const struct fleet_token_request *r, int64_t wall_us,
		     char *text, size_t text_cap, struct registry_token *out)
{
	struct buf b = buf_over(text, text_cap ? text_cap - 1 : 0);
	struct token token = {.port = r->port};
	enum err err;

	memset(out, 0, sizeof(*out));
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
	err = token_encode(&b, &token);
	key_wipe(&token, sizeof(token));
	if (err == ERR_OK)
		err = registry_token_put(s, out);
	if (text_cap > 0)
		text[err == ERR_OK ? b.len : 0] = '\0';
	return err;
}

static enum err find_token(const struct fleet *f, struct store *s, const char *text, struct registry_token *out)
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

static enum err check_token(const struct registry_token *token, int64_t wall_us)
{
	if (token->revoked)
		return ERR_REVOKED;
	return wall_us >= token->expires_us ? ERR_EXPIRED : ERR_OK;
}

static enum err spend_token(struct store *s, struct registry_token *token)
{
	if (token->uses >= token->uses_max)
		return ERR_FULL;
	token->uses++;
	return registry_token_put(s, token);
}

static enum err new_device(struct store *s, const struct registry_token *token, int64_t wall_us,
			   struct registry_device *out)
{
	if (key_random_kernel.fill(NULL, out->id, sizeof(out->id)) != 0)
		return ERR_CRYPTO;
	/* A random UUID, RFC 9562 section 5.4. */
	out->id[6] = (uint8_t)((out->id[6] & 0x0f) | 0x40);
	out->id[8] = (uint8_t)((out->id[8] & 0x3f) | 0x80);
	out->state = token->approve ? DEVICE_PENDING : DEVICE_APPROVED;
	out->created_us = wall_us;
	memcpy(out->token, token->id, sizeof(out->token));
	snprintf(out->group, sizeof(out->group), "%s", token->group);
	return registry_device_put(s, out);
}

/* A request that was seen before. Only the token that it came with then is not spent again. */
static enum err ask_again(struct store *s, struct registry_token *token, struct registry_device *d)
{
	enum err err;

	if (d->state == DEVICE_REVOKED)
		return ERR_REVOKED;
	if (memcmp(d->token, token->id, sizeof(d->token)) == 0)
		return ERR_OK;
	err = spend_token(s, token);
	memcpy(d->token, token->id, sizeof(d->token));
	return err == ERR_OK ? registry_device_put(s, d) : err;
}

enum err fleet_enroll(const struct fleet *f, struct store *s, const char *token_text, const uint8_t *csr,
		      size_t csr_len, int64_t wall_us, struct registry_device *out)
{
	struct registry_token token;
	struct key_der public_key;
	uint8_t csr_sha256[STORE_HASH];
	enum err err = find_token(f, s, token_text, &token);

	memset(out, 0, sizeof(*out));
	if (err == ERR_OK)
		err = check_token(&token, wall_us);
	if (err == ERR_OK)
		err = key_csr_public(csr, csr_len, &public_key);
	if (err != ERR_OK)
		return err;
	key_sha256(csr, csr_len, csr_sha256);
	err = registry_device_by_csr(s, csr_sha256, out);
	if (err == ERR_OK)
		return ask_again(s, &token, out);
	if (err != ERR_NOT_FOUND)
		return err;
	memset(out, 0, sizeof(*out));
	err = spend_token(s, &token);
	if (err != ERR_OK)
		return err;
	memcpy(out->csr_sha256, csr_sha256, sizeof(out->csr_sha256));
	return new_device(s, &token, wall_us, out);
}
