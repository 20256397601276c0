/* SPDX-License-Identifier: Apache-2.0 */
/* An operator's order key: read from a file, and what is signed with it as members of a call. */
#pragma once

#include "agent/base/key.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>

/* Read a private key in PEM; the caller wipes it (key_wipe). False after a message. */
bool signing_load(const char *path, struct key_der *key);

/* A new JSON text: the bytes in base64. NULL: out of memory. */
json_t *signing_base64(const void *bytes, size_t len);

/* A new list with the signature of these bytes: [{"key_id": ..., "value": ...}]. NULL: they cannot be signed. */
json_t *signing_list(const struct key_der *key, const void *bytes, size_t len);
