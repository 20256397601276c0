/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what a service answers. For this folder only. */
#pragma once

#include <stddef.h>

#include <jansson.h>

/*
 * Decode a JSON text; the caller owns the result. An integer that is beyond the range of json_int_t becomes the end of
 * that range: one odd number must not hide all the rest of an answer. NULL: it is no JSON.
 */
json_t *decode_json(const char *text, size_t len);
