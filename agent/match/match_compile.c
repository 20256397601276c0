/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles patterns, by recursive descent, each part into the steps behind those before it. Refuses what it does not
 * know: a pattern that means something else elsewhere must not mean something here. */
#include "agent/match/match.h"

#include "agent/base/char_class.h"

#include <stdio.h>

#define FOREVER UINT32_MAX
#define REPEAT_MAX 255

struct compiler {
	struct match *m;
	struct str pattern;
	size_t at; /* offset of the next byte of the pattern */
	unsigned depth;
	char *why;
	enum err err;
};

static const struct {
	struct str name;
	const char *ranges; /* pairs: the first and last byte of each range */
	uint32_t min, max;
} fields[MATCH_FIELDS] = {
	[MATCH_SRC] = {STR("src"), "09AZaz..--::__%%", 1, FOREVER},
	[MATCH_PORT] = {STR("port"), "09", 1, 5},
	[MATCH_USER] = {STR("user"), "\x01\xff", 0, FOREVER},
	[MATCH_SERVICE] = {STR("service"), "09AZaz..--__//", 1, FOREVER},
};

static void wrong(struct compiler *c, enum err err, const char *why)
{
	if (c->err == ERR_OK)
		snprintf(c->why, MATCH_WHY_MAX, "%s", why);
	c->err = c->err == ERR_OK ? err : c->err;
}

static struct str rest_of(const struct compiler *c)
{
	return str_sub(c->pattern, c->at, SIZE_MAX);
}

static bool take(struct compiler *c, struct str text)
{
	if (c->err != ERR_OK || !str_starts(rest_of(c), text))
		return false;
	c->at += text.len;
	return true;
}

static unsigned emit(struct compiler *c, enum match_kind kind, unsigned value)
{
	if (c->m->count == MATCH_OPS_MAX) {
		wrong(c, ERR_FULL, "is too costly: with its repetitions written out it has more than 255 steps");
		return 0;
	}
	c->m->ops[c->m->count] = (struct match_op){.kind = (uint8_t)kind, .value = (uint8_t)value};
	return c->m->count++;
}

/* Append steps that stood at `from`, with their jumps moved along. */
static void append(struct compiler *c, const struct match_op *ops, unsigned count, unsigned from)
{
	unsigned to = c->m->count;

	for (unsigned i = 0; i < count && c->err == ERR_OK; i++) {
		unsigned at = emit(c, ops[i].kind, ops[i].value);

		c->m->ops[at].next = (uint8_t)(ops[i].next - from + to);
		c->m->ops[at].other = (uint8_t)(ops[i].other - from + to);
	}
}

static unsigned cut(struct compiler *c, unsigned from, struct match_op copy[MATCH_OPS_MAX])
{
	unsigned count = c->m->count - from;

	memcpy(copy, &c->m->ops[from], count * sizeof(copy[0]));
	c->m->count = (uint16_t)from;
	return count;
}

static void put_in(uint32_t set[8], unsigned first, unsigned last)
{
	for (unsigned byte = first; byte <= last; byte++)
		set[byte / 32] |= UINT32_C(1) << byte % 32;
}

static void put_ranges(uint32_t set[8], const char *ranges)
{
	for (; ranges[0]; ranges += 2)
		put_in(set, (uint8_t)ranges[0], (uint8_t)ranges[1]);
}

static void emit_set(struct compiler *c, const uint32_t set[8])
{
	static const uint32_t empty[8];
	unsigned i = 0;

	if (memcmp(set, empty, sizeof(empty)) == 0)
		wrong(c, ERR_INVALID, "has a set without a byte in it");
	while (i < c->m->sets && memcmp(c->m->set[i], set, sizeof(c->m->set[i])) != 0)
		i++;
	if (i == MATCH_SETS_MAX) {
		wrong(c, ERR_FULL, "has more than 16 different sets");
		return;
	}
	memcpy(c->m->set[i], set, sizeof(c->m->set[i]));
	c->m->sets = (uint8_t)(i == c->m->sets ? i + 1 : c->m->sets);
	emit(c, MATCH_SET, i);
}

/* "[:digit:]" within a set. */
static bool take_class(struct compiler *c, uint32_t set[8])
{
	struct str rest = rest_of(c);
	const char *ranges = char_class_take(&rest);

	if (!ranges)
		return false;
	c->at = c->pattern.len - rest.len;
	put_ranges(set, ranges);
	return true;
}

/* The next byte of a set, where a backslash escapes it. */
static uint8_t set_byte(struct compiler *c)
{
	(void)take(c, STR("\\"));
	return c->at < c->pattern.len ? (uint8_t)c->pattern.data[c->at++] : 0;
}

/* What follows "[". */
static void parse_set(struct compiler *c)
{
	uint32_t set[8] = {0};
	bool others = take(c, STR("^"));

	for (bool first = true; c->err == ERR_OK && (first || !take(c, STR("]"))); first = false) {
		if (c->at >= c->pattern.len) {
			wrong(c, ERR_INVALID, "has a '[' without its ']'");
			return;
		}
		if (take_class(c, set))
			continue;
		if (str_starts(rest_of(c), STR("[:")) || str_starts(rest_of(c), STR("[.")) ||
		    str_starts(rest_of(c), STR("[=")))
			wrong(c, ERR_INVALID, "has an unknown class; write the bytes of the set");
		uint8_t low = set_byte(c), high = low;

		if (!str_starts(rest_of(c), STR("-]")) && take(c, STR("-")))
			high = set_byte(c);
		if (high < low)
			wrong(c, ERR_INVALID, "has a range that ends before it begins");
		put_in(set, low, high);
	}
	for (unsigned i = 0; i < 8 && others; i++)
		set[i] = ~set[i];
	emit_set(c, set);
}

static void repeat(struct compiler *c, unsigned from, uint32_t min, uint32_t max)
{
	struct match_op copy[MATCH_OPS_MAX];
	unsigned count = cut(c, from, copy), splits[REPEAT_MAX], open = 0, last = from;

	for (unsigned i = 0; i < count && max > 1; i++)
		if (copy[i].kind == MATCH_MARK)
			wrong(c, ERR_INVALID, "repeats a field");
	for (uint32_t i = 0; i < min && c->err == ERR_OK; i++) {
		last = c->m->count;
		append(c, copy, count, from);
	}
	if (max == FOREVER) {
		unsigned split = emit(c, MATCH_SPLIT, 0);

		c->m->ops[split].next = (uint8_t)(min ? last : split + 1);
		if (min == 0) {
			append(c, copy, count, from);
			c->m->ops[emit(c, MATCH_JUMP, 0)].next = (uint8_t)split;
		}
		c->m->ops[split].other = (uint8_t)c->m->count;
		return;
	}
	for (uint32_t i = min; i < max && c->err == ERR_OK; i++) {
		splits[open++] = emit(c, MATCH_SPLIT, 0);
		append(c, copy, count, from);
	}
	for (unsigned i = 0; i < open; i++) {
		c->m->ops[splits[i]].next = (uint8_t)(splits[i] + 1);
		c->m->ops[splits[i]].other = (uint8_t)c->m->count;
	}
}

static bool take_number(struct compiler *c, uint32_t *out)
{
	size_t from = c->at;

	for (*out = 0; c->at < c->pattern.len && c->at < from + 3; c->at++) {
		char digit = c->pattern.data[c->at];

		if (digit < '0' || digit > '9')
			break;
		*out = *out * 10 + (uint32_t)(digit - '0');
	}
	return c->at > from;
}

/* "2}", "2,}" or "2,5}" behind '{'. */
static void take_counts(struct compiler *c, uint32_t *min, uint32_t *max)
{
	bool good = take_number(c, min);

	*max = *min;
	if (good && take(c, STR(",")) && !take_number(c, max))
		*max = FOREVER;
	good = good && take(c, STR("}")) && *max > 0 && *min <= *max && *min <= REPEAT_MAX &&
	       (*max <= REPEAT_MAX || *max == FOREVER);
	if (!good)
		wrong(c, ERR_INVALID, "has a '{' that begins no repetition as {2}, {2,} or {2,5}, up to 255");
}

static void parse_alternatives(struct compiler *c);

/* A field begins; `value` of its marks is twice its number, and one more at its end. */
static void begin_field(struct compiler *c, unsigned field)
{
	if (c->m->fields >> field & 1)
		wrong(c, ERR_INVALID, "has a field twice");
	c->m->fields |= (uint8_t)(1u << field);
	emit(c, MATCH_MARK, field * 2);
}

/* The field whose name and '>' come next; MATCH_FIELDS: there is none of that name. */
static unsigned take_field(struct compiler *c)
{
	for (unsigned i = 0; i < MATCH_FIELDS; i++) {
		size_t from = c->at;

		if (take(c, fields[i].name) && take(c, STR(">")))
			return i;
		c->at = from;
	}
	wrong(c, ERR_INVALID, "has a '<' before none of src>, port>, user> and service>; a plain one is written \\<");
	return MATCH_FIELDS;
}

/* What follows "<". */
static void parse_field(struct compiler *c)
{
	unsigned field = take_field(c);
	uint32_t set[8] = {0};

	if (field == MATCH_FIELDS)
		return;
	begin_field(c, field);
	unsigned from = c->m->count;

	put_ranges(set, fields[field].ranges);
	if (field == MATCH_USER)
		set[0] |= 1; /* a text cannot write the byte 0 as a range */
	emit_set(c, set);
	if (c->err == ERR_OK)
		repeat(c, from, fields[field].min, fields[field].max);
	emit(c, MATCH_MARK, field * 2 + 1);
}

/* What follows "(". */
static void parse_group(struct compiler *c)
{
	unsigned field = MATCH_FIELDS;

	if (take(c, STR("?"))) {
		if (!take(c, STR("<")))
			wrong(c, ERR_INVALID, "has a '(?' that begins no field as (?<src>...)");
		field = take_field(c);
	}
	if (++c->depth > MATCH_DEPTH_MAX)
		wrong(c, ERR_FULL, "has more than 8 parentheses within each other");
	if (field < MATCH_FIELDS)
		begin_field(c, field);
	parse_alternatives(c);
	if (field < MATCH_FIELDS)
		emit(c, MATCH_MARK, field * 2 + 1);
	if (!take(c, STR(")")))
		wrong(c, ERR_INVALID, "has a '(' without its ')'");
	c->depth--;
}

static bool is_punctuation(char byte)
{
	return byte > ' ' && byte < 0x7f && !(byte >= '0' && byte <= '9') && !(byte >= 'A' && byte <= 'Z') &&
	       !(byte >= 'a' && byte <= 'z');
}

static void parse_byte(struct compiler *c)
{
	bool escaped = take(c, STR("\\"));
	char byte = c->at < c->pattern.len ? c->pattern.data[c->at++] : '\0';

	if (escaped && !is_punctuation(byte))
		wrong(c, ERR_INVALID, "has a '\\' before a letter, digit or blank; write a set as [0-9]");
	if (!escaped && (byte == '^' || byte == '$'))
		wrong(c, ERR_INVALID, "has a '^' or '$' in its middle; a plain one is written \\^, \\$");
	if (!escaped && (byte == '*' || byte == '+' || byte == '?' || byte == '{'))
		wrong(c, ERR_INVALID, "has a repetition of nothing; a plain '*', '+', '?' or '{' is written \\*");
	emit(c, MATCH_BYTE, (uint8_t)byte);
}

static void parse_atom(struct compiler *c)
{
	static const uint32_t all[8] = {~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u};

	if (take(c, STR("(")))
		parse_group(c);
	else if (take(c, STR("[")))
		parse_set(c);
	else if (take(c, STR("<")))
		parse_field(c);
	else if (take(c, STR(".")))
		emit_set(c, all);
	else
		parse_byte(c);
}

static void parse_repetition(struct compiler *c, unsigned from)
{
	uint32_t min = 0, max = FOREVER;

	if (take(c, STR("+")))
		min = 1;
	else if (take(c, STR("?")))
		max = 1;
	else if (take(c, STR("{")))
		take_counts(c, &min, &max);
	else if (!take(c, STR("*")))
		return;
	if (str_starts(rest_of(c), STR("*")) || str_starts(rest_of(c), STR("+")) || str_starts(rest_of(c), STR("?")) ||
	    str_starts(rest_of(c), STR("{")))
		wrong(c, ERR_INVALID, "repeats a repetition");
	if (c->err == ERR_OK)
		repeat(c, from, min, max);
}

static void parse_sequence(struct compiler *c)
{
	size_t began = c->at;

	while (c->err == ERR_OK && c->at < c->pattern.len && c->pattern.data[c->at] != '|' &&
	       c->pattern.data[c->at] != ')') {
		unsigned from = c->m->count;

		parse_atom(c);
		parse_repetition(c, from);
	}
	if (c->at == began)
		wrong(c, ERR_INVALID, "has an empty alternative or '()'; what may be missing is written (...)?");
}

static void parse_alternatives(struct compiler *c)
{
	struct match_op copy[MATCH_OPS_MAX];
	unsigned from = c->m->count;

	parse_sequence(c);
	if (!take(c, STR("|")))
		return;
	if (c->depth == 0)
		wrong(c, ERR_INVALID, "has a '|' outside of parentheses");
	unsigned count = cut(c, from, copy), split = emit(c, MATCH_SPLIT, 0);

	append(c, copy, count, from);
	unsigned jump = emit(c, MATCH_JUMP, 0);

	c->m->ops[split].next = (uint8_t)(split + 1);
	c->m->ops[split].other = (uint8_t)c->m->count;
	parse_alternatives(c);
	c->m->ops[jump].next = (uint8_t)c->m->count;
}

/* Take '^' and '$', which is plain behind an odd number of backslashes. */
static void take_anchors(struct compiler *c)
{
	size_t escapes = 0;
	bool good = str_take(&c->pattern, STR("^")) && str_take_back(&c->pattern, STR("$"));

	while (good && escapes < c->pattern.len && c->pattern.data[c->pattern.len - 1 - escapes] == '\\')
		escapes++;
	if (!good || escapes % 2)
		wrong(c, ERR_INVALID, "is not anchored: it must begin with '^' and end with '$'");
}

enum err match_compile(struct match *m, struct str pattern, char why[MATCH_WHY_MAX])
{
	struct compiler c = {.m = m, .pattern = pattern, .why = why, .err = ERR_OK};

	m->count = 0;
	m->sets = m->literal = m->fields = 0;
	why[0] = '\0';
	take_anchors(&c);
	if (c.err == ERR_OK)
		parse_alternatives(&c);
	if (c.at < c.pattern.len)
		wrong(&c, ERR_INVALID, "has a ')' without its '('");
	emit(&c, MATCH_END, 0);
	while (c.err == ERR_OK && m->ops[m->literal].kind == MATCH_BYTE)
		m->literal++;
	return c.err;
}
