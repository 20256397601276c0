/* SPDX-License-Identifier: Apache-2.0 */
/* Grows trees of conditions and writes them into packs. */
#include "server-stub/sigma/tree.h"

struct branch *tree_new(struct arena *a, enum pack_node_kind kind)
{
	struct branch *b = arena_take(a, sizeof(*b));

	if (b)
		b->kind = kind;
	return b;
}

struct branch *tree_leaf(struct arena *a, struct str field, unsigned line)
{
	struct branch *b = tree_new(a, PACK_MATCH);
	struct leaf *l = arena_take(a, sizeof(*l));

	if (!b || !l)
		return NULL;
	l->field = field;
	l->line = line;
	b->leaf = l;
	return b;
}

/* A larger copy of an array that is full. */
static void *more(struct arena *a, const void *array, unsigned *room, size_t size)
{
	unsigned larger = *room ? *room * 2 : 4;
	void *copy = arena_take(a, larger * size);

	if (copy && *room)
		memcpy(copy, array, *room * size);
	if (copy)
		*room = larger;
	return copy;
}

bool tree_add(struct arena *a, struct branch *b, struct branch *part)
{
	if (b->count == b->room) {
		struct branch **parts = more(a, b->parts, &b->room, sizeof(b->parts[0]));

		if (!parts)
			return false;
		b->parts = parts;
	}
	if (part)
		b->parts[b->count++] = part;
	return part != NULL;
}

bool tree_add_pattern(struct arena *a, struct branch *b, const struct pack_pattern *p)
{
	struct leaf *l = b->leaf;

	if (l->count == l->room) {
		struct pack_pattern *patterns = more(a, l->patterns, &l->room, sizeof(l->patterns[0]));

		if (!patterns)
			return false;
		l->patterns = patterns;
	}
	l->patterns[l->count++] = *p;
	return true;
}

struct branch *tree_plain(struct branch *b)
{
	return b->count == 1 && b->kind != PACK_NOT ? b->parts[0] : b;
}

unsigned tree_depth(const struct branch *b)
{
	unsigned deepest = 0;

	for (unsigned i = 0; i < b->count; i++) {
		unsigned depth = tree_depth(b->parts[i]);

		deepest = depth > deepest ? depth : deepest;
	}
	return b->kind == PACK_MATCH ? 0 : deepest + 1;
}

static uint32_t write_leaf(struct pack_writer *w, struct leaf *l)
{
	struct pack_matcher m = {PACK_WHOLE, pack_write_count(w, PACK_PATTERNS), l->count};

	if (l->written)
		return l->matcher;
	for (unsigned i = 0; i < l->count; i++) {
		struct pack_pattern p = l->patterns[i];

		if (p.kind == PACK_FIELD) {
			p.extra = pack_write_field(w, p.text);
			p.text = STR_NONE;
		}
		pack_write_pattern(w, &p);
	}
	if (l->field.len)
		m.field = pack_write_field(w, l->field);
	l->matcher = pack_write_matcher(w, &m);
	l->written = true;
	return l->matcher;
}

uint32_t tree_write(struct pack_writer *w, struct branch *b)
{
	uint32_t node;

	if (b->kind == PACK_MATCH)
		return pack_write_node(w, PACK_MATCH, write_leaf(w, b->leaf));
	node = pack_write_node(w, b->kind, 0);
	for (unsigned i = 0; i < b->count; i++)
		(void)tree_write(w, b->parts[i]);
	pack_write_node_end(w, node);
	return node;
}
