/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trust bundle: whom the devices of a fleet trust, and for what. The fleet's root keys sign it, k of n of them;
 * they are kept off line and are in no service. A device takes a bundle only in place of an older one of its own fleet.
 * All integers are big-endian:
 *
 *   "CTB1" or "CTB2"  fleet[16]  version:u64  created_s:i64
 *   roots_needed:u8  root_count:u8 (1..5)  ( key )*
 *   order_count:u8 (0..8)  ( key  name_len:u8 name  verbs:u64  kinds:u64  [flags:u8] )*
 *   rule_count:u8 (0..16)  ( verb:u16 (rising)  signatures:u8 (1..3) )*
 *   ca_count:u8 (1..3)  ( len:u16 certificate )*
 *   escrow: key, or a length of 0
 *
 * where key is len:u8 and the DER of a SubjectPublicKeyInfo (RFC 5480) on P-256. `verbs` and `kinds` are sets: bit n is
 * the verb (proto/verb.h) or the kind of object of that number. Only CTB2 has flags: bit 0
 * says that a browser keeps the key, and at least one key has it. A guard
 * that reads only CTB1 keeps the bundle that it has. Nothing follows. A bundle has one spelling: what decodes encodes
 * to the same bytes.
 *
 * Sealed, it is len:u16 and those bytes, then count:u8 (0..8) and ( key_id[8]  len:u8  signature )*, each an ECDSA
 * P-256 signature over SHA-256 of exactly those bytes, in DER (RFC 3279). No key signs twice.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/key.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define BUNDLE_BYTES_MAX 6144
#define BUNDLE_SEALED_MAX 6656
#define BUNDLE_FLEET 16
#define BUNDLE_ROOTS_MAX 5
#define BUNDLE_ORDER_KEYS_MAX 8
#define BUNDLE_NAME_MAX 33 /* with its NUL */
#define BUNDLE_RULES_MAX 16
#define BUNDLE_RULE_SIGNATURES_MAX 3
#define BUNDLE_CAS_MAX 3
#define BUNDLE_SIGNATURES_MAX 8
#define BUNDLE_WHY_MAX 112
#define BUNDLE_ALL UINT64_MAX /* every verb or kind, also those of later versions */

struct bundle_order_key {
	struct key_der key;
	char name[BUNDLE_NAME_MAX];
	uint64_t verbs, kinds; /* what it may sign */
	/* A browser keeps it, and the service's page says what it signs. Where several signatures are needed, those of
	 * such keys alone are not enough. */
	bool in_browser;
};

/* How many distinct signatures a verb needs, when that is more than the verb's own row says. */
struct bundle_rule {
	uint16_t verb;
	uint8_t signatures;
};

/* How many distinct signatures these verbs need by the rules, and `least` at least. */
unsigned bundle_needed(const struct bundle_rule *rules, unsigned count, uint64_t verbs, unsigned least);

struct bundle_ca {
	uint16_t len;
	uint8_t der[KEY_CERT_MAX];
};

struct bundle {
	uint8_t fleet[BUNDLE_FLEET]; /* the same in all of one fleet: the first bytes of its identity (fleet.h) */
	uint64_t version;	     /* from 1 */
	int64_t created_s;	     /* wall time since 1970, for people */
	uint8_t roots_needed, root_count;
	struct key_der roots[BUNDLE_ROOTS_MAX];
	uint8_t order_count;
	struct bundle_order_key orders[BUNDLE_ORDER_KEYS_MAX];
	uint8_t rule_count;
	struct bundle_rule rules[BUNDLE_RULES_MAX];
	uint8_t ca_count;
	struct bundle_ca cas[BUNDLE_CAS_MAX];
	struct key_der escrow; /* len 0: none */
};

struct bundle_signature {
	uint8_t key_id[KEY_ID], len;
	uint8_t bytes[KEY_SIGNATURE_MAX];
};

struct bundle_sealed {
	uint16_t len;
	uint8_t bytes[BUNDLE_BYTES_MAX];
	uint8_t signature_count;
	struct bundle_signature signatures[BUNDLE_SIGNATURES_MAX];
};

/*
 * Whether every field is in its range, every key is one, no key stands twice among the root keys or the order keys, and
 * no root key is an order key. ERR_INVALID; then `why` is a sentence.
 */
ERR_CHECK enum err bundle_check(const struct bundle *b, char why[BUNDLE_WHY_MAX]);

/* SHA-256 over roots_needed, root_count and the root keys as they stand in the bytes: what join tokens (token.h) name.
 */
void bundle_roots_sha256(const struct bundle *b, uint8_t out[32]);

/* Append the bytes to sign. ERR_INVALID as bundle_check(); ERR_TOO_LONG: more than BUNDLE_BYTES_MAX or the memory. */
ERR_CHECK enum err bundle_encode(struct buf *out, const struct bundle *b, char why[BUNDLE_WHY_MAX]);

/* Read them back, checked. ERR_TRUNCATED, ERR_TOO_LONG, ERR_INVALID; then *out is zero. */
ERR_CHECK enum err bundle_decode(struct str bytes, struct bundle *out, char why[BUNDLE_WHY_MAX]);

/* Append a sealed bundle; ERR_TOO_LONG: the memory. */
ERR_CHECK enum err bundle_seal(struct buf *out, const struct bundle_sealed *s);

/*
 * Read a sealed bundle; neither its bytes nor its signatures are judged. ERR_TRUNCATED, ERR_TOO_LONG, ERR_INVALID (one
 * key signs twice, or an empty signature); then *out is zero.
 */
ERR_CHECK enum err bundle_open(struct str bytes, struct bundle_sealed *out, char why[BUNDLE_WHY_MAX]);

/* Add a signature that the public key's owner made. ERR_EXISTS: that key has signed already. ERR_FULL. */
ERR_CHECK enum err bundle_add(struct bundle_sealed *s, const struct key_der *public_key, const uint8_t *signature,
			      size_t len);

/* Sign with a private key. Errors are those of bundle_add() and key_sign(). */
ERR_CHECK enum err bundle_sign(struct bundle_sealed *s, const struct key_der *private_key, struct key_random random);

/*
 * Write how many of these different public keys have signed. Signatures by other keys do not count. ERR_SIGNATURE: one
 * by these keys does not verify.
 */
ERR_CHECK enum err bundle_signers(const struct bundle_sealed *s, const struct key_der *keys, unsigned count,
				  unsigned *signers);
