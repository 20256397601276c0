/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes the text of an incident's timeline. It trusts nothing of it: a store may be damaged. */
#include "server-stub/store/timeline.h"

#include "agent/base/rows.h"
#include "agent/base/sum.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name;
	size_t offset, size;
} texts[] = {
	{"rule", offsetof(struct timeline_part, rule), STORE_NAME_MAX},
	{"title", offsetof(struct timeline_part, title), STORE_TEXT_MAX},
	{"author", offsetof(struct timeline_part, author), STORE_NAME_MAX},
	{"link", offsetof(struct timeline_part, link), STORE_TEXT_MAX},
	{"tags", offsetof(struct timeline_part, tags), STORE_TEXT_MAX},
};

#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static void read_text(const struct rows_field *f, struct timeline_part *out)
{
	for (size_t i = 0; i < TEXTS; i++) {
		char *to = (char *)out + texts[i].offset;
		struct buf b = buf_over(to, texts[i].size - 1);

		if (!str_equal(f->name, str_from(texts[i].name)))
			continue;
		if (rows_unescape(&b, f->value) != ERR_OK)
			b.len = 0;
		to[b.len] = '\0';
	}
}

static void read_number(const struct rows_field *f, struct timeline_part *out)
{
	uint64_t value;

	if (str_number(f->value, INT64_MAX, &value) != ERR_OK)
		return;
	if (str_equal(f->name, STR("level")))
		out->level = value > UINT8_MAX ? 0 : (uint8_t)value;
	else if (str_equal(f->name, STR("count")))
		out->count = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
	else if (str_equal(f->name, STR("first")))
		out->first_us = (int64_t)value;
	else if (str_equal(f->name, STR("last")))
		out->last_us = (int64_t)value;
	else if (str_equal(f->name, STR("won")))
		out->won = value != 0;
}

bool timeline_next(struct str *rest, struct timeline_part *out)
{
	struct rows_field f;
	struct str row;

	if (rest->len == 0)
		return false;
	memset(out, 0, sizeof(*out));
	row = str_cut(rest, '\n');
	rows_type(&row);
	while (rows_next(&row, &f) == ERR_OK) {
		if (f.kind == '=')
			read_text(&f, out);
		else
			read_number(&f, out);
	}
	return true;
}

/* Append a part, if it fits. */
static void write(struct buf *b, const struct timeline_part *part)
{
	size_t before = b->len;

	rows_begin(b, "part");
	for (size_t i = 0; i < TEXTS; i++)
		rows_text(b, texts[i].name, str_from((const char *)part + texts[i].offset));
	rows_int(b, "level", part->level);
	rows_int(b, "count", part->count);
	rows_int(b, "first", part->first_us);
	rows_int(b, "last", part->last_us);
	rows_int(b, "won", part->won);
	rows_end(b);
	if (!b->overflow)
		return;
	b->len = before;
	b->overflow = false;
}

bool timeline_find(const char *text, const char *rule, struct timeline_part *out)
{
	struct str rest = str_from(text);

	while (timeline_next(&rest, out))
		if (strcmp(out->rule, rule) == 0)
			return true;
	return false;
}

/* A later word may leave out what was said. */
static void keep_texts(struct timeline_part *part, const struct timeline_part *old)
{
	for (size_t i = 0; i < TEXTS; i++) {
		char *to = (char *)part + texts[i].offset;

		if (to[0] == '\0')
			memcpy(to, (const char *)old + texts[i].offset, texts[i].size);
	}
	part->level = part->level ? part->level : old->level;
}

void timeline_put(char text[TIMELINE_MAX], const struct timeline_part *part)
{
	char memory[TIMELINE_MAX];
	struct buf b = buf_over(memory, sizeof(memory) - 1);
	struct str rest = str_from(text);
	struct timeline_part old, now = *part;
	bool is_there = timeline_find(text, part->rule, &old), done = false;

	if (is_there)
		keep_texts(&now, &old);
	while (timeline_next(&rest, &old)) {
		bool is_it = strcmp(old.rule, now.rule) == 0;

		if (is_it || (!is_there && !done && old.first_us > now.first_us)) {
			write(&b, &now);
			done = true;
		}
		if (!is_it)
			write(&b, &old);
	}
	if (!done)
		write(&b, &now);
	memcpy(text, memory, b.len);
	text[b.len] = '\0';
}

void timeline_merge(char text[TIMELINE_MAX], const char *other)
{
	struct str rest = str_from(other);
	struct timeline_part part, old;

	while (timeline_next(&rest, &part)) {
		if (timeline_find(text, part.rule, &old)) {
			part.count = sum_u32(part.count, old.count);
			part.first_us = old.first_us < part.first_us ? old.first_us : part.first_us;
			part.last_us = old.last_us > part.last_us ? old.last_us : part.last_us;
			part.won |= old.won;
		}
		timeline_put(text, &part);
	}
}

bool timeline_head(const char *text, struct timeline_part *out)
{
	struct str rest = str_from(text);
	struct timeline_part part;
	bool any = false;

	while (timeline_next(&rest, &part)) {
		if (any && part.level <= out->level)
			continue;
		*out = part;
		any = true;
	}
	return any;
}
