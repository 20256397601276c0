/* SPDX-License-Identifier: Apache-2.0 */
/* Signs at the operator's desk. The key never leaves it. */
#include "server-stub/cli/signing.h"

#include "agent/base/buf.h"
#include "agent/cli/command.h"
#include "server-stub/cli/signer.h"

#include <mbedtls/base64.h>

#include <stdio.h>
#include <stdlib.h>

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

/* One member of the list. */
static json_t *sign_with(const char *name, struct str bytes, int *status)
{
	struct signer_signature signature;
	uint8_t id[KEY_ID];
	char hex[KEY_ID * 2 + 1];
	struct buf h = buf_over(hex, sizeof(hex) - 1);
	struct signer key;
	enum err err;

	*status = signer_open(name, &key);
	if (*status != OPTS_GO_ON)
		return NULL;
	err = signer_sign(&key, bytes.data, bytes.len, &signature);
	key_id(&key.public_key, id);
	signer_close(&key);
	if (err) {
		fprintf(stderr, "caltrop: %s: it can't sign: %s\n", name, err_text(err));
		*status = COMMAND_FAILED;
		return NULL;
	}
	buf_hex(&h, id, sizeof(id));
	hex[h.len] = 0;
	return json_pack("{s:s, s:o}", "key_id", hex, "value", signing_base64(signature.bytes, signature.len));
}

json_t *signing_list(const struct opts_list *names, const void *bytes, size_t len, int *status)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < names->count; i++) {
		json_t *one = sign_with(names->items[i], (struct str){bytes, len}, status);

		if (!one) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, one);
	}
	return list;
}
