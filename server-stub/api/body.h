/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request bodies: one JSON object (RFC 8259) each, read with jansson. Strict: no member twice, none that the call does
 * not know, at most BODY_DEPTH_MAX levels. Each function that returns false has answered the call with what is wrong.
 */
#pragma once

#include "server-stub/api/call.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BODY_DEPTH_MAX 8

/* The body, with its members among the words of `known`. NULL after an answer; otherwise json_decref it. */
json_t *body_read(struct call *call, const char *known);

/* The same for an object inside it. */
bool body_known(struct call *call, json_t *object, const char *known);

/* A text member; "" when it is absent and not required. */
struct body_text {
	const char *name;
	char *out;
	size_t cap;
	bool required;
};
bool body_text(struct call *call, json_t *body, const struct body_text *t);

/* A whole number in [min, max]; *out keeps its value when the member is absent. */
struct body_number {
	const char *name;
	int64_t min, max, *out;
};
bool body_number(struct call *call, json_t *body, const struct body_number *n);

/* true, false or absent: false. */
bool body_flag(struct call *call, json_t *body, const char *name, bool *out);
