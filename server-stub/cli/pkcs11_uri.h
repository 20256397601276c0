/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key in a PKCS #11 token, as people write it: a URI of RFC 7512, "pkcs11:token=desk;object=ada". What finds the
 * token and the key is read (token, manufacturer, serial, model; object, id; type), and of the query module-path and
 * pin-source. Whatever else there is would be ignored by a program that does not know it, and is refused. Pure.
 */
#pragma once

#include "agent/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PKCS11_URI_SCHEME "pkcs11:"
#define PKCS11_URI_LABEL_MAX 128
#define PKCS11_URI_ID_MAX 64
#define PKCS11_URI_PATH_MAX 1024
#define PKCS11_URI_WHY_MAX 160

/* A text that is "" and an id of no bytes: any. */
struct pkcs11_uri {
	char token[33], manufacturer[33], serial[17], model[17];
	char object[PKCS11_URI_LABEL_MAX];
	uint8_t id[PKCS11_URI_ID_MAX];
	size_t id_len;
	char module_path[PKCS11_URI_PATH_MAX], pin_source[PKCS11_URI_PATH_MAX];
};

/* Whether the text means a key in a token, well written or not. */
bool pkcs11_uri_is(const char *text);

/* Read the URI. ERR_INVALID: `why` is the end of a sentence. */
ERR_CHECK enum err pkcs11_uri_read(const char *text, struct pkcs11_uri *out, char why[PKCS11_URI_WHY_MAX]);
