/* SPDX-License-Identifier: Apache-2.0 */
/* Takes tokens apart. The header says only which of the provider's keys is meant, never how far it is believed. */
#include "server-stub/sso/jwt.h"

#include "agent/base/err.h"
#include "server-stub/sso/claims.h"

#include <sodium.h>

#include <string.h>

#define HEADER_MAX 1024

/* False: it is not base64url without padding, or does not fit. */
static bool decode(struct str text, void *out, size_t cap, size_t *len)
{
	return text.len && sodium_base642bin(out, cap, text.data, text.len, NULL, len, NULL,
					     sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
}

static enum verdict read_header(struct str text, struct jwt *out)
{
	char bytes[HEADER_MAX], alg[16];
	size_t len;
	json_t *header = decode(text, bytes, sizeof(bytes), &len) ? claims_read((struct str){bytes, len}) : NULL;
	enum verdict v = VERDICT_GOOD;
	enum err err;

	if (!header)
		return VERDICT_TOKEN;
	err = claims_text(header, "alg", alg, sizeof(alg));
	out->method = err == ERR_OK ? keyring_method(str_from(alg)) : KEYRING_NONE;
	err = claims_text(header, "kid", out->id, sizeof(out->id));
	if (out->method == KEYRING_NONE)
		v = VERDICT_ALGORITHM;
	else if (json_object_get(header, "crit"))
		v = VERDICT_CRITICAL;
	else if (err != ERR_OK && err != ERR_NOT_FOUND)
		v = VERDICT_TOKEN;
	json_decref(header);
	return v;
}

enum verdict jwt_read(struct str text, struct jwt *out)
{
	struct str rest = text, header = str_cut(&rest, '.'), payload = str_cut(&rest, '.');
	enum verdict v;

	out->method = KEYRING_NONE;
	out->id[0] = '\0';
	out->payload_len = out->signature_len = 0;
	if (text.len > JWT_TEXT_MAX)
		return VERDICT_TOKEN;
	v = read_header(header, out);
	if (v != VERDICT_GOOD)
		return v;
	out->signed_part = str_sub(text, 0, header.len + 1 + payload.len);
	return decode(payload, out->payload, sizeof(out->payload), &out->payload_len) &&
			       decode(rest, out->signature, sizeof(out->signature), &out->signature_len)
		       ? VERDICT_GOOD
		       : VERDICT_TOKEN;
}
