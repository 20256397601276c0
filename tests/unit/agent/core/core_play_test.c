/* SPDX-License-Identifier: Apache-2.0 */
/* What the core tells the actor of, so that it runs its playbooks: once, and about accounts only what was witnessed. */
#include "tests/unit/agent/core/bench.h"

static void has_playbooks(struct bench *b, bool doubt)
{
	struct actor_health h = {.playbooks = 1, .playbooks_doubt = doubt};

	feed(b, &(struct input){.kind = INPUT_ACTOR_HEALTH, .health = &h});
}

static void audit(struct bench *b, const char *addr, unsigned pid, const char *result)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "type=USER_AUTH msg=audit(1700000000.123:45): pid=%u uid=0 auid=4294967295 "
		 "ses=4294967295 msg='op=PAM:authentication grantors=? acct=\"alice\" exe=\"/usr/sbin/sshd\" "
		 "hostname=%s addr=%s terminal=ssh res=%s'",
		 pid, addr, addr, result);
	feed(b, &(struct input){.kind = INPUT_LINE, .source = CORE_SOURCE_AUDIT, .bytes = str_from(text)});
}

/* A breach: three failures and the success behind them, by log files alone. */
static void breach(struct bench *b, const char *addr)
{
	for (unsigned i = 0; i < 3; i++)
		fail_by(b, addr, 100 + i, "alice");
	win_by(b, addr, 103, "alice");
}

/* The last time that the actor was told of this rule. */
static const struct actor_play *told(const struct bench *b, const char *rule)
{
	for (unsigned i = b->plays; i-- > 0;)
		if (strcmp(b->play[i].rule, rule) == 0)
			return &b->play[i];
	return NULL;
}

static unsigned times(const struct bench *b, const char *rule)
{
	unsigned count = 0;

	for (unsigned i = 0; i < b->plays; i++)
		count += strcmp(b->play[i].rule, rule) == 0;
	return count;
}

static void nothing_is_told_to_an_actor_without_playbooks(void **state)
{
	struct bench *b = *state;

	breach(b, "192.0.2.1");
	assert_int_equal(b->plays, 0);
}

static void a_finding_is_told_once(void **state)
{
	struct bench *b = *state;

	has_playbooks(b, false);
	for (unsigned i = 0; i < 20; i++)
		fail_by(b, "192.0.2.1", 100 + i, "alice");
	assert_int_equal(times(b, "brute_force"), 1);
	const struct actor_play *p = told(b, "brute_force");

	assert_int_equal(p->addr.family, 4);
	assert_int_equal(p->addr.bytes[3], 1);
	assert_string_equal(p->account, "alice");
	assert_int_equal(p->level, SEV_MEDIUM);
	assert_true(p->sure);
	assert_true(p->tag_count > 0);
	assert_int_equal(p->pid, 0);
	for (unsigned i = 0; i < 20; i++)
		fail_by(b, "192.0.2.2", 200 + i, "alice");
	assert_int_equal(times(b, "brute_force"), 2);
}

static void what_only_log_files_tell_is_said_to_be_unwitnessed(void **state)
{
	struct bench *b = *state;

	b->settings.rules[RULE_BREACH].witness = b->settings.audit = true;
	boot(b, 1);
	has_playbooks(b, true);
	breach(b, "192.0.2.1");
	assert_int_equal(times(b, "breach"), 1);
	assert_true(told(b, "breach")->sure);
	assert_int_equal(told(b, "breach")->witness, PLAY_UNKNOWN);
	wait_us(b, 11 * SECOND_US);
	assert_int_equal(times(b, "breach"), 2);
	assert_false(told(b, "breach")->sure);
	assert_int_equal(told(b, "breach")->witness, PLAY_UNWITNESSED);
	/* And that is not said again. */
	win_by(b, "192.0.2.1", 104, "alice");
	wait_us(b, 11 * SECOND_US);
	assert_int_equal(times(b, "breach"), 2);
}

static void a_witness_that_comes_later_is_told(void **state)
{
	struct bench *b = *state;

	b->settings.rules[RULE_BREACH].witness = b->settings.audit = true;
	boot(b, 1);
	has_playbooks(b, true);
	breach(b, "192.0.2.1");
	for (unsigned i = 0; i < 3; i++)
		audit(b, "192.0.2.1", 100 + i, "failed");
	assert_int_equal(times(b, "breach"), 1);
	audit(b, "192.0.2.1", 103, "success");
	assert_int_equal(times(b, "breach"), 2);
	assert_false(told(b, "breach")->sure);
	assert_int_equal(told(b, "breach")->witness, PLAY_WITNESSED);
	wait_us(b, 11 * SECOND_US);
	assert_int_equal(times(b, "breach"), 2);
}

static void forged_failures_are_no_witness(void **state)
{
	struct bench *b = *state;

	b->settings.rules[RULE_BREACH].witness = b->settings.audit = true;
	boot(b, 1);
	has_playbooks(b, true);
	for (unsigned i = 0; i < 3; i++)
		fail_by(b, "192.0.2.1", 100 + i, "alice");
	audit(b, "192.0.2.1", 103, "success");
	win_by(b, "192.0.2.1", 103, "alice");
	wait_us(b, 11 * SECOND_US);
	for (unsigned i = 0; i < b->plays; i++)
		assert_int_not_equal(b->play[i].witness, PLAY_WITNESSED);
}

/* Where nobody counts witnesses, none is claimed to have been there. */
static void a_rule_that_counts_no_witnesses_has_none(void **state)
{
	struct bench *b = *state;

	b->settings.audit = true;
	boot(b, 1);
	has_playbooks(b, true);
	breach(b, "192.0.2.1");
	for (unsigned i = 0; i < 3; i++)
		audit(b, "192.0.2.1", 100 + i, "failed");
	audit(b, "192.0.2.1", 103, "success");
	wait_us(b, 11 * SECOND_US);
	assert_int_equal(told(b, "breach")->witness, PLAY_UNWITNESSED);
}

static void logs_that_are_trusted_are_enough(void **state)
{
	struct bench *b = *state;

	b->settings.trust_logs = true;
	has_playbooks(b, true);
	breach(b, "192.0.2.1");
	assert_int_equal(told(b, "breach")->witness, PLAY_WITNESSED);
	assert_true(told(b, "breach")->sure);
}

static void a_core_that_starts_anew_tells_nothing_again(void **state)
{
	struct bench *b = *state;

	has_playbooks(b, false);
	for (unsigned i = 0; i < 20; i++)
		fail_by(b, "192.0.2.1", 100 + i, "alice");
	feed(b, &(struct input){.kind = INPUT_SAVE});
	boot(b, 2);
	feed(b, &(struct input){.kind = INPUT_RESTORE, .bytes = {(const char *)b->saved, b->saved_len}});
	has_playbooks(b, false);
	for (unsigned i = 0; i < 20; i++)
		fail_by(b, "192.0.2.1", 200 + i, "alice");
	assert_int_equal(times(b, "brute_force"), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_told_to_an_actor_without_playbooks),
		TEST(a_finding_is_told_once),
		TEST(what_only_log_files_tell_is_said_to_be_unwitnessed),
		TEST(a_witness_that_comes_later_is_told),
		TEST(forged_failures_are_no_witness),
		TEST(a_rule_that_counts_no_witnesses_has_none),
		TEST(logs_that_are_trusted_are_enough),
		TEST(a_core_that_starts_anew_tells_nothing_again),
	};

	if (!IS_ENABLED(CONFIG_PLAYBOOKS))
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
