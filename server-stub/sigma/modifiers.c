/* SPDX-License-Identifier: Apache-2.0 */
/* The table of modifiers (sigma-appendix-modifiers.md, 2.1), and which of them
 * go together. */
#include "server-stub/sigma/modifiers.h"

#include "proto/pack.h"
#include "server-stub/sigma/expression.h"

enum effect { IS_ALL, IS_NEQ, IS_CASED, IS_STEP, IS_TYPE, IS_COMPARE, IS_TIME, IS_FLAG };

static const struct {
	struct str name;
	enum effect effect;
	unsigned value;
} table[] = {
	{STR("all"), IS_ALL, 0},
	{STR("neq"), IS_NEQ, 0},
	{STR("cased"), IS_CASED, 0},
	{STR("startswith"), IS_STEP, MODIFIERS_STARTSWITH},
	{STR("endswith"), IS_STEP, MODIFIERS_ENDSWITH},
	{STR("contains"), IS_STEP, MODIFIERS_CONTAINS},
	{STR("windash"), IS_STEP, MODIFIERS_WINDASH},
	{STR("base64"), IS_STEP, MODIFIERS_BASE64},
	{STR("base64offset"), IS_STEP, MODIFIERS_BASE64OFFSET},
	{STR("utf16le"), IS_STEP, MODIFIERS_UTF16LE},
	{STR("wide"), IS_STEP, MODIFIERS_UTF16LE},
	{STR("utf16be"), IS_STEP, MODIFIERS_UTF16BE},
	{STR("utf16"), IS_STEP, MODIFIERS_UTF16},
	{STR("expand"), IS_STEP, MODIFIERS_EXPAND},
	{STR("re"), IS_TYPE, MODIFIERS_RE},
	{STR("cidr"), IS_TYPE, MODIFIERS_CIDR},
	{STR("exists"), IS_TYPE, MODIFIERS_EXISTS},
	{STR("fieldref"), IS_TYPE, MODIFIERS_FIELDREF},
	{STR("lt"), IS_COMPARE, PACK_LT},
	{STR("lte"), IS_COMPARE, PACK_LTE},
	{STR("gt"), IS_COMPARE, PACK_GT},
	{STR("gte"), IS_COMPARE, PACK_GTE},
	{STR("minute"), IS_TIME, PACK_MINUTE},
	{STR("hour"), IS_TIME, PACK_HOUR},
	{STR("day"), IS_TIME, PACK_DAY},
	{STR("week"), IS_TIME, PACK_WEEK},
	{STR("month"), IS_TIME, PACK_MONTH},
	{STR("year"), IS_TIME, PACK_YEAR},
	{STR("i"), IS_FLAG, EXPRESSION_ANY_CASE},
	{STR("ignorecase"), IS_FLAG, EXPRESSION_ANY_CASE},
	{STR("m"), IS_FLAG, EXPRESSION_LINES},
	{STR("multiline"), IS_FLAG, EXPRESSION_LINES},
	{STR("s"), IS_FLAG, EXPRESSION_DOT_IS_ALL},
	{STR("dotall"), IS_FLAG, EXPRESSION_DOT_IS_ALL},
};

#define MODIFIERS (sizeof(table) / sizeof(table[0]))

/* Whether a type may be set, which is once; a comparison and a part of a time
 * go together. */
static bool set_type(struct modifiers *m, enum modifiers_type type)
{
	bool both = (m->type == MODIFIERS_NUMBER && type == MODIFIERS_TIME) ||
		    (m->type == MODIFIERS_TIME && type == MODIFIERS_NUMBER && m->compare == PACK_EQUALS);

	if (m->type != MODIFIERS_STRING && !both)
		return false;
	m->type = both ? MODIFIERS_TIME : type;
	return true;
}

static bool take(struct modifiers *m, enum effect effect, unsigned value)
{
	switch (effect) {
	case IS_ALL: m->all = true; return true;
	case IS_NEQ: m->neq = true; return true;
	case IS_CASED: m->cased = true; return true;
	case IS_STEP:
		if (m->count == MODIFIERS_STEPS_MAX)
			return false;
		m->steps[m->count++] = (uint8_t)value;
		return true;
	case IS_TYPE: return set_type(m, (enum modifiers_type)value);
	case IS_COMPARE:
		if (!set_type(m, MODIFIERS_NUMBER))
			return false;
		m->compare = (uint8_t)value;
		return true;
	case IS_TIME:
		if (!set_type(m, MODIFIERS_TIME))
			return false;
		m->part = (uint8_t)value;
		return true;
	default: /* IS_FLAG */ m->expression |= value; return m->type == MODIFIERS_RE;
	}
}

/* Whether the steps suit the type of the value. */
static bool fits(const struct modifiers *m)
{
	for (unsigned i = 0; i < m->count; i++) {
		enum modifiers_step step = (enum modifiers_step)m->steps[i];
		bool where = step <= MODIFIERS_CONTAINS;

		if (m->type == MODIFIERS_STRING || (m->type == MODIFIERS_FIELDREF && where) ||
		    (m->type == MODIFIERS_RE && step == MODIFIERS_CONTAINS))
			continue;
		return false;
	}
	return !m->cased || m->type == MODIFIERS_STRING || m->type == MODIFIERS_FIELDREF || m->type == MODIFIERS_RE;
}

bool modifiers_read(struct str list, unsigned line, struct modifiers *m, struct doc_error *e)
{
	struct str rest = list;

	*m = (struct modifiers){.compare = PACK_EQUALS};
	while (rest.len) {
		struct str name = str_cut(&rest, '|');
		size_t i = 0;

		while (i < MODIFIERS && !str_equal(table[i].name, name))
			i++;
		if (i == MODIFIERS)
			return doc_wrong(e, line, "has the modifier '%.*s', which is unknown", (int)name.len,
					 name.data);
		if (!take(m, table[i].effect, table[i].value))
			return doc_wrong(e, line, "has the modifier '%.*s' where it cannot be", (int)name.len,
					 name.data);
	}
	if (!fits(m))
		return doc_wrong(e, line, "has modifiers that do not go together: %.*s", (int)list.len, list.data);
	return true;
}

bool modifiers_have(const struct modifiers *m, enum modifiers_step step)
{
	for (unsigned i = 0; i < m->count; i++)
		if (m->steps[i] == step)
			return true;
	return false;
}
