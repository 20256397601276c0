/* SPDX-License-Identifier: Apache-2.0 */
/* Writes addresses and bodies. Nothing of a value leaves its place: all but letters, digits and -._~ is encoded. */
#include "server-stub/sso/ask.h"

#include "agent/base/key.h"

#include <sodium.h>

#include <string.h>

#define PAIR_MAX 1024 /* of a client's id and secret, encoded */

static void put_encoded(struct buf *b, const char *value)
{
	static const char digits[] = "0123456789ABCDEF";

	for (const unsigned char *c = (const unsigned char *)value; *c; c++) {
		if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '-' ||
		    *c == '.' || *c == '_' || *c == '~') {
			buf_char(b, (char)*c);
			continue;
		}
		buf_char(b, '%');
		buf_char(b, digits[*c >> 4]);
		buf_char(b, digits[*c & 15]);
	}
}

void ask_field(struct buf *b, const char *name, const char *value)
{
	if (b->len && b->data[b->len - 1] != '?' && b->data[b->len - 1] != '&')
		buf_char(b, '&');
	buf_text(b, name);
	buf_char(b, '=');
	put_encoded(b, value);
}

/* base64url of the verifier's SHA-256 (RFC 7636 section 4.2). */
static void put_challenge(struct buf *b, const char *verifier)
{
	uint8_t digest[32];
	char text[ASK_SECRET];

	key_sha256(verifier, strlen(verifier), digest);
	sodium_bin2base64(text, sizeof(text), digest, sizeof(digest), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	ask_field(b, "code_challenge", text);
	ask_field(b, "code_challenge_method", "S256");
}

void ask_sign_in(struct buf *b, const char *endpoint, const struct ask_client *client,
		 const struct ask_secrets *secrets)
{
	buf_text(b, endpoint);
	if (!strchr(endpoint, '?'))
		buf_char(b, '?');
	ask_field(b, "response_type", "code");
	ask_field(b, "client_id", client->id);
	ask_field(b, "redirect_uri", client->redirect);
	ask_field(b, "scope", client->scope);
	ask_field(b, "state", secrets->state);
	ask_field(b, "nonce", secrets->nonce);
	put_challenge(b, secrets->verifier);
	if (client->acr[0])
		ask_field(b, "acr_values", client->acr);
}

void ask_redeem(struct buf *b, const struct ask_client *client, const char *code, const char *verifier)
{
	ask_field(b, "grant_type", "authorization_code");
	ask_field(b, "code", code);
	ask_field(b, "redirect_uri", client->redirect);
	ask_field(b, "code_verifier", verifier);
	if (!client->secret[0])
		ask_field(b, "client_id", client->id);
}

void ask_basic(struct buf *b, const struct ask_client *client)
{
	char bytes[PAIR_MAX], text[sodium_base64_ENCODED_LEN(PAIR_MAX, sodium_base64_VARIANT_ORIGINAL)];
	struct buf pair = buf_over(bytes, sizeof(bytes));

	put_encoded(&pair, client->id);
	buf_char(&pair, ':');
	put_encoded(&pair, client->secret);
	b->overflow |= pair.overflow;
	sodium_bin2base64(text, sizeof(text), (const uint8_t *)bytes, pair.len, sodium_base64_VARIANT_ORIGINAL);
	buf_text(b, "Basic ");
	buf_text(b, text);
	key_wipe(bytes, sizeof(bytes));
	key_wipe(text, sizeof(text));
}
