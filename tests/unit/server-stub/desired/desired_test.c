/* SPDX-License-Identifier: Apache-2.0 */
/* What a group's file says, and where it says something that cannot be. */
#include "server-stub/desired/desired.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct desired d;
static struct desired_mistakes mistakes;

static bool read_it(const char *yaml)
{
	struct arena arena = {NULL, 0};
	bool good = desired_read(str_from(yaml), &arena, &d, &mistakes);

	arena_free(&arena);
	return good;
}

static void assert_good(const char *yaml)
{
	if (!read_it(yaml))
		fail_msg("%u:%u: %s", mistakes.list[0].line, mistakes.list[0].column, mistakes.list[0].why);
}

static void assert_bad(const char *yaml, unsigned line, const char *why)
{
	assert_false(read_it(yaml));
	assert_int_equal(mistakes.list[0].line, line);
	if (!strstr(mistakes.list[0].why, why))
		fail_msg("'%s' does not say '%s'", mistakes.list[0].why, why);
}

static bool settings_are(const char *text)
{
	return str_equal((struct str){d.settings, d.settings_len}, str_from(text));
}

static void settings_become_a_drop_in(void **state)
{
	(void)state;
	assert_good("mode: enforce\n"
		    "never_ban: [10.0.0.0/8, 192.0.2.7]\n"
		    "settings:\n"
		    "  rule.brute_force:\n"
		    "    count: 4\n"
		    "  response:\n"
		    "    ban_time: 30m\n"
		    "    quiet_hours: \"22:00-06:00\"\n");
	assert_true(d.has_settings);
	assert_true(settings_are("[response]\nmode = enforce\nban_time = 30m\nquiet_hours = 22:00-06:00\n"
				 "never_ban = 10.0.0.0/8\nnever_ban = 192.0.2.7\n[rule.brute_force]\ncount = 4\n"));
}

/* Else the same folder, written in another order, would be a change for every device. */
static void the_same_settings_are_the_same_bytes(void **state)
{
	static char first[TUNING_BYTES_MAX];

	(void)state;
	assert_good("settings: {rules: {level: high}, rule.x: {count: 4, enabled: yes}}\nnever_ban: [10.0.0.1, "
		    "10.0.0.2]\n");
	memcpy(first, d.settings, d.settings_len);
	first[d.settings_len] = '\0';
	assert_good("never_ban: [10.0.0.2, 10.0.0.1]\nsettings: {rule.x: {enabled: yes, count: 4}, rules: {level: "
		    "high}}\n");
	assert_true(settings_are(first));
}

static void what_has_no_key_is_not_looked_after(void **state)
{
	(void)state;
	assert_good("group: gates\n");
	assert_string_equal(d.group, "gates");
	assert_false(d.has_settings || d.has_playbooks);
	assert_int_equal(d.rule_count, 0);
	assert_int_equal(d.wave_count, 4);
	assert_good("playbooks: []\nsettings: {}\n");
	assert_true(d.has_playbooks && d.has_settings);
	assert_int_equal(d.settings_len, 0);
}

static void files_and_waves_are_named(void **state)
{
	(void)state;
	assert_good("rules: [rules, more/x.yml]\npolicy: policies/a.yml\nplaybooks: [b.yml]\nwaves: [2, 25%, 100%]\n");
	assert_int_equal(d.rule_count, 2);
	assert_string_equal(d.rules[1].text, "more/x.yml");
	assert_int_equal(d.rules[1].line, 1);
	assert_string_equal(d.policy.text, "policies/a.yml");
	assert_int_equal(d.playbook_count, 1);
	assert_int_equal(d.wave_count, 3);
	assert_true(d.waves[1].percent && d.waves[1].number == 25);
}

static void mistakes_have_their_line(void **state)
{
	(void)state;
	assert_bad("mode: enforce\nmodes: x\n", 2, "modes: there is no such key");
	assert_bad("mode: on\n", 1, "neither observe nor enforce");
	assert_bad("settings:\n  response:\n    ban_time: soon\n", 3, "is no time");
	assert_bad("settings:\n  response:\n    trust_logs: yes\n", 3, "nothing that a fleet may set");
	assert_bad("settings:\n  guard:\n    user: root\n", 2, "no section that a fleet may set");
	assert_bad("settings:\n  response:\n    mode: observe\n", 3, "stands at the top");
	assert_bad("settings: 3\n", 1, "no map of sections");
	assert_bad("settings:\n  rule.x:\n    count: [3]\n", 3, "no plain value");
	assert_bad("never_ban: 10.0.0.1\n", 1, "no list");
	assert_bad("never_ban:\n  - 10.0.0.1\n  - localhost\n", 3, "no address and no network");
	assert_bad("rules: []\n", 1, "names no rule");
	assert_bad("policy: /etc/passwd\n", 1, "no file of this folder");
	assert_bad("policy: a/../../b\n", 1, "no file of this folder");
	assert_bad("waves: [0]\n", 1, "no size of a wave");
	assert_bad("waves:\n  - 1\n  - 101%\n", 3, "no size of a wave");
	assert_bad("mode: enforce\nmode: observe\n", 2, "");
	assert_bad("a: &x 1\n", 1, "anchor");
	assert_bad("- mode\n", 1, "one map");
	assert_bad("mode: [\n", 2, "");
	assert_bad("", 0, "one map");
}

static void all_mistakes_are_told_in_their_order(void **state)
{
	(void)state;
	assert_false(read_it("mode: on\nwaves: [0]\npolicy: /x\n"));
	assert_int_equal(mistakes.count, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(mistakes.list[i].line, i + 1);
}

static void secrets_are_refused(void **state)
{
	(void)state;
	assert_bad("mode: enforce\ngroup: |\n  -----BEGIN EC PRIVATE KEY-----\n", 2, "no secret belongs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_become_a_drop_in),
		cmocka_unit_test(the_same_settings_are_the_same_bytes),
		cmocka_unit_test(what_has_no_key_is_not_looked_after),
		cmocka_unit_test(files_and_waves_are_named),
		cmocka_unit_test(mistakes_have_their_line),
		cmocka_unit_test(all_mistakes_are_told_in_their_order),
		cmocka_unit_test(secrets_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
