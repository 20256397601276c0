/* SPDX-License-Identifier: Apache-2.0 */
/* A playbook's bytes. What it means is playbook_sense.c's. */
#include "proto/playbook.h"

#include "proto/short_text.h"

#include <stdio.h>
#include <string.h>

static const char magic[4] = {'C', 'T', 'P', '1'};

static void put_step(struct buf *b, const struct playbook_step *step)
{
	uint8_t blanks = 0;

	buf_be16(b, step->args.verb);
	buf_be8(b, step->when);
	verb_args_encode(b, &step->args);
	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++)
		blanks = (uint8_t)(blanks + (step->from[tag] != PLAYBOOK_GIVEN));
	buf_be8(b, blanks);
	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++)
		if (step->from[tag] != PLAYBOOK_GIVEN) {
			buf_be8(b, (uint8_t)tag);
			buf_be8(b, step->from[tag]);
		}
}

enum err playbook_encode(struct buf *b, const struct playbook *p, char why[PLAYBOOK_WHY_MAX])
{
	size_t before = b->len;
	enum err err = playbook_check(p, why);

	if (err != ERR_OK)
		return err;
	buf_bytes(b, magic, sizeof(magic));
	short_text_put(b, p->name);
	short_text_put(b, p->about);
	buf_be8(b, p->bound);
	buf_be8(b, p->level);
	buf_be8(b, p->approvals);
	buf_be32(b, p->lasts_s);
	buf_be64(b, (uint64_t)p->until_s);
	buf_be8(b, p->rule_count);
	for (unsigned i = 0; i < p->rule_count; i++)
		short_text_put(b, p->rules[i]);
	buf_be8(b, p->tag_count);
	for (unsigned i = 0; i < p->tag_count; i++)
		short_text_put(b, p->tags[i]);
	buf_be8(b, p->input_count);
	for (unsigned i = 0; i < p->input_count; i++) {
		short_text_put(b, p->inputs[i].name);
		short_text_put(b, p->inputs[i].about);
	}
	buf_be8(b, p->step_count);
	for (unsigned i = 0; i < p->step_count; i++)
		put_step(b, &p->steps[i]);
	if (!b->overflow && b->len - before <= PLAYBOOK_BYTES_MAX)
		return ERR_OK;
	snprintf(why, PLAYBOOK_WHY_MAX, "It is longer than the %d bytes of a playbook.", PLAYBOOK_BYTES_MAX);
	return ERR_TOO_LONG;
}

_Static_assert(PLAYBOOK_RULES_MAX == PLAYBOOK_TAGS_MAX, "one limit for both lists");

static bool take_list(struct view *v, uint8_t *count, char *texts, size_t size)
{
	*count = view_be8(v);
	if (*count > PLAYBOOK_RULES_MAX)
		return false;
	for (unsigned i = 0; i < *count; i++)
		if (!short_text_take(v, texts + i * size, size))
			return false;
	return true;
}

static bool take_inputs(struct view *v, struct playbook *p)
{
	p->input_count = view_be8(v);
	if (p->input_count > PLAYBOOK_INPUTS_MAX)
		return false;
	for (unsigned i = 0; i < p->input_count; i++)
		if (!short_text_take(v, p->inputs[i].name, sizeof(p->inputs[i].name)) ||
		    !short_text_take(v, p->inputs[i].about, sizeof(p->inputs[i].about)))
			return false;
	return true;
}

static bool take_head(struct view *v, struct playbook *p)
{
	uint8_t bound;

	if (!short_text_take(v, p->name, sizeof(p->name)) || !short_text_take(v, p->about, sizeof(p->about)))
		return false;
	bound = view_be8(v);
	p->bound = bound;
	p->level = view_be8(v);
	p->approvals = view_be8(v);
	p->lasts_s = view_be32(v);
	p->until_s = (int64_t)view_be64(v);
	return bound <= 1 && take_list(v, &p->rule_count, p->rules[0], sizeof(p->rules[0])) &&
	       take_list(v, &p->tag_count, p->tags[0], sizeof(p->tags[0])) && take_inputs(v, p);
}

static bool take_blanks(struct view *v, struct playbook_step *step)
{
	unsigned before = 0;

	for (unsigned left = view_be8(v); left > 0; left--) {
		uint8_t tag = view_be8(v), source = view_be8(v);

		if (tag <= before || tag >= VERB_PARAM_MAX || source == PLAYBOOK_GIVEN)
			return false;
		step->from[tag] = source;
		before = tag;
	}
	return true;
}

static bool take_step(struct view *v, struct playbook_step *step)
{
	char unheard[VERB_WHY_MAX];

	step->args.verb = view_be16(v);
	step->when = view_be8(v);
	return verb_row(step->args.verb) && verb_args_decode(v, &step->args, unheard) == ERR_OK && take_blanks(v, step);
}

static bool take(struct view *v, struct playbook *p)
{
	char head[sizeof(magic)];

	view_bytes(v, head, sizeof(head));
	if (memcmp(head, magic, sizeof(head)) != 0 || !take_head(v, p))
		return false;
	p->step_count = view_be8(v);
	if (p->step_count > ORDER_STEPS_MAX)
		return false;
	for (unsigned i = 0; i < p->step_count; i++)
		if (!take_step(v, &p->steps[i]))
			return false;
	return true;
}

enum err playbook_decode(struct str bytes, struct playbook *out, char why[PLAYBOOK_WHY_MAX])
{
	struct view v = view_over(bytes.data, bytes.len);
	enum err err = ERR_OK;

	memset(out, 0, sizeof(*out));
	if (bytes.len > PLAYBOOK_BYTES_MAX) {
		snprintf(why, PLAYBOOK_WHY_MAX, "It is longer than the %d bytes of a playbook.", PLAYBOOK_BYTES_MAX);
		return ERR_TOO_LONG;
	}
	if (!take(&v, out))
		err = v.short_read ? ERR_TRUNCATED : ERR_INVALID;
	else
		err = view_done(&v);
	if (err != ERR_OK)
		snprintf(why, PLAYBOOK_WHY_MAX, "%s.",
			 v.short_read ? "It ends before it is complete"
				      : "It is no playbook in a format of this build");
	else
		err = playbook_check(out, why);
	if (err != ERR_OK)
		memset(out, 0, sizeof(*out));
	return err;
}
