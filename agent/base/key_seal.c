/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed boxes. In one, the new secret of an account that was reset travels to the holder of the escrow key, and no
 * program on its way can read it. key.h has the format. Never keeps a key or a secret after the call.
 */
#include "agent/base/key.h"

#include "agent/base/buf.h"
#include "agent/base/key_curve.h"
#include "agent/base/mbedtls_compat.h"

#include <mbedtls/ecdh.h>
#include <mbedtls/gcm.h>
#include <mbedtls/hkdf.h>
#include <mbedtls/md.h>

#include <string.h>

#define SEAL_VERSION 1
#define SEAL_TAG 16
#define SEAL_LABEL "caltrop seal 1"

_Static_assert(KEY_SEAL_OVERHEAD == 1 + KEY_CURVE_POINT + SEAL_TAG, "the header's number is the format's");

static const uint8_t zero_nonce[12];

/* Both points go into the key, so a box does not open when its ephemeral point is replaced. */
static enum err derive(const mbedtls_mpi *shared, const uint8_t *ephemeral, const uint8_t *recipient, uint8_t key[32])
{
	uint8_t memory[sizeof(SEAL_LABEL) + 2 * KEY_CURVE_POINT];
	struct buf info = buf_over(memory, sizeof(memory));
	uint8_t secret[32];
	int failed;

	buf_text(&info, SEAL_LABEL);
	buf_bytes(&info, ephemeral, KEY_CURVE_POINT);
	buf_bytes(&info, recipient, KEY_CURVE_POINT);
	failed = mbedtls_mpi_write_binary(shared, secret, sizeof(secret)) ||
		 mbedtls_hkdf(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), NULL, 0, secret, sizeof(secret), memory,
			      info.len, key, 32);
	key_wipe(secret, sizeof(secret));
	return failed ? ERR_CRYPTO : buf_check(&info);
}

struct box {
	uint8_t *key; /* 32 bytes, wiped */
	struct str in;
	uint8_t *out, *tag;
};

static enum err crypt_once(const struct box *b, bool open)
{
	mbedtls_gcm_context gcm;
	int failed;

	mbedtls_gcm_init(&gcm);
	failed = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, b->key, 256);
	if (!failed && open)
		failed = mbedtls_gcm_auth_decrypt(&gcm, b->in.len, zero_nonce, sizeof(zero_nonce), NULL, 0, b->tag,
						  SEAL_TAG, (const uint8_t *)b->in.data, b->out);
	else if (!failed)
		failed = mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, b->in.len, zero_nonce, sizeof(zero_nonce),
						   NULL, 0, (const uint8_t *)b->in.data, b->out, SEAL_TAG, b->tag);
	mbedtls_gcm_free(&gcm);
	key_wipe(b->key, 32);
	return failed ? ERR_CRYPTO : ERR_OK;
}

enum err key_seal(const struct key_der *public_key, struct key_random random, const void *plain, size_t len,
		  uint8_t *out, size_t out_cap, size_t *out_len)
{
	mbedtls_ecp_group group;
	mbedtls_ecp_point recipient, ephemeral;
	mbedtls_mpi secret, shared;
	struct key_der ephemeral_der;
	uint8_t *point = out + 1;
	uint8_t key[32];
	enum err err;

	*out_len = 0;
	if (out_cap < KEY_SEAL_OVERHEAD || len > out_cap - KEY_SEAL_OVERHEAD)
		return ERR_TOO_LONG;
	mbedtls_ecp_group_init(&group);
	mbedtls_ecp_point_init(&recipient);
	mbedtls_ecp_point_init(&ephemeral);
	mbedtls_mpi_init(&secret);
	mbedtls_mpi_init(&shared);
	err = key_curve_point(public_key, &group, &recipient);
	if (err != ERR_OK)
		goto out;
	err = ERR_CRYPTO;
	if (mbedtls_ecdh_gen_public(&group, &secret, &ephemeral, random.fill, random.context) != 0 ||
	    mbedtls_ecdh_compute_shared(&group, &shared, &recipient, &secret, random.fill, random.context) != 0 ||
	    key_curve_public(&group, &ephemeral, &ephemeral_der) != ERR_OK)
		goto out;
	out[0] = SEAL_VERSION;
	memcpy(point, ephemeral_der.bytes + KEY_CURVE_SPKI - KEY_CURVE_POINT, KEY_CURVE_POINT);
	err = derive(&shared, point, public_key->bytes + KEY_CURVE_SPKI - KEY_CURVE_POINT, key);
	if (err == ERR_OK)
		err = crypt_once(&(struct box){key, {plain, len}, out + KEY_SEAL_OVERHEAD, point + KEY_CURVE_POINT},
				 false);
	if (err == ERR_OK)
		*out_len = len + KEY_SEAL_OVERHEAD;
out:
	mbedtls_mpi_free(&shared);
	mbedtls_mpi_free(&secret);
	mbedtls_ecp_point_free(&ephemeral);
	mbedtls_ecp_point_free(&recipient);
	mbedtls_ecp_group_free(&group);
	return err;
}

/* Compute the secret that the private key and the box's ephemeral point share. */
static enum err agree(mbedtls_pk_context *pk, const uint8_t *point, mbedtls_mpi *shared)
{
	mbedtls_ecp_keypair *pair = mbedtls_pk_ec(*pk);
	mbedtls_ecp_point ephemeral;
	enum err err = ERR_CRYPTO;

	mbedtls_ecp_point_init(&ephemeral);
	if (mbedtls_ecp_point_read_binary(&pair->MBEDTLS_COMPAT(grp), &ephemeral, point, KEY_CURVE_POINT) == 0 &&
	    mbedtls_ecp_check_pubkey(&pair->MBEDTLS_COMPAT(grp), &ephemeral) == 0 &&
	    mbedtls_ecdh_compute_shared(&pair->MBEDTLS_COMPAT(grp), shared, &ephemeral, &pair->MBEDTLS_COMPAT(d),
					key_random_kernel.fill, NULL) == 0)
		err = ERR_OK;
	mbedtls_ecp_point_free(&ephemeral);
	return err;
}

enum err key_open(const struct key_der *private_key, const uint8_t *sealed, size_t sealed_len, uint8_t *plain,
		  size_t plain_cap, size_t *plain_len)
{
	const uint8_t *point = sealed + 1;
	mbedtls_pk_context pk;
	mbedtls_mpi shared;
	struct key_der public_key;
	struct str box;
	uint8_t tag[SEAL_TAG], key[32];
	enum err err;

	*plain_len = 0;
	if (sealed_len < KEY_SEAL_OVERHEAD || sealed[0] != SEAL_VERSION)
		return ERR_CRYPTO;
	box = (struct str){(const char *)sealed + KEY_SEAL_OVERHEAD, sealed_len - KEY_SEAL_OVERHEAD};
	if (box.len > plain_cap)
		return ERR_TOO_LONG;
	mbedtls_pk_init(&pk);
	mbedtls_mpi_init(&shared);
	err = key_curve_private(private_key, key_random_kernel, &pk);
	if (err == ERR_OK)
		err = key_public(private_key, &public_key);
	if (err == ERR_OK)
		err = agree(&pk, point, &shared);
	if (err == ERR_OK)
		err = derive(&shared, point, public_key.bytes + KEY_CURVE_SPKI - KEY_CURVE_POINT, key);
	if (err == ERR_OK) {
		memcpy(tag, point + KEY_CURVE_POINT, SEAL_TAG);
		err = crypt_once(&(struct box){key, box, plain, tag}, true);
	}
	if (err == ERR_OK)
		*plain_len = box.len;
	mbedtls_mpi_free(&shared);
	mbedtls_pk_free(&pk);
	return err;
}
