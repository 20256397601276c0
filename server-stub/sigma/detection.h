/* SPDX-License-Identifier: Apache-2.0 */
/* Search identifiers: what stands under a name in a rule's detection, as a
 * tree. */
#pragma once

#include "server-stub/sigma/doc.h"
#include "server-stub/sigma/tree.h"

#define DETECTION_TEXT_MAX 16384 /* bytes of a value */

/* What is read with: memory, the lists for placeholders (may be NULL), and
 * where to say what is wrong. */
struct detection {
	struct arena *arena;
	const struct doc *lists;
	struct doc_error *error;
	bool has_expression; /* set when there is a regular expression */
};

/* Read a map, a list of maps, or keywords. NULL: the error says why. */
struct branch *detection_read(struct detection *d, const struct doc *doc);

/* What a plain number is in decimal digits: "0x10" is 16 and "1_000" is 1000,
 * as YAML 1.1 has it; else the text itself.
 */
struct str detection_number(struct arena *a, const struct doc *doc);
