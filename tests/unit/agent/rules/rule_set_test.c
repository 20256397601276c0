/* SPDX-License-Identifier: Apache-2.0 */
/* A set of rules: names, what is loaded and what is refused, and what an event costs when there are many rules. */
#include "agent/rules/rule.h"

#include "agent/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 2000, FEW = 10, EVENTS = 1000 };

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

struct many {
	struct settings settings;
	struct rule rules[MANY];
	char ids[MANY][16], values[MANY][16];
	struct rule_pack pack;
	struct rule_set set;
	struct rules engine;
	void *set_memory, *memory;
};

/* Rules by user, by service, of one class only, of another kind of event, and a few that look at every failure. */
static struct rule nth_rule(struct many *m, unsigned i)
{
	struct rule rule = {.id = m->ids[i],
			    .title = "",
			    .classes = ATTEMPT_FAILURE,
			    .evaluate = count_me,
			    .policy = {.enabled = true, .count = 5}};

	/* By accounts and the device as well as by srcs. */
	rule.subject = (uint8_t)(i % 3 == 0 ? SUBJECT_SRC : i % 3 == 1 ? SUBJECT_ACCOUNT : SUBJECT_DEVICE);
	snprintf(m->ids[i], sizeof(m->ids[i]), "rule-%u", i);
	snprintf(m->values[i], sizeof(m->values[i]), "User%u", i);
	if (i % 5 == 0) {
		rule.field = "user";
		rule.value = m->values[i];
	} else if (i % 5 == 1) {
		rule.field = "service";
		rule.value = i < FEW ? "sshd" : "telnetd";
	} else if (i % 5 == 2) {
		rule.classes = i < FEW ? ATTEMPT_FAILURE : ATTEMPT_KEY;
	} else if (i % 5 == 3) {
		rule.classes = 0;
		rule.kind = EVENT_PROCESS;
		rule.subject = i % 2 ? SUBJECT_PROCESS : SUBJECT_FILE;
	} else {
		rule.policy.enabled = i < FEW;
	}
	return rule;
}

static struct many *load(unsigned count)
{
	struct many *m = calloc(1, sizeof(*m));

	settings_default(&m->settings);
	for (unsigned i = 0; i < count; i++)
		m->rules[i] = nth_rule(m, i);
	m->pack = (struct rule_pack){m->rules, count};
	m->set_memory = malloc(rule_set_size(count));
	m->memory = malloc(rule_size(64));
	assert_int_equal(rule_set_init(&m->set, m->set_memory, &m->pack, &m->settings), ERR_OK);
	rule_init(&m->engine, (struct lru_room){m->memory, 64}, &m->set, (struct hash_key){1, 2});
	return m;
}

static void unload(struct many *m)
{
	free(m->set_memory);
	free(m->memory);
	free(m);
}

/* How many rules are evaluated for failed log-ins of many users. */
static unsigned cost_of(unsigned rules)
{
	struct many *m = load(rules);

	evaluations = 0;
	for (unsigned i = 0; i < EVENTS; i++) {
		char user[16];
		struct event event = {.kind = EVENT_AUTH, .auth = {.service = SERVICE_SSHD}};
		struct attempt attempt = {.class = ATTEMPT_FAILURE, .weight = 1, .src = {4, 32, {192, 0, 2, 1}}};
		struct rule_input in = {&event, &attempt, {(int64_t)i, 0}};
		struct rule_round round;
		struct rule_finding found;

		snprintf(user, sizeof(user), "user%u", i);
		event.auth.user = attempt.user = str_from(user);
		rule_look(&m->engine, &in, &round);
		rule_begin(&m->engine, &round);
		while (rule_next(&m->engine, &round, &found))
			assert_non_null(found.rule);
	}
	assert_int_equal(evaluations, m->engine.evaluated);
	unload(m);
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
	struct many *m = load(MANY);
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
	unload(m);
}

static void rules_are_known_by_their_names(void **state)
{
	struct many *m = load(MANY);
	char text[RULE_NAME_MAX];

	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		assert_ptr_equal(rule_set_find(&m->set, hash_name(m->ids[i]))->rule, &m->rules[i]);
	assert_null(rule_set_find(&m->set, hash_name("rule-2000")));
	assert_string_equal(rule_set_name(&m->set, hash_name("rule-7"), text), "rule-7");
	assert_string_equal(rule_set_name(&m->set, 0x12ab, text), "?00000000000012ab");
	assert_string_equal(rule_set_name(&m->set, 0, text), "");
	unload(m);
}

static void set_keeps_the_names_of_a_bounded_number_of_rules_that_went(void **state)
{
	struct many *m = load(FEW);
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
	unload(m);

	m = load(1);
	struct view v = view_over(bytes, saved.len);

	rule_set_restore(&m->set, &v);
	assert_int_equal(m->set.count, 3);
	assert_true(rule_set_find(&m->set, hash_name("gone-000"))->rule->by_user);
	assert_int_equal(rule_set_find(&m->set, hash_name("rule-3"))->rule->classes, 0);
	unload(m);
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
