/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/playbook/recipe.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct playbook p;
static struct recipe_mistakes m;

#define HEAD "name: x\non: {level: high}\nexpires: 1d\n"
#define MANUAL "name: x\non: manual\ninputs: {who: somebody}\n"

static void good(const char *text)
{
	if (!recipe_read(str_from(text), &p, &m))
		fail_msg("%u:%u: %s", m.list[0].line, m.list[0].column, m.list[0].why);
}

/* The one mistake that the text has. */
static void bad(const char *text, unsigned line, unsigned column, const char *why)
{
	assert_false(recipe_read(str_from(text), &p, &m));
	if (m.count != 1 || m.list[0].line != line || m.list[0].column != column || !strstr(m.list[0].why, why))
		fail_msg("%u mistakes, the first: %u:%u: %s", m.count, m.list[0].line, m.list[0].column, m.list[0].why);
}

static void recipe_reads_what_its_header_shows(void **state)
{
	(void)state;
	good("name: botnet_dropper\n"
	     "description: End it.\n"
	     "on:\n"
	     "  rules: [breach, decoy_touch]\n"
	     "  tags: attack.t1105\n"
	     "  level: high\n"
	     "expires: 90d\n"
	     "approvals: 2\n"
	     "steps:\n"
	     "  - verb: kill\n"
	     "    pid: $incident.pid\n"
	     "    tree: yes\n"
	     "    on_failure:\n"
	     "      verb: suspend\n"
	     "      pid: $incident.pid\n"
	     "  - verb: ban\n"
	     "    addr: $incident.addr\n"
	     "    duration: 1h\n"
	     "    when: done\n");
	assert_string_equal(p.name, "botnet_dropper");
	assert_true(p.bound);
	assert_int_equal(p.rule_count, 2);
	assert_string_equal(p.rules[1], "decoy_touch");
	assert_string_equal(p.tags[0], "attack.t1105");
	assert_int_equal(p.level, SEV_HIGH);
	assert_int_equal(p.lasts_s, 90 * 86400);
	assert_int_equal(p.approvals, 2);
	assert_int_equal(p.step_count, 3);
	assert_int_equal(p.steps[0].from[VERB_PID], PLAYBOOK_PID);
	assert_int_equal(p.steps[0].from[VERB_TICKS], PLAYBOOK_TICKS);
	assert_int_equal(p.steps[0].args.tree, 1);
	assert_int_equal(p.steps[1].when, ORDER_IF_FAILED);
	assert_int_equal(p.steps[2].when, ORDER_IF_DONE);
	assert_int_equal(p.steps[2].args.duration_s, 3600);
}

static void recipe_reads_inputs_and_lists(void **state)
{
	(void)state;
	good("name: keep_away\n"
	     "on: manual\n"
	     "inputs:\n"
	     "  hours: how long\n"
	     "steps:\n"
	     "  - verb: isolate\n"
	     "    allow: [10.0.0.0/8, 192.0.2.0/24]\n"
	     "    duration: $input.hours\n");
	assert_false(p.bound);
	assert_int_equal(p.steps[0].args.allow.count, 2);
	assert_int_equal(p.steps[0].from[VERB_DURATION], PLAYBOOK_INPUT);
	assert_string_equal(p.inputs[0].about, "how long");
}

static void recipe_says_where_each_mistake_is(void **state)
{
	(void)state;
	bad(HEAD "steps:\n  - verb: bann\n    addr: 192.0.2.1\n", 5, 11, "there is no verb 'bann'; there are ban,");
	bad(HEAD "steps:\n  - verb: ban\n", 5, 5, "ban needs addr");
	bad(HEAD "steps:\n  - verb: ban\n    adr: 192.0.2.1\n    addr: 192.0.2.1\n", 6, 5,
	    "ban takes no 'adr': it takes addr, duration");
	bad(HEAD "steps:\n  - verb: ban\n    addr: 192.0.2\n", 6, 11, "'192.0.2' is not an IPv4");
	bad(HEAD "steps:\n  - verb: ban\n    addr: $incident.host\n", 6, 11, "does not fill 'addr'");
	bad(HEAD "steps:\n  - verb: ban\n    addr: $incident.account\n", 6, 11, "does not fill 'addr'");
	bad(HEAD "steps:\n  - verb: kill\n    pid: $input.pid\n", 6, 10, "is none of the inputs");
	bad(HEAD "steps:\n  - verb: ban\n    addr: [192.0.2.1, 192.0.2.2]\n", 6, 11, "one value");
	bad(HEAD "steps:\n  - verb: ban\n    addr: 192.0.2.1\n    when: done\n", 5, 5, "condition");
	bad(HEAD "steps:\n  - verb: cut\n", 5, 5, "cut needs one of addr, account, pid");
	bad(HEAD "steps: []\n", 4, 8, "1 to 8 steps");
	bad(HEAD "steps:\n  - ban\n", 5, 5, "a step is a map");
	bad(HEAD "step:\n  - verb: audit\nsteps:\n  - verb: audit\n", 4, 1, "'step' is no key of a playbook");
	bad(HEAD "steps:\n\t- verb: audit\n", 5, 1, "is no YAML");
	bad(HEAD "steps: [{verb: audit}]\nsteps: []\n", 5, 1, "twice");
	bad(HEAD "inputs: {who: somebody}\nsteps: [{verb: audit}]\n", 4, 1, "nobody is asked");
	bad("on: manual\nsteps: [{verb: audit}]\n", 1, 1, "has no 'name'");
	bad("name: x\nsteps: [{verb: audit}]\n", 1, 1, "has no 'on'");
	bad("name: x\non: {level: high}\nsteps: [{verb: audit}]\n", 1, 1, "has no 'expires'");
	bad("name: x\non: sometimes\nexpires: 1d\nsteps: [{verb: audit}]\n", 2, 5, "manual, or a map");
	bad("name: x\non: manual\nexpires: 1d\nsteps: [{verb: audit}]\n", 3, 1, "--expires");
	bad(MANUAL "steps: [{verb: audit}]\n", 3, 10, "no step uses");
	bad(MANUAL "approvals: 0\nsteps: [{verb: logout, account: $input.who}]\n", 4, 12, "from 1 to 3");
	bad("- verb: audit\n", 1, 1, "one map");
	bad("", 0, 0, "one map");
}

/* No form of a playbook can run in a circle, and who tries learns what there is instead. */
static void recipe_knows_no_jumps(void **state)
{
	(void)state;
	bad(HEAD "steps:\n  - verb: audit\n    on_success: 1\n", 6, 5, "when' and 'on_failure");
	bad(HEAD "steps:\n  - verb: audit\n    goto: 1\n", 6, 5, "each once");
	bad(HEAD "steps:\n  - &a\n    verb: audit\n    on_failure: *a\n", 5, 5, "anchor");
}

static void recipe_refuses_steps_that_make_each_other_void(void **state)
{
	(void)state;
	bad(HEAD
	    "steps:\n  - {verb: lock, account: $incident.account}\n  - {verb: reset, account: $incident.account}\n",
	    6, 5, "void");
	good(HEAD
	     "steps:\n  - {verb: lock, account: $incident.account}\n  - {verb: reset, account: root, last_way: yes}\n");
}

static void recipe_counts_steps_under_on_failure(void **state)
{
	char text[2048] = HEAD "steps:\n";

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		strcat(text, "  - {verb: audit, on_failure: {verb: audit}}\n");
	good(text);
	assert_int_equal(p.step_count, 8);
	strcat(text, "  - verb: audit\n");
	bad(text, 9, 5, "one step too many");
}

static void recipe_lists_all_mistakes_by_their_place(void **state)
{
	(void)state;
	assert_false(recipe_read(STR("name: A B\non: {level: huge}\nexpires: never\nsteps:\n"
				     "  - verb: bann\n  - verb: ban\n  - {verb: audit, when: later}\n"),
				 &p, &m));
	assert_int_equal(m.count, 6);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(m.list[i].line, i + 1);
	assert_int_equal(m.list[5].line, 7);
}

/* Each of them is named like its file, and stands there with a description. */
static void recipe_reads_every_playbook_that_is_shipped(void **state)
{
	static char text[RECIPE_BYTES_MAX];
	glob_t found;

	(void)state;
	assert_int_equal(glob("ports/linux/playbooks/*.yml", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 8);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct str name = str_from(strrchr(found.gl_pathv[i], '/') + 1);
		FILE *f = fopen(found.gl_pathv[i], "r");

		assert_non_null(f);
		size_t len = fread(text, 1, sizeof(text), f);

		fclose(f);
		if (!recipe_read((struct str){text, len}, &p, &m))
			fail_msg("%s:%u:%u: %s", found.gl_pathv[i], m.list[0].line, m.list[0].column, m.list[0].why);
		assert_true(str_take_back(&name, STR(".yml")) && str_equal(name, str_from(p.name)));
		assert_true(p.about[0] != '\0');
	}
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recipe_reads_what_its_header_shows),
		cmocka_unit_test(recipe_reads_inputs_and_lists),
		cmocka_unit_test(recipe_says_where_each_mistake_is),
		cmocka_unit_test(recipe_knows_no_jumps),
		cmocka_unit_test(recipe_refuses_steps_that_make_each_other_void),
		cmocka_unit_test(recipe_counts_steps_under_on_failure),
		cmocka_unit_test(recipe_reads_every_playbook_that_is_shipped),
		cmocka_unit_test(recipe_lists_all_mistakes_by_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
