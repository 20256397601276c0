/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding (RFC 3986 section 2.1) and query strings: "a=1&b=two%20words". Pure. */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Decode the value of a parameter into `out`, NUL-terminated. ERR_NOT_FOUND (out is then ""), ERR_INVALID (a bad
 * escape, a NUL, the parameter comes twice), ERR_TOO_LONG.
 */
ERR_CHECK enum err query_get(struct str query, const char *name, char *out, size_t cap);

/* Whether every parameter's name is among the words of `allowed`; "*" is all names. If not, *stranger is the first that
 * is not. */
bool query_known(struct str query, const char *allowed, struct str *stranger);

/* Decode percent-encoded text into `out`, NUL-terminated. ERR_INVALID (a bad escape, a NUL), ERR_TOO_LONG. */
ERR_CHECK enum err query_unescape(struct str text, char *out, size_t cap);
