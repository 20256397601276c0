/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a compiled pattern over a text: a list of the steps at which it may be, in the order in which they are
 * preferred, each with the fields that it has found. A step is in the list once, so a byte costs at most as much as
 * there are steps. Never goes back in the text.
 */
#include "agent/match/match.h"

#define NOWHERE UINT16_MAX
_Static_assert(MATCH_TEXT_MAX < NOWHERE, "a place in a text must fit");

struct marks {
	uint16_t at[MATCH_FIELDS * 2]; /* where each field begins and ends; NOWHERE: it was not there */
};

struct way {
	struct marks marks;
	uint16_t op;
};

struct ways {
	const struct match *m;
	size_t place; /* in the text, of all of them */
	unsigned count;
	uint32_t seen[(MATCH_OPS_MAX + 31) / 32]; /* steps that are or were in the list */
	struct way list[MATCH_OPS_MAX];
};

static struct ways memory[2];

static void begin(struct ways *w, const struct match *m, size_t place)
{
	w->m = m;
	w->place = place;
	w->count = 0;
	memset(w->seen, 0, sizeof(w->seen));
}

/* Add a step, or those that follow it without a byte. The depth is at most their number, as each is seen once. */
static void add(struct ways *w, unsigned at, const struct marks *marks)
{
	const struct match_op *op = &w->m->ops[at];

	if (w->seen[at / 32] >> at % 32 & 1)
		return;
	w->seen[at / 32] |= UINT32_C(1) << at % 32;
	if (op->kind == MATCH_JUMP) {
		add(w, op->next, marks);
	} else if (op->kind == MATCH_SPLIT) {
		add(w, op->next, marks);
		add(w, op->other, marks);
	} else if (op->kind == MATCH_MARK) {
		struct marks more = *marks;

		more.at[op->value] = (uint16_t)w->place;
		add(w, at + 1, &more);
	} else {
		w->list[w->count++] = (struct way){*marks, (uint16_t)at};
	}
}

static void fill(struct str fields[MATCH_FIELDS], const struct marks *marks, struct str text)
{
	for (unsigned i = 0; i < MATCH_FIELDS; i++) {
		uint16_t from = marks->at[i * 2], to = marks->at[i * 2 + 1];

		fields[i] = from == NOWHERE || to == NOWHERE ? STR_NONE : str_sub(text, from, (size_t)(to - from));
	}
}

static bool begins_so(const struct match *m, struct str text)
{
	if (text.len < m->literal || text.len > MATCH_TEXT_MAX)
		return false;
	for (unsigned i = 0; i < m->literal; i++)
		if ((uint8_t)text.data[i] != m->ops[i].value)
			return false;
	return true;
}

bool match_run(const struct match *m, struct str text, struct str fields[MATCH_FIELDS])
{
	struct ways *now = &memory[0], *next = &memory[1];
	struct marks none;

	if (!begins_so(m, text))
		return false;
	memset(&none, 0xff, sizeof(none));
	begin(now, m, m->literal);
	add(now, m->literal, &none);
	for (size_t place = m->literal; place < text.len && now->count; place++) {
		uint8_t byte = (uint8_t)text.data[place];

		begin(next, m, place + 1);
		for (unsigned i = 0; i < now->count; i++) {
			const struct way *way = &now->list[i];
			const struct match_op *op = &m->ops[way->op];

			if (op->kind != MATCH_END && match_takes(m, op, byte))
				add(next, way->op + 1u, &way->marks);
		}
		struct ways *last = now;

		now = next;
		next = last;
	}
	for (unsigned i = 0; i < now->count; i++)
		if (m->ops[now->list[i].op].kind == MATCH_END) {
			fill(fields, &now->list[i].marks, text);
			return true;
		}
	return false;
}
