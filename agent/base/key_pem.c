/* SPDX-License-Identifier: Apache-2.0 */
/* Writes and reads PEM (RFC 7468): labels must match exactly, white space is free. Never looks at the DER inside. */
#include "agent/base/key.h"

#include "agent/base/buf.h"
#include "agent/base/str.h"

#include <mbedtls/base64.h>

#include <stdio.h>

#define LINE_BYTES 48 /* of DER in one line: 64 characters */
#define LABEL_MAX 96

enum err key_pem(const char *label, const uint8_t *der, size_t len, char *out, size_t out_cap)
{
	struct buf b = buf_over(out, out_cap);

	buf_printf(&b, "-----BEGIN %s-----\n", label);
	for (size_t at = 0; at < len; at += LINE_BYTES) {
		size_t part = len - at < LINE_BYTES ? len - at : LINE_BYTES;
		uint8_t line[LINE_BYTES / 3 * 4 + 4];
		size_t written = 0;

		if (mbedtls_base64_encode(line, sizeof(line), &written, der + at, part) != 0)
			return ERR_CRYPTO;
		buf_bytes(&b, line, written);
		buf_char(&b, '\n');
	}
	buf_printf(&b, "-----END %s-----\n", label);
	buf_char(&b, '\0');
	return buf_check(&b);
}

enum err key_from_pem(const char *label, const char *text, uint8_t *der, size_t der_cap, size_t *der_len)
{
	char mark[LABEL_MAX];
	struct str rest = str_from(text);
	size_t at;
	int failed;

	*der_len = 0;
	snprintf(mark, sizeof(mark), "-----BEGIN %s-----", label);
	at = str_find(rest, str_from(mark));
	if (at == SIZE_MAX)
		return ERR_NOT_FOUND;
	rest = str_sub(rest, at + str_from(mark).len, SIZE_MAX);
	snprintf(mark, sizeof(mark), "-----END %s-----", label);
	at = str_find(rest, str_from(mark));
	if (at == SIZE_MAX)
		return ERR_INVALID;
	rest = str_trim(str_sub(rest, 0, at));
	failed = mbedtls_base64_decode(der, der_cap, der_len, (const uint8_t *)rest.data, rest.len);
	if (failed == MBEDTLS_ERR_BASE64_BUFFER_TOO_SMALL)
		return ERR_TOO_LONG;
	return failed || *der_len == 0 ? ERR_INVALID : ERR_OK;
}
