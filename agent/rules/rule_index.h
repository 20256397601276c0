/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rules of a set can match an event, so that an event costs nothing for all others. A rule is found by the kind
 * of its event and the class of its attempt; a rule that names a field and its value, only by events with that value.
 * Case of ASCII letters makes no difference. The set (rule_set.h) makes the index and is who uses it.
 */
#pragma once

#include "agent/base/str.h"
#include "agent/event/kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RULE_CLASSES 5u	   /* bits of enum attempt_class */
#define RULE_FIELDS_MAX 8u /* different fields by which rules are found; rules of more fields are always looked at */

struct rule_entry {
	uint64_t key;
	uint16_t row; /* place in the set */
};

struct rule_slice {
	const struct rule_entry *first, *end;
};

struct rule_index {
	struct rule_entry *entries; /* sorted by key, and by place where keys are equal */
	unsigned count;
	unsigned field_count;
	struct rule_index_field {
		uint8_t kind;
		const struct field *field;
	} fields[RULE_FIELDS_MAX];
	struct rule_slice any[EVENT_KINDS][RULE_CLASSES + 1]; /* rules without a field, by kind and class */
};

/* How to find a rule. */
struct rule_where {
	uint8_t kind;	 /* enum event_kind */
	uint8_t classes; /* bits of enum attempt_class; 0: of events, whether or not they count as attempts */
	const struct field *field;
	const char *value;
};

/* Begin empty; entries is memory for RULE_CLASSES entries of each rule. */
void rule_index_init(struct rule_index *x, struct rule_entry *entries);

/* Add a rule. Rules are added in the order of their places. */
void rule_index_add(struct rule_index *x, uint16_t row, const struct rule_where *where);

/* Call it once, after the last rule was added. */
void rule_index_sort(struct rule_index *x);

/* Sort entries by their keys, and by place where keys are equal. */
void rule_index_order(struct rule_entry *entries, unsigned count);

/* The entries with that key. */
struct rule_slice rule_index_find(const struct rule_entry *entries, unsigned count, uint64_t key);

/* Whether the event's field has that value. */
bool rule_index_matches(const struct event *e, const struct field *field, const char *value);

#define RULE_SLICES_MAX (2 * (RULE_FIELDS_MAX + 1))

/*
 * The entries of all rules that can match the event, in slices, each in the order of places; class is that of the
 * attempt that the event counts as, 0: of none. Returns how many slices. A slice of a field may have rules of another
 * value by chance, so rule_index_matches() has the last word.
 */
unsigned rule_index_look(const struct rule_index *x, const struct event *e, uint8_t class,
			 struct rule_slice out[RULE_SLICES_MAX]);
