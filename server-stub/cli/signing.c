/* SPDX-License-Identifier: Apache-2.0 */
/* Signs at the operator's desk. The key never leaves it. */
#include "server-stub/cli/signing.h"

#include "agent/base/buf.h"
#include "server-stub/cli/context.h"

#include <mbedtls/base64.h>

#include <stdio.h>
#include <stdlib.h>

#define KEY_FILE_MAX 4096

bool signing_load(const char *path, struct key_der *key)
{
	static const char *const labels[] = {"EC PRIVATE KEY", "PRIVATE KEY"};
	char text[KEY_FILE_MAX];
	size_t len = 0;
	enum err err = ERR_NOT_FOUND;

	if (!context_read_file(path, text, sizeof(text)))
		return false;
	for (unsigned i = 0; i < 2 && err == ERR_NOT_FOUND; i++)
		err = key_from_pem(labels[i], text, key->bytes, sizeof(key->bytes), &len);
	key_wipe(text, sizeof(text));
	key->len = (uint16_t)len;
	if (err)
		fprintf(stderr, "caltrop: %s is not a private key in PEM\n", path);
	return err == ERR_OK;
}

json_t *signing_base64(const void *bytes, size_t len)
{
	size_t cap = len / 3 * 4 + 8, text_len = 0;
	char *text = malloc(cap);
	json_t *out = NULL;

	if (text && mbedtls_base64_encode((unsigned char *)text, cap, &text_len, bytes, len) == 0)
		out = json_stringn(text, text_len);
	free(text);
	return out;
}

json_t *signing_list(const struct key_der *key, const void *bytes, size_t len)
{
	uint8_t signature[KEY_SIGNATURE_MAX], id[KEY_ID];
	char hex[KEY_ID * 2 + 1];
	struct buf h = buf_over(hex, sizeof(hex) - 1);
	struct key_der public;
	size_t signature_len;

	if (key_public(key, &public) || key_sign(key, key_random_kernel, bytes, len, signature, &signature_len))
		return NULL;
	key_id(&public, id);
	buf_hex(&h, id, sizeof(id));
	hex[h.len] = 0;
	return json_pack("[{s:s, s:o}]", "key_id", hex, "value", signing_base64(signature, signature_len));
}
