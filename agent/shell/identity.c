/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and replaces the files of the identity. Never judges a certificate and never sends a key. */
#include "agent/shell/identity.h"

#include "agent/shell/file.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define KEY_LABEL "EC PRIVATE KEY" /* RFC 5915, the form that key_generate() makes */

static const struct {
	const char *cert, *key;
} names[IDENTITY_SLOTS] = {
	[IDENTITY_NEXT] = {"next_cert.pem", "next_key.pem"},
	[IDENTITY_CURRENT] = {"cert.pem", "key.pem"},
	[IDENTITY_HALF] = {"cert.pem", "next_key.pem"},
};

enum err identity_load(int dir, enum identity_slot slot, struct identity *out)
{
	struct buf cert = buf_over(out->cert, sizeof(out->cert)), key = buf_over(out->key, sizeof(out->key));
	enum err err = file_read(dir, names[slot].cert, &cert);

	if (err == ERR_OK)
		err = file_read(dir, names[slot].key, &key);
	out->cert_len = cert.len;
	out->key_len = key.len;
	return err;
}

void identity_wipe(struct identity *id)
{
	key_wipe(id->key, sizeof(id->key));
}

enum err identity_next_key(int dir, struct key_der *out)
{
	char pem[IDENTITY_KEY_MAX];
	struct buf text = buf_over(pem, sizeof(pem));
	size_t der_len = 0;
	enum err err = file_read(dir, "next_key.pem", &text);

	if (err == ERR_OK)
		err = key_from_pem(KEY_LABEL, pem, out->bytes, sizeof(out->bytes), &der_len);
	out->len = (uint16_t)der_len;
	if (err) {
		err = key_generate(key_random_kernel, out);
		if (err == ERR_OK)
			err = key_pem(KEY_LABEL, out->bytes, out->len, pem, sizeof(pem));
		if (err == ERR_OK)
			err = file_replace(dir, "next_key.pem", pem, strlen(pem));
	}
	key_wipe(pem, sizeof(pem));
	return err;
}

enum err identity_pem(const struct str chain[IDENTITY_CHAIN_MAX], char out[IDENTITY_CERT_MAX], size_t *len)
{
	*len = 0;
	for (unsigned i = 0; i < IDENTITY_CHAIN_MAX && !str_empty(chain[i]); i++) {
		enum err err = key_pem("CERTIFICATE", (const uint8_t *)chain[i].data, chain[i].len, out + *len,
				       IDENTITY_CERT_MAX - *len);

		if (err)
			return err;
		*len += strlen(out + *len);
	}
	return ERR_OK;
}

enum err identity_put_next(int dir, const struct str chain[IDENTITY_CHAIN_MAX])
{
	char pem[IDENTITY_CERT_MAX];
	size_t len = 0;
	enum err err = identity_pem(chain, pem, &len);

	return err ? err : file_replace(dir, "next_cert.pem", pem, len);
}

enum err identity_adopt(int dir, enum identity_slot slot)
{
	if (slot == IDENTITY_CURRENT)
		return ERR_OK;
	if (slot == IDENTITY_NEXT && renameat(dir, "next_cert.pem", dir, "cert.pem") != 0)
		return err_from_errno(errno);
	if (renameat(dir, "next_key.pem", dir, "key.pem") != 0 || fsync(dir) != 0)
		return err_from_errno(errno);
	return ERR_OK;
}
