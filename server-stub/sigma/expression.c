/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the steps of a regular expression, those of a part once for each time that it is repeated. */
#include "server-stub/sigma/expression.h"

#include "server-stub/sigma/expression_part.h"

static unsigned emit(struct expression_reader *r, uint8_t kind, uint32_t arg)
{
	if (r->steps == REGEX_STEPS_MAX) {
		expression_wrong(r, ERR_FULL,
				 "is too costly: it has more than 4000 steps when its repetitions are "
				 "written out");
		return 0;
	}
	struct buf b = buf_over(r->code[r->steps], 8);

	buf_be8(&b, kind);
	buf_be8(&b, 0);
	buf_be16(&b, (uint16_t)(r->steps + 1));
	buf_be32(&b, arg);
	return r->steps++;
}

/* Have a step go on at a place. */
static void lead(struct expression_reader *r, unsigned step, unsigned next, unsigned arg)
{
	struct buf b = buf_over(r->code[step] + 2, 6);

	buf_be16(&b, (uint16_t)next);
	buf_be32(&b, arg);
}

static void write_part(struct expression_reader *r, const struct expression_part *p);

static void write_alternatives(struct expression_reader *r, const struct expression_part *p)
{
	unsigned jump, split;

	if (!p->next) {
		write_part(r, p);
		return;
	}
	split = emit(r, REGEX_SPLIT, 0);
	write_part(r, p);
	jump = emit(r, REGEX_SPLIT, 0);
	lead(r, split, split + 1, r->steps);
	write_alternatives(r, p->next);
	lead(r, jump, r->steps, r->steps);
}

/* What may come or not, `count` times. */
static void write_optional(struct expression_reader *r, const struct expression_part *inner, uint32_t count)
{
	unsigned split;

	if (count == 0 || r->err != ERR_OK)
		return;
	split = emit(r, REGEX_SPLIT, 0);
	write_part(r, inner);
	write_optional(r, inner, count - 1);
	lead(r, split, split + 1, r->steps);
}

static void write_repeat(struct expression_reader *r, const struct expression_part *p)
{
	for (uint32_t i = 0; i < p->least && r->err == ERR_OK; i++)
		write_part(r, p->first);
	if (p->most != EXPRESSION_FOREVER) {
		write_optional(r, p->first, p->most - p->least);
		return;
	}
	unsigned split = emit(r, REGEX_SPLIT, 0);

	write_part(r, p->first);
	unsigned jump = emit(r, REGEX_SPLIT, 0);

	lead(r, jump, split, split);
	lead(r, split, split + 1, r->steps);
}

static void write_part(struct expression_reader *r, const struct expression_part *p)
{
	if (r->err != ERR_OK)
		return;
	switch (p->kind) {
	case EXPRESSION_STEP: emit(r, p->step, p->arg); break;
	case EXPRESSION_ONE_OF: write_alternatives(r, p->first); break;
	case EXPRESSION_REPEAT: write_repeat(r, p); break;
	case EXPRESSION_ALL_OF:
		for (const struct expression_part *q = p->first; q; q = q->next)
			write_part(r, q);
	}
}

static void write_program(const struct expression_reader *r, struct str source, struct buf *b)
{
	buf_be16(b, (uint16_t)source.len);
	buf_put(b, source);
	buf_be16(b, (uint16_t)r->steps);
	buf_be16(b, (uint16_t)r->sets);
	buf_bytes(b, r->code, r->steps * sizeof(r->code[0]));
	for (unsigned i = 0; i < r->sets; i++) {
		buf_be16(b, r->set[i].first);
		buf_be16(b, r->set[i].count);
	}
	for (unsigned i = 0; i < r->ranges; i++) {
		buf_be32(b, r->range[i].low);
		buf_be32(b, r->range[i].high);
	}
}

enum err expression_compile(struct buf *b, struct str source, unsigned flags, char why[EXPRESSION_WHY_MAX])
{
	static struct expression_reader memory;
	struct expression_reader *r = &memory;
	struct expression_part *whole;

	memset(r, 0, sizeof(*r));
	r->rest = source;
	r->flags = flags;
	r->why = why;
	why[0] = '\0';
	if (source.len > 8192)
		expression_wrong(r, ERR_FULL, "has more than 8192 bytes");
	whole = r->err == ERR_OK ? expression_read(r) : NULL;
	if (r->err == ERR_OK)
		write_part(r, whole);
	if (r->err == ERR_OK)
		emit(r, REGEX_FITS, 0);
	if (r->err == ERR_OK) {
		lead(r, r->steps - 1, 0, 0);
		write_program(r, source, b);
		r->err = buf_check(b);
		if (r->err != ERR_OK)
			expression_wrong(r, r->err, "is too long");
	}
	arena_free(&r->arena);
	return r->err;
}
