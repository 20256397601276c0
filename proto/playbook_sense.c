/* SPDX-License-Identifier: Apache-2.0 */
/* What a playbook means: whether it makes sense, which incidents it is for, and its steps with the blanks filled. */
#include "proto/playbook.h"

#include "proto/short_text.h"

#include <stdio.h>
#include <string.h>

/* A field of an incident, and what it can fill. */
struct field {
	const char *name; /* as authors write it; NULL: they do not, another one brings it along */
	uint8_t type;	  /* enum verb_type */
};

static const struct field fields[PLAYBOOK_FIELDS] = {
	[PLAYBOOK_ADDR] = {"addr", VERB_TYPE_ADDR}, [PLAYBOOK_ACCOUNT] = {"account", VERB_TYPE_ACCOUNT},
	[PLAYBOOK_PID] = {"pid", VERB_TYPE_PID},    [PLAYBOOK_TICKS] = {NULL, VERB_TYPE_COUNT},
	[PLAYBOOK_PATH] = {"path", VERB_TYPE_PATH},
};

const char *playbook_field_name(unsigned field)
{
	return field < PLAYBOOK_FIELDS ? fields[field].name : NULL;
}

uint8_t playbook_field(struct str name, uint8_t verb_type)
{
	for (unsigned i = PLAYBOOK_GIVEN + 1; i < PLAYBOOK_FIELDS; i++)
		if (fields[i].name && str_equal(name, str_from(fields[i].name)) && fields[i].type == verb_type)
			return (uint8_t)i;
	return PLAYBOOK_GIVEN;
}

bool playbook_input_valid(struct str name)
{
	if (str_empty(name) || name.len >= PLAYBOOK_INPUT_MAX || name.data[0] < 'a' || name.data[0] > 'z')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return true;
}

static enum err no(enum err err, char why[PLAYBOOK_WHY_MAX], const char *what)
{
	snprintf(why, PLAYBOOK_WHY_MAX, "%s.", what);
	return err;
}

/* -- blanks -- */

static bool is_input(uint8_t source)
{
	return source >= PLAYBOOK_INPUT && source < PLAYBOOK_INPUT + PLAYBOOK_INPUTS_MAX;
}

static enum err missing(const struct playbook *p, unsigned step, uint8_t source, char why[PLAYBOOK_WHY_MAX])
{
	if (is_input(source))
		snprintf(why, PLAYBOOK_WHY_MAX, "Step %u: nobody said '%s': %s", step + 1,
			 p->inputs[source - PLAYBOOK_INPUT].name, p->inputs[source - PLAYBOOK_INPUT].about);
	else
		snprintf(why, PLAYBOOK_WHY_MAX, "Step %u: the incident names no %s.", step + 1, fields[source].name);
	return ERR_NOT_FOUND;
}

/* A playbook in the making of an order. */
struct filling {
	const struct playbook *p;
	const struct playbook_case *c;
	struct order *out;
	char *why;
};

static enum err fill_step(const struct filling *f, unsigned i)
{
	const struct playbook_step *step = &f->p->steps[i];
	struct order_step *out = &f->out->steps[i];
	char what[VERB_WHY_MAX];

	*out = (struct order_step){.when = step->when, .args = step->args};
	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++) {
		uint8_t source = step->from[tag];

		if (source == PLAYBOOK_GIVEN)
			continue;
		struct str value = is_input(source) ? f->c->inputs[source - PLAYBOOK_INPUT] : f->c->fields[source];

		if (str_empty(value)) {
			if (source == PLAYBOOK_TICKS)
				continue;
			return missing(f->p, i, source, f->why);
		}
		enum err err = verb_arg_set(&out->args, verb_param(tag), value, what);

		if (err != ERR_OK) {
			snprintf(f->why, PLAYBOOK_WHY_MAX, "Step %u: %s", i + 1, what);
			return err;
		}
	}
	return ERR_OK;
}

enum err playbook_fill(const struct playbook *p, const struct playbook_case *c, struct order *out,
		       char why[PLAYBOOK_WHY_MAX])
{
	const struct filling f = {p, c, out, why};
	enum err err = ERR_OK;

	out->step_count = p->step_count;
	for (unsigned i = 0; i < p->step_count && err == ERR_OK; i++)
		err = fill_step(&f, i);
	return err == ERR_OK ? order_check_steps(out, why) : err;
}

/* -- sense -- */

/* A value that a blank might get, another one for each source, so that steps on the same thing are seen to be. */
static void put_sample(struct buf *b, uint8_t type, uint8_t source)
{
	switch (type) {
	case VERB_TYPE_ADDR: buf_printf(b, "192.0.2.%u", (unsigned)source); break;
	case VERB_TYPE_NETS: buf_text(b, "192.0.2.0/24"); break;
	case VERB_TYPE_ACCOUNT: buf_printf(b, "a%u", (unsigned)source); break;
	case VERB_TYPE_PATH: buf_printf(b, "/tmp/%u", (unsigned)source); break;
	case VERB_TYPE_NAME: buf_printf(b, "n%u", (unsigned)source); break;
	case VERB_TYPE_HASH: buf_printf(b, "$6$%u", (unsigned)source); break;
	case VERB_TYPE_SECONDS: buf_text(b, "600"); break;
	case VERB_TYPE_FLAG: buf_text(b, "yes"); break;
	default: buf_printf(b, "%u", 2u + source);
	}
}

static enum err sample_step(const struct playbook *p, unsigned i, struct order_step *out, char why[PLAYBOOK_WHY_MAX])
{
	const struct playbook_step *step = &p->steps[i];
	char text[24], what[VERB_WHY_MAX];

	*out = (struct order_step){.when = step->when, .args = step->args};
	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++) {
		const struct verb_param *param = verb_param(tag);
		uint8_t source = step->from[tag];
		struct buf b = buf_over(text, sizeof(text));

		if (source == PLAYBOOK_GIVEN)
			continue;
		bool fits = is_input(source) ? source - PLAYBOOK_INPUT < p->input_count && !p->bound
					     : source < PLAYBOOK_FIELDS && fields[source].type == param->type;

		if (!fits || verb_arg_given(&step->args, param)) {
			snprintf(why, PLAYBOOK_WHY_MAX, "Step %u: nothing that it can have fills its %s.", i + 1,
				 param->name);
			return ERR_INVALID;
		}
		put_sample(&b, param->type, source);
		if (verb_arg_set(&out->args, param, buf_str(&b), what) != ERR_OK) {
			snprintf(why, PLAYBOOK_WHY_MAX, "Step %u: %s", i + 1, what);
			return ERR_INVALID;
		}
	}
	return ERR_OK;
}

enum err playbook_check_steps(const struct playbook *p, char why[PLAYBOOK_WHY_MAX])
{
	struct order o = {.step_count = p->step_count};
	enum err err = ERR_OK;

	if (p->step_count == 0 || p->step_count > ORDER_STEPS_MAX) {
		snprintf(why, PLAYBOOK_WHY_MAX, "A playbook has 1 to %d steps.", ORDER_STEPS_MAX);
		return ERR_INVALID;
	}
	for (unsigned i = 0; i < p->step_count && err == ERR_OK; i++)
		err = sample_step(p, i, &o.steps[i], why);
	if (err == ERR_OK)
		err = order_check_steps(&o, why);
	for (unsigned i = 0; i < p->step_count && err == ERR_OK && p->bound; i++) {
		if (!verb_row(p->steps[i].args.verb)->by_hand)
			continue;
		snprintf(why, PLAYBOOK_WHY_MAX, "Step %u: nothing that runs by itself may %s a device.", i + 1,
			 verb_name(p->steps[i].args.verb));
		err = ERR_PROTECTED;
	}
	return err;
}

static bool are_words(const char *texts, unsigned count, size_t size)
{
	for (unsigned i = 0; i < count; i++)
		if (!short_text_valid(texts + i * size, size) || texts[i * size] == '\0')
			return false;
	return true;
}

static enum err check_inputs(const struct playbook *p, char why[PLAYBOOK_WHY_MAX])
{
	if (p->input_count > PLAYBOOK_INPUTS_MAX || (p->bound && p->input_count))
		return no(ERR_INVALID, why, "Nobody is there to say the inputs of a playbook that runs by itself");
	for (unsigned i = 0; i < p->input_count; i++) {
		const struct playbook_input *in = &p->inputs[i];

		if (!short_text_valid(in->name, sizeof(in->name)) || !playbook_input_valid(str_from(in->name)) ||
		    !short_text_valid(in->about, sizeof(in->about)) || in->about[0] == '\0')
			return no(ERR_INVALID, why, "The name or the description of an input is none");
		for (unsigned j = 0; j < i; j++)
			if (strcmp(in->name, p->inputs[j].name) == 0)
				return no(ERR_INVALID, why, "Two inputs have the same name");
	}
	return ERR_OK;
}

static enum err check_binding(const struct playbook *p, char why[PLAYBOOK_WHY_MAX])
{
	bool some = p->rule_count || p->tag_count || p->level;

	if (p->level > SEV_CRITICAL || p->rule_count > PLAYBOOK_RULES_MAX || p->tag_count > PLAYBOOK_TAGS_MAX ||
	    !are_words(p->rules[0], p->rule_count, sizeof(p->rules[0])) ||
	    !are_words(p->tags[0], p->tag_count, sizeof(p->tags[0])))
		return no(ERR_INVALID, why, "Its rules, tags or level are out of their range");
	if (p->bound != some)
		return no(ERR_INVALID, why,
			  p->bound ? "It does not say which incidents it is for" : "It is for incidents and not bound");
	if (p->lasts_s > PLAYBOOK_LASTS_MAX_S || p->bound != (p->lasts_s != 0))
		return no(ERR_INVALID, why, "A bound playbook, and no other, expires, after at most 400 days");
	if (p->bound && strlen(p->name) >= PLAYBOOK_BOUND_NAME_MAX)
		return no(ERR_INVALID, why, "The name of one that is bound to incidents has at most 39 bytes");
	if (p->until_s < 0 || (p->until_s && !p->bound))
		return no(ERR_INVALID, why, "The time at which it expires is none that it can have");
	return ERR_OK;
}

enum err playbook_check(const struct playbook *p, char why[PLAYBOOK_WHY_MAX])
{
	enum err err;

	if (!memchr(p->name, '\0', sizeof(p->name)) || !object_name_valid(p->name))
		return no(ERR_INVALID, why, "Its name is not 1 to 48 of a-z, 0-9, '.', '_' and '-'");
	if (!short_text_valid(p->about, sizeof(p->about)))
		return no(ERR_INVALID, why, "Its description is not up to 159 bytes of ASCII");
	if (p->approvals == 0 || p->approvals > PLAYBOOK_APPROVALS_MAX)
		return no(ERR_INVALID, why, "approvals is from 1 to 3");
	err = check_binding(p, why);
	if (err == ERR_OK)
		err = check_inputs(p, why);
	return err == ERR_OK ? playbook_check_steps(p, why) : err;
}

/* -- incidents -- */

static bool has_rule(const struct playbook *p, struct str rule)
{
	for (unsigned i = 0; i < p->rule_count; i++)
		if (str_equal(rule, str_from(p->rules[i])))
			return true;
	return false;
}

static bool has_tag(const struct playbook *p, const struct playbook_case *c)
{
	for (unsigned i = 0; i < p->tag_count; i++)
		for (unsigned j = 0; j < c->tag_count; j++)
			if (str_equal(c->tags[j], str_from(p->tags[i])))
				return true;
	return false;
}

bool playbook_runs_for(const struct playbook *p, const struct playbook_case *c, char why[PLAYBOOK_WHY_MAX])
{
	const char *what = NULL;

	if (!p->bound)
		what = "it is run by hand";
	else if (c->level < p->level)
		what = "the incident's level is below its own";
	else if ((p->rule_count || p->tag_count) && !has_rule(p, c->rule) && !has_tag(p, c))
		what = "the incident is of none of its rules and has none of its tags";
	if (what && why)
		snprintf(why, PLAYBOOK_WHY_MAX, "%s", what);
	return !what;
}

unsigned playbook_signatures(const struct playbook *p)
{
	unsigned most = p->approvals;

	for (unsigned i = 0; i < p->step_count; i++) {
		const struct verb_row *row = verb_row(p->steps[i].args.verb);

		if (row && row->signatures > most)
			most = row->signatures;
	}
	return most;
}

uint64_t playbook_verbs(const struct playbook *p)
{
	uint64_t set = 0;

	for (unsigned i = 0; i < p->step_count; i++)
		set |= UINT64_C(1) << p->steps[i].args.verb;
	return set;
}

void playbook_describe_step(struct buf *b, const struct playbook *p, unsigned i)
{
	const struct playbook_step *step = &p->steps[i];

	buf_text(b, verb_name(step->args.verb));
	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++) {
		const struct verb_param *param = verb_param(tag);
		uint8_t source = step->from[tag];

		if (source == PLAYBOOK_TICKS || (source == PLAYBOOK_GIVEN && !verb_arg_given(&step->args, param)))
			continue;
		buf_printf(b, " %s=", param->name);
		if (source == PLAYBOOK_GIVEN)
			verb_arg_put(b, &step->args, param);
		else if (is_input(source))
			buf_printf(b, "$input.%s", p->inputs[source - PLAYBOOK_INPUT].name);
		else
			buf_printf(b, "$incident.%s", fields[source].name);
	}
}
