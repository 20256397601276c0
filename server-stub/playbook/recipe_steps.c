/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the steps of a playbook in YAML. What makes sense is proto/playbook.h's to say; here it gets its place. */
#include "server-stub/playbook/recipe_inner.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 48
#define VALUE_MAX 512 /* bytes of a list of networks as one text */

/* What authors of other formats would write, and what there is instead. */
static const char *const jumps[] = {"goto",  "next", "next_steps", "on_success", "on_completion", "on_done",
				    "while", "loop", "repeat",	   "depends_on", "retry"};

static bool is_jump(struct str key)
{
	for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++)
		if (str_equal(key, str_from(jumps[i])))
			return true;
	return false;
}

/* "addr, duration": what the verb takes, as people type it. */
static void list_params(const struct verb_row *row, char *text, size_t size)
{
	struct buf b = buf_over(text, size - 1);

	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++)
		if (verb_takes(row->number, tag)) {
			buf_text(&b, b.len ? ", " : "");
			buf_put(&b, verb_param_bare(verb_param(tag)));
		}
	buf_text(&b, b.len ? "" : "nothing");
	text[b.len] = '\0';
}

/* -- values -- */

static bool take_input(struct recipe *r, struct playbook_step *step, const struct verb_param *p, struct str name)
{
	for (unsigned i = 0; i < r->out->input_count; i++)
		if (str_equal(name, str_from(r->out->inputs[i].name))) {
			step->from[p->tag] = (uint8_t)(PLAYBOOK_INPUT + i);
			r->used[i] = true;
			return true;
		}
	return false;
}

/* The blank that "$incident.addr" or "$input.who" is. False after a mistake. */
static bool take_blank(struct recipe *r, struct playbook_step *step, const struct verb_param *p, const struct doc *d)
{
	struct str name = d->text;
	char shown[SHOWN_MAX];

	str_show(name, shown, sizeof(shown));
	if (str_take(&name, STR("$incident."))) {
		step->from[p->tag] = playbook_field(name, p->type);
		if (step->from[p->tag] == PLAYBOOK_GIVEN)
			return recipe_wrong(r, d,
					    "'%s' does not fill '%.*s': incidents have $incident.addr (an address), "
					    "$incident.account, $incident.pid and $incident.path",
					    shown, (int)verb_param_bare(p).len, p->name);
		if (step->from[p->tag] == PLAYBOOK_PID && verb_takes(step->args.verb, VERB_TICKS))
			step->from[VERB_TICKS] = PLAYBOOK_TICKS;
		return true;
	}
	if (str_take(&name, STR("$input.")) && take_input(r, step, p, name))
		return true;
	return recipe_wrong(r, d, "'%s' is none of the inputs and no field of an incident: declare it under 'inputs'",
			    shown);
}

/* A text, or a list of them with commas between. */
static bool join(const struct doc *d, struct buf *b)
{
	if (d->kind == DOC_TEXT && !doc_is_null(d))
		buf_put(b, d->text);
	for (const struct doc *one = d->kind == DOC_LIST ? d->first : NULL; one; one = one->next) {
		if (one->kind != DOC_TEXT)
			return false;
		buf_text(b, one == d->first ? "" : ",");
		buf_put(b, one->text);
	}
	return b->len > 0 && !b->overflow;
}

static void read_param(struct recipe *r, struct playbook_step *step, const struct doc *d)
{
	const struct verb_row *row = verb_row(step->args.verb);
	const struct verb_param *p = verb_param_find(d->key);
	char text[VALUE_MAX], why[VERB_WHY_MAX], shown[SHOWN_MAX];
	struct buf b = buf_over(text, sizeof(text));

	if (is_jump(d->key)) {
		recipe_wrong_key(r, d,
				 "steps are taken in their order, each once, and none can be jumped to: use "
				 "'when' and 'on_failure'");
		return;
	}
	if (!p || !verb_takes(row->number, p->tag)) {
		list_params(row, text, sizeof(text));
		str_show(d->key, shown, sizeof(shown));
		recipe_wrong_key(r, d, "%s takes no '%s': it takes %s, and a step has verb, when and on_failure",
				 row->name, shown, text);
		return;
	}
	if (verb_arg_given(&step->args, p) || step->from[p->tag] != PLAYBOOK_GIVEN) {
		recipe_wrong_key(r, d, "stands there twice, by two names or beside $incident.pid");
		return;
	}
	if (d->kind == DOC_TEXT && d->text.len && d->text.data[0] == '$') {
		(void)take_blank(r, step, p, d);
		return;
	}
	if (!join(d, &b) || (d->kind == DOC_LIST && p->type != VERB_TYPE_NETS))
		recipe_wrong(r, d, "is to be one value, $incident.FIELD or $input.NAME");
	else if (verb_arg_set(&step->args, p, buf_str(&b), why) != ERR_OK)
		recipe_wrong(r, d, "%s", why);
}

/* -- steps -- */

static void read_when(struct recipe *r, struct playbook_step *step, const struct doc *d)
{
	static const char *const names[ORDER_WHEN_MAX] = {"always", "done", "failed"};

	for (uint8_t when = 0; d->kind == DOC_TEXT && when < ORDER_WHEN_MAX; when++)
		if (str_equal(d->text, str_from(names[when]))) {
			step->when = when;
			return;
		}
	recipe_wrong(r, d, "is no condition: write done, failed or always; it is about the step taken before");
}

static void wrong_verb(struct recipe *r, const struct doc *map, const struct doc *verb)
{
	char list[RECIPE_WHY_MAX], shown[SHOWN_MAX];
	struct buf b = buf_over(list, sizeof(list) - 1);

	verb_list(&b, false);
	list[b.len] = '\0';
	if (!verb || verb->kind != DOC_TEXT) {
		recipe_wrong(r, verb ? verb : map, "has no verb: write verb: and one of %s", list);
		return;
	}
	str_show(verb->text, shown, sizeof(shown));
	recipe_wrong(r, verb, "there is no verb '%s'; there are %s", shown, list);
}

/* Read what the step says of itself. False: not even its verb is known. */
static bool read_step(struct recipe *r, struct playbook_step *step, const struct doc *map)
{
	const struct doc *verb = doc_get(map, "verb");
	char name[SHOWN_MAX];

	if (map->kind != DOC_MAP)
		return recipe_wrong(r, map, "a step is a map: verb, and what it is done to");
	if (verb && verb->kind == DOC_TEXT && str_copy(verb->text, name, sizeof(name)) == ERR_OK)
		step->args.verb = verb_number(name);
	if (step->args.verb == VERB_NONE) {
		wrong_verb(r, map, verb);
		return false;
	}
	for (const struct doc *d = map->first; d; d = d->next) {
		if (str_equal(d->key, STR("when")))
			read_when(r, step, d);
		else if (!str_equal(d->key, STR("verb")) && !str_equal(d->key, STR("on_failure")))
			read_param(r, step, d);
	}
	return true;
}

static bool names(const struct doc *map, const struct verb_param *p)
{
	for (const struct doc *d = map->first; d; d = d->next)
		if (verb_param_find(d->key) == p)
			return true;
	return false;
}

/* Each parameter that it needs and does not name. */
static void check_needs(struct recipe *r, uint16_t verb, const struct doc *map)
{
	const struct verb_row *row = verb_row(verb);

	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++) {
		const struct verb_param *p = verb_param(tag);

		if ((row->needs & VERB_PARAM(tag)) && !names(map, p))
			recipe_wrong(r, map, "%s needs %s: write it as a value, $incident.FIELD or $input.NAME",
				     row->name, p->name);
	}
}

/* Whether the step makes sense by itself, and behind those before it, if they do. */
static void check_step(struct recipe *r, const struct doc *map, unsigned mistakes)
{
	struct playbook alone = *r->out;
	char why[PLAYBOOK_WHY_MAX];

	alone.steps[0] = alone.steps[alone.step_count - 1];
	alone.steps[0].when = ORDER_ALWAYS;
	alone.step_count = 1;
	check_needs(r, alone.steps[0].args.verb, map);
	if (r->mistakes->count == mistakes && playbook_check_steps(&alone, why) != ERR_OK)
		recipe_wrong(r, map, "%s", why);
	if (!r->broken && r->mistakes->count == mistakes && playbook_check_steps(r->out, why) != ERR_OK)
		recipe_wrong(r, map, "%s", why);
	r->broken = r->broken || r->mistakes->count != mistakes;
}

/* Adds one step and what is to be done if it fails, which is a step of the same shape. */
static void add_step(struct recipe *r, const struct doc *map)
{
	bool answers = false;

	for (; map; map = doc_get(map, "on_failure"), answers = true) {
		unsigned mistakes = r->mistakes->count;
		struct playbook_step step = {.when = ORDER_ALWAYS};

		if (r->out->step_count == ORDER_STEPS_MAX) {
			recipe_wrong(r, map, "is one step too many: %d are the most, those under on_failure among them",
				     ORDER_STEPS_MAX);
			return;
		}
		if (!read_step(r, &step, map))
			return;
		if (answers && doc_get(map, "when"))
			recipe_wrong_key(r, doc_get(map, "when"), "has no place under on_failure, which says when");
		if (answers)
			step.when = ORDER_IF_FAILED;
		r->out->steps[r->out->step_count++] = step;
		check_step(r, map, mistakes);
	}
}

void recipe_steps(struct recipe *r, const struct doc *list)
{
	if (list->kind != DOC_LIST || list->count == 0) {
		recipe_wrong(r, list, "is to be a list of 1 to %d steps", ORDER_STEPS_MAX);
		return;
	}
	for (const struct doc *d = list->first; d; d = d->next)
		add_step(r, d);
}
