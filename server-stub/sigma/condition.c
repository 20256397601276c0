/* SPDX-License-Identifier: Apache-2.0 */
/* Reads conditions by recursive descent and puts the search identifiers' trees
 * together. */
#include "server-stub/sigma/condition.h"

#include "agent/sigma/utf8.h"

struct reader {
	struct arena *arena;
	const struct condition_names *names;
	struct doc_error *error;
	unsigned line, depth;
	struct str rest, word; /* what is left, and the word that comes next; an empty
				  one: the end */
};

static struct branch *wrong(struct reader *r, const char *what)
{
	doc_wrong(r->error, r->line, "has a condition that %s%s%.*s%s", what, r->word.len ? " '" : "", (int)r->word.len,
		  r->word.data ? r->word.data : "", r->word.len ? "'" : "");
	return NULL;
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
	       c == '*' || c == '?' || c == '.';
}

/* Find the next word: a name, or any other character by itself. */
static void next(struct reader *r)
{
	size_t len = 0;

	r->rest = str_trim(r->rest);
	while (len < r->rest.len && is_name(r->rest.data[len]))
		len++;
	r->word = str_sub(r->rest, 0, len ? len : utf8_len(r->rest));
	r->rest = str_sub(r->rest, r->word.len, SIZE_MAX);
}

static bool is(const struct reader *r, const char *word)
{
	return str_equal_fold(r->word, str_from(word));
}

static bool take(struct reader *r, const char *word)
{
	if (!is(r, word))
		return false;
	next(r);
	return true;
}

/* Whether a pattern with '*' describes a name. */
static bool is_like(struct str name, struct str pattern)
{
	while (pattern.len && pattern.data[0] != '*') {
		if (!name.len || name.data[0] != pattern.data[0])
			return false;
		name = str_sub(name, 1, SIZE_MAX);
		pattern = str_sub(pattern, 1, SIZE_MAX);
	}
	if (!pattern.len)
		return !name.len;
	pattern = str_sub(pattern, 1, SIZE_MAX);
	if (str_find_byte(pattern, '*') == SIZE_MAX)
		return str_ends(name, pattern);
	for (size_t i = 0; i <= name.len; i++)
		if (is_like(str_sub(name, i, SIZE_MAX), pattern))
			return true;
	return false;
}

static unsigned stars(struct str pattern)
{
	unsigned count = 0;

	for (size_t i = 0; i < pattern.len; i++)
		count += pattern.data[i] == '*';
	return count;
}

/* What follows "1 of" and "all of". */
static struct branch *read_several(struct reader *r, enum pack_node_kind kind)
{
	struct branch *b = tree_new(r->arena, kind);
	bool them = is(r, "them");

	if (!r->word.len || !is_name(r->word.data[0]))
		return wrong(r, "names no search identifiers behind 'of', but");
	if (stars(r->word) > 4)
		return wrong(r, "has more than four '*' in");
	for (unsigned i = 0; b && i < r->names->count; i++) {
		struct str name = r->names->list[i].name;
		bool hidden = str_starts(name, STR("_")) && !str_starts(r->word, STR("_"));

		if (hidden || !(them || is_like(name, r->word)))
			continue;
		if (!tree_add(r->arena, b, r->names->list[i].branch))
			b = NULL;
	}
	if (b && !b->count)
		return wrong(r, "names search identifiers of which there is none:");
	next(r);
	return b ? tree_plain(b) : wrong(r, "needs more memory than there is");
}

static struct branch *read_name(struct reader *r)
{
	for (unsigned i = 0; i < r->names->count; i++)
		if (str_equal(r->names->list[i].name, r->word)) {
			next(r);
			return r->names->list[i].branch;
		}
	return wrong(r, r->word.len ? "names a search identifier that is not there:" : "ends too early");
}

static struct branch *read_or(struct reader *r);

static struct branch *read_inner(struct reader *r)
{
	struct str word = r->word, rest = r->rest;
	struct branch *b;

	if (take(r, "(")) {
		b = read_or(r);
		if (b && !take(r, ")"))
			return wrong(r, "has a '(' without its ')' at");
		return b;
	}
	bool one = is(r, "1") || is(r, "any"), all = is(r, "all");

	next(r);
	if ((one || all) && take(r, "of"))
		return read_several(r, one ? PACK_OR : PACK_AND);
	if (is(r, "of") && word.len && word.data[0] >= '0' && word.data[0] <= '9')
		return wrong(r, "counts otherwise than by '1 of' and 'all of', at");
	r->word = word;
	r->rest = rest;
	if (is(r, "|"))
		return wrong(r, "has an aggregation, which is not Sigma any more; write a "
				"correlation instead of");
	return read_name(r);
}

static struct branch *read_not(struct reader *r)
{
	struct branch *b, *inner;

	if (++r->depth > CONDITION_DEPTH_MAX)
		return wrong(r, "has more than 16 parentheses or negations within each other, at");
	if (!take(r, "not")) {
		b = read_inner(r);
	} else {
		b = tree_new(r->arena, PACK_NOT);
		if (b)
			b->is_said = true;
		inner = read_not(r);
		if (!inner || !b || !tree_add(r->arena, b, inner))
			b = wrong(r, "needs more memory than there is at");
	}
	r->depth--;
	return b;
}

static struct branch *read_linked(struct reader *r, const char *word, enum pack_node_kind kind,
				  struct branch *(*read)(struct reader *r))
{
	struct branch *b = tree_new(r->arena, kind);

	do {
		struct branch *part = read(r);

		if (!part || !b || !tree_add(r->arena, b, part))
			return wrong(r, "needs more memory than there is at");
	} while (take(r, word));
	return tree_plain(b);
}

static struct branch *read_and(struct reader *r)
{
	return read_linked(r, "and", PACK_AND, read_not);
}

static struct branch *read_or(struct reader *r)
{
	return read_linked(r, "or", PACK_OR, read_and);
}

static struct branch *read_one(struct reader *r, const struct doc *doc)
{
	struct branch *b;

	r->line = doc->line;
	r->rest = doc->text;
	if (doc->kind != DOC_TEXT) {
		doc_wrong(r->error, doc->line, "has a condition that is no text");
		return NULL;
	}
	next(r);
	b = read_or(r);
	if (b && is(r, "|"))
		return wrong(r, "has an aggregation, which is not Sigma any more; write a "
				"correlation instead of");
	return b && r->word.len ? wrong(r, "goes on where it should end, with") : b;
}

struct branch *condition_read(struct arena *a, const struct doc *doc, const struct condition_names *names,
			      struct doc_error *e)
{
	struct reader r = {.arena = a, .names = names, .error = e, .line = doc->line};
	struct branch *any;

	if (doc->kind == DOC_TEXT)
		return read_one(&r, doc);
	any = tree_new(a, PACK_OR);
	if (doc->kind == DOC_MAP || doc->count == 0)
		doc_wrong(e, doc->line, "has a condition that is no text");
	for (const struct doc *one = doc->first; any && one && !e->why[0]; one = one->next) {
		struct branch *b = read_one(&r, one);

		if (!b || !tree_add(a, any, b))
			wrong(&r, "needs more memory than there is");
	}
	return any && !e->why[0] ? tree_plain(any) : NULL;
}

bool condition_is_negative(const struct branch *b)
{
	if (b->kind == PACK_NOT)
		return b->is_said;
	for (unsigned i = 0; i < b->count; i++)
		if (b->kind != PACK_AND || !condition_is_negative(b->parts[i]))
			return false;
	return b->count > 0;
}
