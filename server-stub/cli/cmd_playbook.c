/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop playbook lint`, `show` and `test`: what needs no service. */
#include "server-stub/cli/fleet.h"

#include "agent/cli/command.h"
#include "server-stub/cli/grid.h"
#include "server-stub/cli/playbook_case.h"
#include "server-stub/cli/playbook_files.h"

#include <stdio.h>
#include <string.h>

static const struct opts_option no_options[] = {{.kind = OPTS_END}};

static const struct opts_command lint_command = {
	.usage = "playbook lint FILE...",
	.about = "Say what is wrong with playbooks: each mistake with its line and column, and what to write instead. "
		 "The\nform of a playbook is in caltrop-playbook(5).",
	.examples = "  caltrop playbook lint playbooks/*.yml",
	.options = no_options,
	.args_min = 1,
	.args_max = OPTS_ARGS_MAX,
};

int cmd_playbook_lint(int argc, char **argv)
{
	struct opts_list files;
	int status = opts_read(&lint_command, argc, argv, &files);
	static struct playbook p;
	unsigned bad = 0;
	json_t *mistakes;

	if (status != OPTS_GO_ON)
		return status;
	mistakes = json_array();
	for (unsigned i = 0; i < files.count; i++)
		bad += playbook_files_read(files.items[i], &p, mistakes) != OPTS_GO_ON;
	if (opts_common.json)
		grid_json(mistakes);
	else if (!bad)
		printf("%u playbook%s, no mistakes\n", files.count, files.count == 1 ? "" : "s");
	json_decref(mistakes);
	return bad ? COMMAND_FAILED : COMMAND_OK;
}

/* -- show -- */

static const struct opts_command show_command = {
	.usage = "playbook show FILE",
	.about = "Show what a playbook, in YAML or compiled, is for and does.",
	.examples = "  caltrop playbook show botnet_dropper.yml",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

static const char *const joints[ORDER_WHEN_MAX] = {"", "if done: ", "if failed: "};

static json_t *step_text(const struct playbook *p, unsigned i)
{
	char text[VERB_DESCRIBE_MAX];
	struct buf b = buf_over(text, sizeof(text));

	playbook_describe_step(&b, p, i);
	return json_stringn(b.data, b.len);
}

static json_t *words_json(const char *texts, unsigned count, size_t size)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < count; i++)
		json_array_append_new(list, json_string(texts + i * size));
	return list;
}

static json_t *as_json(const struct playbook *p)
{
	json_t *steps = json_array(), *inputs = json_object(), *on = NULL;

	for (unsigned i = 0; i < p->input_count; i++)
		json_object_set_new(inputs, p->inputs[i].name, json_string(p->inputs[i].about));
	for (unsigned i = 0; i < p->step_count; i++)
		json_array_append_new(steps, json_pack("{s:s, s:o}", "when", order_when_name(p->steps[i].when), "does",
						       step_text(p, i)));
	if (p->bound)
		on = json_pack("{s:o, s:o, s:s?}", "rules", words_json(p->rules[0], p->rule_count, sizeof(p->rules[0])),
			       "tags", words_json(p->tags[0], p->tag_count, sizeof(p->tags[0])), "level",
			       p->level ? severity_name(p->level) : NULL);
	return json_pack("{s:s, s:s, s:o, s:I, s:i, s:o, s:o}", "name", p->name, "description", p->about, "on",
			 on ? on : json_string("manual"), "expires_s", (json_int_t)p->lasts_s, "signatures",
			 (int)playbook_signatures(p), "inputs", inputs, "steps", steps);
}

static void print_words(const char *head, const char *texts, unsigned count, size_t size)
{
	for (unsigned i = 0; i < count; i++)
		printf("%s%s", i ? ", " : head, texts + i * size);
	if (count)
		printf("\n");
}

static void print(const struct playbook *p)
{
	char span[GRID_SPAN_MAX];

	printf("%s: %s\n", p->name, p->about[0] ? p->about : "(no description)");
	if (p->bound) {
		print_words("  for incidents of ", p->rules[0], p->rule_count, sizeof(p->rules[0]));
		print_words(p->rule_count ? "  or with the tag " : "  for incidents with the tag ", p->tags[0],
			    p->tag_count, sizeof(p->tags[0]));
		if (p->level)
			printf("  from level %s on\n", severity_name(p->level));
		printf("  may run for %s after its signature\n", grid_span(p->lasts_s, span));
	} else {
		printf("  run by hand: caltrop playbook push\n");
	}
	printf("  needs %u signature%s\n", playbook_signatures(p), playbook_signatures(p) == 1 ? "" : "s");
	for (unsigned i = 0; i < p->input_count; i++)
		printf("  asks for %s: %s\n", p->inputs[i].name, p->inputs[i].about);
	for (unsigned i = 0; i < p->step_count; i++) {
		char text[VERB_DESCRIBE_MAX];
		struct buf b = buf_over(text, sizeof(text));

		playbook_describe_step(&b, p, i);
		printf("  %u. %s%.*s\n", i + 1, joints[p->steps[i].when], (int)b.len, b.data);
	}
}

int cmd_playbook_show(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&show_command, argc, argv, &args);
	static struct playbook p;

	if (status == OPTS_GO_ON)
		status = playbook_files_read(args.items[0], &p, NULL);
	if (status != OPTS_GO_ON)
		return status;
	if (opts_common.json) {
		json_t *o = as_json(&p);

		grid_json(o);
		json_decref(o);
	} else {
		print(&p);
	}
	return COMMAND_OK;
}

/* -- test -- */

static struct opts_list set_words;
static const char *incident_file;

static const struct opts_option test_options[] = {
	{OPTS_TEXT, "incident", "FILE", &incident_file, "an incident, as `incident show ID --json` prints it"},
	{OPTS_MANY, "set", "NAME=VALUE", &set_words, "what the operator would say; may be given again"},
	{.kind = OPTS_END},
};

static const struct opts_command test_command = {
	.usage = "playbook test FILE [--incident FILE] [--set NAME=VALUE]...",
	.about = "Say whether a playbook would run for an incident, and print its steps with everything filled in. "
		 "Nothing is\nasked of a service or a device. Exit status: 0 it would run, 1 it would not.",
	.examples = "  caltrop incident show 1f6ac1 --json >incident.json\n"
		    "  caltrop playbook test breached_account.yml --incident incident.json\n"
		    "  caltrop playbook test end_sessions.yml --set who=alice",
	.options = test_options,
	.args_min = 1,
	.args_max = 1,
};

/* The first part of the incident that the playbook runs for; NULL after a message. */
static const struct playbook_case *part_for(const struct playbook *p, const struct playbook_case_file *c)
{
	char why[PLAYBOOK_WHY_MAX] = "";

	if (!p->bound)
		return &c->parts[0];
	/* The last reason is that of the incident's own rule. */
	for (unsigned i = c->part_count; i-- > 0;)
		if (playbook_runs_for(p, &c->parts[i], why))
			return &c->parts[i];
	opts_failed(COMMAND_FAILED, "%s would not run: %s", p->name, why);
	return NULL;
}

static int say_steps(const struct playbook *p, const struct playbook_case *part)
{
	char why[PLAYBOOK_WHY_MAX];
	json_t *list;
	struct order o;

	if (playbook_fill(p, part, &o, why) != ERR_OK)
		return opts_failed(COMMAND_FAILED, "%s would not run: %s", p->name, why);
	list = json_array();
	for (unsigned i = 0; i < o.step_count; i++) {
		char text[VERB_DESCRIBE_MAX];
		struct buf b = buf_over(text, sizeof(text));

		verb_describe(&b, &o.steps[i].args);
		json_array_append_new(list, json_pack("{s:s, s:s%}", "when", order_when_name(o.steps[i].when), "does",
						      b.data, b.len));
		if (!opts_common.json)
			printf("%u. %s%.*s\n", i + 1, joints[o.steps[i].when], (int)b.len, b.data);
	}
	if (opts_common.json)
		grid_json(list);
	json_decref(list);
	return COMMAND_OK;
}

int cmd_playbook_test(int argc, char **argv)
{
	static struct playbook_case_file c;
	static struct playbook p;
	struct opts_list args;
	int status = opts_read(&test_command, argc, argv, &args);
	const struct playbook_case *part;

	if (status == OPTS_GO_ON)
		status = playbook_files_read(args.items[0], &p, NULL);
	if (status == OPTS_GO_ON && p.bound && !incident_file)
		status = opts_wrong(&test_command, "%s runs for incidents: say one with --incident", p.name);
	if (status == OPTS_GO_ON && incident_file)
		status = playbook_case_load(&c, incident_file);
	if (status == OPTS_GO_ON)
		status = playbook_case_set(&c, &p, &set_words);
	if (status != OPTS_GO_ON)
		goto out;
	part = part_for(&p, &c);
	status = part ? say_steps(&p, part) : COMMAND_FAILED;
out:
	playbook_case_free(&c);
	return status;
}
