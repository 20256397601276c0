/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goes over an event's values for the texts that rules need (Rabin and Karp's way, with keys of three bytes). What it
 * lets through is judged by agent/sigma; what it holds back could not have matched. Pure.
 */
#include "agent/detect/gate.h"

#include "agent/detect/need.h"

#include <stdlib.h>
#include <string.h>

#define KEY 3u	  /* bytes */
#define BEGIN 1u  /* stands before a value */
#define END 2u	  /* stands behind it */
#define SPREAD 8u /* bits for each text: one key in eight that is none is looked up for nothing */
#define LOG_MIN 13u

static uint8_t log_of(uint32_t texts)
{
	uint8_t log = LOG_MIN;

	while (log < 22 && UINT32_C(1) << log < texts * SPREAD)
		log++;
	return log;
}

static size_t even(size_t size)
{
	return (size + 7) / 8 * 8;
}

size_t gate_size(const struct gate_limits *l)
{
	return even(l->texts * sizeof(struct gate_text)) + even((size_t)1 << log_of(l->texts) >> 3) +
	       even(l->rules * GATE_KINDS_MAX * sizeof(uint16_t)) + even(l->rules * sizeof(uint32_t)) +
	       even(l->rules * sizeof(uint16_t));
}

void gate_init(struct gate *g, void *memory, const struct gate_limits *limits)
{
	uint8_t *at = memory;

	memset(g, 0, sizeof(*g));
	g->limits = *limits;
	g->texts = memory;
	g->bits = (uint32_t *)(void *)(at += even(limits->texts * sizeof(struct gate_text)));
	g->always = (uint16_t *)(void *)(at += even((size_t)1 << log_of(limits->texts) >> 3));
	g->seen = (uint32_t *)(void *)(at += even(limits->rules * GATE_KINDS_MAX * sizeof(uint16_t)));
	g->passed = (uint16_t *)(void *)(at + even(limits->rules * sizeof(uint32_t)));
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static uint32_t bit_of(const struct gate *g, uint32_t key)
{
	return key * UINT32_C(0x9e3779b1) >> (32 - g->bits_log);
}

/* A byte of the text, where the value's beginning and end are one each. */
static uint8_t byte_of(const struct need *n, uint32_t at)
{
	if (n->ends & NEED_BEGIN && at-- == 0)
		return BEGIN;
	return at == n->text.len ? END : lower((uint8_t)n->text.data[at]);
}

static uint32_t key_of(const struct need *n, uint32_t at)
{
	return (uint32_t)byte_of(n, at) << 16 | (uint32_t)byte_of(n, at + 1) << 8 | byte_of(n, at + 2);
}

/* Three bytes that are in most paths and commands are looked up in vain at most events. */
static bool is_common(uint32_t key)
{
	static const char common[] = "\001/usr/bin/\001/bin/\001/usr/sbin/\001/sbin/\001/usr/lib/\001/etc/\001/var/lib/"
				     "\001/home/\001/lib/x86_64-linux-gnu/ -- /dev/null http:// .conf -c .so .sh";

	for (size_t i = 0; i + KEY < sizeof(common); i++)
		if (((uint32_t)(uint8_t)common[i] << 16 | (uint32_t)(uint8_t)common[i + 1] << 8 |
		     (uint8_t)common[i + 2]) == key)
			return true;
	return false;
}

/* Where in the text its rarest three bytes are, as far as one can guess. */
static uint8_t place_of(const struct need *n)
{
	uint32_t last = need_length(n) - KEY;

	for (uint32_t at = last < UINT8_MAX ? last : UINT8_MAX; at > 0; at--)
		if (!is_common(key_of(n, at)))
			return (uint8_t)at;
	return 0;
}

static void add(struct gate *g, uint16_t rule, const struct need *n)
{
	uint8_t at = place_of(n);
	uint8_t field = n->field < GATE_FIELDS_MAX ? (uint8_t)n->field : (uint8_t)GATE_FIELDS_MAX;

	g->texts[g->text_count++] = (struct gate_text){
		.key = key_of(n, at),
		.from = (uint32_t)(n->text.data - g->pack->bytes.data),
		.len = (uint16_t)n->text.len,
		.rule = rule,
		.field = field,
		.at = at,
		.ends = n->ends,
	};
	g->fields[field] |= g->kinds[rule];
}

/* Note what a rule needs. False: nothing is known, or there is no room. */
static bool learn(struct gate *g, uint16_t rule, const struct need_set *set)
{
	uint32_t before = g->text_count;
	struct need n;

	for (unsigned i = 0; i < set->count; i++) {
		struct pack_matcher m = pack_matcher(g->pack, set->matchers[i]);

		if (m.field >= GATE_FIELDS_MAX && m.field != PACK_WHOLE)
			return false;
		for (uint32_t p = 0; p < m.count; p++) {
			if (g->text_count == g->limits.texts || !need_of(g->pack, &m, p, &n)) {
				g->text_count = before;
				return false;
			}
			add(g, rule, &n);
		}
	}
	return set->count > 0;
}

static int compare(const void *a, const void *b)
{
	const struct gate_text *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (int)x->rule - (int)y->rule;
}

static void sort(struct gate *g)
{
	g->bits_log = log_of(g->text_count);
	memset(g->bits, 0, (size_t)1 << g->bits_log >> 3);
	if (g->text_count)
		qsort(g->texts, g->text_count, sizeof(*g->texts), compare);
	for (uint32_t i = 0; i < g->text_count; i++) {
		uint32_t bit = bit_of(g, g->texts[i].key);

		g->bits[bit / 32] |= UINT32_C(1) << bit % 32;
	}
}

void gate_learn(struct gate *g, const struct pack *pack, const uint16_t *kinds)
{
	uint32_t rules = pack_count(pack, PACK_RULES), count = 0;
	struct need_set set;

	g->pack = pack;
	g->kinds = kinds;
	g->text_count = g->event = g->passed_count = 0;
	memset(g->fields, 0, sizeof(g->fields));
	rules = rules < g->limits.rules ? rules : g->limits.rules;
	for (uint32_t r = 0; r < rules; r++) {
		need_find(pack, pack_rule(pack, r).node, &set);
		g->seen[r] = kinds[r] == 0 || learn(g, (uint16_t)r, &set);
	}
	for (unsigned kind = 0; kind < GATE_KINDS_MAX; kind++) {
		g->always_from[kind] = count;
		for (uint32_t r = 0; r < rules; r++)
			if (!g->seen[r] && kinds[r] >> kind & 1)
				g->always[count++] = (uint16_t)r;
	}
	g->always_from[GATE_KINDS_MAX] = count;
	memset(g->seen, 0, rules * sizeof(*g->seen));
	sort(g);
}

bool gate_has(const struct gate *g, unsigned kind)
{
	bool has = g->always_from[kind] != g->always_from[kind + 1];

	for (unsigned f = 0; f <= GATE_FIELDS_MAX; f++)
		has = has || g->fields[f] >> kind & 1;
	return has;
}

void gate_begin(struct gate *g, unsigned kind)
{
	uint32_t from = g->always_from[kind], count = g->always_from[kind + 1] - from;

	/* After as many events as there are numbers, those of long ago must not look like this one. */
	if (++g->event == 0) {
		memset(g->seen, 0, g->limits.rules * sizeof(*g->seen));
		g->event = 1;
	}
	g->kind = (uint8_t)kind;
	if (count)
		memcpy(g->passed, g->always + from, count * sizeof(*g->passed));
	g->passed_count = count;
}

bool gate_wants(const struct gate *g, unsigned field)
{
	return g->fields[field < GATE_FIELDS_MAX ? field : GATE_FIELDS_MAX] >> g->kind & 1;
}

/* Whether the text is in the value, where its three bytes end before the place `behind`. */
static bool is_there(struct gate *g, const struct gate_text *t, struct str value, size_t behind)
{
	const uint8_t *text = (const uint8_t *)g->pack->bytes.data + t->from;
	size_t head = t->ends & NEED_BEGIN ? 1 : 0; /* the text's bytes come after that many */
	size_t back = t->at + KEY;

	/* The value's own beginning has place 0, its first byte place 1. */
	if (behind + 1 < back)
		return false;
	size_t start = behind + 1 - back + head;

	if (start == 0 || (head && start != 1) || start - 1 + t->len > value.len)
		return false;
	if (t->ends & NEED_END && start - 1 + t->len != value.len)
		return false;
	size_t same = 0;

	while (same < t->len && lower((uint8_t)value.data[start - 1 + same]) == lower(text[same]))
		same++;
	g->work += same;
	return same == t->len;
}

/* The first text with that key, or the first one behind. */
static uint32_t first_of(const struct gate *g, uint32_t key)
{
	uint32_t low = 0, high = g->text_count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (g->texts[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A value that is gone over, and how far. */
struct place {
	unsigned field;
	struct str value;
	size_t behind; /* the last of the three bytes; the value's beginning has place 0 */
};

static void look_up(struct gate *g, const struct place *at, uint32_t key)
{
	for (uint32_t i = first_of(g, key); i < g->text_count && g->texts[i].key == key; i++) {
		const struct gate_text *t = &g->texts[i];

		g->work++;
		if (t->field != at->field || g->seen[t->rule] == g->event || !(g->kinds[t->rule] >> g->kind & 1) ||
		    !is_there(g, t, at->value, at->behind))
			continue;
		g->seen[t->rule] = g->event;
		g->passed[g->passed_count++] = t->rule;
	}
}

void gate_look(struct gate *g, unsigned field, struct str value)
{
	struct place at = {field < GATE_FIELDS_MAX ? field : GATE_FIELDS_MAX, value, 0};
	uint32_t key = BEGIN;

	for (size_t i = 0; i <= value.len; i++) {
		key = (key << 8 | (i < value.len ? lower((uint8_t)value.data[i]) : END)) & 0xffffff;
		uint32_t bit = bit_of(g, key);

		at.behind = i + 1;
		if (i > 0 && g->bits[bit / 32] >> bit % 32 & 1)
			look_up(g, &at, key);
	}
}

struct gate_passed gate_passed(const struct gate *g)
{
	return (struct gate_passed){g->passed, g->passed_count};
}
