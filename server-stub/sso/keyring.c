/* SPDX-License-Identifier: Apache-2.0 */
/* Reads sets of keys and finds keys in them. What a key is worth is seen when it verifies (keyring_verify.c). */
#include "server-stub/sso/keyring.h"

#include "agent/base/err.h"
#include "server-stub/sso/claims.h"

#include <sodium.h>

#include <string.h>

#define COORDINATE (KEYRING_POINT / 2)
#define NUMBER_TEXT 1024 /* of a number in base64url, with its NUL */

enum keyring_method keyring_method(struct str alg)
{
	static const char *const names[] = {
		[KEYRING_RS256] = "RS256", [KEYRING_PS256] = "PS256", [KEYRING_ES256] = "ES256"};

	for (unsigned i = KEYRING_RS256; i <= KEYRING_ES256; i++)
		if (str_equal(alg, str_from(names[i])))
			return (enum keyring_method)i;
	return KEYRING_NONE;
}

/* An unsigned number (RFC 7518 section 2, Base64urlUInt), without zeros before it; 0: it is none or does not fit. */
static uint32_t read_number(const json_t *key, const char *name, uint8_t *out, size_t cap)
{
	uint8_t bytes[KEYRING_RSA_MAX + 1];
	char text[NUMBER_TEXT];
	size_t len = 0, zeros = 0;

	if (claims_text(key, name, text, sizeof(text)) != ERR_OK ||
	    sodium_base642bin(bytes, sizeof(bytes), text, strlen(text), NULL, &len, NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return 0;
	while (zeros < len && !bytes[zeros])
		zeros++;
	if (len - zeros > cap)
		return 0;
	memcpy(out, bytes + zeros, len - zeros);
	return (uint32_t)(len - zeros);
}

static enum verdict read_rsa(const json_t *from, struct keyring_key *key)
{
	key->modulus_len = read_number(from, "n", key->modulus, sizeof(key->modulus));
	key->exponent_len = read_number(from, "e", key->exponent, sizeof(key->exponent));
	if (key->modulus_len < KEYRING_RSA_MIN || !key->exponent_len)
		return VERDICT_KEY_BAD;
	/* Even numbers are no RSA key, and the exponent 1 changes nothing. */
	if (!(key->modulus[key->modulus_len - 1] & 1) || !(key->exponent[key->exponent_len - 1] & 1) ||
	    (key->exponent_len == 1 && key->exponent[0] == 1))
		return VERDICT_KEY_BAD;
	return key->method == KEYRING_ES256 ? VERDICT_KEY_BAD : VERDICT_GOOD;
}

static enum verdict read_point(const json_t *from, struct keyring_key *key)
{
	uint8_t number[COORDINATE];
	static const char *const names[] = {"x", "y"};

	for (unsigned i = 0; i < 2; i++) {
		uint32_t len = read_number(from, names[i], number, sizeof(number));

		if (!len)
			return VERDICT_KEY_BAD;
		memcpy(key->point + i * COORDINATE + (COORDINATE - len), number, len);
	}
	key->method = key->method ? key->method : KEYRING_ES256;
	return key->method == KEYRING_ES256 ? VERDICT_GOOD : VERDICT_KEY_BAD;
}

/* Whether it is a key for signatures of a kind that is known here. */
static bool is_ours(const json_t *key)
{
	bool is_point = claims_has(key, "kty", STR("EC")) && claims_has(key, "crv", STR("P-256"));
	const char *alg = json_string_value(json_object_get(key, "alg"));

	if (!is_point && !claims_has(key, "kty", STR("RSA")))
		return false;
	if (json_object_get(key, "use") && !claims_has(key, "use", STR("sig")))
		return false;
	if (json_object_get(key, "key_ops") && !claims_has(key, "key_ops", STR("verify")))
		return false;
	return !alg || keyring_method(str_from(alg)) != KEYRING_NONE;
}

static enum verdict read_key(const json_t *from, struct keyring_key *key)
{
	const char *alg = json_string_value(json_object_get(from, "alg"));
	enum err err = claims_text(from, "kid", key->id, sizeof(key->id));

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return VERDICT_KEY_BAD;
	key->method = alg ? keyring_method(str_from(alg)) : KEYRING_NONE;
	return claims_has(from, "kty", STR("RSA")) ? read_rsa(from, key) : read_point(from, key);
}

static enum verdict read_keys(const json_t *list, struct keyring *out)
{
	enum verdict v = json_is_array(list) ? VERDICT_GOOD : VERDICT_MISSING;

	for (size_t i = 0; v == VERDICT_GOOD && i < json_array_size(list); i++) {
		const json_t *key = json_array_get(list, i);

		if (!json_is_object(key))
			v = VERDICT_KEY_BAD;
		else if (is_ours(key))
			v = out->count < KEYRING_KEYS_MAX ? read_key(key, &out->keys[out->count++]) : VERDICT_KEYS_MANY;
	}
	return v;
}

enum verdict keyring_read(struct str text, struct keyring *out)
{
	json_t *set = claims_read(text);
	enum verdict v = set ? VERDICT_GOOD : VERDICT_JSON;

	memset(out, 0, sizeof(*out));
	if (set)
		v = read_keys(json_object_get(set, "keys"), out);
	json_decref(set);
	if (v != VERDICT_GOOD)
		memset(out, 0, sizeof(*out));
	return v;
}

static bool fits(const struct keyring_key *key, enum keyring_method method)
{
	if (key->method)
		return key->method == method;
	return key->modulus_len && (method == KEYRING_RS256 || method == KEYRING_PS256);
}

const struct keyring_key *keyring_find(const struct keyring *k, const char *id, enum keyring_method method)
{
	const struct keyring_key *found = NULL;

	for (unsigned i = 0; i < k->count; i++) {
		if (!fits(&k->keys[i], method) || (id[0] && strcmp(k->keys[i].id, id) != 0))
			continue;
		if (found)
			return NULL;
		found = &k->keys[i];
	}
	return found;
}
