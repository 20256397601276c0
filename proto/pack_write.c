/* SPDX-License-Identifier: Apache-2.0 */
/* Writes packs of rules. Knows the layout of rows as pack.c does, and nothing of what they mean. */
#include "proto/pack_write.h"

#include "agent/base/hash.h"
#include "agent/base/require.h"

#define MIB (1u << 20)
#define KNOWN_MAX (PACK_STRINGS_MAX * 2u) /* places of the table of strings; a power of two */

static const uint8_t row_bytes[PACK_SECTIONS_KNOWN] = {
	[PACK_HEAD] = 4,  [PACK_STRINGS] = 4,	 [PACK_FIELDS] = 4,   [PACK_RULES] = 44,
	[PACK_NODES] = 8, [PACK_MATCHERS] = 12,	 [PACK_PATTERNS] = 8, [PACK_CORRELATIONS] = 52,
	[PACK_REFS] = 8,  [PACK_REF_FIELDS] = 2, [PACK_TESTS] = 16,   [PACK_TEST_VALUES] = 8,
};

static const uint32_t memory_bytes[PACK_SECTIONS_KNOWN] = {
	[PACK_HEAD] = PACK_NEEDS_MAX * 4,
	[PACK_STRINGS] = PACK_STRINGS_MAX * 4,
	[PACK_FIELDS] = 65536 * 4,
	[PACK_RULES] = PACK_RULES_MAX * 44,
	[PACK_NODES] = 2 * MIB,
	[PACK_MATCHERS] = 2 * MIB,
	[PACK_PATTERNS] = 2 * MIB,
	[PACK_CORRELATIONS] = PACK_RULES_MAX * 52,
	[PACK_REFS] = MIB,
	[PACK_REF_FIELDS] = MIB,
	[PACK_TESTS] = MIB,
	[PACK_TEST_VALUES] = MIB,
};

void pack_write_init(struct pack_writer *w, void *memory)
{
	uint8_t *at = memory;

	memset(w, 0, sizeof(*w));
	w->known = memory;
	memset(w->known, 0, KNOWN_MAX * sizeof(w->known[0]));
	at += KNOWN_MAX * sizeof(w->known[0]);
	for (unsigned i = PACK_HEAD; i < PACK_SECTIONS_KNOWN; i++) {
		w->rows[i] = buf_over(at, memory_bytes[i]);
		at += memory_bytes[i];
	}
	w->strings = buf_over(at, PACK_BYTES_MAX);
	at += PACK_BYTES_MAX;
	require(at <= (uint8_t *)memory + PACK_WRITER_BYTES);
	(void)pack_write_string(w, STR(""));
}

uint32_t pack_write_count(const struct pack_writer *w, enum pack_section section)
{
	return (uint32_t)(w->rows[section].len / row_bytes[section]);
}

static struct str known_string(const struct pack_writer *w, uint32_t number)
{
	const uint8_t *ends = (const uint8_t *)w->rows[PACK_STRINGS].data;
	uint32_t edge[2] = {0, 0};

	for (unsigned i = 0; i < 2; i++)
		for (unsigned j = 0; j < 4 && (i || number); j++)
			edge[i] = edge[i] << 8 | ends[(number - 1 + i) * 4u + j];
	return (struct str){w->strings.data + edge[0], edge[1] - edge[0]};
}

uint32_t pack_write_string(struct pack_writer *w, struct str s)
{
	static const struct hash_key key = {1, 2}; /* not secret: who writes a pack harms himself only */
	uint32_t place = (uint32_t)hash_bytes(&key, s.data, s.len) % KNOWN_MAX;

	for (; w->known[place]; place = (place + 1) % KNOWN_MAX)
		if (str_equal(known_string(w, w->known[place] - 1), s))
			return w->known[place] - 1;
	if (w->string_count == PACK_STRINGS_MAX || s.len > PACK_STRING_MAX) {
		w->overflow = true;
		return 0;
	}
	buf_put(&w->strings, s);
	if (w->strings.overflow) {
		w->overflow = true;
		return 0;
	}
	buf_be32(&w->rows[PACK_STRINGS], (uint32_t)w->strings.len);
	w->known[place] = ++w->string_count;
	return w->string_count - 1;
}

static void put_text(struct pack_writer *w, enum pack_section section, struct str s)
{
	uint32_t number = pack_write_string(w, s);

	buf_be32(&w->rows[section], number);
}

uint16_t pack_write_field(struct pack_writer *w, struct str name)
{
	uint32_t count = pack_write_count(w, PACK_FIELDS), number = pack_write_string(w, name);
	const uint8_t *rows = (const uint8_t *)w->rows[PACK_FIELDS].data;

	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *at = rows + i * 4u;

		if (((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]) == number)
			return (uint16_t)i;
	}
	if (count == PACK_WHOLE - 1)
		w->overflow = true;
	else
		buf_be32(&w->rows[PACK_FIELDS], number);
	return (uint16_t)count;
}

void pack_write_need(struct pack_writer *w, struct str need)
{
	uint32_t number = pack_write_string(w, need);
	const uint8_t *rows = (const uint8_t *)w->rows[PACK_HEAD].data;

	for (uint32_t i = 0; i < w->needs; i++) {
		const uint8_t *at = rows + i * 4u;

		if (((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]) == number)
			return;
	}
	buf_be32(&w->rows[PACK_HEAD], number);
	w->needs++;
}

static void put_about(struct pack_writer *w, enum pack_section section, const struct pack_about *a)
{
	put_text(w, section, a->id);
	put_text(w, section, a->title);
	put_text(w, section, a->author);
	put_text(w, section, a->references);
	put_text(w, section, a->falsepositives);
	put_text(w, section, a->tags);
}

uint32_t pack_write_rule(struct pack_writer *w, const struct pack_rule *r)
{
	struct buf *b = &w->rows[PACK_RULES];

	put_about(w, PACK_RULES, &r->about);
	put_text(w, PACK_RULES, r->category);
	put_text(w, PACK_RULES, r->product);
	put_text(w, PACK_RULES, r->service);
	buf_be32(b, r->node);
	buf_be8(b, r->about.level);
	buf_be8(b, r->about.status);
	buf_be16(b, r->about.flags);
	return pack_write_count(w, PACK_RULES) - 1;
}

uint32_t pack_write_matcher(struct pack_writer *w, const struct pack_matcher *m)
{
	struct buf *b = &w->rows[PACK_MATCHERS];

	buf_be16(b, m->field);
	buf_be16(b, 0);
	buf_be32(b, m->first);
	buf_be32(b, m->count);
	return pack_write_count(w, PACK_MATCHERS) - 1;
}

uint32_t pack_write_pattern(struct pack_writer *w, const struct pack_pattern *p)
{
	struct buf *b = &w->rows[PACK_PATTERNS];

	buf_be8(b, p->kind);
	buf_be8(b, p->flags);
	buf_be16(b, p->extra);
	put_text(w, PACK_PATTERNS, p->text);
	return pack_write_count(w, PACK_PATTERNS) - 1;
}

uint32_t pack_write_correlation(struct pack_writer *w, const struct pack_correlation *c)
{
	struct buf *b = &w->rows[PACK_CORRELATIONS];

	put_about(w, PACK_CORRELATIONS, &c->about);
	buf_be32(b, c->timespan_s);
	buf_be32(b, c->least);
	buf_be32(b, c->most);
	buf_be32(b, c->unequal);
	buf_be32(b, c->ref_first);
	buf_be16(b, c->refs);
	buf_be8(b, c->groups);
	buf_be8(b, c->values);
	buf_be8(b, c->about.level);
	buf_be8(b, c->about.status);
	buf_be8(b, c->type);
	buf_be8(b, (uint8_t)c->about.flags);
	return pack_write_count(w, PACK_CORRELATIONS) - 1;
}

uint32_t pack_write_ref(struct pack_writer *w, const struct pack_ref *r)
{
	buf_be32(&w->rows[PACK_REFS], r->target);
	buf_be32(&w->rows[PACK_REFS], r->fields);
	return pack_write_count(w, PACK_REFS) - 1;
}

uint32_t pack_write_ref_field(struct pack_writer *w, uint16_t field)
{
	buf_be16(&w->rows[PACK_REF_FIELDS], field);
	return pack_write_count(w, PACK_REF_FIELDS) - 1;
}

uint32_t pack_write_test(struct pack_writer *w, const struct pack_test *t)
{
	struct buf *b = &w->rows[PACK_TESTS];

	buf_be32(b, t->target);
	buf_be8(b, t->matches);
	buf_be8(b, 0);
	buf_be16(b, 0);
	buf_be32(b, t->first);
	buf_be32(b, t->count);
	return pack_write_count(w, PACK_TESTS) - 1;
}

uint32_t pack_write_test_value(struct pack_writer *w, const struct pack_test_value *v)
{
	put_text(w, PACK_TEST_VALUES, v->name);
	put_text(w, PACK_TEST_VALUES, v->value);
	return pack_write_count(w, PACK_TEST_VALUES) - 1;
}

static void put_node(struct buf *b, enum pack_node_kind kind, uint32_t arg)
{
	buf_be8(b, (uint8_t)kind);
	buf_be8(b, 0);
	buf_be16(b, 0);
	buf_be32(b, arg);
}

uint32_t pack_write_node(struct pack_writer *w, enum pack_node_kind kind, uint32_t arg)
{
	put_node(&w->rows[PACK_NODES], kind, arg);
	return pack_write_count(w, PACK_NODES) - 1;
}

void pack_write_node_end(struct pack_writer *w, uint32_t node)
{
	struct buf *b = &w->rows[PACK_NODES];

	if (b->overflow)
		return;
	struct buf row = buf_over(b->data + node * 8u + 4, 4);

	buf_be32(&row, pack_write_count(w, PACK_NODES));
}

/* The bytes of a section as it is written; 0: it is left out. */
static size_t section_bytes(const struct pack_writer *w, unsigned section)
{
	if (section == PACK_HEAD)
		return 14 + w->rows[PACK_HEAD].len;
	if (section == PACK_STRINGS)
		return 4 + w->rows[PACK_STRINGS].len + w->strings.len;
	return w->rows[section].len;
}

static void put_section(const struct pack_writer *w, unsigned section, struct buf *b)
{
	if (section == PACK_STRINGS)
		buf_be32(b, w->string_count);
	buf_put(b, buf_str(&w->rows[section]));
	if (section == PACK_STRINGS)
		buf_put(b, buf_str(&w->strings));
}

enum err pack_write(struct pack_writer *w, struct str name, uint64_t version, struct buf *b)
{
	uint32_t name_text = pack_write_string(w, name);
	unsigned count = 0;

	for (unsigned i = PACK_HEAD; i < PACK_SECTIONS_KNOWN; i++) {
		w->overflow |= w->rows[i].overflow;
		count += section_bytes(w, i) > 0 || i <= PACK_PATTERNS;
	}
	if (w->overflow || w->needs > PACK_NEEDS_MAX)
		return ERR_TOO_LONG;
	buf_text(b, "CTP1");
	buf_be16(b, PACK_FORMAT);
	buf_be16(b, (uint16_t)count);
	for (unsigned i = PACK_HEAD; i < PACK_SECTIONS_KNOWN; i++) {
		if (section_bytes(w, i) == 0 && i > PACK_PATTERNS)
			continue;
		buf_be16(b, (uint16_t)i);
		buf_be16(b, PACK_REQUIRED);
		buf_be32(b, (uint32_t)section_bytes(w, i));
	}
	buf_be64(b, version);
	buf_be32(b, name_text);
	buf_be16(b, (uint16_t)w->needs);
	for (unsigned i = PACK_HEAD; i < PACK_SECTIONS_KNOWN; i++)
		put_section(w, i, b);
	return buf_check(b);
}
