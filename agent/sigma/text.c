/* SPDX-License-Identifier: Apache-2.0 */
/* Compares texts byte by byte; only where two bytes differ is it asked whether they are one letter's cases. */
#include "agent/sigma/text.h"

static uint64_t compared;

static inline uint8_t fold_ascii(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* Letters beyond ASCII, whose other case is so far up; of some ranges each second one. */
static const struct {
	uint16_t from, to;
	uint8_t step;
	int16_t up;
} letters[] = {
	{0xc0, 0xd6, 1, 32},	{0xd8, 0xde, 1, 32},   {0x100, 0x12e, 2, 1},	{0x132, 0x136, 2, 1},
	{0x139, 0x147, 2, 1},	{0x14a, 0x176, 2, 1},  {0x178, 0x178, 1, -121}, {0x179, 0x17d, 2, 1},
	{0x18f, 0x18f, 1, 202}, {0x1a0, 0x1a0, 1, 1},  {0x1af, 0x1af, 1, 1},	{0x1cd, 0x1db, 2, 1},
	{0x1de, 0x1ee, 2, 1},	{0x1f8, 0x21e, 2, 1},  {0x222, 0x232, 2, 1},	{0x386, 0x386, 1, 38},
	{0x388, 0x38a, 1, 37},	{0x38c, 0x38c, 1, 64}, {0x38e, 0x38f, 1, 63},	{0x391, 0x3a1, 1, 32},
	{0x3a3, 0x3ab, 1, 32},	{0x3c2, 0x3c2, 1, 1},  {0x400, 0x40f, 1, 80},	{0x410, 0x42f, 1, 32},
	{0x460, 0x480, 2, 1},	{0x48a, 0x4be, 2, 1},  {0x4c0, 0x4c0, 1, 15},	{0x4c1, 0x4cd, 2, 1},
	{0x4d0, 0x52e, 2, 1},	{0x531, 0x556, 1, 48},
};

uint32_t text_fold(uint32_t c)
{
	if (c < 0x80)
		return fold_ascii((uint8_t)c);
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]) && c >= letters[i].from; i++)
		if (c <= letters[i].to && (c - letters[i].from) % letters[i].step == 0)
			return c + (uint32_t)letters[i].up;
	return c;
}

/* The first byte of such a letter. */
static bool is_lead(uint8_t c)
{
	return c >= 0xc3 && c <= 0xd6;
}

static uint32_t pair(const uint8_t *at)
{
	return (at[0] & 0x1fu) << 6 | (at[1] & 0x3fu);
}

/* How many bytes of both are the same whatever their case, from the beginning. */
static size_t same_bytes(const char *one, const char *two, size_t len)
{
	const uint8_t *a = (const uint8_t *)one, *b = (const uint8_t *)two;
	size_t i = 0;

	for (; i < len; i++) {
		if (fold_ascii(a[i]) == fold_ascii(b[i]) && !is_lead(a[i]))
			continue;
		if (!is_lead(a[i]) || !is_lead(b[i]) || i + 1 == len)
			return i + (i + 1 == len && a[i] == b[i]);
		if (memcmp(a + i, b + i, 2) != 0 && ((a[i + 1] & 0xc0) != 0x80 || (b[i + 1] & 0xc0) != 0x80 ||
						     text_fold(pair(a + i)) != text_fold(pair(b + i))))
			return i;
		i++;
	}
	return len;
}

static bool same(const char *one, const char *two, size_t len, bool cased)
{
	if (cased)
		return len == 0 || memcmp(one, two, len) == 0;
	return same_bytes(one, two, len) == len;
}

bool text_equal(struct str text, struct str other, bool cased)
{
	return text.len == other.len && same(text.data, other.data, text.len, cased);
}

bool text_starts(struct str text, struct str start, bool cased)
{
	return text.len >= start.len && same(text.data, start.data, start.len, cased);
}

bool text_ends(struct str text, struct str end, bool cased)
{
	return text.len >= end.len && same(text.data + text.len - end.len, end.data, end.len, cased);
}

size_t text_find(struct str text, struct str part, bool cased)
{
	if (part.len == 0)
		return 0;
	if (cased)
		return str_find(text, part);
	uint8_t first = fold_ascii((uint8_t)part.data[0]);

	for (size_t at = 0; at + part.len <= text.len; at++) {
		uint8_t c = fold_ascii((uint8_t)text.data[at]);

		if (c != first && !is_lead(c))
			continue;
		size_t bytes = same_bytes(text.data + at, part.data, part.len);

		compared += bytes + 1;
		if (bytes == part.len)
			return at;
	}
	return SIZE_MAX;
}

uint64_t text_work(void)
{
	return compared;
}
