/* SPDX-License-Identifier: Apache-2.0 */
/* Operators' signatures in a body: [{"key_id": 16 hex digits, "value": base64}, ...], by order keys of this fleet. */
#pragma once

#include "proto/object_message.h"
#include "server-stub/api/call.h"

#include <jansson.h>

/* The bytes that were signed. */
struct signatures_of {
	struct call *call;
	const void *bytes;
	size_t len;
};

/* Read and verify a list of 1 to 3. False after an error answer. */
bool signatures_read(const struct signatures_of *of, json_t *list, struct object_signature out[], unsigned *count);
