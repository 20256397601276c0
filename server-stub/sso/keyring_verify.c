/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures by keys of a provider, by mbedTLS. Finds no keys. */
#include "server-stub/sso/keyring.h"

#include "agent/base/key.h"

#include <mbedtls/bignum.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>

#define HALF (KEYRING_POINT / 2)
#define DIGEST 32

static const unsigned char *bytes_of(struct str s)
{
	return (const unsigned char *)s.data;
}

static enum verdict verify_rsa(const struct keyring_key *key, enum keyring_method method, const uint8_t digest[DIGEST],
			       struct str signature)
{
	const mbedtls_pk_rsassa_pss_options pss = {.mgf1_hash_id = MBEDTLS_MD_SHA256, .expected_salt_len = DIGEST};
	mbedtls_pk_context pk;
	enum verdict v = VERDICT_KEY_BAD;

	mbedtls_pk_init(&pk);
	if (mbedtls_pk_setup(&pk, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)) == 0 &&
	    mbedtls_rsa_import_raw(mbedtls_pk_rsa(pk), key->modulus, key->modulus_len, NULL, 0, NULL, 0, NULL, 0,
				   key->exponent, key->exponent_len) == 0 &&
	    mbedtls_rsa_complete(mbedtls_pk_rsa(pk)) == 0 && mbedtls_rsa_check_pubkey(mbedtls_pk_rsa(pk)) == 0) {
		bool is_pss = method == KEYRING_PS256;

		v = signature.len == key->modulus_len &&
				    mbedtls_pk_verify_ext(is_pss ? MBEDTLS_PK_RSASSA_PSS : MBEDTLS_PK_RSA,
							  is_pss ? &pss : NULL, &pk, MBEDTLS_MD_SHA256, digest, DIGEST,
							  bytes_of(signature), signature.len) == 0
			    ? VERDICT_GOOD
			    : VERDICT_SIGNATURE;
	}
	mbedtls_pk_free(&pk);
	return v;
}

struct curve {
	mbedtls_ecp_group group;
	mbedtls_ecp_point point;
	mbedtls_mpi r, s;
};

static bool read_point(const struct keyring_key *key, struct curve *c)
{
	uint8_t point[1 + KEYRING_POINT] = {0x04}; /* SEC 1 2.3.3: not compressed */

	for (unsigned i = 0; i < KEYRING_POINT; i++)
		point[1 + i] = key->point[i];
	return mbedtls_ecp_group_load(&c->group, MBEDTLS_ECP_DP_SECP256R1) == 0 &&
	       mbedtls_ecp_point_read_binary(&c->group, &c->point, point, sizeof(point)) == 0 &&
	       mbedtls_ecp_check_pubkey(&c->group, &c->point) == 0;
}

/* RFC 7518 section 3.4: the signature is r and s, 32 bytes each. */
static enum verdict verify_point(const struct keyring_key *key, const uint8_t digest[DIGEST], struct str signature)
{
	struct curve c;
	enum verdict v = VERDICT_KEY_BAD;

	mbedtls_ecp_group_init(&c.group);
	mbedtls_ecp_point_init(&c.point);
	mbedtls_mpi_init(&c.r);
	mbedtls_mpi_init(&c.s);
	if (read_point(key, &c))
		v = signature.len == KEYRING_POINT && mbedtls_mpi_read_binary(&c.r, bytes_of(signature), HALF) == 0 &&
				    mbedtls_mpi_read_binary(&c.s, bytes_of(signature) + HALF, HALF) == 0 &&
				    mbedtls_ecdsa_verify(&c.group, digest, DIGEST, &c.point, &c.r, &c.s) == 0
			    ? VERDICT_GOOD
			    : VERDICT_SIGNATURE;
	mbedtls_mpi_free(&c.s);
	mbedtls_mpi_free(&c.r);
	mbedtls_ecp_point_free(&c.point);
	mbedtls_ecp_group_free(&c.group);
	return v;
}

enum verdict keyring_verify(const struct keyring_key *key, enum keyring_method method, struct str bytes,
			    struct str signature)
{
	uint8_t digest[DIGEST];

	key_sha256(bytes.data, bytes.len, digest);
	if (method == KEYRING_ES256)
		return key->modulus_len ? VERDICT_KEY_BAD : verify_point(key, digest, signature);
	if (method != KEYRING_RS256 && method != KEYRING_PS256)
		return VERDICT_ALGORITHM;
	return key->modulus_len ? verify_rsa(key, method, digest, signature) : VERDICT_KEY_BAD;
}
