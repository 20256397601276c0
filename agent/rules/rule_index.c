/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorted keys made of kind, class, field and value. A look costs one search for each field that rules of the event's
 * kind name, however many rules there are. Keys are no secret: who makes values collide on purpose only makes more
 * rules be compared.
 */
#include "agent/rules/rule_index.h"

#include <stdlib.h>
#include <string.h>

#define FNV_START UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)
#define NO_FIELD RULE_FIELDS_MAX
#define PLAIN 0u /* place of class 0; bit n of the classes is place n + 1 */

static uint8_t lower(char c)
{
	return (uint8_t)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static uint64_t key_of(uint8_t kind, unsigned class_place, unsigned field, struct str value)
{
	const uint8_t head[] = {kind, (uint8_t)class_place, (uint8_t)field};
	uint64_t key = FNV_START;

	for (unsigned i = 0; i < sizeof(head); i++)
		key = (key ^ head[i]) * FNV_PRIME;
	for (size_t i = 0; i < value.len; i++)
		key = (key ^ lower(value.data[i])) * FNV_PRIME;
	return key;
}

void rule_index_init(struct rule_index *x, struct rule_entry *entries)
{
	*x = (struct rule_index){.entries = entries};
}

/* The number of a field, NO_FIELD where there is none, or no room for one more. */
static unsigned number_of(struct rule_index *x, const struct rule_where *where)
{
	unsigned i = 0;

	if (!where->field)
		return NO_FIELD;
	while (i < x->field_count && x->fields[i].field != where->field)
		i++;
	if (i == x->field_count && i < RULE_FIELDS_MAX)
		x->fields[x->field_count++] = (struct rule_index_field){where->kind, where->field};
	return i;
}

void rule_index_add(struct rule_index *x, uint16_t row, const struct rule_where *where)
{
	unsigned field = number_of(x, where);
	struct str value = field == NO_FIELD ? STR_NONE : str_from(where->value);

	for (unsigned place = PLAIN; place <= RULE_CLASSES; place++) {
		bool of_class = place == PLAIN ? where->classes == 0 : where->classes >> (place - 1) & 1;

		if (of_class)
			x->entries[x->count++] = (struct rule_entry){key_of(where->kind, place, field, value), row};
	}
}

static int compare(const void *a, const void *b)
{
	const struct rule_entry *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (int)x->row - (int)y->row;
}

void rule_index_order(struct rule_entry *entries, unsigned count)
{
	if (count)
		qsort(entries, count, sizeof(*entries), compare);
}

struct rule_slice rule_index_find(const struct rule_entry *entries, unsigned count, uint64_t key)
{
	unsigned low = 0, high = count;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (entries[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	for (high = low; high < count && entries[high].key == key; high++)
		;
	return (struct rule_slice){entries + low, entries + high};
}

void rule_index_sort(struct rule_index *x)
{
	rule_index_order(x->entries, x->count);
	for (uint8_t kind = 0; kind < EVENT_KINDS; kind++)
		for (unsigned place = PLAIN; place <= RULE_CLASSES; place++)
			x->any[kind][place] =
				rule_index_find(x->entries, x->count, key_of(kind, place, NO_FIELD, STR_NONE));
}

/* The value as text, in the scratch memory unless it is the event's. */
static struct str text_of(const struct event *e, const struct field *field, char scratch[FIELD_TEXT_MAX])
{
	struct field_value value = fields_get(field, e, FIELD_TEXT_MAX, scratch);
	struct buf digits = buf_over(scratch, FIELD_TEXT_MAX);

	if (value.kind == VALUE_TEXT)
		return value.text;
	if (value.kind == VALUE_NUMBER)
		buf_u64(&digits, value.number);
	else if (value.kind == VALUE_FLAG)
		buf_text(&digits, "true");
	return buf_str(&digits);
}

bool rule_index_matches(const struct event *e, const struct field *field, const char *value)
{
	char scratch[FIELD_TEXT_MAX];
	struct str text = text_of(e, field, scratch);
	size_t i = 0;

	while (i < text.len && value[i] && lower(text.data[i]) == lower(value[i]))
		i++;
	return i == text.len && value[i] == '\0';
}

static unsigned put(struct rule_slice out[], unsigned count, struct rule_slice slice)
{
	out[count] = slice;
	return count + (slice.first != slice.end);
}

unsigned rule_index_look(const struct rule_index *x, const struct event *e, uint8_t class,
			 struct rule_slice out[RULE_SLICES_MAX])
{
	unsigned place = PLAIN, count = put(out, 0, x->any[e->kind][PLAIN]);

	while (class >> place)
		place++;
	if (place != PLAIN)
		count = put(out, count, x->any[e->kind][place]);
	for (unsigned i = 0; i < x->field_count; i++) {
		char scratch[FIELD_TEXT_MAX];

		if (x->fields[i].kind != e->kind)
			continue;
		struct str value = text_of(e, x->fields[i].field, scratch);

		if (place != PLAIN)
			count = put(out, count,
				    rule_index_find(x->entries, x->count, key_of(e->kind, place, i, value)));
		count = put(out, count, rule_index_find(x->entries, x->count, key_of(e->kind, PLAIN, i, value)));
	}
	return count;
}
