/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks a rule's condition and asks the event for the fields that its patterns are about. A part of the condition that
 * cannot change the answer any more is passed over.
 */
#include "agent/sigma/sigma.h"

#include "agent/base/addr.h"
#include "agent/sigma/decimal.h"
#include "agent/sigma/glob.h"
#include "agent/sigma/moment.h"
#include "agent/sigma/regex.h"
#include "agent/sigma/text.h"

#include <stdio.h>

#define SHOWN_MAX 512 /* bytes of a pattern's text for people */

struct look {
	const struct pack *pack;
	const struct sigma_event *event;
	struct sigma_hits *hits; /* NULL: nobody asks */
};

static bool is_compare(unsigned kind)
{
	return kind == PACK_EQUALS || (kind >= PACK_LT && kind <= PACK_GTE);
}

static bool pattern_valid(const struct pack_pattern *p)
{
	struct view v = view_over(p->text.data, p->text.len);

	switch (p->kind) {
	case PACK_GLOB: return glob_valid(p->text);
	case PACK_REGEX: return regex_valid(p->text);
	case PACK_CIDR: return p->text.len == ADDR_SAVED && addr_restore(&v).family != 0;
	case PACK_LT:
	case PACK_LTE:
	case PACK_GT:
	case PACK_GTE: return decimal_valid(p->text);
	case PACK_TIME: return (p->extra & 15) < PACK_TIMES && is_compare(p->extra >> 4) && decimal_valid(p->text);
	default: return true;
	}
}

static bool can(struct str need)
{
	return str_equal(need, STR(SIGMA_NEED_REGEX)) || str_equal(need, STR(SIGMA_NEED_CORRELATION));
}

static enum err check(const struct pack *p, char why[PACK_WHY_MAX])
{
	for (uint32_t i = 0; i < p->needs_count; i++)
		if (!can(pack_need(p, i))) {
			char need[32];

			str_show(pack_need(p, i), need, sizeof(need));
			snprintf(why, PACK_WHY_MAX, "it needs '%s', which this build cannot do", need);
			return ERR_UNSUPPORTED;
		}
	for (uint32_t i = 0; i < pack_count(p, PACK_PATTERNS); i++) {
		struct pack_pattern pattern = pack_pattern(p, i);

		if (!pattern_valid(&pattern)) {
			snprintf(why, PACK_WHY_MAX, "it is damaged: pattern number %u makes no sense", i);
			return ERR_INVALID;
		}
	}
	return ERR_OK;
}

enum err sigma_load(struct pack *pack, struct str bytes, char why[PACK_WHY_MAX])
{
	enum err err = pack_load(pack, bytes, why);

	if (err == ERR_OK)
		err = check(pack, why);
	if (err != ERR_OK)
		memset(pack, 0, sizeof(*pack));
	return err;
}

bool sigma_applies(const struct pack_rule *rule, struct str category, struct str product, struct str service)
{
	return (!rule->category.len || str_equal_fold(rule->category, category)) &&
	       (!rule->product.len || str_equal_fold(rule->product, product)) &&
	       (!rule->service.len || str_equal_fold(rule->service, service));
}

static bool compares(unsigned kind, struct str value, struct str number)
{
	if (!decimal_valid(value))
		return false;
	int sign = decimal_compare(value, number);

	switch (kind) {
	case PACK_EQUALS: return sign == 0;
	case PACK_LT: return sign < 0;
	case PACK_LTE: return sign <= 0;
	case PACK_GT: return sign > 0;
	default: return sign >= 0; /* PACK_GTE */
	}
}

static bool time_fits(const struct pack_pattern *p, struct str value)
{
	struct moment m;
	char text[16];

	if (moment_read(value, &m) != ERR_OK)
		return false;
	const int parts[PACK_TIMES] = {m.minute, m.hour, m.day, m.week, m.month, m.year};

	snprintf(text, sizeof(text), "%d", parts[p->extra & 15]);
	return compares(p->extra >> 4, str_from(text), p->text);
}

static bool network_has(const struct pack_pattern *p, struct str value)
{
	struct view v = view_over(p->text.data, p->text.len);
	struct addr net = addr_restore(&v), a;

	return addr_parse(value, &a) == ERR_OK && addr_contains(&net, &a);
}

/* Whether a value has to do with one of another field, as a pattern of kind PACK_FIELD says. */
static bool other_fits(const struct look *l, const struct pack_pattern *p, struct str value)
{
	struct sigma_value other;
	bool cased = p->flags & PACK_CASED;

	for (unsigned at = 0; l->event->value(l->event, p->extra, at, &other); at++) {
		unsigned how = p->flags & PACK_FIELD_HOW;

		if (other.is_null)
			continue;
		if (how == PACK_FIELD_STARTS	 ? text_starts(value, other.text, cased)
		    : how == PACK_FIELD_ENDS	 ? text_ends(value, other.text, cased)
		    : how == PACK_FIELD_CONTAINS ? text_find(value, other.text, cased) != SIZE_MAX
						 : text_equal(value, other.text, cased))
			return true;
	}
	return false;
}

bool sigma_fits(const struct pack_pattern *p, struct str value)
{
	bool cased = p->flags & PACK_CASED;

	switch (p->kind) {
	case PACK_FIELD:
	case PACK_NULL:
	case PACK_EXISTS: return false;
	case PACK_EQUALS: return text_equal(value, p->text, cased);
	case PACK_STARTS: return text_starts(value, p->text, cased);
	case PACK_ENDS: return text_ends(value, p->text, cased);
	case PACK_CONTAINS: return text_find(value, p->text, cased) != SIZE_MAX;
	case PACK_GLOB: return glob_run(p->text, value, cased);
	case PACK_REGEX: return regex_run(p->text, value);
	case PACK_CIDR: return network_has(p, value);
	case PACK_TIME: return time_fits(p, value);
	default: return compares(p->kind, value, p->text);
	}
}

static bool value_fits(const struct look *l, const struct pack_pattern *p, struct str value)
{
	return p->kind == PACK_FIELD ? other_fits(l, p, value) : sigma_fits(p, value);
}

static void note(const struct look *l, uint16_t field, uint32_t pattern, struct str value)
{
	struct sigma_hits *h = l->hits;

	if (!h || h->count == SIGMA_HITS_MAX)
		return;
	h->list[h->count].field = field;
	h->list[h->count].pattern = pattern;
	h->list[h->count++].value = value;
}

/* Patterns about whether there is a value. True: one of the matcher's holds. */
static bool presence_fits(const struct look *l, const struct pack_matcher *m, bool exists, bool has_value)
{
	for (uint32_t i = 0; i < m->count; i++) {
		struct pack_pattern p = pack_pattern(l->pack, m->first + i);

		if ((p.kind == PACK_NULL && !has_value) || (p.kind == PACK_EXISTS && exists)) {
			note(l, m->field, m->first + i, STR_NONE);
			return true;
		}
	}
	return false;
}

static bool matcher_fits(const struct look *l, uint32_t number)
{
	struct pack_matcher m = pack_matcher(l->pack, number);
	struct sigma_value value;
	bool has_value = false;
	unsigned at = 0;

	for (; l->event->value(l->event, m.field, at, &value); at++) {
		if (value.is_null)
			continue;
		has_value = true;
		for (uint32_t i = 0; i < m.count; i++) {
			struct pack_pattern p = pack_pattern(l->pack, m.first + i);

			if (!value_fits(l, &p, value.text))
				continue;
			note(l, m.field, m.first + i, value.text);
			return true;
		}
	}
	return presence_fits(l, &m, at > 0, has_value);
}

static uint32_t behind(const struct pack *p, uint32_t node)
{
	struct pack_node n = pack_node(p, node);

	return n.kind == PACK_MATCH ? node + 1 : n.arg;
}

/* As deep as the condition, which is PACK_DEPTH_MAX at most. */
static bool node_holds(const struct look *l, uint32_t node)
{
	struct pack_node n = pack_node(l->pack, node);
	unsigned before = l->hits ? l->hits->count : 0;

	if (n.kind == PACK_MATCH)
		return matcher_fits(l, n.arg);
	if (n.kind == PACK_NOT) {
		const struct look silent = {l->pack, l->event, NULL};

		return !node_holds(&silent, node + 1);
	}
	for (uint32_t i = node + 1; i < n.arg; i = behind(l->pack, i))
		if (node_holds(l, i) == (n.kind == PACK_OR)) {
			if (n.kind == PACK_AND && l->hits)
				l->hits->count = before;
			return n.kind == PACK_OR;
		}
	return n.kind == PACK_AND;
}

bool sigma_match(const struct pack *pack, uint32_t node, const struct sigma_event *event, struct sigma_hits *hits)
{
	const struct look l = {pack, event, hits};

	if (hits)
		hits->count = 0;
	return node_holds(&l, node);
}

uint64_t sigma_work(void)
{
	return regex_work() + glob_work() + text_work();
}

static void show_field(struct buf *b, const struct pack *pack, const struct pack_pattern *p)
{
	static const char *const how[] = {"equals", "begins with", "ends with", "contains"};

	buf_printf(b, "%s the field ", how[(p->flags & PACK_FIELD_HOW) >> 1]);
	buf_put(b, pack_field(pack, p->extra));
}

static void show_time(struct buf *b, const struct pack_pattern *p)
{
	static const char *const parts[PACK_TIMES] = {"minute", "hour", "day", "week", "month", "year"};
	static const char *const signs[] = {"<", "<=", ">", ">="};
	unsigned kind = p->extra >> 4;

	buf_printf(b, "has %s %s ", parts[p->extra & 15], kind == PACK_EQUALS ? "=" : signs[kind - PACK_LT]);
	buf_put(b, p->text);
}

static void show_text(struct buf *b, const struct pack_pattern *p)
{
	static const char *const words[PACK_PATTERN_KINDS] = {
		[PACK_EQUALS] = "equals",     [PACK_STARTS] = "begins with", [PACK_ENDS] = "ends with",
		[PACK_CONTAINS] = "contains", [PACK_GLOB] = "is like",	     [PACK_REGEX] = "fits",
		[PACK_LT] = "is below",	      [PACK_LTE] = "is at most",     [PACK_GT] = "is above",
		[PACK_GTE] = "is at least",
	};

	struct str text = p->kind == PACK_REGEX ? regex_source(p->text) : p->text;

	buf_printf(b, "%s '", words[p->kind]);
	if (p->kind == PACK_GLOB)
		glob_show(b, text);
	else
		buf_put(b, str_sub(text, 0, SHOWN_MAX));
	if (p->kind != PACK_GLOB && text.len > SHOWN_MAX)
		buf_text(b, "...");
	buf_printf(b, "'%s", p->flags & PACK_CASED ? " (in this case)" : "");
}

void sigma_show(struct buf *b, const struct pack *pack, uint32_t pattern)
{
	struct pack_pattern p = pack_pattern(pack, pattern);
	struct view v = view_over(p.text.data, p.text.len);
	struct addr net;

	switch (p.kind) {
	case PACK_NULL: buf_text(b, "has no value"); break;
	case PACK_EXISTS: buf_text(b, "is there"); break;
	case PACK_FIELD: show_field(b, pack, &p); break;
	case PACK_TIME: show_time(b, &p); break;
	case PACK_CIDR:
		net = addr_restore(&v);
		buf_text(b, "is in ");
		addr_put(b, &net);
		break;
	default: show_text(b, &p);
	}
}
