/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signed token in its compact form (JSON Web Signature, RFC 7515 section 7.1; JSON Web Token, RFC 7519): header,
 * payload and signature in base64url, with a dot between. This takes it apart; it trusts nothing of it. Pure.
 */
#pragma once

#include "server-stub/sso/keyring.h"

#include <stddef.h>

#define JWT_TEXT_MAX 16384
#define JWT_PAYLOAD_MAX (JWT_TEXT_MAX * 3 / 4)

struct jwt {
	enum keyring_method method;
	char id[KEYRING_ID_MAX]; /* of the key; "": it names none */
	struct str signed_part;	 /* over the text that was read */
	size_t payload_len, signature_len;
	uint8_t signature[KEYRING_SIGNATURE_MAX];
	char payload[JWT_PAYLOAD_MAX];
};

/* VERDICT_TOKEN, VERDICT_ALGORITHM, VERDICT_CRITICAL. The text must stay as long as *out is used. */
enum verdict jwt_read(struct str text, struct jwt *out);
