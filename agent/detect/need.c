/* SPDX-License-Identifier: Apache-2.0 */
/* Reads conditions and patterns of a pack that was checked. Its depth is that of the pack, at most PACK_DEPTH_MAX. */
#include "agent/detect/need.h"

#include "agent/sigma/glob.h"

#include <string.h>

#define BYTES_BEST 6u /* longer texts are no better */

uint32_t need_length(const struct need *n)
{
	return (uint32_t)n->text.len + (n->ends & NEED_BEGIN ? 1 : 0) + (n->ends & NEED_END ? 1 : 0);
}

/* The longest part of a text that has only ASCII in it; the ends count where they are the text's own. */
static void consider(struct need *best, struct str text, uint8_t ends)
{
	for (size_t from = 0; from < text.len;) {
		size_t to = from;

		while (to < text.len && (uint8_t)text.data[to] < 0x80)
			to++;
		struct need n = {.text = str_sub(text, from, to - from)};

		n.ends = (from == 0 ? ends & NEED_BEGIN : 0) | (to == text.len ? ends & NEED_END : 0);
		if (need_length(&n) > need_length(best) && n.text.len <= UINT16_MAX) {
			n.field = best->field;
			*best = n;
		}
		from = to + 1;
	}
}

static void consider_glob(struct need *best, struct str glob)
{
	enum glob_part part;
	struct str bytes;
	uint8_t first = NEED_BEGIN;

	while (glob_next(&glob, &part, &bytes)) {
		if (part == GLOB_BYTES)
			consider(best, bytes, first | (glob.len == 0 ? NEED_END : 0));
		first = 0;
	}
}

bool need_of(const struct pack *pack, const struct pack_matcher *matcher, uint32_t place, struct need *out)
{
	struct pack_pattern p = pack_pattern(pack, matcher->first + place);

	*out = (struct need){.field = matcher->field};
	switch (p.kind) {
	case PACK_EQUALS: consider(out, p.text, NEED_BEGIN | NEED_END); break;
	case PACK_STARTS: consider(out, p.text, NEED_BEGIN); break;
	case PACK_ENDS: consider(out, p.text, NEED_END); break;
	case PACK_CONTAINS: consider(out, p.text, 0); break;
	case PACK_GLOB: consider_glob(out, p.text); break;
	default: return false;
	}
	return need_length(out) >= NEED_BYTES;
}

static void of_matcher(const struct pack *pack, uint32_t number, struct need_set *out)
{
	struct pack_matcher m = pack_matcher(pack, number);
	struct need n;

	*out = (struct need_set){.count = 1, .matchers = {number}, .bytes = BYTES_BEST, .patterns = m.count};
	for (uint32_t i = 0; i < m.count; i++) {
		if (!need_of(pack, &m, i, &n)) {
			out->count = 0;
			return;
		}
		if (need_length(&n) < out->bytes)
			out->bytes = need_length(&n);
	}
	if (m.count == 0)
		out->count = 0;
}

static bool is_better(const struct need_set *a, const struct need_set *b)
{
	if (a->count == 0 || b->count == 0)
		return a->count > 0;
	return a->bytes != b->bytes ? a->bytes > b->bytes : a->patterns < b->patterns;
}

/* Either of the two. */
static void join(struct need_set *set, const struct need_set *other)
{
	if (other->count == 0 || set->count + other->count > NEED_MATCHERS_MAX) {
		set->count = 0;
		return;
	}
	memcpy(set->matchers + set->count, other->matchers, other->count * sizeof(other->matchers[0]));
	set->count += other->count;
	set->patterns += other->patterns;
	set->bytes = other->bytes < set->bytes ? other->bytes : set->bytes;
}

/* Of a node and all that is within it. Returns the number of the node behind. */
static uint32_t of_node(const struct pack *pack, uint32_t number, struct need_set *out)
{
	struct pack_node node = pack_node(pack, number);
	bool first = true, known = true;

	if (node.kind == PACK_MATCH) {
		of_matcher(pack, node.arg, out);
		return number + 1;
	}
	*out = (struct need_set){.count = 0};
	for (uint32_t at = number + 1; at < node.arg; first = false) {
		struct need_set inner;

		at = of_node(pack, at, &inner);
		if (node.kind == PACK_AND && is_better(&inner, out))
			*out = inner;
		if (node.kind != PACK_OR || !known)
			continue;
		if (first)
			*out = inner;
		else
			join(out, &inner);
		known = out->count > 0;
	}
	return node.arg;
}

void need_find(const struct pack *pack, uint32_t node, struct need_set *out)
{
	of_node(pack, node, out);
}
