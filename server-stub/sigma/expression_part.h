/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions as trees, between their text and the program. */
#pragma once

#include "agent/sigma/regex.h"
#include "server-stub/sigma/expression.h"

#include <stdint.h>

#define EXPRESSION_FOREVER UINT32_MAX /* most: any number of times */

enum expression_part_kind { EXPRESSION_STEP, EXPRESSION_ALL_OF, EXPRESSION_ONE_OF, EXPRESSION_REPEAT };

/* A part of an expression. */
struct expression_part {
	enum expression_part_kind kind;
	uint8_t step; /* EXPRESSION_STEP: enum regex_kind */
	uint32_t arg;
	uint32_t least, most; /* EXPRESSION_REPEAT */
	struct expression_part *first, *next;
};

/* What is read, and what has been made of it. */
struct expression_reader {
	struct arena arena;
	struct str rest;
	unsigned flags, depth;
	enum err err;
	char *why;
	unsigned sets, ranges, steps;
	struct {
		uint16_t first, count;
	} set[REGEX_SETS_MAX];
	struct {
		uint32_t low, high;
	} range[REGEX_RANGES_MAX];
	uint8_t code[REGEX_STEPS_MAX][8];
};

/* Note what is wrong, unless something is noted already. Returns NULL. */
void *expression_wrong(struct expression_reader *r, enum err err, const char *why);

/* Read the whole of r->rest. NULL: r->err and r->why say why. */
struct expression_part *expression_read(struct expression_reader *r);
