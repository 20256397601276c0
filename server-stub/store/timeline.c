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
#define PARTS_MAX (TIMELINE_MAX - 1 - sizeof(cut_row)) /* bytes */

static const char cut_row[] = "cut\n"; /* the last one, where parts were left out */

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

	if (rest->len == 0 || str_equal(*rest, str_from(cut_row)))
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

/* Append a part, if it fits. False: it does not. */
static bool write(struct buf *b, const struct timeline_part *part)
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
		return true;
	b->len = before;
	b->overflow = false;
	return false;
}

/* Take out the part of the lowest level, of these the one that began last. */
static void leave_out(struct buf *b)
{
	struct str rest = buf_str(b), row = STR_NONE;
	struct timeline_part part;
	uint8_t lowest = UINT8_MAX;

	for (const char *at = rest.data; timeline_next(&rest, &part); at = rest.data) {
		if (part.level > lowest)
			continue;
		lowest = part.level;
		row = (struct str){at, (size_t)(rest.data - at)};
	}
	size_t from = (size_t)(row.data - (const char *)b->data);

	memmove(b->data + from, b->data + from + row.len, b->len - from - row.len);
	b->len -= row.len;
}

bool timeline_is_cut(const char *text)
{
	struct str s = str_from(text), end = str_from(cut_row);

	return s.len >= end.len && str_equal(str_sub(s, s.len - end.len, SIZE_MAX), end);
}

/* Say that parts are left out. */
static void cut(char text[TIMELINE_MAX])
{
	size_t len = strlen(text);

	if (!timeline_is_cut(text) && len + sizeof(cut_row) <= TIMELINE_MAX)
		memcpy(text + len, cut_row, sizeof(cut_row));
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
	char memory[2 * TIMELINE_MAX]; /* whatever there was, and one that may be as long */
	struct buf b = buf_over(memory, sizeof(memory));
	struct str rest = str_from(text);
	struct timeline_part old, now = *part;
	bool is_there = timeline_find(text, part->rule, &old), done = false, is_cut = timeline_is_cut(text);

	if (is_there)
		keep_texts(&now, &old);
	while (timeline_next(&rest, &old)) {
		bool is_it = strcmp(old.rule, now.rule) == 0;

		if (is_it || (!is_there && !done && old.first_us > now.first_us)) {
			is_cut |= !write(&b, &now);
			done = true;
		}
		if (!is_it)
			is_cut |= !write(&b, &old);
	}
	if (!done)
		is_cut |= !write(&b, &now);
	for (; b.len > PARTS_MAX; is_cut = true)
		leave_out(&b);
	memcpy(text, memory, b.len);
	text[b.len] = '\0';
	if (is_cut)
		cut(text);
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
	if (timeline_is_cut(other))
		cut(text);
}

uint32_t timeline_left_out(const char *text, uint32_t count)
{
	struct str rest = str_from(text);
	struct timeline_part part;

	if (!timeline_is_cut(text))
		return 0;
	while (timeline_next(&rest, &part))
		count -= part.count < count ? part.count : count;
	return count;
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
