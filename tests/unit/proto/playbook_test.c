/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/playbook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char why[PLAYBOOK_WHY_MAX];

/* Kill what the incident is about, or else suspend it; then ban where it came from. */
static struct playbook bound_one(void)
{
	struct playbook p;

	memset(&p, 0, sizeof(p));
	memcpy(p.name, "dropper", 8);
	memcpy(p.about, "ends it", 8);
	p.bound = true;
	p.level = SEV_HIGH;
	p.approvals = 2;
	p.lasts_s = 86400;
	p.until_s = 1800000000;
	p.rule_count = p.tag_count = 1;
	memcpy(p.rules[0], "breach", 7);
	memcpy(p.tags[0], "attack.t1105", 13);
	p.step_count = 3;
	p.steps[0].args.verb = VERB_KILL;
	p.steps[0].args.tree = 1;
	p.steps[0].from[VERB_PID] = PLAYBOOK_PID;
	p.steps[0].from[VERB_TICKS] = PLAYBOOK_TICKS;
	p.steps[1].args.verb = VERB_SUSPEND;
	p.steps[1].when = ORDER_IF_FAILED;
	p.steps[1].from[VERB_PID] = PLAYBOOK_PID;
	p.steps[2].args.verb = VERB_BAN;
	p.steps[2].args.duration_s = 600;
	p.steps[2].from[VERB_ADDR] = PLAYBOOK_ADDR;
	return p;
}

static struct playbook manual_one(void)
{
	struct playbook p;

	memset(&p, 0, sizeof(p));
	memcpy(p.name, "sessions", 9);
	p.approvals = 1;
	p.input_count = 1;
	memcpy(p.inputs[0].name, "who", 4);
	memcpy(p.inputs[0].about, "whose sessions end", 19);
	p.step_count = 1;
	p.steps[0].args.verb = VERB_LOGOUT;
	p.steps[0].from[VERB_ACCOUNT] = PLAYBOOK_INPUT;
	return p;
}

static struct playbook_case a_case(void)
{
	static const struct str tags[] = {{"attack.t1059", 12}, {"attack.t1105", 12}};
	struct playbook_case c = {.rule = STR("other"), .tags = tags, .tag_count = 2, .level = SEV_HIGH};

	c.fields[PLAYBOOK_ADDR] = STR("198.51.100.7");
	c.fields[PLAYBOOK_PID] = STR("815");
	c.fields[PLAYBOOK_TICKS] = STR("4711");
	return c;
}

static size_t encode(const struct playbook *p, char bytes[PLAYBOOK_BYTES_MAX])
{
	struct buf b = buf_over(bytes, PLAYBOOK_BYTES_MAX);

	assert_int_equal(playbook_encode(&b, p, why), ERR_OK);
	return b.len;
}

static void playbook_round_trip_keeps_every_field(void **state)
{
	const struct playbook both[] = {bound_one(), manual_one()};
	char bytes[PLAYBOOK_BYTES_MAX];
	struct playbook back;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		size_t len = encode(&both[i], bytes);

		assert_int_equal(playbook_decode((struct str){bytes, len}, &back, why), ERR_OK);
		assert_memory_equal(&back, &both[i], sizeof(back));
	}
}

static void playbook_cut_or_longer_bytes_are_refused_with_a_reason(void **state)
{
	static const struct playbook none;
	struct playbook p = bound_one(), back;
	char bytes[PLAYBOOK_BYTES_MAX + 1] = "";
	size_t len = encode(&p, bytes);

	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		why[0] = '\0';
		assert_int_not_equal(playbook_decode((struct str){bytes, cut}, &back, why), ERR_OK);
		assert_memory_equal(&back, &none, sizeof(none));
		assert_true(why[0] != '\0');
	}
	assert_int_not_equal(playbook_decode((struct str){bytes, len + 1}, &back, why), ERR_OK);
	assert_int_equal(playbook_decode((struct str){bytes, sizeof(bytes)}, &back, why), ERR_TOO_LONG);
}

static void playbook_fills_blanks_and_keeps_what_is_written(void **state)
{
	struct playbook p = bound_one();
	struct playbook_case c = a_case();
	struct order o;

	(void)state;
	assert_int_equal(playbook_fill(&p, &c, &o, why), ERR_OK);
	assert_int_equal(o.step_count, 3);
	assert_int_equal(o.steps[0].args.pid, 815);
	assert_int_equal(o.steps[0].args.start_ticks, 4711);
	assert_int_equal(o.steps[0].args.tree, 1);
	assert_int_equal(o.steps[1].when, ORDER_IF_FAILED);
	assert_int_equal(o.steps[2].args.duration_s, 600);
	assert_int_equal(o.steps[2].args.addr.bytes[3], 7);
}

static void playbook_says_what_the_incident_does_not_name(void **state)
{
	struct playbook p = bound_one(), by_hand = manual_one();
	struct playbook_case c = a_case();
	struct order o;

	(void)state;
	c.fields[PLAYBOOK_TICKS] = STR_NONE;
	assert_int_equal(playbook_fill(&p, &c, &o, why), ERR_OK);
	c.fields[PLAYBOOK_PID] = STR_NONE;
	assert_int_equal(playbook_fill(&p, &c, &o, why), ERR_NOT_FOUND);
	assert_string_equal(why, "Step 1: the incident names no pid.");
	assert_int_equal(playbook_fill(&by_hand, &c, &o, why), ERR_NOT_FOUND);
	assert_string_equal(why, "Step 1: nobody said 'who': whose sessions end");
}

static void playbook_blank_gets_no_value_that_an_order_could_not_have(void **state)
{
	struct playbook p = bound_one(), by_hand = manual_one();
	struct playbook_case c = a_case();
	struct order o;

	(void)state;
	c.fields[PLAYBOOK_ADDR] = STR("127.0.0.1");
	assert_int_equal(playbook_fill(&p, &c, &o, why), ERR_PROTECTED);
	c.fields[PLAYBOOK_ADDR] = STR("a.host.name");
	assert_int_equal(playbook_fill(&p, &c, &o, why), ERR_INVALID);
	c.fields[PLAYBOOK_PID] = STR("1");
	assert_int_not_equal(playbook_fill(&p, &c, &o, why), ERR_OK);
	c.inputs[0] = STR("../alice");
	assert_int_equal(playbook_fill(&by_hand, &c, &o, why), ERR_INVALID);
}

static void playbook_runs_for_its_rules_or_tags_from_its_level_on(void **state)
{
	struct playbook p = bound_one(), by_hand = manual_one();
	struct playbook_case c = a_case();

	(void)state;
	assert_true(playbook_runs_for(&p, &c, why));
	c.tag_count = 1;
	assert_false(playbook_runs_for(&p, &c, why));
	c.rule = STR("breach");
	assert_true(playbook_runs_for(&p, &c, NULL));
	c.level = SEV_MEDIUM;
	assert_false(playbook_runs_for(&p, &c, why));
	p.rule_count = p.tag_count = 0;
	c.level = SEV_CRITICAL;
	c.rule = STR("any");
	assert_true(playbook_runs_for(&p, &c, why));
	assert_false(playbook_runs_for(&by_hand, &c, why));
}

static void is_refused(struct playbook p, const char *reason)
{
	why[0] = '\0';
	assert_int_not_equal(playbook_check(&p, why), ERR_OK);
	if (!strstr(why, reason))
		fail_msg("'%s' does not say '%s'", why, reason);
}

static void playbook_without_sense_is_refused(void **state)
{
	struct playbook p = bound_one(), by_hand = manual_one();

	(void)state;
	p.name[0] = '/';
	is_refused(p, "name");
	p = bound_one();
	p.lasts_s = 0;
	is_refused(p, "expires");
	p = bound_one();
	p.lasts_s = PLAYBOOK_LASTS_MAX_S + 1;
	is_refused(p, "400 days");
	p = bound_one();
	p.level = p.rule_count = p.tag_count = 0;
	is_refused(p, "which incidents");
	p = bound_one();
	p.approvals = 4;
	is_refused(p, "approvals");
	p = bound_one();
	p.steps[0].when = ORDER_IF_DONE;
	is_refused(p, "condition");
	/* By hand it may be. */
	p = bound_one();
	p.steps[0] = (struct playbook_step){.args = {.verb = VERB_REBOOT}};
	is_refused(p, "Step 1: nothing that runs by itself may reboot a device.");
	p = bound_one();
	p.steps[2].from[VERB_ADDR] = PLAYBOOK_ACCOUNT;
	is_refused(p, "Step 3: nothing that it can have fills its addr");
	p = bound_one();
	p.steps[2].from[VERB_ADDR] = PLAYBOOK_INPUT;
	is_refused(p, "Step 3: nothing that it can have fills its addr");
	p = bound_one();
	p.steps[2].from[VERB_ADDR] = PLAYBOOK_GIVEN;
	is_refused(p, "ban needs addr");
	p = bound_one();
	p.input_count = 1;
	is_refused(p, "inputs");
	by_hand.steps[0].from[VERB_ACCOUNT] = PLAYBOOK_INPUT + 1;
	is_refused(by_hand, "fills its account");
}

/* What an order may not do, a playbook may not either: a lock makes the reset behind it void. */
static void playbook_steps_about_one_account_are_seen_together(void **state)
{
	struct playbook p = bound_one();

	(void)state;
	p.step_count = 2;
	memset(p.steps, 0, sizeof(p.steps));
	p.steps[0].args.verb = VERB_LOCK;
	p.steps[1].args.verb = VERB_RESET;
	p.steps[0].from[VERB_ACCOUNT] = p.steps[1].from[VERB_ACCOUNT] = PLAYBOOK_ACCOUNT;
	is_refused(p, "void");
}

static void playbook_needs_as_many_signatures_as_it_says(void **state)
{
	struct playbook p = bound_one();

	(void)state;
	assert_int_equal(playbook_signatures(&p), 2);
	assert_true(playbook_verbs(&p) == (1u << VERB_KILL | 1u << VERB_SUSPEND | 1u << VERB_BAN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(playbook_round_trip_keeps_every_field),
		cmocka_unit_test(playbook_cut_or_longer_bytes_are_refused_with_a_reason),
		cmocka_unit_test(playbook_fills_blanks_and_keeps_what_is_written),
		cmocka_unit_test(playbook_says_what_the_incident_does_not_name),
		cmocka_unit_test(playbook_blank_gets_no_value_that_an_order_could_not_have),
		cmocka_unit_test(playbook_runs_for_its_rules_or_tags_from_its_level_on),
		cmocka_unit_test(playbook_without_sense_is_refused),
		cmocka_unit_test(playbook_steps_about_one_account_are_seen_together),
		cmocka_unit_test(playbook_needs_as_many_signatures_as_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
