/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads regular expressions by recursive descent. Refuses what it does not know: an expression that means something
 * else elsewhere must not mean something here.
 */
#include "server-stub/sigma/expression_part.h"

#include "agent/base/char_class.h"
#include "agent/sigma/utf8.h"
#include "server-stub/sigma/expression_set.h"

#include <stdio.h>

void *expression_wrong(struct expression_reader *r, enum err err, const char *why)
{
	if (r->err == ERR_OK)
		snprintf(r->why, EXPRESSION_WHY_MAX, "%s", why);
	r->err = r->err == ERR_OK ? err : r->err;
	return NULL;
}

static struct expression_part *new_part(struct expression_reader *r, enum expression_part_kind kind)
{
	struct expression_part *p = arena_take(&r->arena, sizeof(*p));

	if (!p)
		return expression_wrong(r, ERR_FULL, "needs more memory than there is");
	p->kind = kind;
	return p;
}

static struct expression_part *new_step(struct expression_reader *r, enum regex_kind kind, uint32_t arg)
{
	struct expression_part *p = new_part(r, EXPRESSION_STEP);

	if (p) {
		p->step = (uint8_t)kind;
		p->arg = arg;
	}
	return p;
}

static bool take(struct expression_reader *r, struct str text)
{
	return r->err == ERR_OK && str_take(&r->rest, text);
}

static struct expression_part *new_set(struct expression_reader *r, struct expression_set *s, bool others)
{
	if ((r->flags & EXPRESSION_ANY_CASE) && !expression_set_fold(s))
		return expression_wrong(r, ERR_FULL, "has a set of more than 256 ranges");
	if (r->sets == REGEX_SETS_MAX || r->ranges + s->count > REGEX_RANGES_MAX)
		return expression_wrong(r, ERR_FULL, "has more than 256 sets, or 2048 ranges in them");
	r->set[r->sets].first = (uint16_t)r->ranges;
	r->set[r->sets].count = (uint16_t)s->count;
	for (unsigned i = 0; i < s->count; i++, r->ranges++) {
		r->range[r->ranges].low = s->ranges[i].low;
		r->range[r->ranges].high = s->ranges[i].high;
	}
	return new_step(r, others ? REGEX_NOT_SET : REGEX_SET, r->sets++);
}

static struct expression_part *new_character(struct expression_reader *r, uint32_t c)
{
	struct expression_set s = {.count = 0};

	if (!(r->flags & EXPRESSION_ANY_CASE) || !expression_set_add(&s, c, c) || !expression_set_fold(&s) ||
	    (s.count == 1 && s.ranges[0].low == s.ranges[0].high))
		return new_step(r, REGEX_CHAR, c);
	return new_set(r, &s, false);
}

static int hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* Up to `digits` hexadecimal digits, or any number of them in braces. */
static uint32_t take_hex(struct expression_reader *r, unsigned digits)
{
	bool braces = take(r, STR("{"));
	uint32_t value = 0;
	unsigned count = 0;

	for (; r->rest.len && hex_value(r->rest.data[0]) >= 0 && count < (braces ? 6 : digits); count++) {
		value = value * 16 + (uint32_t)hex_value(r->rest.data[0]);
		r->rest = str_sub(r->rest, 1, SIZE_MAX);
	}
	if (count == 0 || (braces && !take(r, STR("}"))) || value > 0x10ffff)
		expression_wrong(r, ERR_INVALID, "has '\\x' without the number of a character");
	return value;
}

/* The character that an escape, whose letter was taken, stands for. */
static uint32_t escaped(struct expression_reader *r, uint32_t c)
{
	static const struct {
		char letter;
		uint8_t value;
	} letters[] = {{'t', '\t'}, {'n', '\n'}, {'r', '\r'}, {'f', '\f'}, {'v', '\v'}, {'a', 7}, {'e', 27}, {'0', 0}};

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (c == (uint8_t)letters[i].letter)
			return letters[i].value;
	if (c == 'x')
		return take_hex(r, 2);
	if (c == 'u')
		return take_hex(r, 4);
	if (c >= '1' && c <= '9')
		expression_wrong(r, ERR_UNSUPPORTED, "refers back to a group, which takes more than linear time");
	else if (c == 'k' || c == 'g')
		expression_wrong(r, ERR_UNSUPPORTED, "refers to a group, which takes more than linear time");
	else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
		expression_wrong(r, ERR_UNSUPPORTED, "has '\\' before a letter that has no known meaning there");
	return c;
}

static bool is_class(uint32_t c)
{
	return c == 'd' || c == 'D' || c == 'w' || c == 'W' || c == 's' || c == 'S';
}

/* "[:digit:]" within a set, and PCRE's "[:word:]". */
static bool take_named_class(struct expression_reader *r, struct expression_set *s)
{
	const char *ranges = str_take(&r->rest, STR("[:word:]")) ? "09AZ__az" : char_class_take(&r->rest);

	for (const char *p = ranges; p && p[0]; p += 2)
		if (!expression_set_add(s, (uint8_t)p[0], (uint8_t)p[1]))
			expression_wrong(r, ERR_FULL, "has a set of more than 256 ranges");
	if (!ranges && str_starts(r->rest, STR("[:")))
		expression_wrong(r, ERR_UNSUPPORTED, "has a class that is not known");
	return ranges != NULL;
}

/* A character of a set. False: it was a class like \d, which was added. */
static bool take_member(struct expression_reader *r, struct expression_set *s, uint32_t *c)
{
	if (str_empty(r->rest)) {
		expression_wrong(r, ERR_INVALID, "has a '[' without its ']'");
		return false;
	}
	*c = utf8_take(&r->rest);
	if (*c != '\\' || str_empty(r->rest))
		return true;
	*c = utf8_take(&r->rest);
	if (is_class(*c)) {
		if (!expression_set_class(s, (char)*c))
			expression_wrong(r, ERR_FULL, "has a set of more than 256 ranges");
		return false;
	}
	*c = *c == 'b' ? '\b' : escaped(r, *c);
	return true;
}

/* What follows "[". */
static struct expression_part *read_set(struct expression_reader *r)
{
	struct expression_set s = {.count = 0};
	bool others = take(r, STR("^"));

	for (bool first = true; r->err == ERR_OK && (first || !take(r, STR("]"))); first = false) {
		uint32_t low, high;

		if (take_named_class(r, &s) || !take_member(r, &s, &low))
			continue;
		high = low;
		if (str_starts(r->rest, STR("-")) && !str_starts(r->rest, STR("-]")) && take(r, STR("-")) &&
		    !take_member(r, &s, &high)) {
			/* "a-\d": no range, so the '-' is plain. */
			high = low;
			if (!expression_set_add(&s, '-', '-'))
				expression_wrong(r, ERR_FULL, "has a set of more than 256 ranges");
		}
		if (high < low)
			expression_wrong(r, ERR_INVALID, "has a range that ends before it begins");
		if (!expression_set_add(&s, low, high))
			expression_wrong(r, ERR_FULL, "has a set of more than 256 ranges");
	}
	return r->err == ERR_OK ? new_set(r, &s, others) : NULL;
}

static struct expression_part *read_class(struct expression_reader *r, uint32_t letter)
{
	struct expression_set s = {.count = 0};

	return expression_set_class(&s, (char)letter) ? new_set(r, &s, false) : NULL;
}

/* What follows "\". */
static struct expression_part *read_escape(struct expression_reader *r)
{
	if (str_empty(r->rest))
		return expression_wrong(r, ERR_INVALID, "ends with '\\'");
	uint32_t c = utf8_take(&r->rest);

	switch (c) {
	case 'A': return new_step(r, REGEX_BEGIN, 0);
	case 'z': return new_step(r, REGEX_LAST, 0);
	case 'Z': return new_step(r, REGEX_END, 0);
	case 'b': return new_step(r, REGEX_WORD, 0);
	case 'B': return new_step(r, REGEX_NOT_WORD, 0);
	default: return is_class(c) ? read_class(r, c) : new_character(r, escaped(r, c));
	}
}

static struct expression_part *read_alternatives(struct expression_reader *r);

/* "ims" and "-ims" behind "(?", up to ':' or ')'. */
static bool take_flags(struct expression_reader *r)
{
	static const char letters[] = "ims";
	bool off = false, any = false;

	for (;; any = true) {
		if (take(r, STR("-"))) {
			off = true;
			continue;
		}
		const char *at = r->rest.len && r->rest.data[0] ? strchr(letters, r->rest.data[0]) : NULL;

		if (!at)
			return any;
		r->rest = str_sub(r->rest, 1, SIZE_MAX);
		r->flags = off ? r->flags & ~(1u << (at - letters)) : r->flags | 1u << (at - letters);
	}
}

/* What follows "(?" and says what kind of group it is. */
static void take_kind(struct expression_reader *r)
{
	static const struct str looks[] = {STR("="), STR("!"), STR("<="), STR("<!")};

	for (size_t i = 0; i < 4; i++)
		if (take(r, looks[i])) {
			expression_wrong(r, ERR_UNSUPPORTED, "looks around, which takes more than linear time");
			return;
		}
	if (take(r, STR("P<")) || take(r, STR("<"))) { /* a name, which is of no use here */
		size_t end = str_find_byte(r->rest, '>');

		if (end == SIZE_MAX || end == 0)
			expression_wrong(r, ERR_INVALID, "has a name of a group without its '>'");
		else
			r->rest = str_sub(r->rest, end + 1, SIZE_MAX);
	} else if (!take(r, STR(":")) && (!take_flags(r) || !take(r, STR(":")))) {
		expression_wrong(r, ERR_UNSUPPORTED, "has a '(?' that begins no group which is known");
	}
}

/* What follows "(". */
static struct expression_part *read_group(struct expression_reader *r)
{
	unsigned flags = r->flags;
	struct expression_part *p;

	if (take(r, STR("?")))
		take_kind(r);
	if (++r->depth > EXPRESSION_DEPTH_MAX)
		expression_wrong(r, ERR_FULL, "has more than 64 groups within each other");
	p = r->err == ERR_OK ? read_alternatives(r) : NULL;
	r->depth--;
	r->flags = flags;
	if (!take(r, STR(")")))
		return expression_wrong(r, ERR_INVALID, "has a '(' without its ')'");
	return p;
}

static struct expression_part *read_atom(struct expression_reader *r)
{
	if (take(r, STR("(")))
		return read_group(r);
	if (take(r, STR("[")))
		return read_set(r);
	if (take(r, STR("\\")))
		return read_escape(r);
	if (take(r, STR("^")))
		return new_step(r, r->flags & EXPRESSION_LINES ? REGEX_BEGIN_LINE : REGEX_BEGIN, 0);
	if (take(r, STR("$")))
		return new_step(r, r->flags & EXPRESSION_LINES ? REGEX_END_LINE : REGEX_END, 0);
	if (take(r, STR("."))) {
		struct expression_set line_feed = {.count = 1, .ranges = {{'\n', '\n'}}};

		return r->flags & EXPRESSION_DOT_IS_ALL ? new_step(r, REGEX_ANY, 0) : new_set(r, &line_feed, true);
	}
	return new_character(r, utf8_take(&r->rest));
}

static bool take_number(struct str *s, uint32_t *out)
{
	size_t len = 0;

	for (*out = 0; len < s->len && len < 6 && s->data[len] >= '0' && s->data[len] <= '9'; len++)
		*out = *out * 10 + (uint32_t)(s->data[len] - '0');
	*s = str_sub(*s, len, SIZE_MAX);
	return len > 0;
}

/* "{2}", "{2,}" and "{2,5}"; any other '{' is plain. */
static bool take_counts(struct expression_reader *r, uint32_t *least, uint32_t *most)
{
	struct str s = r->rest;

	if (!str_take(&s, STR("{")) || !take_number(&s, least))
		return false;
	*most = *least;
	if (str_take(&s, STR(",")) && !take_number(&s, most))
		*most = EXPRESSION_FOREVER;
	if (!str_take(&s, STR("}")))
		return false;
	r->rest = s;
	if (*most < *least)
		expression_wrong(r, ERR_INVALID, "has a repetition whose most is below its least");
	if (*least > EXPRESSION_REPEAT_MAX || (*most > EXPRESSION_REPEAT_MAX && *most != EXPRESSION_FOREVER))
		expression_wrong(r, ERR_FULL,
				 "is too costly: it has more than 4000 steps when its repetitions are "
				 "written out");
	return true;
}

static bool take_repetition(struct expression_reader *r, uint32_t *least, uint32_t *most)
{
	*least = 0;
	*most = EXPRESSION_FOREVER;
	if (take(r, STR("*")))
		return true;
	if (take(r, STR("+"))) {
		*least = 1;
		return true;
	}
	if (take(r, STR("?"))) {
		*most = 1;
		return true;
	}
	return take_counts(r, least, most);
}

static struct expression_part *read_repeated(struct expression_reader *r)
{
	uint32_t least, most;
	struct expression_part *p, *inner;

	if (take_repetition(r, &least, &most))
		return expression_wrong(r, ERR_INVALID, "repeats nothing; a plain '*', '+' or '?' is written \\*");
	inner = read_atom(r);
	if (!inner || !take_repetition(r, &least, &most))
		return inner;
	if (take(r, STR("+")))
		return expression_wrong(r, ERR_UNSUPPORTED, "has a possessive repetition, which no automaton follows");
	(void)take(r, STR("?")); /* as few as possible: where it fits does not matter */
	p = new_part(r, EXPRESSION_REPEAT);
	if (!p)
		return NULL;
	p->first = inner;
	p->least = least;
	p->most = most;
	if (take_repetition(r, &least, &most))
		return expression_wrong(r, ERR_INVALID, "repeats a repetition");
	return p;
}

static struct expression_part *read_sequence(struct expression_reader *r)
{
	struct expression_part *all = new_part(r, EXPRESSION_ALL_OF), **place = all ? &all->first : NULL;

	while (r->err == ERR_OK && r->rest.len && r->rest.data[0] != '|' && r->rest.data[0] != ')') {
		*place = read_repeated(r);
		if (*place)
			place = &(*place)->next;
	}
	return r->err == ERR_OK ? all : NULL;
}

static struct expression_part *read_alternatives(struct expression_reader *r)
{
	struct expression_part *one = new_part(r, EXPRESSION_ONE_OF), **place = one ? &one->first : NULL;

	while (r->err == ERR_OK) {
		*place = read_sequence(r);
		if (*place)
			place = &(*place)->next;
		if (!take(r, STR("|")))
			break;
	}
	return r->err == ERR_OK ? one : NULL;
}

/* "(?i)" and the like at the front are for the whole expression. */
static void take_front_flags(struct expression_reader *r)
{
	struct str before = r->rest;
	unsigned flags = r->flags;

	if (take(r, STR("(?")) && take_flags(r) && take(r, STR(")")))
		return;
	r->rest = before;
	r->flags = flags;
}

struct expression_part *expression_read(struct expression_reader *r)
{
	struct expression_part *whole;

	take_front_flags(r);
	whole = r->err == ERR_OK ? read_alternatives(r) : NULL;
	if (r->err == ERR_OK && r->rest.len)
		return expression_wrong(r, ERR_INVALID, "has a ')' without its '('");
	return whole;
}
