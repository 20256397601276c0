/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request bodies: one JSON object (RFC 8259), read with jansson. A member that comes twice or is not known, and more
 * than BODY_DEPTH_MAX levels, are refused. A function that returns false or NULL has answered the call with what is
 * wrong.
 */
#pragma once

#include "server-stub/api/call.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BODY_DEPTH_MAX 8

/* Read the body; its members must be among the words of `known`. The caller gives it to json_decref. NULL after an
 * answer. */
json_t *body_read(struct call *call, const char *known);

/* Whether the members of an object inside the body are among the words of `known`. */
bool body_known(struct call *call, json_t *object, const char *known);

/* Copy a text member; "" when it is absent and not required. */
struct body_text {
	const char *name;
	char *out;
	size_t cap;
	bool required;
};
bool body_text(struct call *call, json_t *body, const struct body_text *t);

/* Read a member that is bytes in base64 (RFC 4648 section 4), which must be there. */
struct body_bytes {
	const char *name;
	uint8_t *out;
	size_t cap;
	struct str *bytes; /* over `out` */
};
bool body_bytes(struct call *call, json_t *body, const struct body_bytes *b);

/* Whether a name is plain (label_is_plain). `whose` begins the message: "A group's". */
bool body_plain(struct call *call, const char *whose, const char *name);

/* Read a whole number in [min, max]; *out keeps its value when the member is absent. */
struct body_number {
	const char *name;
	int64_t min, max, *out;
};
bool body_number(struct call *call, json_t *body, const struct body_number *n);

/* Read true or false; an absent member is false. */
bool body_flag(struct call *call, json_t *body, const char *name, bool *out);
