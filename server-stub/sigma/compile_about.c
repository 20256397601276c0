/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what rules say of themselves: title, author and the like, and for which
 * log sources they are. */
#include "server-stub/sigma/compile.h"

#include "agent/base/hash.h"

#include <stdio.h>

#define TEXT_MAX 4096 /* bytes of a title, author, and of all references or tags */

/* The text under a key; empty: there is none. */
static bool read_text(struct compile_rule *r, const char *key, struct str *out)
{
	const struct doc *d = doc_get(r->doc, key);

	*out = STR("");
	if (!d || doc_is_null(d))
		return true;
	if (d->kind != DOC_TEXT)
		return compile_wrong(r, d->line, "has '%s' that is no text", key);
	if (d->text.len > TEXT_MAX)
		return compile_wrong(r, d->line, "has '%s' of more than %d bytes", key, TEXT_MAX);
	*out = d->text;
	return true;
}

/* A text or a list of them under a key, with `between` between two. */
struct texts {
	const char *key, *between;
};

static bool read_texts(struct compile *c, struct compile_rule *r, const struct texts *t, struct str *out)
{
	const char *key = t->key;
	const struct doc *d = doc_get(r->doc, key);
	struct buf b = buf_over(arena_take(&c->arena, TEXT_MAX), TEXT_MAX);

	if (!d || d->kind == DOC_TEXT)
		return read_text(r, key, out);
	if (!b.data)
		return compile_wrong(r, d->line, "needs more memory than there is");
	for (const struct doc *one = d->first; one; one = one->next) {
		if (d->kind != DOC_LIST || one->kind != DOC_TEXT)
			return compile_wrong(r, one->line, "has '%s' that is no list of texts", key);
		if (b.len)
			buf_text(&b, t->between);
		buf_put(&b, one->text);
	}
	if (b.overflow)
		return compile_wrong(r, d->line, "has '%s' of more than %d bytes", key, TEXT_MAX);
	*out = buf_str(&b);
	return true;
}

/* One of the words of a table; the number is 0 without one. */
static bool read_word(struct compile_rule *r, const char *key, const char *(*name)(uint8_t), uint8_t *out)
{
	struct str text;

	*out = 0;
	if (!read_text(r, key, &text))
		return false;
	for (uint8_t i = 1; text.len && name(i)[0]; i++)
		if (str_equal_fold(text, str_from(name(i))))
			*out = i;
	if (text.len && *out == 0)
		return compile_wrong(r, doc_get(r->doc, key)->line, "has the %s '%.40s', which is unknown", key,
				     text.data);
	return true;
}

/* An id for a rule that has none. */
static bool make_id(struct compile *c, struct compile_rule *r)
{
	char id[32];

	if (r->name.len) {
		r->about.id = r->name;
		return true;
	}
	snprintf(id, sizeof(id), "title-%016llx", (unsigned long long)hash_name(r->about.title.data));
	r->about.id = arena_copy(&c->arena, str_from(id));
	return r->about.id.data || compile_wrong(r, r->doc->line, "needs more memory than there is");
}

bool compile_about(struct compile *c, struct compile_rule *r)
{
	struct pack_about *a = &r->about;

	if (!read_text(r, "title", &a->title) || !read_text(r, "id", &a->id) || !read_text(r, "name", &r->name) ||
	    !read_texts(c, r, &(struct texts){"author", ", "}, &a->author) ||
	    !read_texts(c, r, &(struct texts){"references", "\n"}, &a->references) ||
	    !read_texts(c, r, &(struct texts){"tags", "\n"}, &a->tags) ||
	    !read_texts(c, r, &(struct texts){"falsepositives", "; "}, &a->falsepositives) ||
	    !read_word(r, "level", pack_level_name, &a->level) || !read_word(r, "status", pack_status_name, &a->status))
		return false;
	if (!a->title.len)
		return compile_wrong(r, r->doc->line, "has no title");
	return a->id.len || make_id(c, r);
}

static bool read_source(struct compile_rule *r, const struct doc *logsource, const char *key, struct str *out)
{
	const struct doc *d = doc_get(logsource, key);

	*out = STR("");
	if (!d || doc_is_null(d))
		return true;
	if (d->kind != DOC_TEXT || d->text.len > 128)
		return compile_wrong(r, d->line, "has a logsource whose %s is no short text", key);
	*out = d->text;
	return true;
}

bool compile_logsource(struct compile_rule *r)
{
	const struct doc *d = doc_get(r->doc, "logsource");

	if (!d || d->kind != DOC_MAP)
		return compile_wrong(r, r->doc->line, "has no logsource");
	return read_source(r, d, "category", &r->row.category) && read_source(r, d, "product", &r->row.product) &&
	       read_source(r, d, "service", &r->row.service);
}
