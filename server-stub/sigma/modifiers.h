/* SPDX-License-Identifier: Apache-2.0 */
/* The modifiers of a field, as in "CommandLine|windash|contains|all". */
#pragma once

#include "server-stub/sigma/doc.h"

#include <stdbool.h>
#include <stdint.h>

#define MODIFIERS_STEPS_MAX 8

/* What changes a string. They are taken in the order in which they are written.
 */
enum modifiers_step {
	MODIFIERS_STARTSWITH,
	MODIFIERS_ENDSWITH,
	MODIFIERS_CONTAINS,
	MODIFIERS_WINDASH,
	MODIFIERS_BASE64,
	MODIFIERS_BASE64OFFSET,
	MODIFIERS_UTF16LE,
	MODIFIERS_UTF16BE,
	MODIFIERS_UTF16,
	MODIFIERS_EXPAND,
};

/* What a value is taken for. */
enum modifiers_type {
	MODIFIERS_STRING,
	MODIFIERS_RE,
	MODIFIERS_CIDR,
	MODIFIERS_EXISTS,
	MODIFIERS_FIELDREF,
	MODIFIERS_NUMBER, /* lt and the like */
	MODIFIERS_TIME,
};

struct modifiers {
	bool all, neq, cased;
	enum modifiers_type type;
	uint8_t compare;     /* MODIFIERS_NUMBER, MODIFIERS_TIME: PACK_LT to PACK_GTE, or
				PACK_EQUALS */
	uint8_t part;	     /* MODIFIERS_TIME: enum pack_time */
	unsigned expression; /* MODIFIERS_RE: enum expression_flag */
	unsigned count;	     /* of steps */
	uint8_t steps[MODIFIERS_STEPS_MAX];
};

/* Read those behind a field's name, separated by '|'. False: *e says which is
 * wrong. */
bool modifiers_read(struct str list, unsigned line, struct modifiers *m, struct doc_error *e);

/* Whether the steps have that one. */
bool modifiers_have(const struct modifiers *m, enum modifiers_step step);
