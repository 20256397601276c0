/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dispatcher with verbs that do only what a test says: what it refuses, what waits for its turn, and what each
 * receipt says of it. Needs no root.
 */
#include "agent/actor/verb/act.h"

#include "agent/actor/verb/action_rows.h"
#include "agent/base/clock.h"
#include "tests/unit/agent/actor/bare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static union actor_message said;
static struct {
	enum err rails, apply, verify;
	unsigned applied, noted;
} fake;

static enum err rails(struct actor *a, struct action *action)
{
	(void)a;
	(void)action;
	return fake.rails;
}

static enum err apply(struct actor *a, struct action *action)
{
	(void)a;
	(void)action;
	fake.applied++;
	return fake.apply;
}

static enum err verify(struct actor *a, struct action *action)
{
	(void)a;
	(void)action;
	return fake.verify;
}

static void note(struct actor *a, struct actor_receipt *r)
{
	(void)a;
	(void)r;
	fake.noted++;
}

static const struct action_row waits = {.verb = VERB_LOGOUT,
					.budget = ACTION_LOGOUTS,
					.retry_ms = 50,
					.deadline_ms = 60000,
					.rails = rails,
					.apply = apply,
					.verify = verify};
static const struct action_row at_once = {.verb = VERB_RESET, .rails = rails, .apply = apply, .verify = verify};
static const struct action_row kills = {.verb = VERB_KILL, .rails = rails, .apply = apply, .verify = verify};
static const struct action_row lock = {.verb = VERB_LOCK, .rails = rails, .apply = apply, .verify = verify};
static const struct action_row unlock = {.verb = VERB_UNLOCK, .rails = rails, .apply = apply, .verify = verify};
static const struct action_row maintain = {
	.verb = VERB_MAINTAIN, .budget = ACTION_MAINTENANCES, .rails = rails, .apply = apply, .verify = verify};
static const struct action_row *const rows[] = {&waits, &at_once, &kills, &lock, &unlock, &maintain, NULL};

static int set_up(void **state)
{
	(void)state;
	bare_start(&bare);
	bare.actor.rows = rows;
	actor_budgets(&bare.actor);
	memset(&fake, 0, sizeof(fake));
	return 0;
}

static struct act_request request_of(uint16_t verb)
{
	struct act_request q = {.origin = ORIGIN_ORDER, .args = {.verb = verb, .account = "bob"}, .note = note};

	if (verb == VERB_KILL)
		q.args = (struct verb_args){.verb = verb, .pid = 4711};
	return q;
}

static const struct actor_receipt *ask(uint16_t verb)
{
	struct act_request q = request_of(verb);

	act_begin(&bare.actor, &q);
	return bare_receipt(&bare, &said);
}

static void says(const struct actor_receipt *r, uint8_t result, enum err err, const char *text)
{
	assert_non_null(r);
	assert_string_equal(r->text, text);
	assert_int_equal(r->result, result);
	assert_int_equal(r->err, err);
}

static void a_verb_that_this_build_has_not_is_refused(void **state)
{
	struct act_request q = {.origin = ORIGIN_LOCAL, .args = {.verb = 999}};

	(void)state;
	says(ask(VERB_SUSPEND), RECEIPT_REFUSED, ERR_UNSUPPORTED,
	     "refused to suspend what is not named: this build cannot do that");
	/* Nor one that no build has; and nobody has to be told beforehand. */
	act_begin(&bare.actor, &q);
	says(bare_receipt(&bare, &said), RECEIPT_REFUSED, ERR_UNSUPPORTED, "refused: this build cannot do that");
	assert_int_equal(fake.noted, 1);
	assert_int_equal(bare.actor.health.refused, 2);
}

static void more_than_can_be_under_way_are_refused_and_the_others_go_on(void **state)
{
	(void)state;
	fake.verify = ERR_UNVERIFIED;
	for (unsigned i = 0; i < ACTOR_ACTIONS_MAX; i++)
		assert_null(ask(VERB_LOGOUT));
	says(ask(VERB_LOGOUT), RECEIPT_REFUSED, ERR_BUSY,
	     "refused to end the sessions of account bob: too many actions are under way");
	assert_int_equal(fake.applied, ACTOR_ACTIONS_MAX);
	assert_true(act_next_us(&bare.actor) <= clock_mono_us() + 50 * MS_US);
	fake.verify = ERR_OK;
	act_continue(&bare.actor, INT64_MAX);
	for (unsigned i = 0; i < ACTOR_ACTIONS_MAX; i++)
		assert_int_equal(bare_receipt(&bare, &said)->verified, 1);
	assert_null(bare_receipt(&bare, &said));
	assert_int_equal(fake.applied, ACTOR_ACTIONS_MAX);
	assert_true(act_next_us(&bare.actor) == INT64_MAX);
}

static void what_is_due_first_is_waited_for(void **state)
{
	int64_t first_us;

	(void)state;
	fake.apply = ERR_BUSY;
	assert_null(ask(VERB_LOGOUT));
	first_us = act_next_us(&bare.actor);
	assert_null(ask(VERB_LOGOUT));
	assert_true(act_next_us(&bare.actor) == first_us);
	act_continue(&bare.actor, first_us);
	assert_true(act_next_us(&bare.actor) > first_us);
	assert_null(bare_receipt(&bare, &said));
}

static void what_waits_too_long_has_failed(void **state)
{
	(void)state;
	fake.apply = ERR_BUSY;
	assert_null(ask(VERB_LOGOUT));
	bare.actor.actions[0].deadline_us = clock_mono_us();
	act_continue(&bare.actor, INT64_MAX);
	says(bare_receipt(&bare, &said), RECEIPT_FAILED, ERR_BUSY,
	     "could not end the sessions of account bob: in use by another program");
}

static void what_is_not_read_back_is_said_to_be_tried(void **state)
{
	(void)state;
	fake.verify = ERR_UNVERIFIED;
	says(ask(VERB_RESET), RECEIPT_DONE, ERR_UNVERIFIED,
	     "tried to reset account bob: done, but reading it back did not confirm it");
	assert_int_equal(said.receipt.verified, 0);
	says(ask(VERB_KILL), RECEIPT_DONE, ERR_UNVERIFIED,
	     "tried to kill process 4711: done, but reading it back did not confirm it");
}

static void rails_and_budgets_are_for_the_verb_of_the_row(void **state)
{
	struct act_request q = request_of(VERB_LOGOUT);

	(void)state;
	fake.rails = ERR_PROTECTED;
	says(ask(VERB_RESET), RECEIPT_REFUSED, ERR_PROTECTED,
	     "refused to reset account bob: protected from this action");
	fake.rails = ERR_OK;
	q.origin = ORIGIN_RULE;
	bare.actor.settings.logouts_per_hour = 1;
	actor_budgets(&bare.actor);
	act_begin(&bare.actor, &q);
	assert_int_equal(bare_receipt(&bare, &said)->result, RECEIPT_DONE);
	act_begin(&bare.actor, &q);
	says(bare_receipt(&bare, &said), RECEIPT_REFUSED, ERR_BUDGET,
	     "refused to end the sessions of account bob: budget for this action is spent");
	/* Orders have none, and neither has a verb that is free for rules. */
	assert_int_equal(ask(VERB_LOGOUT)->result, RECEIPT_DONE);
	q.args.verb = VERB_RESET;
	act_begin(&bare.actor, &q);
	assert_int_equal(bare_receipt(&bare, &said)->result, RECEIPT_DONE);
	/* What is only observed spends nothing. */
	q.args.verb = VERB_LOGOUT;
	q.observe = true;
	act_begin(&bare.actor, &q);
	says(bare_receipt(&bare, &said), RECEIPT_OBSERVED, ERR_OK,
	     "observe mode: would end the sessions of account bob");
}

static void a_dry_run_says_whether_there_is_something_to_take_back(void **state)
{
	struct act_request q = request_of(VERB_UNLOCK);
	const struct verb_args args = {.verb = VERB_LOCK, .account = "bob"};

	(void)state;
	q.observe = true;
	act_begin(&bare.actor, &q);
	says(bare_receipt(&bare, &said), RECEIPT_OBSERVED, ERR_OK,
	     "dry run: account bob: there is nothing to take back");
	assert_non_null(ledger_put(&bare.actor.ledger, &args));
	act_begin(&bare.actor, &q);
	says(bare_receipt(&bare, &said), RECEIPT_OBSERVED, ERR_OK, "dry run: would unlock account bob");
	assert_int_equal(fake.applied, 0);
}

/* What the core says root asked for is journaled, and a captured core may say so without end. */
static void what_root_asks_for_has_a_budget_as_well(void **state)
{
	struct act_request q = {.origin = ORIGIN_LOCAL, .args = {.verb = VERB_MAINTAIN}};
	unsigned done = 0;

	(void)state;
	for (;; done++) {
		act_begin(&bare.actor, &q);
		if (bare_receipt(&bare, &said)->result != RECEIPT_DONE)
			break;
		assert_in_range(done, 0, 1000);
	}
	assert_int_equal(said.receipt.err, ERR_BUDGET);
	assert_int_equal(fake.applied, done);
	q.origin = ORIGIN_ORDER;
	act_begin(&bare.actor, &q);
	assert_int_equal(bare_receipt(&bare, &said)->result, RECEIPT_DONE);
}

static void what_a_lock_makes_void_is_refused_even_if_it_had_to_wait(void **state)
{
	struct verb_args args = {.verb = VERB_LOCK, .account = "bob"};

	(void)state;
	bare.actor.actions[0] =
		(struct action){.row = &at_once, .receipt = {.args = {.verb = VERB_RESET, .account = "bob"}}};
	bare.actor.actions[0].receipt.result = RECEIPT_DONE;
	assert_non_null(ledger_put(&bare.actor.ledger, &args));
	act_continue(&bare.actor, INT64_MAX);
	says(bare_receipt(&bare, &said), RECEIPT_REFUSED, ERR_PROTECTED,
	     "refused to reset account bob: void while the guard's lock of it is in force; unlock it first");
	assert_int_equal(fake.applied, 0);
}

static void times_are_said_in_the_largest_unit_that_is_exact(void **state)
{
	static const struct {
		uint32_t seconds;
		const char *text;
	} cases[] = {{1, "1 s"},       {59, "59 s"},	{60, "1 min"},	 {90, "90 s"},	  {3600, "1 h"},
		     {5400, "90 min"}, {86400, "24 h"}, {172800, "2 d"}, {90000, "25 h"}, {0, "0 s"}};
	char text[16];

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(act_duration(cases[i].seconds, text), cases[i].text);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, bare_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_verb_that_this_build_has_not_is_refused),
		TEST(more_than_can_be_under_way_are_refused_and_the_others_go_on),
		TEST(a_dry_run_says_whether_there_is_something_to_take_back),
		TEST(what_is_due_first_is_waited_for),
		TEST(what_waits_too_long_has_failed),
		TEST(what_is_not_read_back_is_said_to_be_tried),
		TEST(rails_and_budgets_are_for_the_verb_of_the_row),
		TEST(what_root_asks_for_has_a_budget_as_well),
		TEST(what_a_lock_makes_void_is_refused_even_if_it_had_to_wait),
		TEST(times_are_said_in_the_largest_unit_that_is_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
