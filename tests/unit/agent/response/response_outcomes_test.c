/* SPDX-License-Identifier: Apache-2.0 */
/* What receipts of others and of bans in force come to: until when a ban is said to last, and what is asked for no
 * more. */
#include "agent/response/response.h"

#include "agent/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TABLE = 64 };

static struct settings settings;
static struct rule_set set;
static struct rules rules;
static struct response response;
static struct finding incident;
static struct now now;
static void *memory, *set_memory, *rule_memory;

static const struct addr attacker = {4, 32, {198, 51, 100, 7}};

static int setup(void **state)
{
	(void)state;
	settings_default(&settings);
	settings.bans_per_minute = 1000;
	now = (struct now){100 * SECOND_US, 1700000000 * SECOND_US};
	memory = malloc(response_size(TABLE));
	memset(memory, 0xa5, response_size(TABLE));
	set_memory = malloc(rule_set_size(rule_builtin.count));
	rule_memory = malloc(rule_size(64));
	assert_int_equal(rule_set_init(&set, set_memory, &rule_builtin, &settings), ERR_OK);
	rule_init(&rules, (struct lru_room){rule_memory, 64}, &set, (struct hash_key){1, 2});
	response_init(&response, (struct lru_room){memory, TABLE}, &rules);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(memory);
	free(set_memory);
	free(rule_memory);
	return 0;
}

/* The rule has found something about the attacker. */
static void find(void)
{
	struct actor_receipt refusals[SETTINGS_STEPS_MAX];

	incident = (struct finding){.subject = {.addr = attacker}, .id = {1}};
	incident.rule = hash_name("brute_force");
	assert_int_equal(response_case(&response,
				       &(struct response_case){.finding = &incident, .now = now, .opened = true},
				       refusals),
			 0);
}

/* A receipt of a ban or an unban of the attacker, by whoever asked with that number. */
static void told(uint16_t verb, uint64_t request_id, uint8_t result, int64_t left_us)
{
	struct actor_receipt r = {.header = {MESSAGE_VERSION, ACTOR_RECEIPT, sizeof(r), request_id},
				  .origin = ORIGIN_ORDER,
				  .result = result,
				  .args = {.verb = verb, .addr = attacker, .duration_s = 600},
				  .expires_wall_us = left_us == INT64_MIN ? 0 : now.wall_us + left_us};

	response_receipt(&response, &r, now);
}

static const struct ban *ban(void)
{
	return ban_find(&response.bans, &attacker, now);
}

static void pass(int64_t us)
{
	now.mono_us += us;
	now.wall_us += us;
	response_tick(&response, now);
}

static void ban_lasts_as_long_as_its_receipt_says(void **state)
{
	(void)state;
	told(VERB_BAN, 0, RECEIPT_DONE, 60 * SECOND_US);
	assert_non_null(ban());
	pass(59 * SECOND_US);
	assert_non_null(ban());
	pass(2 * SECOND_US);
	assert_null(ban());
}

static void ban_that_was_there_lasts_longer_than_was_asked_for(void **state)
{
	(void)state;
	told(VERB_BAN, 0, RECEIPT_ALREADY, HOUR_US);
	pass(50 * MINUTE_US);
	assert_non_null(ban());
	/* A clock that was set does not make one longer that was just made. */
	told(VERB_BAN, 0, RECEIPT_DONE, 24 * HOUR_US);
	pass(11 * MINUTE_US);
	assert_null(ban());
}

static void ban_without_an_end_in_its_receipt_lasts_as_asked(void **state)
{
	(void)state;
	told(VERB_BAN, 0, RECEIPT_DONE, INT64_MIN);
	pass(590 * SECOND_US);
	assert_non_null(ban());
	pass(11 * SECOND_US);
	assert_null(ban());
	/* One that is over already. */
	told(VERB_BAN, 0, RECEIPT_DONE, -SECOND_US);
	pass(1);
	assert_null(ban());
}

static void ban_that_ended_or_was_taken_back_is_none(void **state)
{
	(void)state;
	told(VERB_BAN, 0, RECEIPT_DONE, HOUR_US);
	told(VERB_BAN, 0, RECEIPT_REVERTED, 0);
	assert_null(ban());
	told(VERB_BAN, 0, RECEIPT_DONE, HOUR_US);
	told(VERB_UNBAN, 0, RECEIPT_FAILED, 0);
	assert_non_null(ban());
	told(VERB_UNBAN, 0, RECEIPT_DONE, 0);
	assert_null(ban());
	/* Once more is no harm. */
	told(VERB_UNBAN, 0, RECEIPT_ALREADY, 0);
	assert_null(ban());
}

static void unban_calls_off_a_ban_that_waits(void **state)
{
	struct actor_act act;

	(void)state;
	find();
	assert_non_null(ban());
	assert_int_equal(response_unban(&response, &attacker, 9, now), ERR_OK);
	assert_null(ban());
	assert_true(response_take(&response, now, &act));
	assert_int_equal(act.args.verb, VERB_UNBAN);
	assert_int_equal(act.origin, ORIGIN_LOCAL);
	assert_false(response_take(&response, now, &act));
}

static void more_unbans_than_can_be_under_way_are_refused(void **state)
{
	unsigned taken = 0;

	(void)state;
	while (response_unban(&response, &attacker, 9, now) == ERR_OK)
		assert_true(++taken <= RESPONSE_ACTIONS_MAX);
	assert_int_equal(taken, RESPONSE_ACTIONS_MAX);
}

static void ban_is_lifted_with_its_incident_unless_it_is_only_observed(void **state)
{
	struct actor_act act;

	(void)state;
	find();
	assert_true(response_take(&response, now, &act));
	told(VERB_BAN, act.header.request_id, RECEIPT_OBSERVED, HOUR_US);
	response_lift(&response, &incident, now);
	assert_false(response_take(&response, now, &act));
	told(VERB_BAN, 0, RECEIPT_DONE, HOUR_US);
	response_lift(&response, &incident, now);
	assert_true(response_take(&response, now, &act));
	assert_int_equal(act.args.verb, VERB_UNBAN);
	assert_true(addr_equal(&act.args.addr, &attacker));
	/* Where there is none, there is nothing to lift. */
	told(VERB_UNBAN, act.header.request_id, RECEIPT_DONE, 0);
	response_lift(&response, &incident, now);
	assert_false(response_take(&response, now, &act));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ban_lasts_as_long_as_its_receipt_says),
		TEST(ban_that_was_there_lasts_longer_than_was_asked_for),
		TEST(ban_without_an_end_in_its_receipt_lasts_as_asked),
		TEST(ban_that_ended_or_was_taken_back_is_none),
		TEST(unban_calls_off_a_ban_that_waits),
		TEST(more_unbans_than_can_be_under_way_are_refused),
		TEST(ban_is_lifted_with_its_incident_unless_it_is_only_observed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
