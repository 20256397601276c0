/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the identity that the guard uses. Changes nothing of it. */
#include "agent/cli/enroll_vouch.h"

#include "agent/base/hex.h"
#include "agent/shell/file.h"
#include "agent/shell/identity.h"

#include <string.h>

#define KEY_LABEL "EC PRIVATE KEY"

static enum err read_device(const struct enroll_files *f, struct enroll_vouch *out)
{
	char text[2 * ENROLL_VOUCH_DEVICE + 8];
	struct buf b = buf_over(text, sizeof(text));
	enum err err = file_read(f->trust, "device_id", &b);

	if (err == ERR_OK && !hex_read(str_trim(buf_str(&b)), out->device, sizeof(out->device)))
		err = ERR_CORRUPT;
	return err;
}

static enum err read_pair(const struct enroll_files *f, enum identity_slot slot, struct enroll_vouch *out)
{
	static struct identity pair;
	size_t key_len = 0;
	enum err err = identity_load(f->identity, slot, &pair);

	if (err == ERR_OK &&
	    !enroll_files_pair((struct str){pair.cert, pair.cert_len}, (struct str){pair.key, pair.key_len}))
		err = ERR_CORRUPT;
	if (err == ERR_OK)
		err = key_from_pem("CERTIFICATE", pair.cert, out->cert, sizeof(out->cert), &out->cert_len);
	if (err == ERR_OK)
		err = key_from_pem(KEY_LABEL, pair.key, out->key.bytes, sizeof(out->key.bytes), &key_len);
	out->key.len = (uint16_t)key_len;
	identity_wipe(&pair);
	return err;
}

enum err enroll_vouch_open(const struct enroll_files *f, struct enroll_vouch *out)
{
	memset(out, 0, sizeof(*out));
	if (read_device(f, out) != ERR_OK)
		return ERR_CORRUPT;
	for (unsigned slot = 0; slot < IDENTITY_SLOTS; slot++)
		if (read_pair(f, (enum identity_slot)slot, out) == ERR_OK)
			return ERR_OK;
	return ERR_CORRUPT;
}

enum err enroll_vouch_sign(struct enroll_vouch *vouch, struct vouch v)
{
	uint8_t statement[VOUCH_STATEMENT];

	v.certificate = (struct str){(const char *)vouch->cert, vouch->cert_len};
	vouch_statement(&v, statement);
	return key_sign(&vouch->key, key_random_kernel, statement, sizeof(statement), vouch->signature,
			&vouch->signature_len);
}
