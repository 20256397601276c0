/* SPDX-License-Identifier: Apache-2.0 */
/* Copies what is read, which takes a few nanoseconds; whatever is known of it is computed after a crash. */
#include "agent/common/reading.h"

#include <string.h>

static struct reading_line line_of(const struct hash_key *key, struct str text)
{
	size_t len = text.len < READING_TEXT_MAX ? text.len : READING_TEXT_MAX;

	return (struct reading_line){(uint32_t)text.len, hash_bytes(key, text.data, len)};
}

static bool is_same(const struct reading_line *a, const struct reading_line *b)
{
	return a->len == b->len && a->hash == b->hash;
}

void reading_begin(struct reading_page *p, struct str text)
{
	memcpy(p->text, text.data, text.len < READING_TEXT_MAX ? text.len : READING_TEXT_MAX);
	p->reading = (uint32_t)text.len + 1;
}

void reading_end(struct reading_page *p)
{
	p->reading = 0;
}

bool reading_skips(const struct reading_page *p, struct str text)
{
	struct reading_line line;

	if (p->skip_count == 0)
		return false;
	line = line_of(&p->key, text);
	for (unsigned i = 0; i < p->skip_count && i < READING_SKIPS_MAX; i++)
		if (is_same(&line, &p->skips[i]))
			return true;
	return false;
}

void reading_start(struct reading *r)
{
	if (!r->page)
		return;
	memset(r->page, 0, sizeof(*r->page));
	r->page->key = r->key;
	r->page->skip_count = r->skip_count < READING_SKIPS_MAX ? r->skip_count : READING_SKIPS_MAX;
	memcpy(r->page->skips, r->skips, sizeof(r->skips));
}

bool reading_crashed(struct reading *r)
{
	uint32_t reading = r->page ? r->page->reading : 0;
	struct reading_line line;
	bool again;

	if (reading == 0)
		return false;
	line = line_of(&r->key, (struct str){(const char *)r->page->text, reading - 1});
	again = is_same(&line, &r->last);
	r->last = line;
	if (again)
		r->skips[r->skip_count++ % READING_SKIPS_MAX] = line;
	return again;
}
