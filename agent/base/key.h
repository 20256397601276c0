/* SPDX-License-Identifier: Apache-2.0 */
/*
 * P-256 keys, signatures, certificates and sealed boxes, by mbedTLS 2.28 or 3.6 (mbedtls_compat.h has what differs).
 * Keys are opaque bytes here. A private key is DER of PKCS#8 (RFC 5958) or SEC 1 (RFC 5915), a public key is DER of
 * SubjectPublicKeyInfo (RFC 5480). Randomness comes from the caller, so that the simulator can repeat a run.
 *
 * ERR_INVALID of any function here also means bytes that are not such a key; ERR_UNSUPPORTED, a key of another kind or
 * curve; ERR_CRYPTO, a failure inside of mbedTLS; ERR_NO_MEMORY, that it could not allocate. After an error, an
 * output's length is 0.
 */
#pragma once

#include "agent/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_DER_MAX 256 /* bytes of a private or public key in DER */
#define KEY_ID 8	/* bytes of a key's identifier */
#define KEY_SIGNATURE_MAX 80
#define KEY_CSR_MAX 1024
#define KEY_CERT_MAX 2048
#define KEY_SEAL_OVERHEAD 82 /* bytes that key_seal() adds to the plain text */

/*
 * A generator of random bytes. `fill` fills out[len] and returns 0, as f_rng of mbedTLS does; any other value: failed.
 */
struct key_random {
	int (*fill)(void *context, unsigned char *out, size_t len);
	void *context;
};

struct key_der {
	uint16_t len;
	uint8_t bytes[KEY_DER_MAX];
};

/* The kernel's generator, getrandom(2). It waits until the kernel's pool is ready, early in a boot. */
extern const struct key_random key_random_kernel;

/* Make a new private key. */
ERR_CHECK enum err key_generate(struct key_random random, struct key_der *private_key);

/* Write the public key that belongs to a private key. */
ERR_CHECK enum err key_public(const struct key_der *private_key, struct key_der *public_key);

/* Write the identifier of a public key: the first KEY_ID bytes of SHA-256 over its DER. */
void key_id(const struct key_der *public_key, uint8_t id[KEY_ID]);

/* Sign data with ECDSA (FIPS 186-4) on P-256 over SHA-256. The signature is DER (RFC 3279 2.2.3). */
ERR_CHECK enum err key_sign(const struct key_der *private_key, struct key_random random, const void *data, size_t len,
			    uint8_t signature[KEY_SIGNATURE_MAX], size_t *signature_len);

/* Check a signature of key_sign(). ERR_SIGNATURE: it is not this key's signature of these bytes. */
ERR_CHECK enum err key_verify(const struct key_der *public_key, const void *data, size_t len, const uint8_t *signature,
			      size_t signature_len);

/*
 * Seal bytes so that only the holder of the private key can read them. The format is Caltrop's own: version 1 (1 byte),
 * an ephemeral P-256 point, uncompressed (65 bytes, SEC 1 2.3.3), the tag (16 bytes) and the ciphertext. The cipher is
 * AES-256-GCM with a nonce of zeros, because each key is used once. The key is HKDF-SHA256 (RFC 5869) of the ECDH
 * secret, with the info "caltrop seal 1", the ephemeral point and the recipient's. *out_len is len + KEY_SEAL_OVERHEAD.
 * ERR_TOO_LONG: that is more than out_cap.
 */
ERR_CHECK enum err key_seal(const struct key_der *public_key, struct key_random random, const void *plain, size_t len,
			    uint8_t *out, size_t out_cap, size_t *out_len);

/* Open a sealed box. ERR_CRYPTO: it is for another key, or it was changed. ERR_TOO_LONG: plain_cap is too small. */
ERR_CHECK enum err key_open(const struct key_der *private_key, const uint8_t *sealed, size_t sealed_len, uint8_t *plain,
			    size_t plain_cap, size_t *plain_len);

/* Write the SHA-256 (FIPS 180-4) of data. */
void key_sha256(const void *data, size_t len, uint8_t digest[32]);

/* The same for bytes that come in pieces: begin, any number of add, end. No memory is taken. */
struct key_hash {
	_Alignas(8) uint8_t state[128];
};
void key_hash_begin(struct key_hash *h);
void key_hash_add(struct key_hash *h, const void *data, size_t len);
void key_hash_end(struct key_hash *h, uint8_t digest[32]);

/* Whether two secrets of one length are equal. The time that it takes does not depend on their bytes. */
bool key_equal(const void *a, const void *b, size_t len);

/* Overwrite a secret with zeros; the compiler does not remove it (explicit_bzero(3)). */
void key_wipe(void *secret, size_t len);

/*
 * Make a certificate request (PKCS#10, RFC 2986) with the subject CN=common_name. ERR_INVALID: the name is empty, too
 * long, or has a character that would need an escape (RFC 4514 2.4).
 */
ERR_CHECK enum err key_csr(const struct key_der *private_key, struct key_random random, const char *common_name,
			   uint8_t csr[KEY_CSR_MAX], size_t *csr_len);

/*
 * Write the public key of a certificate request, if the request's own signature verifies; ERR_SIGNATURE: it does not.
 */
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

/*
 * Issue a certificate: X.509 v3 (RFC 5280) in DER, signed by ECDSA with SHA-256. ERR_INVALID: a name that mbedTLS
 * cannot read, or times that are out of order or before 1970. The caller decides who gets one.
 */
ERR_CHECK enum err key_cert(const struct key_cert_request *request, struct key_random random,
			    uint8_t cert[KEY_CERT_MAX], size_t *cert_len);

/* Write the public key of a certificate in DER. Nothing else of the certificate is judged. */
ERR_CHECK enum err key_cert_public(const uint8_t *cert, size_t cert_len, struct key_der *public_key);

/*
 * Write DER as PEM (RFC 7468) under a label such as "CERTIFICATE", with a NUL at its end. ERR_TOO_LONG: out_cap is too
 * small.
 */
ERR_CHECK enum err key_pem(const char *label, const uint8_t *der, size_t len, char *out, size_t out_cap);

/*
 * Write the DER of the first PEM block of that label in the text. ERR_NOT_FOUND: there is no such block. ERR_INVALID:
 * it has no end, or is not base64. ERR_TOO_LONG: der_cap is too small.
 */
ERR_CHECK enum err key_from_pem(const char *label, const char *text, uint8_t *der, size_t der_cap, size_t *der_len);
