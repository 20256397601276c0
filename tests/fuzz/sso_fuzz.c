/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an OpenID provider sends: the first byte says what it is, its document (d), keys (k), a token (t) or claims (i).
 * What must hold: texts end within their room, a key that was taken can be verified by, what is borrowed lies within
 * the input, and nobody gets a role that no list names.
 */
#include "agent/base/require.h"
#include "server-stub/sso/identity.h"
#include "server-stub/sso/jwt.h"
#include "server-stub/sso/provider.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_document(struct str text)
{
	struct provider p;

	if (provider_read(text, "https://idp.example", &p) == VERDICT_GOOD)
		require(provider_url_good(str_from(p.sign_in)) && provider_url_good(str_from(p.redeem)) &&
			provider_url_good(str_from(p.keys)));
}

static void read_keys(struct str text)
{
	static struct keyring k;
	static const uint8_t signature[KEYRING_RSA_MAX];

	if (keyring_read(text, &k) != VERDICT_GOOD)
		return;
	require(k.count <= KEYRING_KEYS_MAX);
	for (unsigned i = 0; i < k.count; i++) {
		enum keyring_method method = k.keys[i].method ? k.keys[i].method : KEYRING_RS256;
		size_t len = k.keys[i].modulus_len ? k.keys[i].modulus_len : KEYRING_POINT;
		enum verdict v =
			keyring_verify(&k.keys[i], method, STR("x"), (struct str){(const char *)signature, len});

		require(memchr(k.keys[i].id, '\0', sizeof(k.keys[i].id)));
		require(v == VERDICT_SIGNATURE || v == VERDICT_KEY_BAD);
	}
}

static void read_token(struct str text)
{
	static struct jwt t;

	if (jwt_read(text, &t) != VERDICT_GOOD)
		return;
	require(t.method != KEYRING_NONE && t.payload_len && t.signature_len);
	require(t.signed_part.data == text.data && t.signed_part.len < text.len);
}

static void read_claims(struct str text)
{
	static const struct grant grant = {.claim = "groups", .groups = {[GRANT_VIEWER] = "all"}, .amr = "mfa"};
	const struct identity_ask ask = {"https://idp.example", "caltrop", "nonce-of-this", 1800000010, &grant};
	struct identity id;

	if (identity_read(text, &ask, &id) == VERDICT_GOOD)
		require(strcmp(id.role, "viewer") == 0 && memchr(id.account, '\0', sizeof(id.account)) &&
			strncmp(id.account, IDENTITY_ACCOUNT, strlen(IDENTITY_ACCOUNT)) == 0);
	else
		require(!id.role[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data + 1, size - 1};

	if (!size)
		return 0;
	switch (data[0]) {
	case 'd': read_document(text); break;
	case 'k': read_keys(text); break;
	case 't': read_token(text); break;
	case 'i': read_claims(text); break;
	default: break;
	}
	return 0;
}
