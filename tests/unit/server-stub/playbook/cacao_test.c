/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/playbook/cacao_inner.h"
#include "server-stub/playbook/recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW "2026-11-27T20:00:00.000Z"

static struct playbook p;
static struct recipe_mistakes m;
static char yaml[RECIPE_BYTES_MAX], why[CACAO_WHY_MAX];

static const char source[] =
	"name: dropper\n"
	"description: ends it, isn't it\n"
	"on: {rules: [breach], level: high}\n"
	"expires: 90d\n"
	"approvals: 2\n"
	"steps:\n"
	"  - {verb: kill, pid: $incident.pid, tree: yes, on_failure: {verb: suspend, pid: $incident.pid}}\n"
	"  - {verb: ban, addr: $incident.addr, duration: 1h, when: done}\n"
	"  - {verb: isolate, allow: [10.0.0.0/8, 192.0.2.0/24]}\n";

static void read_yaml(struct str text)
{
	if (!recipe_read(text, &p, &m))
		fail_msg("%u:%u: %s", m.list[0].line, m.list[0].column, m.list[0].why);
}

static json_t *exported(const char *text)
{
	read_yaml(str_from(text));
	return cacao_export(&p, NULL, NOW);
}

/* The playbook that a document becomes, in p; its YAML is returned. */
static struct str imported(const json_t *document)
{
	struct buf b = buf_over(yaml, sizeof(yaml));

	if (cacao_import(document, &b, why) != ERR_OK)
		fail_msg("%s", why);
	read_yaml(buf_str(&b));
	return buf_str(&b);
}

static void refused(const json_t *document, const char *reason)
{
	struct buf b = buf_over(yaml, sizeof(yaml));

	why[0] = '\0';
	assert_int_not_equal(cacao_import(document, &b, why), ERR_OK);
	if (!strstr(why, reason))
		fail_msg("'%s' does not say '%s'", why, reason);
}

static json_t *first_command(json_t *document)
{
	const char *id;
	json_t *step;

	json_object_foreach(
		json_object_get(document, "workflow"), id,
		step) if (json_object_get(step, "commands")) return json_array_get(json_object_get(step, "commands"),
										   0);
	return NULL;
}

static void cacao_keeps_what_a_playbook_says(void **state)
{
	json_t *document = exported(source);
	struct playbook before = p;

	(void)state;
	imported(document);
	assert_memory_equal(&p, &before, sizeof(p));
	json_decref(document);
	document = exported("name: x\non: manual\ninputs: {who: \"he's\", time: how long}\n"
			    "steps: [{verb: lock, account: $input.who, duration: $input.time}]\n");
	before = p;
	imported(document);
	assert_memory_equal(&p, &before, sizeof(p));
	json_decref(document);
}

static void cacao_has_what_the_specification_wants(void **state)
{
	static const char *const keys[] = {"type",     "spec_version",	 "id",	    "name", "created_by", "created",
					   "modified", "workflow_start", "workflow"};
	json_t *document = exported(source), *step;
	const char *id;

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		assert_non_null(json_object_get(document, keys[i]));
	assert_int_equal(strlen(json_string_value(json_object_get(document, "id"))), strlen("playbook--") + 36);
	assert_int_equal(json_object_size(json_object_get(document, "workflow")), 6);
	json_object_foreach(json_object_get(document, "workflow"), id, step)
	{
		bool completes = json_object_get(step, "on_completion"), branches = json_object_get(step, "on_success");
		bool ends = strcmp(json_string_value(json_object_get(step, "type")), "end") == 0;

		assert_true(ends ? !completes && !branches : completes != branches);
	}
	json_decref(document);
}

/* What others put there comes back: of the playbook, of a step and of a command. */
static void cacao_gives_back_what_it_does_not_know(void **state)
{
	json_t *document = exported(source), *again, *kept, *workflow = json_object_get(document, "workflow"), *step;
	char text[RECIPE_BYTES_MAX];
	struct buf b = buf_over(text, sizeof(text));
	unsigned actions = 0;
	const char *id;

	(void)state;
	json_object_set_new(document, "description", json_string("\xc3\xa9vite"));
	json_object_set_new(document, "labels", json_pack("[s, s]", "a", "it's \xc3\xa9"));
	json_object_foreach(workflow, id, step) if (json_object_get(step, "commands"))
	{
		json_object_set_new(step, "x_mine", json_integer(actions++));
		json_object_set_new(json_array_get(json_object_get(step, "commands"), 0), "version", json_string("7"));
	}
	assert_true(recipe_kept(imported(document), &b));
	kept = json_loadb(text, b.len, 0, NULL);
	assert_non_null(kept);
	again = cacao_export(&p, kept, NOW);
	assert_true(json_equal(again, document));
	json_decref(again);
	json_decref(kept);
	json_decref(document);
}

/* What others put around the steps comes back, too: of the start, of what is never reached, of variables and OpenC2. */
static void cacao_gives_back_the_whole_workflow(void **state)
{
	json_t *document =
		exported("name: x\non: manual\ninputs: {who: name}\nsteps: [{verb: lock, account: $input.who}]\n");
	json_t *workflow = json_object_get(document, "workflow"), *again, *kept, *openc2;
	const char *start = json_string_value(json_object_get(document, "workflow_start"));
	char text[RECIPE_BYTES_MAX];
	struct buf b = buf_over(text, sizeof(text));

	(void)state;
	json_object_set_new(json_object_get(workflow, start), "name", json_string("Begin"));
	json_object_set_new(workflow, "start--other", json_incref(json_object_get(workflow, start)));
	json_object_set_new(document, "workflow_start", json_string("start--other"));
	json_object_set_new(workflow, "action--spare", json_pack("{s:s}", "type", "action"));
	json_object_set_new(json_object_get(json_object_get(document, "playbook_variables"), "__who__"), "value",
			    json_string("mia"));
	openc2 = json_pack("{s:s, s:{s:{s:s, s:s}}, s:{s:i}}", "action", "deny", "target", "x-caltrop:step", "verb",
			   "lock", "account", "$input.who", "args", "response", 1);
	json_object_set_new(first_command(document), "content_b64", cacao_command_text(openc2));
	json_object_set_new(document, "name", json_string("Lock SOMEBODY"));
	json_object_set_new(document, "signatures", json_array());
	assert_true(recipe_kept(imported(document), &b));
	kept = json_loadb(text, b.len, 0, NULL);
	again = cacao_export(&p, kept, NOW);
	json_object_del(document, "signatures"); /* are of other bytes */
	assert_true(json_equal(again, document));
	json_decref(again);

	/* Another step says another thing, and has the rest of the command. */
	read_yaml(STR("name: other\non: manual\ninputs: {who: name}\n"
		      "steps: [{verb: lock, account: $input.who, duration: 1h}]\n"));
	again = cacao_export(&p, kept, NOW);
	assert_string_equal(json_string_value(json_object_get(again, "name")), "other");
	imported(again);
	assert_int_equal(p.steps[0].args.verb, VERB_LOCK);
	json_decref(openc2);
	openc2 = cacao_command_of(json_object_get(
		json_object_get(again, "workflow"),
		json_string_value(json_object_get(json_object_get(json_object_get(again, "workflow"), "start--other"),
						  "on_completion"))));
	assert_int_equal(json_integer_value(json_object_get(json_object_get(openc2, "args"), "response")), 1);
	json_decref(openc2);
	json_decref(again);
	json_decref(kept);
	json_decref(document);
}

/* The first step of a document with this in place of its account. */
static json_t *with_account(const char *account)
{
	json_t *document = exported("name: x\non: manual\nsteps: [{verb: lock, account: mia}]\n");
	json_t *openc2 = json_pack("{s:s, s:{s:{s:s, s:s}}}", "action", "deny", "target", "x-caltrop:step", "verb",
				   "lock", "account", account);

	json_object_set_new(first_command(document), "content_b64", cacao_command_text(openc2));
	json_decref(openc2);
	return document;
}

/* A value that a playbook cannot say must not become another one. */
static void cacao_refuses_values_that_are_not_ascii(void **state)
{
	json_t *document = with_account("mia");

	(void)state;
	imported(document);
	json_decref(document);
	document = with_account("mi\xc3\xa4");
	refused(document, "printable ASCII");
	json_decref(document);
	document = with_account("mia\n");
	refused(document, "printable ASCII");
	json_decref(document);
	document = exported("name: x\non: manual\nsteps: [{verb: isolate, allow: [10.0.0.0/8]}]\n");
	json_t *openc2 = json_pack("{s:s, s:{s:{s:s, s:[s, i]}}}", "action", "deny", "target", "x-caltrop:step", "verb",
				   "isolate", "allow", "10.0.0.0/8", 5);
	json_object_set_new(first_command(document), "content_b64", cacao_command_text(openc2));
	json_decref(openc2);
	refused(document, "a list of more than texts");
	json_decref(document);
	document = exported(source);
	json_object_set_new(json_object_get(json_object_get(document, "x_caltrop"), "on"), "tags",
			    json_pack("[s]", "attack.\xc3\xa4"));
	refused(document, "printable ASCII");
	json_decref(document);
}

static void cacao_refuses_what_was_revoked_and_what_waits(void **state)
{
	json_t *document = exported(source), *step;
	const char *id;

	(void)state;
	json_object_set_new(document, "revoked", json_true());
	refused(document, "revoked");
	json_object_set_new(document, "revoked", json_false());
	imported(document);
	json_object_foreach(json_object_get(document, "workflow"), id, step) if (json_object_get(step, "commands"))
	{
		json_object_set_new(step, "delay", json_integer(0));
	}
	imported(document);
	json_object_foreach(json_object_get(document, "workflow"), id, step) if (json_object_get(step, "commands"))
	{
		json_object_set_new(step, "delay", json_integer(5000));
	}
	refused(document, "delay");
	json_decref(document);

	document = exported(source);
	json_object_set_new(document, "workflow_exception", json_string("end--1"));
	refused(document, "workflow_exception");
	json_object_set_new(json_object_get(document, "workflow"), "end--1", json_pack("{s:s}", "type", "end"));
	imported(document);
	json_decref(document);
}

/* Variables that only others use are nothing to ask for, and one needs no description. */
static void cacao_makes_inputs_of_variables_that_steps_ask_for(void **state)
{
	json_t *document =
		exported("name: x\non: manual\ninputs: {who: name}\nsteps: [{verb: lock, account: $input.who}]\n");
	json_t *variables = json_object_get(document, "playbook_variables");

	(void)state;
	json_object_set_new(variables, "__other__", json_pack("{s:s, s:b}", "type", "string", "external", 1));
	json_object_set_new(variables, "__A b__", json_pack("{s:s, s:b}", "type", "ipv4-addr", "external", 1));
	json_object_set_new(variables, "$$c$$", json_pack("{s:s, s:b}", "type", "string", "external", 1));
	json_object_del(json_object_get(variables, "__who__"), "description");
	imported(document);
	assert_int_equal(p.input_count, 1);
	assert_string_equal(p.inputs[0].name, "who");
	assert_string_equal(p.inputs[0].about, "who");
	json_decref(document);
}

static void cacao_refuses_by_name_what_would_run_programs(void **state)
{
	static const char *const types[] = {"bash", "ssh", "powershell", "caldera-cmd"};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		json_t *document = exported(source);
		char reason[64];

		json_object_set_new(first_command(document), "type", json_string(types[i]));
		snprintf(reason, sizeof(reason), "'%s': no device runs", types[i]);
		refused(document, reason);
		json_decref(document);
	}
}

static void cacao_refuses_what_steps_cannot_say(void **state)
{
	json_t *document = exported(source), *workflow = json_object_get(document, "workflow"), *step, *last = NULL;
	const char *id;

	(void)state;
	json_object_set_new(first_command(document), "type", json_string("manual"));
	refused(document, "openc2-http only");
	json_object_set_new(first_command(document), "type", json_string("openc2-http"));
	json_object_set_new(first_command(document), "content_b64", json_string("e30="));
	refused(document, "x-caltrop:step");
	json_decref(document);

	document = exported(source);
	workflow = json_object_get(document, "workflow");
	json_object_foreach(workflow, id, step) last = json_object_get(step, "commands") ? step : last;
	json_object_set(last, "on_completion",
			json_object_get(json_object_get(workflow,
							json_string_value(json_object_get(document, "workflow_start"))),
					"on_completion"));
	refused(document, "circle");
	json_object_set_new(last, "on_completion", json_string("action--none"));
	refused(document, "not in the workflow");
	json_object_set_new(last, "type", json_string("while-condition"));
	refused(document, "have no form here");
	json_decref(document);
	document = json_pack("{s:s, s:s, s:s}", "type", "playbook", "spec_version", "cacao-1.1", "name", "x");
	refused(document, "cacao-2.0");
	json_decref(document);
	refused(NULL, "cacao-2.0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cacao_keeps_what_a_playbook_says),
		cmocka_unit_test(cacao_has_what_the_specification_wants),
		cmocka_unit_test(cacao_gives_back_what_it_does_not_know),
		cmocka_unit_test(cacao_gives_back_the_whole_workflow),
		cmocka_unit_test(cacao_refuses_values_that_are_not_ascii),
		cmocka_unit_test(cacao_refuses_what_was_revoked_and_what_waits),
		cmocka_unit_test(cacao_makes_inputs_of_variables_that_steps_ask_for),
		cmocka_unit_test(cacao_refuses_by_name_what_would_run_programs),
		cmocka_unit_test(cacao_refuses_what_steps_cannot_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
