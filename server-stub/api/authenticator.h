/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an authenticator says (Web Authentication Level 2, section 6): of a new key pair, and with each signature. Only
 * ES256, ECDSA on P-256 over SHA-256, which every authenticator has. Attestation, by which makers vouch for theirs, is
 * not asked for and not looked at. Pure.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdint.h>

#define AUTHENTICATOR_POINT 64 /* bytes of x and y */

enum authenticator_flag {
	AUTHENTICATOR_PRESENT = 1,  /* somebody touched it */
	AUTHENTICATOR_VERIFIED = 4, /* and it knows that it is its owner, by PIN, finger or face */
	AUTHENTICATOR_NEW = 64,	    /* a new key pair is told of */
};

struct authenticator {
	uint8_t rp_sha256[32]; /* of the host name that the key pair is for */
	uint8_t flags;	       /* set of enum authenticator_flag, and others */
	uint32_t counter;      /* signatures so far; 0: it does not count */
	/* Of a new key pair. */
	struct str id; /* lies in the input */
	uint8_t point[AUTHENTICATOR_POINT];
};

/* Read the authenticator data that came with a signature. ERR_INVALID: it is too short, or tells of a new key pair. */
ERR_CHECK enum err authenticator_read(struct str data, struct authenticator *out);

/*
 * Read an attestation object, which tells of a new key pair. ERR_INVALID: it is none, or its point is not on the curve;
 * ERR_UNSUPPORTED: the key is of another kind; ERR_CRYPTO, ERR_NO_MEMORY.
 */
ERR_CHECK enum err authenticator_read_new(struct str attestation, struct authenticator *out);

/* What an authenticator signs: its data, and the hash of what the browser adds to it. */
struct authenticator_signed {
	struct str data, client_data, signature;
};

/* Check a signature. ERR_SIGNATURE: it is not of this key and these bytes; ERR_TOO_LONG: the data is too long. */
ERR_CHECK enum err authenticator_verify(const uint8_t point[AUTHENTICATOR_POINT], const struct authenticator_signed *s);
