/* SPDX-License-Identifier: Apache-2.0 */
/* From a playbook to CACAO. Identifiers follow from the name, so that the same playbook gives the same document. */
#include "server-stub/playbook/cacao_inner.h"

#include "agent/base/key.h"

#include <stdio.h>
#include <string.h>

#define ID_MAX 64
#define TEXT_MAX 512

/* What OpenC2 calls what a verb of that class does. */
static const char *action_of(uint16_t verb)
{
	static const char *const actions[] = {
		[VERB_HARMLESS] = "set", [VERB_REVERSIBLE] = "contain", [VERB_DESTRUCTIVE] = "stop"};

	return actions[verb_row(verb)->class];
}

/* "KIND--UUID", by the name of the playbook and what it is in it. */
static const char *make_id(const struct playbook *p, const char *kind, unsigned number, char out[ID_MAX])
{
	char text[PLAYBOOK_NAME_MAX + 64], hex[33];
	struct buf b = buf_over(hex, 32);
	uint8_t digest[32];
	int len = snprintf(text, sizeof(text), "caltrop %s %s %u", p->name, kind, number);

	key_sha256(text, (size_t)len, digest);
	digest[6] = (uint8_t)((digest[6] & 0x0f) | 0x50);
	digest[8] = (uint8_t)((digest[8] & 0x3f) | 0x80);
	buf_hex(&b, digest, 16);
	hex[32] = '\0';
	snprintf(out, ID_MAX, "%s--%.8s-%.4s-%.4s-%.4s-%.12s", kind, hex, hex + 8, hex + 12, hex + 16, hex + 20);
	return out;
}

/* -- steps -- */

static json_t *argument(const struct playbook *p, const struct playbook_step *step, const struct verb_param *param)
{
	uint8_t source = step->from[param->tag];
	char text[TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));

	if (source == PLAYBOOK_GIVEN)
		verb_arg_put(&b, &step->args, param);
	else if (source >= PLAYBOOK_INPUT)
		buf_printf(&b, "$input.%s", p->inputs[source - PLAYBOOK_INPUT].name);
	else
		buf_printf(&b, "$incident.%s", playbook_field_name(source));
	return json_stringn(b.data, b.len);
}

/* The step as authors would write it. */
static json_t *step_of(const struct playbook *p, unsigned i)
{
	const struct playbook_step *step = &p->steps[i];
	json_t *own = json_pack("{s:s}", "verb", verb_name(step->args.verb));

	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++) {
		const struct verb_param *param = verb_param(tag);

		if (step->from[tag] != PLAYBOOK_TICKS &&
		    (step->from[tag] != PLAYBOOK_GIVEN || verb_arg_given(&step->args, param)))
			json_object_set_new(own, param->name, argument(p, step, param));
	}
	return own;
}

static json_t *command(const struct playbook *p, unsigned i)
{
	json_t *openc2 = json_pack("{s:s, s:{s:o}}", "action", action_of(p->steps[i].args.verb), "target", CACAO_TARGET,
				   step_of(p, i));
	json_t *out = json_pack("{s:s, s:s, s:o}", "type", "openc2-http", "command",
				"POST /.well-known/openc2 HTTP/1.1", "content_b64", cacao_command_text(openc2));

	json_decref(openc2);
	return out;
}

/* Where the playbook's steps go in the document: identifiers of before, as long as they are as many. */
struct names {
	const struct cacao_walk *kept; /* NULL: all are new */
	bool same;		       /* and they follow each other as before */
	char ids[ORDER_STEPS_MAX + 1][ID_MAX];
};

static void put_next(json_t *action, const struct playbook *p, unsigned i, const struct names *n)
{
	const char *done = n->ids[cacao_next(p, i, true)], *failed = n->ids[cacao_next(p, i, false)];

	json_object_del(action, "on_completion");
	json_object_del(action, "on_success");
	json_object_del(action, "on_failure");
	if (done == failed) {
		json_object_set_new(action, "on_completion", json_string(done));
	} else {
		json_object_set_new(action, "on_success", json_string(done));
		json_object_set_new(action, "on_failure", json_string(failed));
	}
}

/* Have the action say the step; of a command of before, the rest stays as it is. */
static void put_command(json_t *action, const struct playbook *p, unsigned i, json_t *openc2)
{
	json_t *before = json_array_get(json_object_get(action, "commands"), 0), *own;

	if (!before) {
		json_object_set_new(action, "commands", json_pack("[o]", command(p, i)));
		return;
	}
	own = step_of(p, i);
	if (!json_equal(own, cacao_step_of(openc2))) {
		json_object_set(json_object_get(openc2, "target"), CACAO_TARGET, own);
		json_object_set_new(before, "content_b64", cacao_command_text(openc2));
	}
	json_decref(own);
}

static json_t *action(const struct playbook *p, unsigned i, const struct names *n)
{
	json_t *openc2 = n->kept ? cacao_command_of(n->kept->steps[i]) : NULL;
	const char *verb = json_string_value(json_object_get(cacao_step_of(openc2), "verb"));
	/* What is said of a step is true as long as it has the same verb. */
	bool stays = verb && strcmp(verb, verb_name(p->steps[i].args.verb)) == 0;
	json_t *out = stays ? json_deep_copy(n->kept->steps[i]) : json_object();
	char id[ID_MAX];

	json_object_set_new(out, "type", json_string("action"));
	if (!json_object_get(out, "agent"))
		json_object_set_new(out, "agent", json_string(make_id(p, "security-category", 0, id)));
	if (!stays || !n->same)
		put_next(out, p, i, n);
	put_command(out, p, i, openc2);
	json_decref(openc2);
	return out;
}

/* The start, the steps and the end; what the document of before has besides stays, if all follow each other as in it.
 */
static void put_workflow(json_t *out, const struct playbook *p, const struct names *n)
{
	json_t *flow = n->same ? json_object_get(out, "workflow") : json_object();
	char start[ID_MAX];

	if (!n->same) {
		json_object_set_new(out, "workflow_start", json_string(make_id(p, "start", 0, start)));
		json_object_set_new(flow, start, json_pack("{s:s, s:s}", "type", "start", "on_completion", n->ids[0]));
	}
	for (unsigned i = 0; i < p->step_count; i++)
		json_object_set_new(flow, n->ids[i], action(p, i, n));
	if (!n->same) {
		json_object_set_new(flow, n->ids[CACAO_END], json_pack("{s:s}", "type", "end"));
		json_object_set_new(out, "workflow", flow);
	}
}

/* -- the whole -- */

static json_t *words(const char *texts, unsigned count, size_t size)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < count; i++)
		json_array_append_new(list, json_string(texts + i * size));
	return list;
}

static json_t *own(const struct playbook *p)
{
	json_t *out = json_pack("{s:i}", "approvals", p->approvals), *on;

	if (!p->bound)
		return out;
	on = json_object();
	if (p->rule_count)
		json_object_set_new(on, "rules", words(p->rules[0], p->rule_count, sizeof(p->rules[0])));
	if (p->tag_count)
		json_object_set_new(on, "tags", words(p->tags[0], p->tag_count, sizeof(p->tags[0])));
	if (p->level)
		json_object_set_new(on, "level", json_string(severity_name(p->level)));
	json_object_set_new(out, "on", on);
	json_object_set_new(out, "expires_s", json_integer(p->lasts_s));
	return out;
}

/* Whether the description of a document, or of a variable, became this one, which is cut and ASCII. */
static bool is_about(const json_t *document, const char *about)
{
	const char *text = json_string_value(json_object_get(document, "description"));
	size_t i = 0;

	for (; text && text[i] && i < PLAYBOOK_ABOUT_MAX - 1; i++)
		if (about[i] != (text[i] >= 0x20 && text[i] < 0x7f ? text[i] : ' '))
			return false;
	return text && about[i] == '\0';
}

static void put_variables(json_t *out, const struct playbook *p)
{
	json_t *list = json_object_get(out, "playbook_variables");

	if (!list && p->input_count)
		json_object_set_new(out, "playbook_variables", list = json_object());
	for (unsigned i = 0; i < p->input_count; i++) {
		char name[PLAYBOOK_INPUT_MAX + 4];
		json_t *one;

		snprintf(name, sizeof(name), "__%s__", p->inputs[i].name);
		one = json_object_get(list, name);
		if (!one)
			json_object_set_new(list, name,
					    json_pack("{s:s, s:s, s:b}", "type", "string", "description",
						      p->inputs[i].about, "external", 1));
		else if (!is_about(one, p->inputs[i].about))
			json_object_set_new(one, "description", json_string(p->inputs[i].about));
	}
}

/* What actions without an agent of their own have. */
static void put_agent(json_t *out, const struct playbook *p)
{
	json_t *list = json_object_get(out, "agent_definitions"), *step;
	const char *key, *agent;
	char id[ID_MAX];
	bool used = false;

	make_id(p, "security-category", 0, id);
	json_object_foreach(json_object_get(out, "workflow"), key, step)
	{
		agent = json_string_value(json_object_get(step, "agent"));
		used = used || (agent && strcmp(agent, id) == 0);
	}
	if (!used)
		return;
	if (!list)
		json_object_set_new(out, "agent_definitions", list = json_object());
	if (!json_object_get(list, id))
		json_object_set_new(list, id,
				    json_pack("{s:s, s:s, s:[s]}", "type", "security-category", "name", "Caltrop",
					      "category", "endpoint"));
}

static void set_default(json_t *out, const char *key, const char *value)
{
	if (!json_object_get(out, key))
		json_object_set_new(out, key, json_string(value));
}

static void put_name(json_t *out, const struct playbook *p)
{
	const char *before = json_string_value(json_object_get(out, "name"));
	char name[PLAYBOOK_NAME_MAX] = "";

	if (before)
		cacao_name(before, name);
	if (strcmp(name, p->name) != 0)
		json_object_set_new(out, "name", json_string(p->name));
}

static void find_names(struct names *n, const struct playbook *p, const struct cacao_walk *w)
{
	n->kept = w->count == p->step_count ? w : NULL;
	for (unsigned i = 0; i < w->count; i++)
		n->kept = strlen(w->ids[i]) < ID_MAX ? n->kept : NULL;
	n->same = n->kept != NULL;
	for (unsigned i = 0; i < p->step_count; i++) {
		n->kept ? (void)snprintf(n->ids[i], ID_MAX, "%s", w->ids[i]) : (void)make_id(p, "action", i, n->ids[i]);
		n->same = n->same && cacao_next(p, i, true) == w->done[i] && cacao_next(p, i, false) == w->failed[i];
	}
	make_id(p, "end", 0, n->ids[CACAO_END]);
}

json_t *cacao_export(const struct playbook *p, const json_t *kept, const char *now)
{
	json_t *out = kept ? json_deep_copy(kept) : json_object();
	char id[ID_MAX], unheard[CACAO_WHY_MAX];
	struct cacao_walk w = {.count = 0};
	struct names n;

	if (kept && cacao_walk(kept, &w, unheard) != ERR_OK)
		w.count = 0;
	find_names(&n, p, &w);
	set_default(out, "type", "playbook");
	set_default(out, "spec_version", "cacao-2.0");
	set_default(out, "id", make_id(p, "playbook", 0, id));
	set_default(out, "created_by", make_id(p, "identity", 0, id));
	set_default(out, "created", now);
	json_object_set_new(out, "modified", json_string(now));
	put_name(out, p);
	if (p->about[0] && !is_about(out, p->about))
		json_object_set_new(out, "description", json_string(p->about));
	put_variables(out, p);
	put_workflow(out, p, &n);
	put_agent(out, p);
	json_object_set_new(out, "x_caltrop", own(p));
	json_object_del(out, "signatures"); /* they are over other bytes */
	return out;
}
