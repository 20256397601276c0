/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys, their identifiers and signatures, by mbedTLS. P-256 is the only curve. Sealed boxes are in key_seal.c,
 * certificates in key_cert.c and PEM in key_pem.c, so that a program links what it uses. Never reads a file.
 */
#include "agent/base/key.h"

#include "agent/base/key_curve.h"
#include "agent/base/mbedtls_compat.h"
#include "agent/base/require.h"

#include <string.h>

/* The SubjectPublicKeyInfo of an uncompressed P-256 point, up to the point itself (RFC 5480 2.1.1, 2.2). */
static const uint8_t spki_head[26] = {
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
	0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
};

void key_sha256(const void *data, size_t len, uint8_t digest[32])
{
	require(mbedtls_compat_sha256(data, len, digest, 0) == 0);
}

_Static_assert(sizeof(mbedtls_sha256_context) <= sizeof(struct key_hash), "room for the context");

static mbedtls_sha256_context *context_of(struct key_hash *h)
{
	return (mbedtls_sha256_context *)(void *)h->state;
}

void key_hash_begin(struct key_hash *h)
{
	mbedtls_sha256_init(context_of(h));
	require(mbedtls_compat_sha256_starts(context_of(h), 0) == 0);
}

void key_hash_add(struct key_hash *h, const void *data, size_t len)
{
	require(mbedtls_compat_sha256_update(context_of(h), data, len) == 0);
}

void key_hash_end(struct key_hash *h, uint8_t digest[32])
{
	require(mbedtls_compat_sha256_finish(context_of(h), digest) == 0);
	mbedtls_sha256_free(context_of(h));
}

/* Only the one encoding that mbedTLS writes and RFC 5480 asks for is accepted, so that a key has one identifier. */
enum err key_curve_point(const struct key_der *public_key, mbedtls_ecp_group *group, mbedtls_ecp_point *point)
{
	if (public_key->len != KEY_CURVE_SPKI || memcmp(public_key->bytes, spki_head, sizeof(spki_head)) != 0)
		return ERR_INVALID;
	if (mbedtls_ecp_group_load(group, MBEDTLS_ECP_DP_SECP256R1) != 0)
		return ERR_NO_MEMORY;
	if (mbedtls_ecp_point_read_binary(group, point, public_key->bytes + sizeof(spki_head), KEY_CURVE_POINT) != 0 ||
	    mbedtls_ecp_check_pubkey(group, point) != 0)
		return ERR_INVALID;
	return ERR_OK;
}

enum err key_curve_public(const mbedtls_ecp_group *group, const mbedtls_ecp_point *point, struct key_der *public_key)
{
	size_t len = 0;

	memset(public_key, 0, sizeof(*public_key));
	if (mbedtls_ecp_point_write_binary(group, point, MBEDTLS_ECP_PF_UNCOMPRESSED, &len,
					   public_key->bytes + sizeof(spki_head), KEY_CURVE_POINT) != 0 ||
	    len != KEY_CURVE_POINT)
		return ERR_CRYPTO;
	memcpy(public_key->bytes, spki_head, sizeof(spki_head));
	public_key->len = KEY_CURVE_SPKI;
	return ERR_OK;
}

enum err key_curve_private(const struct key_der *private_key, struct key_random random, mbedtls_pk_context *pk)
{
	if (private_key->len == 0 || private_key->len > KEY_DER_MAX)
		return ERR_INVALID;
	if (mbedtls_compat_parse_key(pk, private_key->bytes, private_key->len, random.fill, random.context) != 0)
		return ERR_INVALID;
	if (!mbedtls_pk_can_do(pk, MBEDTLS_PK_ECKEY) ||
	    mbedtls_pk_ec(*pk)->MBEDTLS_COMPAT(grp).id != MBEDTLS_ECP_DP_SECP256R1)
		return ERR_UNSUPPORTED;
	return ERR_OK;
}

enum err key_generate(struct key_random random, struct key_der *private_key)
{
	mbedtls_pk_context pk;
	uint8_t der[KEY_DER_MAX];
	enum err err = ERR_CRYPTO;
	int len;

	memset(private_key, 0, sizeof(*private_key));
	mbedtls_pk_init(&pk);
	if (mbedtls_pk_setup(&pk, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)) != 0 ||
	    mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(pk), random.fill, random.context) != 0)
		goto out;
	len = mbedtls_pk_write_key_der(&pk, der, sizeof(der));
	if (len <= 0)
		goto out;
	private_key->len = (uint16_t)len;
	/* mbedTLS writes from the end of the buffer. */
	memcpy(private_key->bytes, der + sizeof(der) - (size_t)len, (size_t)len);
	err = ERR_OK;
out:
	key_wipe(der, sizeof(der));
	mbedtls_pk_free(&pk);
	return err;
}

enum err key_public(const struct key_der *private_key, struct key_der *public_key)
{
	mbedtls_pk_context pk;
	enum err err;

	memset(public_key, 0, sizeof(*public_key));
	mbedtls_pk_init(&pk);
	err = key_curve_private(private_key, key_random_kernel, &pk);
	if (err == ERR_OK)
		err = key_curve_public(&mbedtls_pk_ec(pk)->MBEDTLS_COMPAT(grp), &mbedtls_pk_ec(pk)->MBEDTLS_COMPAT(Q),
				       public_key);
	mbedtls_pk_free(&pk);
	return err;
}

void key_id(const struct key_der *public_key, uint8_t id[KEY_ID])
{
	uint8_t digest[32];

	key_sha256(public_key->bytes, public_key->len, digest);
	memcpy(id, digest, KEY_ID);
}

enum err key_sign(const struct key_der *private_key, struct key_random random, const void *data, size_t len,
		  uint8_t signature[KEY_SIGNATURE_MAX], size_t *signature_len)
{
	mbedtls_pk_context pk;
	mbedtls_ecdsa_context signer;
	uint8_t digest[32];
	enum err err;

	*signature_len = 0;
	mbedtls_pk_init(&pk);
	mbedtls_ecdsa_init(&signer);
	err = key_curve_private(private_key, random, &pk);
	if (err != ERR_OK)
		goto out;
	key_sha256(data, len, digest);
	if (mbedtls_ecdsa_from_keypair(&signer, mbedtls_pk_ec(pk)) != 0 ||
	    mbedtls_compat_ecdsa_sign(&signer, digest, signature, KEY_SIGNATURE_MAX, signature_len, random.fill,
				      random.context) != 0)
		err = ERR_CRYPTO;
out:
	mbedtls_ecdsa_free(&signer);
	mbedtls_pk_free(&pk);
	return err;
}

enum err key_verify(const struct key_der *public_key, const void *data, size_t len, const uint8_t *signature,
		    size_t signature_len)
{
	mbedtls_ecdsa_context verifier;
	uint8_t digest[32];
	enum err err;

	mbedtls_ecdsa_init(&verifier);
	err = key_curve_point(public_key, &verifier.MBEDTLS_COMPAT(grp), &verifier.MBEDTLS_COMPAT(Q));
	if (err != ERR_OK)
		goto out;
	key_sha256(data, len, digest);
	if (signature_len == 0 || signature_len > KEY_SIGNATURE_MAX ||
	    mbedtls_ecdsa_read_signature(&verifier, digest, sizeof(digest), signature, signature_len) != 0)
		err = ERR_SIGNATURE;
out:
	mbedtls_ecdsa_free(&verifier);
	return err;
}
