/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents of YAML 1.1 as trees. Anchors, aliases and tags are refused, so a
 * tree is never larger than its text, and so are keys that stand twice in a
 * map.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "server-stub/sigma/arena.h"

#include <stdbool.h>

#define DOC_BYTES_MAX (4u << 20) /* of a file */
#define DOC_DEPTH_MAX 16	 /* lists and maps within each other */
#define DOC_NODES_MAX 200000	 /* of a document */
#define DOC_MAP_MAX 4096	 /* keys of a map */
#define DOC_WHY_MAX 240

enum doc_kind { DOC_TEXT, DOC_LIST, DOC_MAP };

struct doc {
	enum doc_kind kind;
	bool plain;	 /* a text without quotes, which may be a number, a truth or null */
	unsigned line;	 /* from 1 */
	unsigned column; /* from 1 */
	struct str text; /* of DOC_TEXT; UTF-8 */
	struct str key;	 /* of what is in a map */
	unsigned key_line, key_column;
	unsigned count; /* of what is in a list or map */
	struct doc *first, *next;
};

/* What is wrong and where. `why` is a phrase without the name of the file; line
 * 0: the whole file. Column 0: it is not known. */
struct doc_error {
	unsigned line, column;
	char why[DOC_WHY_MAX];
};

/* Note what is wrong, unless something is noted already, in the manner of
 * printf(3). Returns false. */
bool doc_wrong(struct doc_error *e, unsigned line, const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Read all documents of a text: a list whose elements they are, in the arena's
 * memory. NULL: *e says why. Empty documents are left out.
 */
struct doc *doc_read(struct str text, struct arena *arena, struct doc_error *e);

/* What a map has under a key; NULL: nothing, or it is no map. */
struct doc *doc_get(const struct doc *map, const char *key);

/* Whether it is a plain null, "~" or nothing at all. */
bool doc_is_null(const struct doc *d);

/* Whether it is a plain true or false, or one of YAML's other words for it (yes, no, on, off); then *out is which. */
bool doc_is_truth(const struct doc *d, bool *out);
