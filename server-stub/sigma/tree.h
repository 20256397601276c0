/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions as trees, between the rule's text and the pack's rows. Trees may
 * share parts. */
#pragma once

#include "proto/pack_write.h"
#include "server-stub/sigma/arena.h"

#include <stdbool.h>
#include <stdint.h>

/* A field and patterns, of which one fits. */
struct leaf {
	struct str field; /* empty: the whole event */
	unsigned line, count, room;
	struct pack_pattern *patterns; /* of PACK_FIELD the text is the other field's name */
	bool written;
	uint32_t matcher; /* its number, once it is written */
};

struct branch {
	enum pack_node_kind kind;
	bool is_said;	   /* PACK_NOT: the condition says "not" */
	struct leaf *leaf; /* of PACK_MATCH */
	unsigned count, room;
	struct branch **parts;
};

/* A new branch without parts, or a leaf's. NULL: there is no memory. */
struct branch *tree_new(struct arena *a, enum pack_node_kind kind);
struct branch *tree_leaf(struct arena *a, struct str field, unsigned line);

/* Add a part to a branch, or a pattern to a leaf. False: there is no memory;
 * part may be NULL, which is the same. */
bool tree_add(struct arena *a, struct branch *b, struct branch *part);
bool tree_add_pattern(struct arena *a, struct branch *b, const struct pack_pattern *p);

/* The branch itself, or its part if that is the only one and nothing is negated. */
struct branch *tree_plain(struct branch *b);

/* How many branches are within each other. */
unsigned tree_depth(const struct branch *b);

/* Write the tree into a pack. Returns the root's number. */
uint32_t tree_write(struct pack_writer *w, struct branch *b);
