/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions: "selection and not 1 of filter_*". From what binds least: or,
 * and, not, "1 of" or "all of" a pattern or "them", parentheses. Patterns and
 * "them" leave out names that begin with '_', unless the pattern does.
 */
#pragma once

#include "server-stub/sigma/doc.h"
#include "server-stub/sigma/tree.h"

#define CONDITION_NAMES_MAX 512 /* search identifiers of a rule */
#define CONDITION_DEPTH_MAX                               \
	16 /* parentheses and negations within each other \
	    */

/* The search identifiers of a rule and what is under them. */
struct condition_names {
	unsigned count;
	struct {
		struct str name;
		struct branch *branch;
	} list[CONDITION_NAMES_MAX];
};

/* Read a condition, or a list of them, of which one has to be true. NULL: *e
 * says why. */
struct branch *condition_read(struct arena *a, const struct doc *doc, const struct condition_names *names,
			      struct doc_error *e);

/*
 * Whether all that a condition links with "and" is negated: "not selection".
 * Filters are written so, and without the "not" as well.
 */
bool condition_is_negative(const struct branch *b);
