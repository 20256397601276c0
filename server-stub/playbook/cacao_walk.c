/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the graph of a CACAO workflow, which has to be one of actions without a circle. Reads no command. */
#include "server-stub/playbook/cacao_inner.h"

#include <stdio.h>
#include <string.h>

#define STEPS_MAX (ORDER_STEPS_MAX + 2) /* with the start and the end */

/* A step that was found; its place in the order is known when all that follows it is. */
struct seen {
	const char *id;
	const json_t *step;
	bool left; /* all that follows it was visited */
};

struct search {
	const json_t *workflow;
	char *why;
	unsigned count;
	struct seen seen[STEPS_MAX];
	unsigned order_count;
	const struct seen *order[STEPS_MAX]; /* the last first */
};

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static enum err no(struct search *s, enum err err, const char *id, const char *what)
{
	snprintf(s->why, CACAO_WHY_MAX, "The step '%.60s' %s.", id, what);
	return err;
}

/* What follows if it was done, or was not; NULL: nothing. */
static const char *follower(const json_t *step, bool done)
{
	const char *always = text_of(step, "on_completion");

	return always ? always : text_of(step, done ? "on_success" : "on_failure");
}

static enum err visit(struct search *s, const char *id);

static enum err visit_followers(struct search *s, const json_t *step)
{
	const char *done = follower(step, true), *failed = follower(step, false);
	/* What is done after a failure comes before what is done in any case, so it is visited last. */
	enum err err = done ? visit(s, done) : ERR_OK;

	return err == ERR_OK && failed && failed != done ? visit(s, failed) : err;
}

/* Only as deep as there may be steps. */
static enum err visit(struct search *s, const char *id)
{
	const json_t *step = json_object_get(s->workflow, id);
	const char *type = text_of(step, "type");
	struct seen *seen;
	enum err err;

	for (unsigned i = 0; i < s->count; i++)
		if (strcmp(s->seen[i].id, id) == 0)
			return s->seen[i].left ? ERR_OK : no(s, ERR_UNSUPPORTED, id, "is in a circle");
	if (!type)
		return no(s, ERR_INVALID, id, "is not in the workflow");
	if (strcmp(type, "start") != 0 && strcmp(type, "end") != 0 && strcmp(type, "action") != 0)
		return no(s, ERR_UNSUPPORTED, id,
			  "is neither start, action nor end: conditions, loops, parallel steps and other playbooks "
			  "have no "
			  "form here");
	if (s->count == STEPS_MAX)
		return no(s, ERR_UNSUPPORTED, id, "is one too many: 8 actions are the most");
	seen = &s->seen[s->count++];
	*seen = (struct seen){.id = id, .step = step};
	err = visit_followers(s, step);
	seen->left = true;
	s->order[s->order_count++] = seen;
	return err;
}

static uint8_t place_of(const struct cacao_walk *w, const char *id)
{
	for (uint8_t i = 0; id && i < w->count; i++)
		if (strcmp(w->ids[i], id) == 0)
			return i;
	return CACAO_END;
}

enum err cacao_walk(const json_t *document, struct cacao_walk *out, char why[CACAO_WHY_MAX])
{
	struct search s = {.workflow = json_object_get(document, "workflow"), .why = why};
	const char *start = text_of(document, "workflow_start");
	enum err err;

	memset(out, 0, sizeof(*out));
	if (!start || !json_is_object(s.workflow)) {
		snprintf(why, CACAO_WHY_MAX, "It has no workflow_start and workflow.");
		return ERR_INVALID;
	}
	err = visit(&s, start);
	for (unsigned i = s.order_count; err == ERR_OK && i-- > 0;) {
		if (strcmp(text_of(s.order[i]->step, "type"), "action") != 0)
			continue;
		if (out->count == ORDER_STEPS_MAX)
			return no(&s, ERR_UNSUPPORTED, s.order[i]->id, "is one too many: 8 actions are the most");
		out->ids[out->count] = s.order[i]->id;
		out->steps[out->count++] = s.order[i]->step;
	}
	for (unsigned i = 0; i < out->count; i++) {
		out->done[i] = place_of(out, follower(out->steps[i], true));
		out->failed[i] = place_of(out, follower(out->steps[i], false));
	}
	return err;
}

unsigned cacao_next(const struct playbook *p, unsigned i, bool done)
{
	for (unsigned j = i + 1; j < p->step_count; j++)
		if (order_step_due(p->steps[j].when, done))
			return j;
	return CACAO_END;
}
