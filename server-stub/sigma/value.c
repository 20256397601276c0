/* SPDX-License-Identifier: Apache-2.0 */
/* Changes strings of Sigma token by token. Knows no field and no rule. */
#include "server-stub/sigma/value.h"

#include "agent/sigma/glob.h"
#include "agent/sigma/utf8.h"

#define SPELLINGS_MAX 625

static const struct str dashes[] = {STR("-"), STR("/"), STR("\xe2\x80\x93"), STR("\xe2\x80\x94"), STR("\xe2\x80\x95")};

#define DASHES (sizeof(dashes) / sizeof(dashes[0]))

static struct value *new_value(struct arena *a, size_t room)
{
	struct value *v = arena_take(a, sizeof(*v));

	if (!v)
		return NULL;
	v->tokens = arena_take(a, (room + 1) * sizeof(v->tokens[0]));
	return v->tokens ? v : NULL;
}

struct value *value_read(struct arena *a, struct str text)
{
	struct value *v = new_value(a, text.len);

	for (size_t i = 0; v && i < text.len; i++) {
		char c = text.data[i], next = i + 1 < text.len ? text.data[i + 1] : 'x';

		if (c == '\\' && (next == '*' || next == '?' || next == '\\'))
			v->tokens[v->count++] = (uint8_t)text.data[++i];
		else
			v->tokens[v->count++] = c == '*' ? VALUE_ANY : c == '?' ? VALUE_ONE : (uint8_t)c;
	}
	return v;
}

bool value_open(struct arena *a, struct value *v, bool before, bool behind)
{
	uint16_t *tokens = arena_take(a, (v->count + 2u) * sizeof(tokens[0]));

	if (!tokens)
		return false;
	before = before && (v->count == 0 || v->tokens[0] != VALUE_ANY);
	tokens[0] = VALUE_ANY;
	if (v->count)
		memcpy(tokens + before, v->tokens, v->count * sizeof(tokens[0]));
	v->tokens = tokens;
	v->count += before;
	if (behind && (v->count == 0 || v->tokens[v->count - 1] != VALUE_ANY))
		v->tokens[v->count++] = VALUE_ANY;
	return true;
}

bool value_is_plain(const struct value *v)
{
	for (unsigned i = 0; i < v->count; i++)
		if (v->tokens[i] > 255)
			return false;
	return true;
}

bool value_has_dash(const struct value *v)
{
	for (unsigned i = 0; i < v->count; i++)
		if (v->tokens[i] == VALUE_DASH)
			return true;
	return false;
}

/* The bytes from token `from` up to the next that is none, or `to`. */
static struct str bytes_from(struct arena *a, const struct value *v, unsigned from, unsigned to)
{
	char *bytes = arena_take(a, to - from + 1u);
	size_t len = 0;

	for (unsigned i = from; bytes && i < to && v->tokens[i] < 256; i++)
		bytes[len++] = (char)v->tokens[i];
	return (struct str){bytes, len};
}

struct str value_bytes(struct arena *a, const struct value *v)
{
	return bytes_from(a, v, 0, v->count);
}

/* How many tokens from `at` on are the bytes; 0: they are others. */
static unsigned tokens_of(const struct value *v, unsigned at, struct str bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		if (at + i >= v->count || v->tokens[at + i] != (uint8_t)bytes.data[i])
			return 0;
	return (unsigned)bytes.len;
}

void value_windash(struct value *v)
{
	unsigned count = 0;

	for (unsigned i = 0; i < v->count;) {
		unsigned len = 0;

		for (size_t d = 0; d < DASHES && !len; d++)
			len = tokens_of(v, i, dashes[d]);
		v->tokens[count++] = len ? VALUE_DASH : v->tokens[i];
		i += len ? len : 1;
	}
	v->count = count;
}

/* The value with its first dash written as one of them. */
static struct value *with_dash(struct arena *a, const struct value *v, struct str dash)
{
	struct value *out = new_value(a, v->count + dash.len);
	bool written = false;

	for (unsigned i = 0; out && i < v->count; i++) {
		if (v->tokens[i] != VALUE_DASH || written) {
			out->tokens[out->count++] = v->tokens[i];
			continue;
		}
		for (size_t b = 0; b < dash.len; b++)
			out->tokens[out->count++] = (uint8_t)dash.data[b];
		written = true;
	}
	return out;
}

struct value *value_spell_dashes(struct arena *a, const struct value *v)
{
	struct value *list = new_value(a, v->count);
	unsigned count = 1;

	if (!list)
		return NULL;
	list->count = v->count;
	memcpy(list->tokens, v->tokens, v->count * sizeof(v->tokens[0]));
	while (list && value_has_dash(list) && (count *= DASHES) <= SPELLINGS_MAX) {
		struct value *next = NULL;

		for (const struct value *old = list; old; old = old->next)
			for (size_t d = 0; d < DASHES; d++) {
				struct value *one = with_dash(a, old, dashes[d]);

				if (!one)
					return NULL;
				one->next = next;
				next = one;
			}
		list = next;
	}
	return list && !value_has_dash(list) ? list : NULL;
}

static void put_unit(struct value *v, unsigned unit, bool big)
{
	v->tokens[v->count++] = (uint16_t)(big ? unit >> 8 : unit & 255);
	v->tokens[v->count++] = (uint16_t)(big ? unit & 255 : unit >> 8);
}

static void put_character(struct value *v, uint32_t c, bool big)
{
	c = c >= UTF8_BAD ? c - UTF8_BAD : c;
	if (c < 0x10000) {
		put_unit(v, c, big);
		return;
	}
	put_unit(v, 0xd800 + ((c - 0x10000) >> 10), big);
	put_unit(v, 0xdc00 + ((c - 0x10000) & 0x3ff), big);
}

bool value_utf16(struct arena *a, struct value *v, bool big, bool mark)
{
	struct value *out = new_value(a, v->count * 2u + 2);

	if (!out)
		return false;
	if (mark)
		put_unit(out, 0xfeff, big);
	for (unsigned i = 0; i < v->count;) {
		struct str bytes = bytes_from(a, v, i, v->count);

		if (!bytes.data)
			return false;
		i += (unsigned)bytes.len;
		while (bytes.len)
			put_character(out, utf8_take(&bytes), big);
		if (i < v->count)
			out->tokens[out->count++] = v->tokens[i++];
	}
	v->tokens = out->tokens;
	v->count = out->count;
	return true;
}

static const char digits64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* In base64, behind `skip` blanks. */
static struct value *encode(struct arena *a, struct str bytes, unsigned skip)
{
	size_t len = bytes.len + skip;
	struct value *v = new_value(a, (len + 2) / 3 * 4);

	for (size_t i = 0; v && i < len; i += 3) {
		uint32_t bits = 0;

		for (size_t j = i; j < i + 3; j++)
			bits = bits << 8 | (j < skip ? ' ' : j < len ? (uint8_t)bytes.data[j - skip] : 0u);
		for (unsigned j = 0; j < 4; j++)
			v->tokens[v->count++] = (uint8_t)(i + j > len ? '=' : digits64[bits >> (18 - 6 * j) & 63]);
	}
	return v;
}

struct value *value_base64(struct arena *a, struct str bytes)
{
	return encode(a, bytes, 0);
}

struct value *value_base64_offsets(struct arena *a, struct str bytes)
{
	static const unsigned from[] = {0, 2, 3}, less[] = {0, 3, 2}; /* digits that what stands around has a part in */
	struct value *list = NULL;

	for (unsigned i = 3; i-- > 0;) {
		struct value *v = encode(a, bytes, i);

		if (!v)
			return NULL;
		unsigned cut = from[i] + less[(bytes.len + i) % 3];

		v->tokens += from[i];
		v->count = v->count > cut ? v->count - cut : 0;
		v->next = list;
		list = v;
	}
	return list;
}

static bool glob_bytes(struct arena *a, const struct value *v, struct str *out)
{
	struct buf b = buf_over(arena_take(a, v->count * 4u + 1), v->count * 4u);

	if (!b.data)
		return false;
	for (unsigned i = 0; i < v->count;) {
		struct str bytes = bytes_from(a, v, i, v->count);

		if (!bytes.data)
			return false;
		if (bytes.len) {
			buf_be8(&b, GLOB_BYTES);
			buf_be16(&b, (uint16_t)bytes.len);
			buf_put(&b, bytes);
		} else {
			buf_be8(&b, v->tokens[i] == VALUE_ANY	? GLOB_ANY
				    : v->tokens[i] == VALUE_ONE ? GLOB_ONE
								: GLOB_DASH);
		}
		i += bytes.len ? (unsigned)bytes.len : 1;
	}
	*out = buf_str(&b);
	return true;
}

struct pack_pattern value_pattern(struct arena *a, const struct value *v)
{
	static const uint8_t kinds[2][2] = {{PACK_EQUALS, PACK_STARTS}, {PACK_ENDS, PACK_CONTAINS}};
	bool before = v->count && v->tokens[0] == VALUE_ANY;
	bool behind = v->count > before && v->tokens[v->count - 1] == VALUE_ANY;
	struct value inner = {.count = v->count - before - behind, .tokens = v->tokens + before};
	struct pack_pattern p = {.kind = kinds[before][behind]};

	if (value_is_plain(&inner) && (inner.count || !before)) {
		p.text = value_bytes(a, &inner);
		return p;
	}
	p.kind = PACK_GLOB;
	if (!glob_bytes(a, v, &p.text))
		p.text = STR_NONE;
	return p;
}
