/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of orders over the actor's end, by what the journal says; damaged records tell nothing. No root. */
#include "agent/actor/verb/run.h"

#include "agent/actor/verb/actor.h"
#include "agent/base/clock.h"
#include "tests/unit/agent/actor/bare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static union actor_message said;

static int set_up(void **state)
{
	(void)state;
	bare_start(&bare);
	bare.actor.firewall = ERR_OK;
	return 0;
}

static struct order order_of(unsigned steps, const uint16_t verbs[])
{
	struct order o = {.step_count = (uint8_t)steps};

	o.id[0] = 9;
	for (unsigned i = 0; i < steps; i++) {
		o.steps[i].args.verb = verbs[i];
		if (verbs[i] == VERB_BAN || verbs[i] == VERB_UNBAN)
			o.steps[i].args.addr = (struct addr){4, 32, {198, 51, 100, (uint8_t)(7 + i)}};
		else
			memcpy(o.steps[i].args.account, "bob", 4);
		if (verbs[i] == VERB_BAN)
			o.steps[i].args.duration_s = 600;
	}
	return o;
}

/* The journal's records: its steps, and that it was taken. */
static void replay(const struct order *o, size_t cut)
{
	uint8_t memory[JOURNAL_STEPS_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	struct journal_record r = {.kind = JOURNAL_STEPS};

	order_steps_encode(&b, o);
	memcpy(r.id, o->id, sizeof(r.id));
	r.text = buf_str(&b);
	r.text.len -= cut;
	assert_true(run_replay(&bare.actor, &r));
	assert_int_equal(mandate_remember(&bare.actor.mandate, o->id, clock_wall_us() / SECOND_US + 600,
					  clock_wall_us() / SECOND_US),
			 ERR_OK);
}

static void outcome(const struct order *o, uint8_t step, uint8_t result)
{
	struct journal_record r = {.kind = JOURNAL_OUTCOME, .step = step, .steps = o->step_count, .result = result};

	memcpy(r.id, o->id, sizeof(r.id));
	assert_true(run_replay(&bare.actor, &r));
}

static void assert_interrupted(uint8_t step, uint8_t last, const char *text)
{
	const struct actor_receipt *r = bare_receipt(&bare, &said);

	assert_non_null(r);
	assert_int_equal(r->step, step);
	assert_int_equal(r->result, RECEIPT_FAILED);
	assert_int_equal(r->err, ERR_INTERRUPTED);
	assert_int_equal(r->outcome, last ? RECEIPT_FAILED : 0);
	if (!strstr(r->text, text))
		fail_msg("\"%s\" does not say \"%s\"", r->text, text);
}

static void steps_that_were_not_taken_are_told_as_interrupted(void **state)
{
	const uint16_t verbs[] = {VERB_BAN, VERB_RESET, VERB_UNBAN};
	struct order o = order_of(3, verbs);

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		o.steps[i].when = ORDER_ALWAYS;
	replay(&o, 0);
	run_interrupted(&bare.actor);
	assert_interrupted(1, 0, "the guard ended while it was under way");
	assert_interrupted(2, 0, "the guard ended before this step");
	assert_interrupted(3, 1, "the guard ended before this step");
	assert_null(bare_receipt(&bare, &said));
	/* And only once. */
	run_interrupted(&bare.actor);
	assert_null(bare_receipt(&bare, &said));
}

/* The journal has it before the program that sets it begins. */
static void secret_that_may_be_set_is_in_the_receipt_of_its_step(void **state)
{
	const uint16_t verbs[] = {VERB_RESET, VERB_RESET};
	struct order o = order_of(2, verbs);
	struct journal_record secret = {.kind = JOURNAL_SECRET, .step = 1, .sealed = STR("first")};

	(void)state;
	memset(o.steps[0].args.account, 0, sizeof(o.steps[0].args.account));
	memcpy(o.steps[0].args.name, "web", 4);
	o.steps[1].when = ORDER_ALWAYS;
	replay(&o, 0);
	memcpy(secret.id, o.id, sizeof(secret.id));
	assert_true(run_replay(&bare.actor, &secret));
	secret.sealed = STR("second");
	assert_true(run_replay(&bare.actor, &secret));
	run_interrupted(&bare.actor);
	assert_interrupted(1, 0, "could not reset web: interrupted: the guard ended while it was under way");
	assert_int_equal(said.receipt.sealed_len, 6);
	assert_memory_equal(said.receipt.sealed, "second", 6);
	assert_interrupted(2, 1, "the guard ended before this step");
	assert_int_equal(said.receipt.sealed_len, 0);
}

static void what_destroys_may_be_done(void **state)
{
	const uint16_t verbs[] = {VERB_RESET};
	struct order o = order_of(1, verbs);

	(void)state;
	replay(&o, 0);
	run_interrupted(&bare.actor);
	assert_interrupted(1, 1, "it was under way; it may be done");
}

/* The start that told of the first step was killed before it told of the second, which is for a first one that is done.
 */
static void the_end_of_an_order_is_told_when_the_start_that_told_of_it_was_killed(void **state)
{
	const uint16_t verbs[] = {VERB_RESET, VERB_BAN};
	struct order o = order_of(2, verbs);

	(void)state;
	o.steps[1].when = ORDER_IF_DONE;
	replay(&o, 0);
	outcome(&o, 1, RECEIPT_FAILED);
	run_interrupted(&bare.actor);
	assert_interrupted(2, 1, "the guard ended before this step");
	assert_null(bare_receipt(&bare, &said));
}

static void a_ban_that_the_ledger_shows_is_told_as_found(void **state)
{
	const uint16_t verbs[] = {VERB_BAN};
	struct order o = order_of(1, verbs);
	struct effect *e = ledger_put(&bare.actor.ledger, &o.steps[0].args);
	const struct actor_receipt *r;

	(void)state;
	e->origin = ORIGIN_ORDER;
	e->duration_s = 600;
	replay(&o, 0);
	run_interrupted(&bare.actor);
	r = bare_receipt(&bare, &said);
	assert_non_null(r);
	assert_int_equal(r->result, RECEIPT_ALREADY);
	assert_int_equal(r->verified, 1);
	assert_int_equal(r->outcome, RECEIPT_DONE);
	assert_non_null(strstr(r->text, "found in force when the guard had been started anew"));
}

static void what_is_found_is_not_proven_without_the_packet_filter(void **state)
{
	const uint16_t verbs[] = {VERB_UNBAN};
	struct order o = order_of(1, verbs);
	const struct actor_receipt *r;

	(void)state;
	bare.actor.firewall = ERR_UNSUPPORTED;
	replay(&o, 0);
	run_interrupted(&bare.actor);
	r = bare_receipt(&bare, &said);
	assert_non_null(r);
	assert_non_null(strstr(r->text, "found carried out"));
	assert_int_equal(r->verified, 0);
	assert_int_equal(r->err, ERR_UNVERIFIED);
}

static void a_ban_of_a_rule_or_of_another_time_is_not_the_orders(void **state)
{
	const uint16_t verbs[] = {VERB_BAN};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct order o = order_of(1, verbs);
		struct effect *e = ledger_put(&bare.actor.ledger, &o.steps[0].args);

		o.id[0] = (uint8_t)(20 + i);
		e->origin = i ? ORIGIN_ORDER : ORIGIN_RULE;
		e->duration_s = i ? 60 : 600;
		replay(&o, 0);
		run_interrupted(&bare.actor);
		assert_interrupted(1, 1, "could not ban 198.51.100.7");
	}
}

static void steps_that_have_their_receipt_are_not_told_of_again(void **state)
{
	const uint16_t verbs[] = {VERB_BAN, VERB_RESET};
	struct order o = order_of(2, verbs);

	(void)state;
	o.steps[1].when = ORDER_ALWAYS;
	replay(&o, 0);
	outcome(&o, 1, RECEIPT_DONE);
	/* Of no step of it, of no order: nothing. */
	outcome(&o, 0, RECEIPT_DONE);
	outcome(&o, 3, RECEIPT_DONE);
	run_interrupted(&bare.actor);
	assert_interrupted(2, 1, "it may be done");
	assert_null(bare_receipt(&bare, &said));
}

static void steps_that_cannot_be_read_are_none(void **state)
{
	const uint16_t verbs[] = {VERB_BAN}, senseless[] = {VERB_UNBAN, VERB_BAN};
	struct order o = order_of(1, verbs), bad = order_of(2, senseless);

	(void)state;
	replay(&o, 1);
	run_interrupted(&bare.actor);
	assert_null(bare_receipt(&bare, &said));
	/* They decode, and no order may be so. */
	bad.id[0] = 30;
	bad.steps[0].args.addr.family = 0;
	replay(&bad, 0);
	run_interrupted(&bare.actor);
	assert_null(bare_receipt(&bare, &said));
}

static void more_than_can_be_under_way_are_in_no_journal_of_ours(void **state)
{
	const uint16_t verbs[] = {VERB_RESET};
	unsigned count = 0;

	(void)state;
	for (unsigned i = 0; i < RUNS_MAX + 1; i++) {
		struct order o = order_of(1, verbs);

		o.id[0] = (uint8_t)(40 + i);
		replay(&o, 0);
	}
	run_interrupted(&bare.actor);
	while (bare_receipt(&bare, &said))
		count++;
	assert_int_equal(count, RUNS_MAX);
}

static void one_that_was_not_remembered_was_not_begun(void **state)
{
	const uint16_t verbs[] = {VERB_RESET};
	struct order o = order_of(1, verbs);

	(void)state;
	replay(&o, 0);
	mandate_forget(&bare.actor.mandate, o.id);
	run_interrupted(&bare.actor);
	assert_null(bare_receipt(&bare, &said));
}

/* Each was killed, or met a full disk, between the two records. */
static void steps_of_orders_that_were_not_taken_leave_their_places_to_others(void **state)
{
	const uint16_t verbs[] = {VERB_RESET};
	struct order o = order_of(1, verbs);

	(void)state;
	for (unsigned i = 0; i < RUNS_MAX; i++) {
		o.id[0] = (uint8_t)(50 + i);
		replay(&o, 0);
		mandate_forget(&bare.actor.mandate, o.id);
	}
	o.id[0] = 60;
	replay(&o, 0);
	run_interrupted(&bare.actor);
	assert_interrupted(1, 1, "it was under way");
	assert_int_equal(said.receipt.order_id[0], 60);
}

static void other_records_are_left_to_others(void **state)
{
	const struct journal_record r = {.kind = JOURNAL_ENDED};

	(void)state;
	assert_false(run_replay(&bare.actor, &r));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, bare_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(steps_that_were_not_taken_are_told_as_interrupted),
		TEST(secret_that_may_be_set_is_in_the_receipt_of_its_step),
		TEST(what_destroys_may_be_done),
		TEST(the_end_of_an_order_is_told_when_the_start_that_told_of_it_was_killed),
		TEST(a_ban_that_the_ledger_shows_is_told_as_found),
		TEST(what_is_found_is_not_proven_without_the_packet_filter),
		TEST(a_ban_of_a_rule_or_of_another_time_is_not_the_orders),
		TEST(steps_that_have_their_receipt_are_not_told_of_again),
		TEST(steps_that_cannot_be_read_are_none),
		TEST(more_than_can_be_under_way_are_in_no_journal_of_ours),
		TEST(one_that_was_not_remembered_was_not_begun),
		TEST(steps_of_orders_that_were_not_taken_leave_their_places_to_others),
		TEST(other_records_are_left_to_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
