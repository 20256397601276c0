/* SPDX-License-Identifier: Apache-2.0 */
/* From CACAO to YAML. What a step says is passed on as it is; recipe.h judges it. */
#include "server-stub/playbook/cacao_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Types of commands that run a program on a machine; the list is CACAO's own, and more are refused all the same. */
static const char *const programs[] = {"bash", "ssh", "powershell", "caldera-cmd", "jupyter", "kestrel", "elastic"};

static enum err no(char why[CACAO_WHY_MAX], enum err err, const char *id, const char *what)
{
	snprintf(why, CACAO_WHY_MAX, "The step '%.60s' %s.", id, what);
	return err;
}

static enum err check_command(const json_t *command, const char *id, char why[CACAO_WHY_MAX])
{
	const char *type = json_string_value(json_object_get(command, "type"));
	char what[96];

	if (type && strcmp(type, "openc2-http") == 0)
		return ERR_OK;
	for (size_t i = 0; type && i < sizeof(programs) / sizeof(programs[0]); i++)
		if (strcmp(type, programs[i]) == 0) {
			snprintf(what, sizeof(what),
				 "has a command of the type '%s': no device runs what others send it", type);
			return no(why, ERR_UNSUPPORTED, id, what);
		}
	snprintf(what, sizeof(what), "has a command of the type '%.24s', and devices know openc2-http only",
		 type ? type : "");
	return no(why, ERR_UNSUPPORTED, id, what);
}

/* Whether a value can be written down as it is: playbooks are of printable ASCII, and their lists of texts. */
static bool is_plain(const json_t *value)
{
	const char *text = json_string_value(value);
	size_t len = json_string_length(value), i;
	json_t *one;

	for (i = 0; text && i < len; i++)
		if (text[i] < 0x20 || text[i] >= 0x7f)
			return false;
	json_array_foreach(value, i, one) if (!json_is_string(one) || !is_plain(one)) return false;
	return true;
}

/* Whether all names and values of a map can be. */
static bool is_plain_map(json_t *map)
{
	const char *key;
	json_t *value;

	json_object_foreach(map, key, value)
	{
		for (const char *c = key; *c; c++)
			if (*c < 0x20 || *c >= 0x7f)
				return false;
		if (!is_plain(value))
			return false;
	}
	return true;
}

/* The members of the step, as authors would write them. NULL after a reason; the caller gives it to json_decref(). */
static json_t *read_action(const json_t *action, const char *id, char why[CACAO_WHY_MAX])
{
	const json_t *list = json_object_get(action, "commands");
	const char *what = NULL;
	json_t *openc2, *step;

	if (json_array_size(list) != 1) {
		(void)!no(why, ERR_UNSUPPORTED, id, "is to have one command");
		return NULL;
	}
	if (check_command(json_array_get(list, 0), id, why) != ERR_OK)
		return NULL;
	openc2 = cacao_command_of(action);
	step = json_incref(cacao_step_of(openc2));
	json_decref(openc2);
	if (!step)
		what = "has an OpenC2 command without the target '" CACAO_TARGET "' and its verb";
	else if (!is_plain_map(step))
		what = "has a value that is not of printable ASCII, or a list of more than texts, which no playbook of "
		       "ours can say";
	else if (json_number_value(json_object_get(action, "delay")) > 0)
		what = "has a delay, and devices take each step at once";
	if (!what)
		return step;
	json_decref(step);
	(void)!no(why, ERR_UNSUPPORTED, id, what);
	return NULL;
}

/* -- YAML -- */

static void put_quoted(struct buf *b, const char *text, size_t len)
{
	buf_char(b, '\'');
	for (size_t i = 0; i < len; i++) {
		buf_char(b, text[i] >= 0x20 && text[i] < 0x7f ? text[i] : ' ');
		if (text[i] == '\'')
			buf_char(b, '\'');
	}
	buf_char(b, '\'');
}

static void put_value(struct buf *b, const json_t *value)
{
	size_t i;
	json_t *one;

	if (json_is_string(value)) {
		put_quoted(b, json_string_value(value), json_string_length(value));
	} else if (json_is_integer(value)) {
		buf_i64(b, json_integer_value(value));
	} else if (json_is_boolean(value)) {
		buf_text(b, json_is_true(value) ? "yes" : "no");
	} else if (json_is_array(value)) {
		buf_char(b, '[');
		json_array_foreach(value, i, one)
		{
			buf_text(b, i ? ", " : "");
			put_quoted(b, json_string_value(one), json_string_length(one));
		}
		buf_char(b, ']');
	} else {
		buf_text(b, "~");
	}
}

static void put_step(struct buf *b, json_t *step, uint8_t when)
{
	static const char *const names[ORDER_WHEN_MAX] = {NULL, "done", "failed"};
	const char *key;
	json_t *value;

	buf_text(b, "  - verb: ");
	put_value(b, json_object_get(step, "verb"));
	buf_char(b, '\n');
	json_object_foreach(step, key, value)
	{
		if (strcmp(key, "verb") == 0)
			continue;
		buf_text(b, "    ");
		put_quoted(b, key, strlen(key));
		buf_text(b, ": ");
		put_value(b, value);
		buf_char(b, '\n');
	}
	if (names[when])
		buf_printf(b, "    when: %s\n", names[when]);
}

void cacao_name(const char *name, char out[PLAYBOOK_NAME_MAX])
{
	size_t len = 0;

	for (; *name && len < PLAYBOOK_NAME_MAX - 1; name++) {
		char c = *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name;
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		if (plain || len > 0)
			out[len++] = (char)(plain || c == '.' || c == '-' ? c : '_');
	}
	out[len] = '\0';
	if (len == 0)
		snprintf(out, PLAYBOOK_NAME_MAX, "unnamed");
}

static void put_name(struct buf *b, const char *name)
{
	char text[PLAYBOOK_NAME_MAX];

	cacao_name(name, text);
	buf_printf(b, "name: '%s'\n", text);
}

/* Whether a step has "$input.NAME" as a value. */
static bool is_asked_for(const struct cacao_walk *w, struct str name)
{
	bool found = false;
	const char *key;
	json_t *value;

	for (unsigned i = 0; i < w->count; i++) {
		json_t *openc2 = cacao_command_of(w->steps[i]);

		json_object_foreach(cacao_step_of(openc2), key, value)
		{
			struct str text = str_from(json_string_value(value));

			found = found || (str_take(&text, STR("$input.")) && str_equal(text, name));
		}
		json_decref(openc2);
	}
	return found;
}

/* Variables that steps ask for and somebody outside says are inputs: "__who__" is who. */
static void put_inputs(struct buf *b, json_t *variables, const struct cacao_walk *w)
{
	const char *key, *about;
	json_t *one;
	bool any = false;

	json_object_foreach(variables, key, one)
	{
		struct str name = str_from(key);

		if (!str_take(&name, STR("__")) || !str_take_back(&name, STR("__")) ||
		    !json_is_true(json_object_get(one, "external")) || !is_asked_for(w, name))
			continue;
		about = json_string_value(json_object_get(one, "description"));
		buf_text(b, any ? "" : "inputs:\n");
		any = true;
		buf_text(b, "  ");
		put_quoted(b, name.data, name.len);
		buf_text(b, ": ");
		put_quoted(b, about ? about : name.data, about ? strlen(about) : name.len);
		buf_char(b, '\n');
	}
}

/* False: it says what cannot be written down. */
static bool put_on(struct buf *b, const json_t *own)
{
	const char *key;
	json_t *on = json_object_get(own, "on"), *value;

	if (!is_plain_map(on))
		return false;

	if (!json_is_object(on)) {
		buf_text(b, "on: manual\n");
	} else {
		buf_text(b, "on:\n");
		json_object_foreach(on, key, value)
		{
			buf_text(b, "  ");
			put_quoted(b, key, strlen(key));
			buf_text(b, ": ");
			put_value(b, value);
			buf_char(b, '\n');
		}
		buf_text(b, "expires: ");
		put_value(b, json_object_get(own, "expires_s"));
		buf_char(b, '\n');
	}
	if (json_is_integer(json_object_get(own, "approvals"))) {
		buf_text(b, "approvals: ");
		put_value(b, json_object_get(own, "approvals"));
		buf_char(b, '\n');
	}
	return true;
}

static bool put_kept(struct buf *b, const json_t *document)
{
	char *text = json_dumps(document, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_PRESERVE_ORDER);

	if (!text)
		return false;
	buf_text(b, "cacao: ");
	put_quoted(b, text, strlen(text));
	buf_char(b, '\n');
	free(text);
	return true;
}

/* -- conditions -- */

static bool says(const struct cacao_walk *w, const struct playbook *p)
{
	for (unsigned i = 0; i < w->count; i++)
		if (cacao_next(p, i, true) != w->done[i] || cacao_next(p, i, false) != w->failed[i])
			return false;
	return true;
}

/* The conditions with which steps one after the other do what the graph does: of at most 3 to the 7th, one is found. */
static bool find_conditions(const struct cacao_walk *w, uint8_t whens[ORDER_STEPS_MAX])
{
	static struct playbook p;
	unsigned all = 1;

	p.step_count = (uint8_t)w->count;
	p.steps[0].when = ORDER_ALWAYS;
	for (unsigned i = 1; i < w->count; i++)
		all *= ORDER_WHEN_MAX;
	for (unsigned choice = 0; choice < all; choice++) {
		for (unsigned i = 1, rest = choice; i < w->count; i++, rest /= ORDER_WHEN_MAX)
			p.steps[i].when = (uint8_t)(rest % ORDER_WHEN_MAX);
		if (!says(w, &p))
			continue;
		for (unsigned i = 0; i < w->count; i++)
			whens[i] = p.steps[i].when;
		return true;
	}
	return false;
}

static enum err put_steps(struct buf *b, const struct cacao_walk *w, char why[CACAO_WHY_MAX])
{
	uint8_t whens[ORDER_STEPS_MAX];

	if (w->count == 0) {
		snprintf(why, CACAO_WHY_MAX, "Its workflow has no action.");
		return ERR_INVALID;
	}
	if (!find_conditions(w, whens)) {
		snprintf(why, CACAO_WHY_MAX,
			 "Its workflow branches in a way that steps one after the other, each with a condition on the "
			 "one "
			 "before, cannot say.");
		return ERR_UNSUPPORTED;
	}
	buf_text(b, "steps:\n");
	for (unsigned i = 0; i < w->count; i++) {
		json_t *step = read_action(w->steps[i], w->ids[i], why);

		if (!step)
			return ERR_UNSUPPORTED;
		put_step(b, step, whens[i]);
		json_decref(step);
	}
	return ERR_OK;
}

/* What is to be done whatever goes wrong, no step of ours can say; that it ends then, all do. */
static enum err check_exception(const json_t *document, char why[CACAO_WHY_MAX])
{
	const char *id = json_string_value(json_object_get(document, "workflow_exception"));
	const json_t *step = id ? json_object_get(json_object_get(document, "workflow"), id) : NULL;
	const char *type = json_string_value(json_object_get(step, "type"));

	if (!id || (type && strcmp(type, "end") == 0))
		return ERR_OK;
	return no(why, ERR_UNSUPPORTED, id, "is its workflow_exception, which has no form here");
}

enum err cacao_import(const json_t *document, struct buf *b, char why[CACAO_WHY_MAX])
{
	const char *type = json_string_value(json_object_get(document, "type"));
	const char *version = json_string_value(json_object_get(document, "spec_version"));
	const char *name = json_string_value(json_object_get(document, "name"));
	const json_t *about = json_object_get(document, "description");
	struct cacao_walk w;
	enum err err;

	if (json_is_true(json_object_get(document, "revoked"))) {
		snprintf(why, CACAO_WHY_MAX, "Its author has revoked it.");
		return ERR_UNSUPPORTED;
	}
	if (!type || strcmp(type, "playbook") != 0 || !version || strcmp(version, "cacao-2.0") != 0 || !name) {
		snprintf(why, CACAO_WHY_MAX, "It is no playbook of cacao-2.0 with a name.");
		return ERR_INVALID;
	}
	err = cacao_walk(document, &w, why);
	if (err == ERR_OK)
		err = check_exception(document, why);
	if (err != ERR_OK)
		return err;
	put_name(b, name);
	if (json_is_string(about)) {
		buf_text(b, "description: ");
		put_quoted(b, json_string_value(about),
			   json_string_length(about) < PLAYBOOK_ABOUT_MAX ? json_string_length(about)
									  : PLAYBOOK_ABOUT_MAX - 1);
		buf_char(b, '\n');
	}
	if (!put_on(b, json_object_get(document, "x_caltrop"))) {
		snprintf(why, CACAO_WHY_MAX, "Its x_caltrop has a value that is not of printable ASCII.");
		return ERR_UNSUPPORTED;
	}
	put_inputs(b, json_object_get(document, "playbook_variables"), &w);
	err = put_steps(b, &w, why);
	if (err != ERR_OK)
		return err;
	if (put_kept(b, document) && !b->overflow)
		return ERR_OK;
	snprintf(why, CACAO_WHY_MAX, "It is too long.");
	return ERR_TOO_LONG;
}
