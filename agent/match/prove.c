/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows two ways through patterns over the same text, for all texts: a pair of steps is looked at once for ways that
 * have agreed about the field so far, and once for ways that have not. A field is passed at most once on each way, so
 * ways that once passed its begin or end at different bytes differ for good.
 */
#include "agent/match/prove.h"

#define PLACES (MATCH_OPS_MAX * MATCH_OPS_MAX * 2u)
#define WORDS ((PLACES + 63) / 64)

/* The steps that follow one without a byte, with the marks of the field that are passed on the way to each. */
struct closure {
	const struct match *m;
	unsigned field, count;
	uint32_t seen[4][(MATCH_OPS_MAX + 31) / 32];
	struct {
		uint8_t op, marks;
	} list[4 * MATCH_OPS_MAX];
};

struct prover {
	const struct match *a, *b;
	unsigned field;
	bool apart; /* ways differ from the beginning */
	bool cut;   /* the way through b may end before that through a */
	bool differ;
	unsigned steps;
};

static uint64_t known[WORDS], waiting[WORDS];
static struct closure of_a, of_b;

static void follow(struct closure *c, unsigned at, unsigned marks)
{
	const struct match_op *op = &c->m->ops[at];
	uint32_t *seen = &c->seen[marks][at / 32], bit = UINT32_C(1) << at % 32;

	if (*seen & bit)
		return;
	*seen |= bit;
	if (op->kind == MATCH_JUMP) {
		follow(c, op->next, marks);
	} else if (op->kind == MATCH_SPLIT) {
		follow(c, op->next, marks);
		follow(c, op->other, marks);
	} else if (op->kind == MATCH_MARK) {
		follow(c, at + 1, op->value / 2 == c->field ? marks | 1u << (op->value & 1) : marks);
	} else {
		c->list[c->count].op = (uint8_t)at;
		c->list[c->count++].marks = (uint8_t)marks;
	}
}

static void close_over(struct closure *c, const struct match *m, unsigned field, unsigned at)
{
	c->m = m;
	c->field = field;
	c->count = 0;
	memset(c->seen, 0, sizeof(c->seen));
	follow(c, at, 0);
}

static void visit(struct prover *p, unsigned a, unsigned b, bool differ)
{
	bool a_ends = p->a->ops[a].kind == MATCH_END, b_ends = p->b->ops[b].kind == MATCH_END;
	unsigned at = (a * p->b->count + b) * 2 + differ;

	if (differ && b_ends && (a_ends || p->cut))
		p->differ = true;
	if (a_ends || b_ends || known[at / 64] >> at % 64 & 1)
		return;
	known[at / 64] |= UINT64_C(1) << at % 64;
	waiting[at / 64] |= UINT64_C(1) << at % 64;
}

/* Go from two steps to all pairs of steps that follow them. */
static void go_on(struct prover *p, unsigned a, unsigned b, bool differ)
{
	close_over(&of_a, p->a, p->field, a);
	close_over(&of_b, p->b, p->field, b);
	p->steps += of_a.count * of_b.count + 1;
	for (unsigned i = 0; i < of_a.count; i++)
		for (unsigned j = 0; j < of_b.count; j++)
			visit(p, of_a.list[i].op, of_b.list[j].op, differ || of_a.list[i].marks != of_b.list[j].marks);
}

/* Whether there is a byte that both steps take. */
static bool take_one(const struct prover *p, unsigned at_a, unsigned at_b)
{
	const struct match_op *a = &p->a->ops[at_a], *b = &p->b->ops[at_b];
	uint32_t common = 0;

	if (a->kind == MATCH_BYTE)
		return match_takes(p->b, b, a->value);
	if (b->kind == MATCH_BYTE)
		return match_takes(p->a, a, b->value);
	for (unsigned i = 0; i < 8; i++)
		common |= p->a->set[a->value][i] & p->b->set[b->value][i];
	return common != 0;
}

static void take_pair(struct prover *p, unsigned at)
{
	unsigned pair = at / 2, a = pair / p->b->count, b = pair % p->b->count;

	waiting[at / 64] &= ~(UINT64_C(1) << at % 64);
	if (take_one(p, a, b))
		go_on(p, a + 1, b + 1, at & 1);
}

static enum prove_result prove(struct prover *p)
{
	unsigned words = (p->a->count * p->b->count * 2u + 63) / 64;
	bool more = true;

	memset(known, 0, words * sizeof(known[0]));
	memset(waiting, 0, words * sizeof(waiting[0]));
	go_on(p, 0, 0, p->apart);
	while (more && !p->differ && p->steps < PROVE_STEPS_MAX) {
		more = false;
		for (unsigned i = 0; i < words && !p->differ && p->steps < PROVE_STEPS_MAX; i++)
			while (waiting[i] && !p->differ && p->steps < PROVE_STEPS_MAX) {
				more = true;
				take_pair(p, i * 64 + (unsigned)__builtin_ctzll(waiting[i]));
			}
	}
	if (p->differ)
		return PROVE_TWO_WAYS;
	return more ? PROVE_TOO_HARD : PROVE_ONE_WAY;
}

enum prove_result prove_same(const struct match *a, const struct match *b, enum match_field field)
{
	struct prover p = {.a = a, .b = b, .field = field};

	return prove(&p);
}

enum prove_result prove_apart(const struct match *a, const struct match *b)
{
	struct prover p = {.a = a, .b = b, .apart = true};

	return prove(&p);
}

enum prove_result prove_cut(const struct match *m, enum match_field field)
{
	struct prover p = {.a = m, .b = m, .field = field, .cut = true};

	return prove(&p);
}
