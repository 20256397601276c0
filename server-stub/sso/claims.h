/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One JSON object (RFC 8259) of a provider, read by jansson: discovery document, keys, answer with tokens, claims. A
 * member that comes twice is refused, and so is text that is no UTF-8.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLAIMS_BYTES_MAX 65536

/* The object, for json_decref; NULL: it is none, or longer than CLAIMS_BYTES_MAX. */
json_t *claims_read(struct str text);

/*
 * Copy a text member of visible characters. ERR_NOT_FOUND: it is absent; ERR_INVALID: it is no text, empty, or has
 * control characters; ERR_TOO_LONG: it does not fit with its NUL. `out` is then "".
 */
ERR_CHECK enum err claims_text(const json_t *claims, const char *name, char *out, size_t cap);

/* A time in seconds since 1970 (RFC 7519, NumericDate; parts of a second are cut). ERR_NOT_FOUND, ERR_INVALID. */
ERR_CHECK enum err claims_time(const json_t *claims, const char *name, int64_t *out);

/* Whether a member is that text, or a list in which it is. */
bool claims_has(const json_t *claims, const char *name, struct str wanted);
