/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns against texts that are made to fit them. The first line is a pattern; the bytes after it choose a way
 * through it, and so a text. A slow second matcher, which tries all ways, is the oracle: the matcher finds a way if
 * there is one; and where the proof says that <src> is at one place, it is at that place on every way, whatever else
 * a client wrote into the text.
 */
#include "agent/base/require.h"
#include "agent/match/match.h"
#include "agent/match/prove.h"

#include <stdint.h>

#define TEXT_MAX 160
#define TRIES_MAX 20000 /* steps of the oracle; what takes more is not judged */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct oracle {
	const struct match *m;
	struct str text;
	unsigned tries, ways;
	size_t from, to; /* of <src> on the last way; SIZE_MAX: it was not there */
	bool moved;
};

static void arrive(struct oracle *o, size_t from, size_t to)
{
	o->moved = o->moved || (o->ways > 0 && (o->from != from || o->to != to));
	o->from = from;
	o->to = to;
	o->ways++;
}

/* `idle`: steps since the last byte; more than all of them is a circle. */
static void try_all(struct oracle *o, unsigned at, size_t place, unsigned idle, size_t src[2])
{
	const struct match_op *op = &o->m->ops[at];

	if (++o->tries > TRIES_MAX || idle > o->m->count)
		return;
	if (op->kind == MATCH_END) {
		if (place == o->text.len)
			arrive(o, src[0], src[1]);
	} else if (op->kind == MATCH_JUMP) {
		try_all(o, op->next, place, idle + 1, src);
	} else if (op->kind == MATCH_SPLIT) {
		try_all(o, op->next, place, idle + 1, src);
		try_all(o, op->other, place, idle + 1, src);
	} else if (op->kind == MATCH_MARK) {
		size_t more[2] = {src[0], src[1]};

		if (op->value / 2 == MATCH_SRC)
			more[op->value & 1] = place;
		try_all(o, at + 1, place, idle + 1, more);
	} else if (place < o->text.len && match_takes(o->m, op, (uint8_t)o->text.data[place])) {
		try_all(o, at + 1, place + 1, 0, src);
	}
}

/* A byte that the step takes, near the wanted one. */
static char byte_of(const struct match *m, const struct match_op *op, uint8_t wanted)
{
	for (unsigned i = 0; i < 256; i++)
		if (match_takes(m, op, (uint8_t)(wanted + i)))
			return (char)(wanted + i);
	require(false);
	return 0;
}

/* Write a text that fits, by the choices. False: they lead nowhere within TEXT_MAX. */
static bool make_text(const struct match *m, struct str choices, char text[TEXT_MAX], size_t *len)
{
	unsigned at = 0;
	size_t chosen = 0;

	*len = 0;
	for (unsigned step = 0; step < 4000; step++) {
		const struct match_op *op = &m->ops[at];
		uint8_t choice = choices.len ? (uint8_t)choices.data[chosen++ % choices.len] : 0;

		if (op->kind == MATCH_END)
			return true;
		if (op->kind == MATCH_SPLIT || op->kind == MATCH_JUMP) {
			at = op->kind == MATCH_SPLIT && (choice + step) % 3 == 0 ? op->other : op->next;
			continue;
		}
		at++;
		if (op->kind == MATCH_MARK)
			continue;
		if (*len == TEXT_MAX)
			return false;
		text[(*len)++] = byte_of(m, op, choice);
	}
	return false;
}

static bool is_inside(struct str part, struct str text)
{
	return !part.data || (part.data >= text.data && part.data + part.len <= text.data + text.len);
}

static void judge(const struct match *m, struct str text, bool must_fit)
{
	struct oracle o = {.m = m, .text = text};
	struct str fields[MATCH_FIELDS];
	size_t none[2] = {SIZE_MAX, SIZE_MAX};
	bool fits = match_run(m, text, fields);

	require(fits || !must_fit);
	try_all(&o, 0, 0, 0, none);
	require(fits || o.ways == 0);
	if (o.tries <= TRIES_MAX)
		require(fits == (o.ways > 0));
	if (!fits || !(m->fields & 1u << MATCH_SRC))
		return;
	for (unsigned i = 0; i < MATCH_FIELDS; i++)
		require(is_inside(fields[i], text));
	enum prove_result proof = prove_same(m, m, MATCH_SRC);

	require(!o.moved || proof != PROVE_ONE_WAY);
	if (proof == PROVE_ONE_WAY && o.ways > 0)
		require(fields[MATCH_SRC].data ? (size_t)(fields[MATCH_SRC].data - text.data) == o.from &&
							 fields[MATCH_SRC].len == o.to - o.from
					       : o.to == SIZE_MAX);
	if (prove_cut(m, MATCH_SRC) != PROVE_ONE_WAY || proof != PROVE_ONE_WAY)
		return;
	/* What is left of the text after any cut has <src> at the same place or not at all, if it fits. */
	for (size_t len = 0; len < text.len; len++) {
		struct str part[MATCH_FIELDS];

		if (match_run(m, str_sub(text, 0, len), part))
			require(!part[MATCH_SRC].data || (part[MATCH_SRC].data == fields[MATCH_SRC].data &&
							  part[MATCH_SRC].len == fields[MATCH_SRC].len));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct match m;
	struct str choices = {(const char *)data, size}, pattern = str_cut(&choices, '\n');
	char why[MATCH_WHY_MAX], text[TEXT_MAX];
	size_t len;
	enum err err = match_compile(&m, pattern, why);

	require((err == ERR_OK) == (why[0] == '\0'));
	if (err != ERR_OK)
		return 0;
	if (make_text(&m, choices, text, &len))
		judge(&m, (struct str){text, len}, true);
	judge(&m, str_sub(choices, 0, TEXT_MAX), false);
	return 0;
}
