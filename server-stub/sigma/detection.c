/* SPDX-License-Identifier: Apache-2.0 */
/* Turns search identifiers into trees: maps are linked with "and", lists with
 * "or", values as their modifiers say. */
#include "server-stub/sigma/detection.h"

#include "agent/base/addr.h"
#include "agent/sigma/decimal.h"
#include "server-stub/sigma/expression.h"
#include "server-stub/sigma/lists.h"
#include "server-stub/sigma/modifiers.h"
#include "server-stub/sigma/value.h"

#include <stdio.h>
#include <stdlib.h>

/* One item of a map: a field, its modifiers and its values. */
struct item {
	struct detection *d;
	struct str field; /* empty: the whole event */
	struct modifiers m;
	unsigned line;
};

static bool no_memory(struct detection *d, unsigned line)
{
	return doc_wrong(d->error, line, "needs more memory than there is");
}

struct str detection_number(struct arena *a, const struct doc *doc)
{
	char digits[64], *end, text[24];
	size_t len = 0;
	bool negative = doc->text.len && doc->text.data[0] == '-';
	bool sign = negative || (doc->text.len && doc->text.data[0] == '+');

	if (!doc->plain || doc->text.len > sizeof(digits) - 1 || doc->text.len == sign)
		return doc->text;
	for (size_t i = sign; i < doc->text.len; i++)
		if (doc->text.data[i] != '_')
			digits[len++] = doc->text.data[i];
	digits[len] = '\0';
	if (len == 0 || digits[0] < '0' || digits[0] > '9')
		return doc->text;
	bool binary = len > 2 && digits[0] == '0' && digits[1] == 'b';
	unsigned long long number = strtoull(binary ? digits + 2 : digits, &end, binary ? 2 : 0);

	if (*end || number >= UINT64_MAX)
		return doc->text;
	snprintf(text, sizeof(text), "%s%llu", negative ? "-" : "", number);
	return arena_copy(a, str_from(text));
}

static struct value *take_steps(const struct item *it, struct value *v, unsigned from);

/* Base64 makes several values of one, each of which goes on with step `from` by
 * itself. */
static struct value *take_base64(const struct item *it, const struct value *v, unsigned from)
{
	struct arena *a = it->d->arena;
	struct value *list, *all = NULL, **place = &all;

	if (value_has_dash(v)) {
		list = value_spell_dashes(a, v);
		from--;
	} else if (!value_is_plain(v)) {
		doc_wrong(it->d->error, it->line, "has wildcards in what is to be in base64");
		return NULL;
	} else {
		struct str bytes = value_bytes(a, v);

		list = !bytes.data				   ? NULL
		       : it->m.steps[from - 1] == MODIFIERS_BASE64 ? value_base64(a, bytes)
								   : value_base64_offsets(a, bytes);
	}
	for (struct value *one = list, *next; one; one = next) {
		next = one->next;
		one->next = NULL;
		*place = take_steps(it, one, from);
		if (!*place)
			return NULL;
		while (*place)
			place = &(*place)->next;
	}
	return all;
}

/* Put the modifiers that change strings to work, from step `from` on: the
 * values that come of it, as a list. */
static struct value *take_steps(const struct item *it, struct value *v, unsigned from)
{
	struct arena *a = it->d->arena;

	for (unsigned i = from; v && i < it->m.count; i++) {
		enum modifiers_step step = (enum modifiers_step)it->m.steps[i];
		bool good = true;

		if (step == MODIFIERS_BASE64 || step == MODIFIERS_BASE64OFFSET)
			return take_base64(it, v, i + 1);
		if (step <= MODIFIERS_CONTAINS)
			good = value_open(a, v, step != MODIFIERS_STARTSWITH, step != MODIFIERS_ENDSWITH);
		else if (step == MODIFIERS_WINDASH)
			value_windash(v);
		else if (step != MODIFIERS_EXPAND) /* which is done before */
			good = value_utf16(a, v, step == MODIFIERS_UTF16BE, step == MODIFIERS_UTF16);
		if (!good)
			return NULL;
	}
	return v;
}

static bool add_pattern(const struct item *it, struct branch *leaf, struct pack_pattern p)
{
	p.flags |= it->m.cased ? PACK_CASED : 0;
	if (!p.text.data || !tree_add_pattern(it->d->arena, leaf, &p))
		return no_memory(it->d, it->line);
	return true;
}

static bool add_string(const struct item *it, struct branch *leaf, const struct doc *doc)
{
	struct arena *a = it->d->arena;
	struct value *v;

	if (doc->text.len > DETECTION_TEXT_MAX)
		return doc_wrong(it->d->error, doc->line, "has a value of more than %d bytes", DETECTION_TEXT_MAX);
	v = modifiers_have(&it->m, MODIFIERS_EXPAND) ? lists_fill(a, it->d->lists, doc, it->d->error)
						     : value_read(a, detection_number(a, doc));
	if (!v)
		return no_memory(it->d, doc->line);
	for (struct value *next; v; v = next) {
		next = v->next;
		v->next = NULL;
		struct value *all = take_steps(it, v, 0);

		if (!all)
			return no_memory(it->d, doc->line);
		for (; all; all = all->next) {
			if (it->field.len == 0 && !value_open(a, all, true, true)) /* a keyword is found anywhere */
				return no_memory(it->d, doc->line);
			if (!add_pattern(it, leaf, value_pattern(a, all)))
				return false;
		}
	}
	return true;
}

static bool add_expression(const struct item *it, struct branch *leaf, const struct doc *doc)
{
	char why[EXPRESSION_WHY_MAX];
	struct buf b = buf_over(arena_take(it->d->arena, PACK_STRING_MAX), PACK_STRING_MAX);

	if (!b.data)
		return no_memory(it->d, doc->line);
	if (expression_compile(&b, doc->text, it->m.expression, why) != ERR_OK)
		return doc_wrong(it->d->error, doc->line, "has a regular expression that %s", why);
	it->d->has_expression = true;
	return add_pattern(it, leaf, (struct pack_pattern){.kind = PACK_REGEX, .text = buf_str(&b)});
}

static bool add_network(const struct item *it, struct branch *leaf, const struct doc *doc)
{
	uint8_t bytes[ADDR_SAVED];
	struct buf b = buf_over(bytes, sizeof(bytes));
	struct addr net;

	if (addr_parse_prefix(doc->text, &net) != ERR_OK)
		return doc_wrong(it->d->error, doc->line, "has '%.60s', which is no network as 192.0.2.0/24",
				 doc->text.data);
	addr_save(&b, &net);
	return add_pattern(it, leaf,
			   (struct pack_pattern){.kind = PACK_CIDR, .text = arena_copy(it->d->arena, buf_str(&b))});
}

static bool add_field(const struct item *it, struct branch *leaf, const struct doc *doc)
{
	struct pack_pattern p = {.kind = PACK_FIELD, .text = doc->text};
	bool starts = modifiers_have(&it->m, MODIFIERS_STARTSWITH), ends = modifiers_have(&it->m, MODIFIERS_ENDSWITH);

	if (doc->text.len == 0)
		return doc_wrong(it->d->error, doc->line, "has a reference to a field without a name");
	if (modifiers_have(&it->m, MODIFIERS_CONTAINS) || (starts && ends))
		p.flags = PACK_FIELD_CONTAINS;
	else
		p.flags = starts ? PACK_FIELD_STARTS : ends ? PACK_FIELD_ENDS : 0;
	return add_pattern(it, leaf, p);
}

static bool add_number(const struct item *it, struct branch *leaf, const struct doc *doc)
{
	struct pack_pattern p = {.kind = it->m.compare, .text = detection_number(it->d->arena, doc)};

	if (!p.text.data)
		return no_memory(it->d, doc->line);
	if (!decimal_valid(p.text))
		return doc_wrong(it->d->error, doc->line, "has '%.60s' where a number has to be", doc->text.data);
	if (it->m.type == MODIFIERS_TIME) {
		p.kind = PACK_TIME;
		p.extra = (uint16_t)(it->m.part | it->m.compare << 4);
	}
	return add_pattern(it, leaf, p);
}

/* A leaf with the patterns that one value of the rule becomes added to it. */
static bool add_value(const struct item *it, struct branch *leaf, const struct doc *doc)
{
	if (doc->kind != DOC_TEXT)
		return doc_wrong(it->d->error, doc->line, "has a list or map where a value has to be");
	if (doc_is_null(doc)) {
		if (it->m.type != MODIFIERS_STRING || it->m.count || it->field.len == 0)
			return doc_wrong(it->d->error, doc->line, "has null where a value has to be");
		return add_pattern(it, leaf, (struct pack_pattern){.kind = PACK_NULL, .text = STR("")});
	}
	switch (it->m.type) {
	case MODIFIERS_RE: return add_expression(it, leaf, doc);
	case MODIFIERS_CIDR: return add_network(it, leaf, doc);
	case MODIFIERS_FIELDREF: return add_field(it, leaf, doc);
	case MODIFIERS_NUMBER:
	case MODIFIERS_TIME: return add_number(it, leaf, doc);
	default: return add_string(it, leaf, doc);
	}
}

static struct branch *negate(struct detection *d, struct branch *b)
{
	struct branch *not = b ? tree_new(d->arena, PACK_NOT) : NULL;

	return not &&tree_add(d->arena, not, b) ? not : NULL;
}

static struct branch *read_exists(const struct item *it, const struct doc *doc)
{
	struct branch *leaf = tree_leaf(it->d->arena, it->field, it->line);
	struct doc plain = *doc; /* with quotes or without */
	bool there = false;

	plain.plain = true;
	if (it->field.len == 0 || !doc_is_truth(&plain, &there)) {
		doc_wrong(it->d->error, doc->line, "has 'exists' without a field, or without true or false");
		return NULL;
	}
	if (!leaf || !add_pattern(it, leaf, (struct pack_pattern){.kind = PACK_EXISTS, .text = STR("")}))
		return NULL;
	return there ? leaf : negate(it->d, leaf);
}

/* All values of an item: one leaf, of whose patterns one fits; or with `all` a
 * leaf each. */
static struct branch *read_values(const struct item *it, const struct doc *doc)
{
	struct arena *a = it->d->arena;
	struct branch *all = tree_new(a, PACK_AND), *leaf = NULL;
	const struct doc *first = doc->kind == DOC_LIST ? doc->first : doc;

	if (doc->kind == DOC_MAP || !first) {
		doc_wrong(it->d->error, doc->line, "has %s where values have to be", first ? "a map" : "an empty list");
		return NULL;
	}
	for (const struct doc *one = first; one; one = doc->kind == DOC_LIST ? one->next : NULL) {
		if (!leaf || it->m.all) {
			leaf = tree_leaf(a, it->field, it->line);
			if (!all || !leaf || !tree_add(a, all, leaf)) {
				no_memory(it->d, one->line);
				return NULL;
			}
		}
		if (!add_value(it, leaf, one))
			return NULL;
	}
	return tree_plain(all);
}

static struct branch *read_item(struct detection *d, const struct doc *doc)
{
	struct item it = {.d = d, .line = doc->key_line};
	struct str modifiers = doc->key;
	struct branch *b;

	it.field = str_cut(&modifiers, '|');
	if (str_ends(doc->key, STR("|"))) {
		doc_wrong(d->error, doc->key_line, "has a '|' without a modifier behind it");
		return NULL;
	}
	if (!modifiers_read(modifiers, doc->key_line, &it.m, d->error))
		return NULL;
	b = it.m.type == MODIFIERS_EXISTS ? read_exists(&it, doc) : read_values(&it, doc);
	return b && it.m.neq ? negate(d, b) : b;
}

static struct branch *read_map(struct detection *d, const struct doc *doc)
{
	struct branch *all = tree_new(d->arena, PACK_AND);

	if (doc->count == 0)
		doc_wrong(d->error, doc->line, "has an empty map where fields have to be");
	for (const struct doc *item = doc->first; item; item = item->next) {
		struct branch *b = read_item(d, item);

		if (!b || !all || !tree_add(d->arena, all, b)) {
			no_memory(d, item->line);
			return NULL;
		}
	}
	return all && doc->count ? tree_plain(all) : NULL;
}

static struct branch *read_keywords(struct detection *d, const struct doc *doc)
{
	struct item it = {.d = d, .line = doc->line};

	it.m.compare = PACK_EQUALS;
	return read_values(&it, doc);
}

static bool has_map(const struct doc *list)
{
	for (const struct doc *one = list->first; one; one = one->next)
		if (one->kind == DOC_MAP)
			return true;
	return false;
}

struct branch *detection_read(struct detection *d, const struct doc *doc)
{
	struct branch *any;

	if (doc->kind == DOC_MAP)
		return read_map(d, doc);
	if (!has_map(doc))
		return read_keywords(d, doc);
	any = tree_new(d->arena, PACK_OR);
	for (const struct doc *one = doc->first; one; one = one->next) {
		struct branch *b = one->kind == DOC_MAP ? read_map(d, one) : read_keywords(d, one);

		if (!b || !any || !tree_add(d->arena, any, b)) {
			no_memory(d, one->line);
			return NULL;
		}
	}
	return tree_plain(any);
}
