/* SPDX-License-Identifier: Apache-2.0 */
/* An authenticator and the browser around it, for tests: what they would send for a challenge of the service. */
#pragma once

#include "agent/base/key.h"
#include "server-stub/api/authenticator.h"
#include "server-stub/api/challenge.h"

#include <sodium.h>

#include <stdio.h>
#include <string.h>

#define FOB_ATTESTATION_MAX 512
#define FOB_CLIENT_MAX 512
#define FOB_DATA 37

struct fob {
	struct key_der private_key;
	uint8_t id[16];
	uint32_t counter;
	uint8_t flags;	  /* of what it says next; AUTHENTICATOR_NEW is added by itself */
	const char *host; /* that the page came from */
};

static inline bool fob_make(struct fob *f, uint8_t id)
{
	*f = (struct fob){.flags = AUTHENTICATOR_PRESENT | AUTHENTICATOR_VERIFIED, .host = "fleet.example.net"};
	memset(f->id, id, sizeof(f->id));
	return key_generate(key_random_kernel, &f->private_key) == ERR_OK;
}

static inline size_t fob_data(const struct fob *f, uint8_t flags, uint8_t *out)
{
	key_sha256(f->host, strlen(f->host), out);
	out[32] = flags;
	for (unsigned i = 0; i < 4; i++)
		out[33 + i] = (uint8_t)(f->counter >> (24 - 8 * i));
	return FOB_DATA;
}

/* {"fmt": "none", "attStmt": {}, "authData": ...} with a COSE key {1: 2, 3: -7, -1: 1, -2: x, -3: y}. */
static inline size_t fob_attestation(const struct fob *f, uint8_t out[FOB_ATTESTATION_MAX])
{
	static const uint8_t front[] = "\xa3\x63"
				       "fmt"
				       "\x64"
				       "none"
				       "\x67"
				       "attStmt"
				       "\xa0\x68"
				       "authData";
	static const uint8_t key_front[] = {0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32};
	struct key_der public_key;
	size_t len = sizeof(front) - 1, data_at = len + 2, at;

	if (key_public(&f->private_key, &public_key) != ERR_OK)
		return 0;
	memcpy(out, front, len);
	at = data_at + fob_data(f, f->flags | AUTHENTICATOR_NEW, out + data_at);
	memset(out + at, 0, 17);
	out[at + 17] = sizeof(f->id);
	memcpy(out + at + 18, f->id, sizeof(f->id));
	at += 18 + sizeof(f->id);
	memcpy(out + at, key_front, sizeof(key_front));
	at += sizeof(key_front);
	memcpy(out + at, public_key.bytes + public_key.len - 64, 32);
	memcpy(out + at + 32, "\x22\x58\x20", 3);
	memcpy(out + at + 35, public_key.bytes + public_key.len - 32, 32);
	at += 67;
	out[len] = 0x58;
	out[len + 1] = (uint8_t)(at - data_at);
	return at;
}

static inline void fob_client(const struct fob *f, const char *type, const uint8_t challenge[CHALLENGE_BYTES],
			      char out[FOB_CLIENT_MAX])
{
	char text[64];

	sodium_bin2base64(text, sizeof(text), challenge, CHALLENGE_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	snprintf(out, FOB_CLIENT_MAX,
		 "{\"type\":\"webauthn.%s\",\"challenge\":\"%s\",\"origin\":\"https://%s:8444\",\"crossOrigin\":false}",
		 type, text, f->host);
}

/* The next signature, over `data` that fob_data wrote. */
static inline size_t fob_sign(const struct fob *f, const uint8_t data[FOB_DATA], const char *client,
			      uint8_t signature[KEY_SIGNATURE_MAX])
{
	uint8_t bytes[FOB_DATA + 32];
	size_t len = 0;

	memcpy(bytes, data, FOB_DATA);
	key_sha256(client, strlen(client), bytes + FOB_DATA);
	return key_sign(&f->private_key, key_random_kernel, bytes, sizeof(bytes), signature, &len) == ERR_OK ? len : 0;
}
