/* SPDX-License-Identifier: Apache-2.0 */
/* Fills placeholders in. They are found in the text as it is written; a percent
 * sign behind a backslash is plain. */
#include "server-stub/sigma/lists.h"

#define TEXT_MAX 16384

struct filler {
	struct arena *arena;
	const struct doc *lists;
	struct doc_error *error;
	unsigned line, count;
	struct value *first, **place;
	char text[TEXT_MAX];
};

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The bytes of the placeholder at the front, with both signs; 0: there is none.
 */
static size_t placeholder(struct str s)
{
	size_t len = 1;

	if (s.len < 3 || s.data[0] != '%')
		return 0;
	while (len < s.len && is_word(s.data[len]))
		len++;
	return len > 1 && len < s.len && s.data[len] == '%' ? len + 1 : 0;
}

static bool add(struct filler *f, size_t len)
{
	struct value *v;

	if (++f->count > LISTS_VALUES_MAX)
		return doc_wrong(f->error, f->line, "becomes more than %d values by its placeholders",
				 LISTS_VALUES_MAX);
	v = value_read(f->arena, (struct str){f->text, len});
	if (!v)
		return doc_wrong(f->error, f->line, "needs more memory than there is");
	*f->place = v;
	f->place = &v->next;
	return true;
}

static bool fill(struct filler *f, struct str rest, size_t len);

static bool fill_one(struct filler *f, const struct doc *d, struct str rest, size_t len)
{
	if (d->kind != DOC_TEXT)
		return doc_wrong(f->error, f->line, "has a placeholder whose list holds more than texts");
	if (d->text.len > TEXT_MAX - len)
		return doc_wrong(f->error, f->line, "is longer than %d bytes with its placeholders", TEXT_MAX);
	memcpy(f->text + len, d->text.data, d->text.len);
	return fill(f, rest, len + d->text.len);
}

/* Go on behind the first `len` bytes of the text with what is left of the
 * rule's. As deep as there are placeholders. */
static bool fill(struct filler *f, struct str rest, size_t len)
{
	while (rest.len) {
		size_t name = placeholder(rest);

		if (name) {
			char key[64] = "";
			bool known = str_copy(str_sub(rest, 1, name - 2), key, sizeof(key)) == ERR_OK;
			const struct doc *list = known ? doc_get(f->lists, key) : NULL;

			if (!list)
				return doc_wrong(f->error, f->line,
						 "has the placeholder %%%s%%, for which there is no list", key);
			rest = str_sub(rest, name, SIZE_MAX);
			if (list->kind == DOC_TEXT)
				return fill_one(f, list, rest, len);
			for (const struct doc *d = list->first; d; d = d->next)
				if (!fill_one(f, d, rest, len))
					return false;
			return true;
		}
		if (str_starts(rest, STR("\\%")))
			rest = str_sub(rest, 1, SIZE_MAX);
		if (len == TEXT_MAX)
			return doc_wrong(f->error, f->line, "is longer than %d bytes with its placeholders", TEXT_MAX);
		f->text[len++] = rest.data[0];
		rest = str_sub(rest, 1, SIZE_MAX);
	}
	return add(f, len);
}

struct value *lists_fill(struct arena *a, const struct doc *lists, const struct doc *text, struct doc_error *e)
{
	struct filler *f = arena_take(a, sizeof(*f));

	if (!f) {
		doc_wrong(e, text->line, "needs more memory than there is");
		return NULL;
	}
	f->arena = a;
	f->lists = lists;
	f->error = e;
	f->line = text->line;
	f->place = &f->first;
	if (!fill(f, text->text, 0))
		return NULL;
	if (!f->first)
		doc_wrong(e, text->line, "has a placeholder whose list is empty");
	return f->first;
}
