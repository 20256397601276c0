/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads packs of rules. All is checked once, in pack_load(); after it, each number that is read from the pack is in its
 * table. Copies nothing and allocates nothing.
 */
#include "proto/pack.h"

#include <stdarg.h>
#include <stdio.h>

static const char magic[4] = {'C', 'T', 'P', '1'};

#define HEAD_BYTES 8	/* before the list of sections */
#define SECTION_BYTES 8 /* of that list, for each */
#define ABOUT_TEXTS 6

/* Bytes of a row of each section; 0: it is no table. */
static const uint8_t row_bytes[PACK_SECTIONS_KNOWN] = {
	[PACK_STRINGS] = 0,    [PACK_FIELDS] = 4,   [PACK_RULES] = 44,	      [PACK_NODES] = 8,
	[PACK_MATCHERS] = 12,  [PACK_PATTERNS] = 8, [PACK_CORRELATIONS] = 52, [PACK_REFS] = 8,
	[PACK_REF_FIELDS] = 2, [PACK_TESTS] = 16,   [PACK_TEST_VALUES] = 8,
};

static const uint32_t rows_max[PACK_SECTIONS_KNOWN] = {
	[PACK_FIELDS] = PACK_WHOLE - 1,	     [PACK_RULES] = PACK_RULES_MAX,	 [PACK_NODES] = PACK_BYTES_MAX,
	[PACK_MATCHERS] = PACK_BYTES_MAX,    [PACK_PATTERNS] = PACK_BYTES_MAX,	 [PACK_CORRELATIONS] = PACK_RULES_MAX,
	[PACK_REFS] = PACK_BYTES_MAX,	     [PACK_REF_FIELDS] = PACK_BYTES_MAX, [PACK_TESTS] = PACK_BYTES_MAX,
	[PACK_TEST_VALUES] = PACK_BYTES_MAX,
};

static uint16_t be16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint64_t be64(const uint8_t *at)
{
	return (uint64_t)be32(at) << 32 | be32(at + 4);
}

__attribute__((format(printf, 3, 4))) static enum err refuse(char why[PACK_WHY_MAX], enum err err, const char *format,
							     ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, PACK_WHY_MAX, format, args);
	va_end(args);
	return err;
}

static const uint8_t *row(const struct pack *p, enum pack_section section, uint32_t number)
{
	return p->rows[section].data + (size_t)number * row_bytes[section];
}

struct str pack_string(const struct pack *p, uint32_t number)
{
	const uint8_t *ends = p->rows[PACK_STRINGS].data;
	uint32_t from = number ? be32(ends + (number - 1) * 4u) : 0;

	return (struct str){(const char *)p->string_bytes + from, be32(ends + number * 4u) - from};
}

static struct str text_at(const struct pack *p, const uint8_t *at)
{
	return pack_string(p, be32(at));
}

struct str pack_need(const struct pack *p, uint32_t number)
{
	return text_at(p, p->rows[PACK_HEAD].data + 14 + number * 4u);
}

struct str pack_field(const struct pack *p, uint32_t number)
{
	return text_at(p, row(p, PACK_FIELDS, number));
}

static struct pack_about about_at(const struct pack *p, const uint8_t *at)
{
	return (struct pack_about){.id = text_at(p, at),
				   .title = text_at(p, at + 4),
				   .author = text_at(p, at + 8),
				   .references = text_at(p, at + 12),
				   .falsepositives = text_at(p, at + 16),
				   .tags = text_at(p, at + 20)};
}

struct pack_rule pack_rule(const struct pack *p, uint32_t number)
{
	const uint8_t *at = row(p, PACK_RULES, number);
	struct pack_rule r = {.about = about_at(p, at),
			      .category = text_at(p, at + 24),
			      .product = text_at(p, at + 28),
			      .service = text_at(p, at + 32),
			      .node = be32(at + 36)};

	r.about.level = at[40];
	r.about.status = at[41];
	r.about.flags = be16(at + 42);
	return r;
}

struct pack_node pack_node(const struct pack *p, uint32_t number)
{
	const uint8_t *at = row(p, PACK_NODES, number);

	return (struct pack_node){at[0], be32(at + 4)};
}

struct pack_matcher pack_matcher(const struct pack *p, uint32_t number)
{
	const uint8_t *at = row(p, PACK_MATCHERS, number);

	return (struct pack_matcher){be16(at), be32(at + 4), be32(at + 8)};
}

struct pack_pattern pack_pattern(const struct pack *p, uint32_t number)
{
	const uint8_t *at = row(p, PACK_PATTERNS, number);

	return (struct pack_pattern){at[0], at[1], be16(at + 2), text_at(p, at + 4)};
}

struct pack_correlation pack_correlation(const struct pack *p, uint32_t number)
{
	const uint8_t *at = row(p, PACK_CORRELATIONS, number);
	struct pack_correlation c = {.about = about_at(p, at),
				     .timespan_s = be32(at + 24),
				     .least = be32(at + 28),
				     .most = be32(at + 32),
				     .unequal = be32(at + 36),
				     .ref_first = be32(at + 40),
				     .refs = be16(at + 44),
				     .groups = at[46],
				     .values = at[47],
				     .type = at[50]};

	c.about.level = at[48];
	c.about.status = at[49];
	c.about.flags = at[51];
	return c;
}

struct pack_ref pack_ref(const struct pack *p, uint32_t number)
{
	const uint8_t *at = row(p, PACK_REFS, number);

	return (struct pack_ref){be32(at), be32(at + 4)};
}

uint16_t pack_ref_field(const struct pack *p, uint32_t number)
{
	return be16(row(p, PACK_REF_FIELDS, number));
}

struct pack_test pack_test(const struct pack *p, uint32_t number)
{
	const uint8_t *at = row(p, PACK_TESTS, number);

	return (struct pack_test){be32(at), at[4] != 0, be32(at + 8), be32(at + 12)};
}

struct pack_test_value pack_test_value(const struct pack *p, uint32_t number)
{
	const uint8_t *at = row(p, PACK_TEST_VALUES, number);

	return (struct pack_test_value){text_at(p, at), text_at(p, at + 4)};
}

/* Whether a run of rows lies in its section. */
static bool within(const struct pack *p, enum pack_section section, uint32_t first, uint32_t count)
{
	return first <= pack_count(p, section) && count <= pack_count(p, section) - first;
}

/* Whether `texts` texts stand at `at`. */
static bool are_texts(const struct pack *p, const uint8_t *at, unsigned texts)
{
	for (unsigned i = 0; i < texts; i++)
		if (be32(at + i * 4u) >= pack_count(p, PACK_STRINGS))
			return false;
	return true;
}

static bool is_target(const struct pack *p, uint32_t target)
{
	if (target & PACK_CORRELATION)
		return (target & ~PACK_CORRELATION) < pack_count(p, PACK_CORRELATIONS);
	return target < pack_count(p, PACK_RULES);
}

static bool strings_hold(struct pack *p, struct str bytes)
{
	const uint8_t *at = (const uint8_t *)bytes.data;
	uint32_t count = bytes.len < 4 ? 0 : be32(at), before = 0;

	if (count == 0 || count > PACK_STRINGS_MAX || (bytes.len - 4) / 4 < count)
		return false;
	p->rows[PACK_STRINGS] = (struct pack_rows){at + 4, count};
	p->string_bytes = at + 4 + count * 4u;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t end = be32(at + 4 + i * 4u);

		if (end < before || end - before > PACK_STRING_MAX || (i == 0 && end != 0))
			return false;
		before = end;
	}
	return before == bytes.len - 4 - count * 4u;
}

static bool head_holds(struct pack *p, struct str bytes)
{
	const uint8_t *at = (const uint8_t *)bytes.data;

	if (bytes.len < 14)
		return false;
	p->rows[PACK_HEAD] = (struct pack_rows){at, 1};
	p->version = be64(at);
	p->needs_count = be16(at + 12);
	if (p->needs_count > PACK_NEEDS_MAX || bytes.len != 14 + p->needs_count * 4u || !are_texts(p, at + 8, 1) ||
	    !are_texts(p, at + 14, p->needs_count))
		return false;
	p->name = text_at(p, at + 8);
	return p->version > 0 && p->version <= INT64_MAX && p->name.len > 0 && p->name.len <= PACK_NAME_MAX;
}

static bool field_holds(const struct pack *p, uint32_t number)
{
	return are_texts(p, row(p, PACK_FIELDS, number), 1) && pack_field(p, number).len > 0;
}

static bool pattern_holds(const struct pack *p, uint32_t number)
{
	const uint8_t *at = row(p, PACK_PATTERNS, number);

	return at[0] >= PACK_EQUALS && at[0] < PACK_PATTERN_KINDS && at[1] <= (PACK_CASED | PACK_FIELD_HOW) &&
	       are_texts(p, at + 4, 1) && (at[0] != PACK_FIELD || be16(at + 2) < pack_count(p, PACK_FIELDS));
}

static bool matcher_holds(const struct pack *p, uint32_t number)
{
	struct pack_matcher m = pack_matcher(p, number);

	return (m.field == PACK_WHOLE || m.field < pack_count(p, PACK_FIELDS)) && m.count > 0 &&
	       within(p, PACK_PATTERNS, m.first, m.count);
}

/* A node is within those whose end is behind it; what is within a node ends no later than the node. */
static bool nodes_hold(const struct pack *p)
{
	uint32_t ends[PACK_DEPTH_MAX], depth = 0;

	for (uint32_t i = 0; i < pack_count(p, PACK_NODES); i++) {
		struct pack_node n = pack_node(p, i);

		while (depth && ends[depth - 1] == i)
			depth--;
		if (n.kind == PACK_MATCH) {
			if (n.arg >= pack_count(p, PACK_MATCHERS))
				return false;
			continue;
		}
		if (n.kind < PACK_AND || n.kind > PACK_MATCH || n.arg <= i || n.arg > pack_count(p, PACK_NODES) ||
		    (depth && n.arg > ends[depth - 1]) || depth == PACK_DEPTH_MAX)
			return false;
		if (n.kind == PACK_NOT) {
			if (n.arg == i + 1)
				return false;
			struct pack_node inner = pack_node(p, i + 1);

			if (n.arg != (inner.kind == PACK_MATCH ? i + 2 : inner.arg))
				return false;
		}
		ends[depth++] = n.arg;
	}
	return true;
}

static bool rule_holds(const struct pack *p, uint32_t number)
{
	const uint8_t *at = row(p, PACK_RULES, number);

	return are_texts(p, at, ABOUT_TEXTS + 3) && be32(at + 36) < pack_count(p, PACK_NODES) && at[40] < PACK_LEVELS &&
	       at[41] < PACK_STATUSES && pack_string(p, be32(at)).len > 0;
}

static bool ref_holds(const struct pack *p, uint32_t correlation, const struct pack_correlation *c, uint32_t number)
{
	struct pack_ref ref = pack_ref(p, number);

	if (!is_target(p, ref.target) || !within(p, PACK_REF_FIELDS, ref.fields, c->groups + c->values))
		return false;
	return !(ref.target & PACK_CORRELATION) || (ref.target & ~PACK_CORRELATION) < correlation;
}

static bool counts(uint32_t number)
{
	return number <= PACK_COUNT_MAX || number == PACK_NO_LIMIT;
}

static bool correlation_holds(const struct pack *p, uint32_t number)
{
	const uint8_t *at = row(p, PACK_CORRELATIONS, number);

	if (!are_texts(p, at, ABOUT_TEXTS))
		return false;
	struct pack_correlation c = pack_correlation(p, number);

	if (c.type < PACK_EVENT_COUNT || c.type >= PACK_CORRELATION_TYPES || c.refs == 0 || c.refs > PACK_REFS_MAX ||
	    c.groups > PACK_GROUPS_MAX || c.values > PACK_GROUPS_MAX || c.timespan_s == 0 ||
	    c.about.level >= PACK_LEVELS || c.about.status >= PACK_STATUSES || c.about.id.len == 0 ||
	    c.least > PACK_COUNT_MAX || c.least > c.most || !counts(c.most) || !counts(c.unequal) ||
	    (c.values > 0) != (c.type == PACK_VALUE_COUNT) || !within(p, PACK_REFS, c.ref_first, c.refs))
		return false;
	for (uint32_t i = 0; i < c.refs; i++)
		if (!ref_holds(p, number, &c, c.ref_first + i))
			return false;
	return true;
}

static bool ref_field_holds(const struct pack *p, uint32_t number)
{
	return pack_ref_field(p, number) < pack_count(p, PACK_FIELDS);
}

static bool test_holds(const struct pack *p, uint32_t number)
{
	struct pack_test t = pack_test(p, number);

	return is_target(p, t.target) && within(p, PACK_TEST_VALUES, t.first, t.count);
}

static bool test_value_holds(const struct pack *p, uint32_t number)
{
	return are_texts(p, row(p, PACK_TEST_VALUES, number), 2);
}

static const struct {
	enum pack_section section;
	bool (*holds)(const struct pack *p, uint32_t number);
	const char *name;
} tables[] = {
	{PACK_FIELDS, field_holds, "field"},
	{PACK_PATTERNS, pattern_holds, "pattern"},
	{PACK_MATCHERS, matcher_holds, "matcher"},
	{PACK_RULES, rule_holds, "rule"},
	{PACK_REF_FIELDS, ref_field_holds, "field of a correlation"},
	{PACK_CORRELATIONS, correlation_holds, "correlation"},
	{PACK_TESTS, test_holds, "test"},
	{PACK_TEST_VALUES, test_value_holds, "value of a test"},
};

static enum err check_tables(const struct pack *p, char why[PACK_WHY_MAX])
{
	for (unsigned t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (uint32_t i = 0; i < pack_count(p, tables[t].section); i++)
			if (!tables[t].holds(p, i))
				return refuse(why, ERR_INVALID, "it is damaged: %s number %u makes no sense",
					      tables[t].name, i);
	if (!nodes_hold(p))
		return refuse(why, ERR_INVALID, "it is damaged: a condition makes no sense");
	return ERR_OK;
}

/* Take the place of a section that is known. */
static enum err place(struct pack *p, unsigned section, struct str bytes, char why[PACK_WHY_MAX])
{
	uint32_t count;

	if (row_bytes[section] == 0) { /* the head is read when the strings are there */
		p->rows[section] = (struct pack_rows){(const uint8_t *)bytes.data, (uint32_t)bytes.len};
		return ERR_OK;
	}
	count = (uint32_t)(bytes.len / row_bytes[section]);
	if (bytes.len % row_bytes[section])
		return refuse(why, ERR_INVALID, "it is damaged: section %u ends within a row", section);
	if (count > rows_max[section])
		return refuse(why, ERR_TOO_LONG, "it has %u rows in section %u; there may be %u", count, section,
			      rows_max[section]);
	p->rows[section] = (struct pack_rows){(const uint8_t *)bytes.data, count};
	return ERR_OK;
}

/* The sections, by their list; `list` is over the list and what follows it. */
static enum err place_all(struct pack *p, struct str list, unsigned count, char why[PACK_WHY_MAX])
{
	struct str rest = str_sub(list, count * SECTION_BYTES, SIZE_MAX);
	unsigned before = 0;

	for (unsigned i = 0; i < count; i++) {
		const uint8_t *at = (const uint8_t *)list.data + i * SECTION_BYTES;
		unsigned section = be16(at);
		uint32_t len = be32(at + 4);
		enum err err = ERR_OK;

		if (section <= before)
			return refuse(why, ERR_INVALID, "it is damaged: its sections are not in order");
		if (len > rest.len)
			return refuse(why, ERR_TRUNCATED, "it is not whole: section %u is cut", section);
		if (section < PACK_SECTIONS_KNOWN)
			err = place(p, section, str_sub(rest, 0, len), why);
		else if (be16(at + 2) & PACK_REQUIRED)
			err = refuse(why, ERR_UNSUPPORTED, "it needs section %u, which this build does not know",
				     section);
		if (err != ERR_OK)
			return err;
		rest = str_sub(rest, len, SIZE_MAX);
		before = section;
	}
	return rest.len ? refuse(why, ERR_TOO_LONG, "it has bytes behind its end") : ERR_OK;
}

static enum err read_all(struct pack *p, struct str bytes, char why[PACK_WHY_MAX])
{
	const uint8_t *at = (const uint8_t *)bytes.data;
	unsigned count;
	enum err err;

	if (bytes.len < HEAD_BYTES || memcmp(at, magic, sizeof(magic)) != 0)
		return refuse(why, ERR_INVALID, "it is no pack of rules");
	if (be16(at + 4) != PACK_FORMAT)
		return refuse(why, ERR_UNSUPPORTED, "it has the format %u; this build reads %u", be16(at + 4),
			      PACK_FORMAT);
	if (bytes.len > PACK_BYTES_MAX)
		return refuse(why, ERR_TOO_LONG, "it has %zu bytes; a pack has at most %u", bytes.len, PACK_BYTES_MAX);
	count = be16(at + 6);
	if (count > PACK_SECTIONS_MAX)
		return refuse(why, ERR_TOO_LONG, "it has %u sections; there may be %u", count, PACK_SECTIONS_MAX);
	if (bytes.len < HEAD_BYTES + count * SECTION_BYTES)
		return refuse(why, ERR_TRUNCATED, "it is not whole: its list of sections is cut");
	err = place_all(p, str_sub(bytes, HEAD_BYTES, SIZE_MAX), count, why);
	if (err != ERR_OK)
		return err;
	for (unsigned i = PACK_HEAD; i <= PACK_PATTERNS; i++)
		if (!p->rows[i].data)
			return refuse(why, ERR_INVALID, "it is damaged: section %u is missing", i);
	struct str strings = {(const char *)p->rows[PACK_STRINGS].data, p->rows[PACK_STRINGS].count};
	struct str head = {(const char *)p->rows[PACK_HEAD].data, p->rows[PACK_HEAD].count};

	if (!strings_hold(p, strings))
		return refuse(why, ERR_INVALID, "it is damaged: its strings make no sense");
	if (!head_holds(p, head))
		return refuse(why, ERR_INVALID, "it is damaged: its head makes no sense");
	return check_tables(p, why);
}

enum err pack_load(struct pack *p, struct str bytes, char why[PACK_WHY_MAX])
{
	enum err err;

	memset(p, 0, sizeof(*p));
	p->bytes = bytes;
	err = read_all(p, bytes, why);
	if (err != ERR_OK)
		memset(p, 0, sizeof(*p));
	return err;
}

struct str pack_section_bytes(const struct pack *p, unsigned section)
{
	const uint8_t *at = (const uint8_t *)p->bytes.data;
	size_t from = HEAD_BYTES + be16(at + 6) * (size_t)SECTION_BYTES;

	for (unsigned i = 0; i < be16(at + 6); i++) {
		const uint8_t *s = at + HEAD_BYTES + i * SECTION_BYTES;

		if (be16(s) == section)
			return str_sub(p->bytes, from, be32(s + 4));
		from += be32(s + 4);
	}
	return STR_NONE;
}
