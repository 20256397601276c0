/* SPDX-License-Identifier: Apache-2.0 */
/* Makes rules by their number, and shows them log-ins. */
#include "tests/unit/agent/rules/many_rules.h"

#include "agent/base/require.h"

#include <stdio.h>
#include <stdlib.h>

static struct rule nth_rule(struct many_rules *m, unsigned i)
{
	struct rule rule = {
		.id = m->ids[i], .title = "", .classes = ATTEMPT_FAILURE, .policy = {.enabled = true, .count = 5}};

	/* By accounts and the device as well as by srcs. */
	rule.subject = (uint8_t)(i % 3 == 0 ? SUBJECT_SRC : i % 3 == 1 ? SUBJECT_ACCOUNT : SUBJECT_DEVICE);
	snprintf(m->ids[i], sizeof(m->ids[i]), "rule-%u", i);
	snprintf(m->values[i], sizeof(m->values[i]), "User%u", i);
	if (i % 5 == 0) {
		rule.field = "user";
		rule.value = m->values[i];
	} else if (i % 5 == 1) {
		rule.field = "service";
		rule.value = i < MANY_RULES_FEW ? "sshd" : "telnetd";
	} else if (i % 5 == 2) {
		rule.classes = i < MANY_RULES_FEW ? ATTEMPT_FAILURE : ATTEMPT_KEY;
	} else if (i % 5 == 3) {
		rule.classes = 0;
		rule.kind = EVENT_PROCESS;
		rule.subject = i % 2 ? SUBJECT_PROCESS : SUBJECT_FILE;
	} else {
		rule.policy.enabled = i < MANY_RULES_FEW;
	}
	return rule;
}

struct many_rules *many_rules_load(unsigned count, many_rules_evaluate *evaluate)
{
	struct many_rules *m = calloc(1, sizeof(*m));

	require(m && count <= MANY_RULES_MAX);
	settings_default(&m->settings);
	for (unsigned i = 0; i < count; i++) {
		m->rules[i] = nth_rule(m, i);
		m->rules[i].evaluate = evaluate;
	}
	m->pack = (struct rule_pack){m->rules, count};
	m->set_memory = malloc(rule_set_size(count));
	m->memory = malloc(rule_size(64));
	require(m->set_memory && m->memory);
	require(rule_set_init(&m->set, m->set_memory, &m->pack, &m->settings) == ERR_OK);
	rule_init(&m->engine, (struct lru_room){m->memory, 64}, &m->set, (struct hash_key){1, 2});
	return m;
}

void many_rules_unload(struct many_rules *m)
{
	free(m->set_memory);
	free(m->memory);
	free(m);
}

unsigned many_rules_fail(struct many_rules *m, unsigned n)
{
	char user[16];
	struct event event = {.kind = EVENT_AUTH, .auth = {.service = SERVICE_SSHD}};
	struct attempt attempt = {.class = ATTEMPT_FAILURE, .weight = 1, .src = {4, 32, {192, 0, 2, 1}}};
	struct rule_input in = {&event, &attempt, {(int64_t)n, 0}, false};
	struct rule_round round;
	struct rule_finding found;
	unsigned fired = 0;

	snprintf(user, sizeof(user), "user%u", n);
	event.auth.user = attempt.user = str_from(user);
	rule_look(&m->engine, &in, &round);
	rule_begin(&m->engine, &round);
	while (rule_next(&m->engine, &round, &found))
		fired += found.count > 0;
	return fired;
}
