/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public keys of a provider (JSON Web Key Set, RFC 7517) and signatures by them (JSON Web Algorithms, RFC 7518):
 * RS256, PS256 and ES256. A key is for one kind of signature: what is signed by a secret (HS256) or by nobody (none) is
 * never verified, whatever a token says. Keys that this does not know, or that are not for signatures, are passed over.
 */
#pragma once

#include "agent/base/str.h"
#include "server-stub/sso/verdict.h"

#include <stdint.h>

#define KEYRING_KEYS_MAX 32
#define KEYRING_ID_MAX 128
#define KEYRING_RSA_MIN 256 /* bytes of a modulus: 2048 bits */
#define KEYRING_RSA_MAX 512
#define KEYRING_EXPONENT_MAX 8
#define KEYRING_POINT 64
#define KEYRING_SIGNATURE_MAX KEYRING_RSA_MAX

enum keyring_method { KEYRING_NONE, KEYRING_RS256, KEYRING_PS256, KEYRING_ES256 };

struct keyring_key {
	char id[KEYRING_ID_MAX];    /* kid; "": it has none */
	enum keyring_method method; /* alg; KEYRING_NONE: it does not say, so any of its kind */
	uint32_t modulus_len;	    /* 0: a point of P-256 */
	uint32_t exponent_len;
	uint8_t modulus[KEYRING_RSA_MAX], exponent[KEYRING_EXPONENT_MAX];
	uint8_t point[KEYRING_POINT]; /* x and y */
};

struct keyring {
	unsigned count;
	struct keyring_key keys[KEYRING_KEYS_MAX];
};

/* RS256 and so on; KEYRING_NONE: it is not taken. */
enum keyring_method keyring_method(struct str alg);

/* Read a set. A key of a known kind that is malformed or too short spoils it. */
enum verdict keyring_read(struct str text, struct keyring *out);

/* The key for a token's header. Without an id it is the only one that fits. NULL: there is none. */
const struct keyring_key *keyring_find(const struct keyring *k, const char *id, enum keyring_method method);

/* Whether the signature over the bytes is this key's. VERDICT_SIGNATURE, VERDICT_KEY_BAD. It takes up to a few
 * milliseconds, and memory. */
enum verdict keyring_verify(const struct keyring_key *key, enum keyring_method method, struct str bytes,
			    struct str signature);
