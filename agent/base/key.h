/* SPDX-License-Identifier: Apache-2.0 */
/*
 * P-256 keys, signatures, certificates and sealed boxes over mbedTLS 2.28 and 3.6 (base/mbedtls_compat.h holds the
 * differences). Keys are opaque bytes here: PKCS#8/SEC1 DER private keys, SubjectPublicKeyInfo DER public keys (RFC
 * 5480). Randomness comes from the caller, so the simulator can be deterministic.
 */
#pragma once

#include "agent/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_DER_MAX 256 /* private or public key, DER */
#define KEY_ID 8
#define KEY_SIGNATURE_MAX 80
#define KEY_CSR_MAX 1024
#define KEY_CERT_MAX 2048
#define KEY_SEAL_OVERHEAD 82 /* see key_seal */

/* Fill out[len] with random bytes; 0 on success (the mbedTLS f_rng shape). */
struct key_random {
	int (*fill)(void *context, unsigned char *out, size_t len);
	void *context;
};

struct key_der {
	uint16_t len;
	uint8_t bytes[KEY_DER_MAX];
};

/* getrandom(2); blocks until the kernel's pool is ready, never fails short of a broken kernel. */
extern const struct key_random key_random_kernel;

ERR_CHECK enum err key_generate(struct key_random random, struct key_der *private_key);
ERR_CHECK enum err key_public(const struct key_der *private_key, struct key_der *public_key);

/* First eight bytes of SHA-256 over the public key's DER. */
void key_id(const struct key_der *public_key, uint8_t id[KEY_ID]);

/* ECDSA P-256 over SHA-256(data). signature: DER, at most KEY_SIGNATURE_MAX. */
ERR_CHECK enum err key_sign(const struct key_der *private_key, struct key_random random, const void *data, size_t len,
			    uint8_t signature[KEY_SIGNATURE_MAX], size_t *signature_len);

/* ERR_SIGNATURE when it does not verify, ERR_INVALID when the key is none. */
ERR_CHECK enum err key_verify(const struct key_der *public_key, const void *data, size_t len, const uint8_t *signature,
			      size_t signature_len);

/*
 * Seal to a public key: ephemeral ECDH on P-256, HKDF-SHA256 (RFC 5869, info "caltrop seal 1" + both points),
 * AES-256-GCM with a zero nonce (the key is used once). Out: version 1 (1 byte), ephemeral point uncompressed (65), tag
 * (16), ciphertext; len + 82 bytes. ERR_TOO_LONG when out_cap is short.
 */
ERR_CHECK enum err key_seal(const struct key_der *public_key, struct key_random random, const void *plain, size_t len,
			    uint8_t *out, size_t out_cap, size_t *out_len);

/* Open it. ERR_CRYPTO: not for this key, or changed. */
ERR_CHECK enum err key_open(const struct key_der *private_key, const uint8_t *sealed, size_t sealed_len, uint8_t *plain,
			    size_t plain_cap, size_t *plain_len);

/* SHA-256 (FIPS 180-4). */
void key_sha256(const void *data, size_t len, uint8_t digest[32]);

/* Whether two secrets of one length are equal, in constant time. */
bool key_equal(const void *a, const void *b, size_t len);

/* Overwrite a secret in a way the compiler keeps. */
void key_wipe(void *secret, size_t len);

/* PKCS#10 (RFC 2986) with subject CN=common_name. */
ERR_CHECK enum err key_csr(const struct key_der *private_key, struct key_random random, const char *common_name,
			   uint8_t csr[KEY_CSR_MAX], size_t *csr_len);

/* The public key of a CSR whose own signature verifies. ERR_INVALID, ERR_SIGNATURE, ERR_UNSUPPORTED (not P-256). */
ERR_CHECK enum err key_csr_public(const uint8_t *csr, size_t csr_len, struct key_der *public_key);

enum key_cert_kind { KEY_CERT_CA, KEY_CERT_SERVER, KEY_CERT_DEVICE };

struct key_cert_request {
	enum key_cert_kind kind;
	const struct key_der *subject_key; /* public */
	const struct key_der *issuer_key;  /* private */
	const char *subject;		   /* "CN=...,O=..." as mbedTLS reads it */
	const char *issuer;
	uint8_t serial[16];		   /* positive, not zero */
	int64_t not_before_s, not_after_s; /* since 1970 */
	const char *const *dns_names;	   /* server: NULL-terminated subjectAltName dNSName, may be NULL */
	const uint8_t *const *ip_names;	   /* server: NULL-terminated; each 17 bytes: length (4/16), address */
	const char *uri;		   /* device: "urn:uuid:...", may be NULL */
};

/* X.509 v3 (RFC 5280), SHA-256 with ECDSA, DER. */
ERR_CHECK enum err key_cert(const struct key_cert_request *request, struct key_random random,
			    uint8_t cert[KEY_CERT_MAX], size_t *cert_len);

/* PEM (RFC 7468) of DER under a label such as "CERTIFICATE"; NUL-terminated. ERR_TOO_LONG. */
ERR_CHECK enum err key_pem(const char *label, const uint8_t *der, size_t len, char *out, size_t out_cap);
/* The first PEM block of that label in text -> DER. ERR_NOT_FOUND, ERR_INVALID, ERR_TOO_LONG. */
ERR_CHECK enum err key_from_pem(const char *label, const char *text, uint8_t *der, size_t der_cap, size_t *der_len);
