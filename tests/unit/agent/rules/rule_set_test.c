/* SPDX-License-Identifier: Apache-2.0 */
/* A set of rules: names, what is loaded and what is refused, and what an event costs when there are many rules. */
#include "tests/unit/agent/rules/many_rules.h"

#include "agent/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = MANY_RULES_MAX, FEW = MANY_RULES_FEW, EVENTS = 1000 };

static unsigned evaluations;

static uint32_t count_me(struct state *state, const struct rule *rule, const struct settings_rule_row *policy,
			 const struct state_event *event)
{
	(void)state;
	(void)rule;
	(void)policy;
	(void)event;
	evaluations++;
	return 0;
}

/* How many rules are evaluated for failed log-ins of many users. */
static unsigned cost_of(unsigned rules)
{
	struct many_rules *m = many_rules_load(rules, count_me);

	evaluations = 0;
	for (unsigned i = 0; i < EVENTS; i++)
		assert_int_equal(many_rules_fail(m, i), 0);
	assert_int_equal(evaluations, m->engine.evaluated);
	many_rules_unload(m);
	return evaluations;
}

static void rules_that_cannot_match_cost_an_event_nothing(void **state)
{
	unsigned few = cost_of(FEW), many = cost_of(MANY);

	(void)state;
	assert_true(few >= 6 * EVENTS);
	assert_true(many <= 4 * few);
}

static unsigned walked(const struct rule_set *set, const struct event *event, uint8_t class)
{
	struct rule_walk walk;
	unsigned count = 0;

	rule_set_walk(set, event, class, &walk);
	while (rule_set_next(&walk))
		count++;
	return count;
}

static void rules_are_found_by_kind_class_and_value(void **state)
{
	struct many_rules *m = many_rules_load(MANY, count_me);
	struct event login = {.kind = EVENT_AUTH, .auth = {.service = SERVICE_SSHD, .user = STR("USER15")}};
	struct event telnet = {.kind = EVENT_AUTH, .auth = {.service = SERVICE_TELNETD, .user = STR("user")}};
	struct event process = {.kind = EVENT_PROCESS};

	(void)state;
	assert_int_equal(walked(&m->set, &login, ATTEMPT_FAILURE), 1 + 2 + 2 + 2);
	assert_int_equal(walked(&m->set, &telnet, ATTEMPT_FAILURE), MANY / 5 - 2 + 2 + 2);
	assert_int_equal(walked(&m->set, &login, ATTEMPT_KEY), MANY / 5 - 2);
	assert_int_equal(walked(&m->set, &login, ATTEMPT_PROBE), 0);
	assert_int_equal(walked(&m->set, &login, 0), 0);
	assert_int_equal(walked(&m->set, &process, 0), MANY / 5);
	many_rules_unload(m);
}

static void rules_are_known_by_their_names(void **state)
{
	struct many_rules *m = many_rules_load(MANY, count_me);
	char text[RULE_NAME_MAX];

	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		assert_ptr_equal(rule_set_find(&m->set, hash_name(m->ids[i]))->rule, &m->rules[i]);
	assert_null(rule_set_find(&m->set, hash_name("rule-2000")));
	assert_string_equal(rule_set_name(&m->set, hash_name("rule-7"), text), "rule-7");
	assert_string_equal(rule_set_name(&m->set, 0x12ab, text), "?00000000000012ab");
	assert_string_equal(rule_set_name(&m->set, 0, text), "");
	many_rules_unload(m);
}

static void set_keeps_the_names_of_a_bounded_number_of_rules_that_went(void **state)
{
	struct many_rules *m = many_rules_load(FEW, count_me);
	struct rule_stranger gone = {.id = "gone-000", .title = "T", .rule = {.level = SEV_LOW, .by_user = true}};
	uint8_t bytes[4096];
	struct buf saved = buf_over(bytes, sizeof(bytes));

	(void)state;
	rule_set_meet(&m->set, &gone);
	rule_set_use(&m->set, hash_name("gone-000"));
	rule_set_use(&m->set, hash_name("rule-3"));
	rule_set_use(&m->set, 77); /* nobody's */
	assert_int_equal(rule_set_save(&m->set, &saved), 0);
	assert_false(rule_set_has(&m->set, rule_set_find(&m->set, hash_name("gone-000"))));
	for (unsigned i = 1; i < RULE_SET_STRANGERS_MAX + 5; i++) {
		snprintf(gone.id, sizeof(gone.id), "gone-%03u", i);
		rule_set_meet(&m->set, &gone);
	}
	assert_int_equal(m->set.nameless, 5);
	assert_int_equal(m->set.count, FEW + RULE_SET_STRANGERS_MAX);
	many_rules_unload(m);

	m = many_rules_load(1, count_me);
	struct view v = view_over(bytes, saved.len);

	rule_set_restore(&m->set, &v);
	assert_int_equal(m->set.count, 3);
	assert_true(rule_set_find(&m->set, hash_name("gone-000"))->rule->by_user);
	assert_int_equal(rule_set_find(&m->set, hash_name("rule-3"))->rule->classes, 0);
	many_rules_unload(m);
}

static enum err init_one(struct rule a, struct rule b)
{
	struct rule rules[] = {a, b};
	struct settings settings;
	struct rule_set set;
	void *memory = malloc(rule_set_size(2));

	settings_default(&settings);
	enum err err = rule_set_init(&set, memory, &(struct rule_pack){rules, 2}, &settings);

	free(memory);
	return err;
}

static void set_refuses_what_is_no_rule(void **state)
{
	struct rule good = {.id = "good", .title = ""}, bad = good;

	(void)state;
	assert_int_equal(init_one(good, bad), ERR_EXISTS);
	bad.id = "";
	assert_int_equal(init_one(good, bad), ERR_INVALID);
	bad.id = "a-name-of-forty-bytes-is-one-too-many-xx";
	assert_int_equal(init_one(good, bad), ERR_TOO_LONG);
	bad.id = "bad";
	bad.field = "no_such_field";
	bad.value = "x";
	assert_int_equal(init_one(good, bad), ERR_NOT_FOUND);
	bad.field = "user";
	bad.value = NULL;
	assert_int_equal(init_one(good, bad), ERR_INVALID);
	bad.value = "x";
	assert_int_equal(init_one(good, bad), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_that_cannot_match_cost_an_event_nothing),
		cmocka_unit_test(rules_are_found_by_kind_class_and_value),
		cmocka_unit_test(rules_are_known_by_their_names),
		cmocka_unit_test(set_keeps_the_names_of_a_bounded_number_of_rules_that_went),
		cmocka_unit_test(set_refuses_what_is_no_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
