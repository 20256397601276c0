/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of effects, of verbs that do only what a test says: what is noted when the journal cannot be written, what a
 * start makes of its records, and what becomes of ends that fail. Needs no root.
 */
#include "agent/actor/verb/effect.h"

#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/base/clock.h"
#include "tests/unit/agent/actor/bare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define UNDO "how to take it back"
#define RETRY_US (5 * SECOND_US)
#define FAR_US (3600 * SECOND_US)

static union actor_message said;

/* What the verbs of this test do, and how often they were asked. */
static struct {
	enum err revert, reconcile, apply;
	const char *found; /* of a revert */
	uint32_t duration_s;
	unsigned reverts, reconciles;
	bool had_more;
} fake;

static enum err allow(struct actor *a, struct action *action)
{
	(void)a;
	(void)action;
	return ERR_OK;
}

static enum err note(struct actor *a, struct action *action)
{
	const struct effect_terms terms = {fake.duration_s, (const uint8_t *)UNDO, sizeof(UNDO)};
	const struct effect_terms of_address = {.duration_s = fake.duration_s};
	bool is_address = action->row->verb == VERB_BAN;

	return effect_note(a, action, is_address ? &of_address : &terms);
}

static enum err revert(struct actor *a, const struct verb_args *args, const struct effect_more *more,
		       char text[ACTION_WHY_MAX])
{
	(void)a;
	(void)args;
	fake.reverts++;
	fake.had_more = more != NULL;
	if (fake.found)
		snprintf(text, ACTION_WHY_MAX, "%s", fake.found);
	return fake.revert;
}

static enum err reconcile(struct actor *a, unsigned *missing)
{
	(void)a;
	fake.reconciles++;
	*missing += fake.reconcile == ERR_OK;
	return fake.reconcile;
}

static const struct means works, other;
static const struct action_row ban = {
	.verb = VERB_BAN, .rails = allow, .apply = note, .verify = allow, .revert = revert};
static const struct action_row unban = {
	.verb = VERB_UNBAN, .rails = effect_undo_rails, .apply = effect_undo_apply, .verify = effect_undo_verify};
static const struct action_row lock = {.verb = VERB_LOCK,
				       .flags = ACTION_SYNC_BEFORE,
				       .rails = allow,
				       .apply = note,
				       .verify = allow,
				       .revert = revert,
				       .reconcile = reconcile,
				       .means = {&works}};
static const struct action_row unlock = {
	.verb = VERB_UNLOCK, .rails = effect_undo_rails, .apply = effect_undo_apply, .verify = effect_undo_verify};
static const struct action_row isolate = {.verb = VERB_ISOLATE,
					  .flags = ACTION_SYNC_BEFORE,
					  .rails = allow,
					  .apply = note,
					  .verify = allow,
					  .revert = revert};
static const struct action_row *const rows[] = {&ban, &unban, &lock, &unlock, &isolate, NULL};

static int set_up(void **state)
{
	(void)state;
	bare_start(&bare);
	bare.actor.rows = rows;
	memset(&fake, 0, sizeof(fake));
	fake.duration_s = 60;
	return 0;
}

static struct verb_args account(uint16_t verb, const char *name)
{
	struct verb_args args = {.verb = verb, .duration_s = fake.duration_s};

	memcpy(args.account, name, strlen(name));
	return args;
}

static struct verb_args address(uint16_t verb, uint8_t last)
{
	return (struct verb_args){.verb = verb, .duration_s = fake.duration_s, .addr = {4, 32, {198, 51, 100, last}}};
}

static const struct actor_receipt *act(const struct verb_args *args)
{
	bare_act(&bare, args);
	return bare_receipt(&bare, &said);
}

static struct effect *in_force(const struct verb_args *args)
{
	return ledger_find(&bare.actor.ledger, args);
}

static void says(const struct actor_receipt *r, uint8_t result, enum err err, const char *text)
{
	assert_non_null(r);
	assert_string_equal(r->text, text);
	assert_int_equal(r->result, result);
	assert_int_equal(r->err, err);
}

/* -- the note -- */

static void what_finds_no_row_is_refused_and_says_how_many_there_are(void **state)
{
	struct verb_args args;
	char name[8];

	(void)state;
	for (unsigned i = 0; i < LEDGER_MORE_MAX; i++) {
		snprintf(name, sizeof(name), "a%u", i);
		args = account(VERB_LOCK, name);
		assert_int_equal(act(&args)->result, RECEIPT_DONE);
	}
	args = account(VERB_LOCK, "bob");
	says(act(&args), RECEIPT_FAILED, ERR_FULL,
	     "could not lock account bob: 32 effects are in force, as many as this build keeps");
	assert_null(in_force(&args));
}

static void what_must_be_on_the_disk_first_is_not_done_without(void **state)
{
	struct verb_args args = account(VERB_LOCK, "bob");

	(void)state;
	bare.actor.journal.bytes = JOURNAL_BYTES_MAX;
	says(act(&args), RECEIPT_FAILED, ERR_FULL,
	     "could not lock account bob: the undo record could not be written: limit reached");
	assert_null(in_force(&args));
	assert_int_equal(bare.actor.health.journal, ERR_FULL);
}

static void one_in_force_stays_as_it_was_when_a_longer_one_cannot_be_noted(void **state)
{
	struct verb_args args = account(VERB_LOCK, "bob");
	struct effect_more was;
	int64_t end_us;

	(void)state;
	assert_int_equal(act(&args)->result, RECEIPT_DONE);
	was = *ledger_more(&bare.actor.ledger, in_force(&args));
	end_us = ledger_end_us(in_force(&args));
	fake.duration_s = 7200;
	bare.actor.journal.bytes = JOURNAL_BYTES_MAX;
	assert_int_equal(act(&args)->result, RECEIPT_FAILED);
	assert_non_null(in_force(&args));
	assert_memory_equal(ledger_more(&bare.actor.ledger, in_force(&args)), &was, sizeof(was));
	assert_true(ledger_end_us(in_force(&args)) == end_us);
}

static void a_ban_is_in_force_without_its_record_and_health_says_so(void **state)
{
	struct verb_args args = address(VERB_BAN, 7);

	(void)state;
	bare.actor.journal.bytes = JOURNAL_BYTES_MAX;
	assert_int_equal(act(&args)->result, RECEIPT_DONE);
	assert_true(said.receipt.journaled_us == 0 && said.receipt.expires_wall_us > 0);
	assert_non_null(in_force(&args));
	assert_int_equal(bare.actor.health.journal, ERR_FULL);
}

static void an_undo_record_that_cannot_be_replaced_stays(void **state)
{
	struct verb_args args = account(VERB_LOCK, "bob");
	struct effect *e;

	(void)state;
	assert_int_equal(act(&args)->result, RECEIPT_DONE);
	e = in_force(&args);
	assert_int_equal(effect_amend(&bare.actor, e, (const uint8_t *)"new", 3), ERR_OK);
	assert_int_equal(ledger_more(&bare.actor.ledger, e)->undo_len, 3);
	bare.actor.journal.bytes = JOURNAL_BYTES_MAX;
	assert_int_equal(effect_amend(&bare.actor, e, (const uint8_t *)UNDO, sizeof(UNDO)), ERR_FULL);
	assert_int_equal(ledger_more(&bare.actor.ledger, e)->undo_len, 3);
	assert_memory_equal(ledger_more(&bare.actor.ledger, e)->undo, "new", 3);
	assert_int_equal(bare.actor.health.journal, ERR_FULL);
}

/* -- the replay -- */

/* A record of this boot that has so much time left. */
static struct journal_record record_of(const struct verb_args *args, int64_t left_us)
{
	struct journal_record r = {.kind = JOURNAL_EFFECT,
				   .args = *args,
				   .origin = ORIGIN_ORDER,
				   .duration_s = args->duration_s,
				   .expires_mono_us = clock_mono_us() + left_us,
				   .expires_wall_us = clock_wall_us() + left_us,
				   .wall_us = clock_wall_us(),
				   .text = STR(UNDO)};

	memcpy(r.boot, bare.actor.boot, sizeof(r.boot));
	return r;
}

static void records_of_bans_from_before_effects_are_read(void **state)
{
	struct verb_args args = address(VERB_BAN, 7);
	struct journal_record r = record_of(&args, FAR_US);

	(void)state;
	r.kind = JOURNAL_BAN;
	r.args = (struct verb_args){0};
	r.addr = args.addr;
	r.duration_s = 7200;
	memcpy(r.rule, "probing", 8);
	assert_true(effect_replay(&bare.actor, &r));
	assert_non_null(in_force(&args));
	assert_true(ledger_end_us(in_force(&args)) >= clock_mono_us() + FAR_US - SECOND_US);
	r.kind = JOURNAL_UNBAN;
	assert_true(effect_replay(&bare.actor, &r));
	assert_null(in_force(&args));
	/* Twice is no more than once. */
	assert_true(effect_replay(&bare.actor, &r));
	assert_null(in_force(&args));
	r.kind = JOURNAL_RESET;
	assert_false(effect_replay(&bare.actor, &r));
}

static void a_ban_whose_time_is_over_is_forgotten_but_a_lock_is_taken_back(void **state)
{
	struct verb_args of_address = address(VERB_BAN, 7), of_account = account(VERB_LOCK, "bob");
	struct journal_record r = record_of(&of_address, FAR_US);

	(void)state;
	assert_true(effect_replay(&bare.actor, &r));
	r = record_of(&of_address, -SECOND_US);
	assert_true(effect_replay(&bare.actor, &r));
	assert_null(in_force(&of_address));
	r = record_of(&of_account, -SECOND_US);
	assert_true(effect_replay(&bare.actor, &r));
	assert_non_null(in_force(&of_account));
	effect_tick(&bare.actor, clock_mono_us() + LEDGER_TICK_US);
	says(bare_receipt(&bare, &said), RECEIPT_REVERTED, ERR_OK, "lock of account bob ended: its time is over");
	assert_int_equal(fake.reverts, 1);
	assert_null(in_force(&of_account));
}

static void what_ended_while_the_guard_was_down_is_taken_back_and_reported(void **state)
{
	struct verb_args args = {.verb = VERB_ISOLATE, .duration_s = 60, .lease_s = 600};
	struct journal_record r = record_of(&args, -SECOND_US);

	(void)state;
	bare.actor.settings.confirm_s = 60;
	assert_true(effect_replay(&bare.actor, &r));
	assert_non_null(in_force(&args));
	assert_true(effect_is_over(&bare.actor, in_force(&args)));
	effect_tick(&bare.actor, clock_mono_us() + LEDGER_TICK_US);
	says(bare_receipt(&bare, &said), RECEIPT_REVERTED, ERR_OK, "isolate of this device ended: its time is over");
	assert_int_equal(fake.reverts, 1);
	assert_null(in_force(&args));
	r = record_of(&args, FAR_US);
	assert_true(effect_replay(&bare.actor, &r));
	assert_false(effect_is_over(&bare.actor, in_force(&args)));
}

static void what_was_ended_is_not_in_force_after_a_start(void **state)
{
	struct verb_args args = account(VERB_LOCK, "bob");
	struct journal_record r = record_of(&args, FAR_US);

	(void)state;
	assert_true(effect_replay(&bare.actor, &r));
	assert_non_null(in_force(&args));
	r.kind = JOURNAL_ENDED;
	assert_true(effect_replay(&bare.actor, &r));
	assert_null(in_force(&args));
}

static void records_that_find_no_row_are_counted_as_lost(void **state)
{
	struct journal_record r;
	struct verb_args args;
	char name[8];

	(void)state;
	for (unsigned i = 0; i < LEDGER_MORE_MAX + 2; i++) {
		snprintf(name, sizeof(name), "a%u", i);
		args = account(VERB_LOCK, name);
		r = record_of(&args, FAR_US);
		assert_true(effect_replay(&bare.actor, &r));
	}
	assert_int_equal(bare.actor.health.effects_lost, 2);
	assert_int_equal(bare.actor.ledger.more_count, LEDGER_MORE_MAX);
}

static void a_clock_that_cannot_be_right_leaves_half_of_the_time(void **state)
{
	struct verb_args args = account(VERB_LOCK, "bob");
	struct journal_record r = record_of(&args, FAR_US);
	struct effect *e;

	(void)state;
	/* Written in another boot, by a clock that stood two years ahead. */
	memset(r.boot, 0x5a, sizeof(r.boot));
	r.duration_s = 60;
	r.expires_wall_us += 2 * JOURNAL_DOUBT_US;
	r.wall_us += 2 * JOURNAL_DOUBT_US;
	assert_true(effect_replay(&bare.actor, &r));
	e = in_force(&args);
	assert_int_equal(bare.actor.clock_doubted, 1);
	assert_int_equal(e->duration_s, 30);
	assert_true(ledger_end_us(e) <= clock_mono_us() + 30 * SECOND_US + LEDGER_TICK_US);
	/* A second has no half: at the next such start it is over. */
	r.duration_s = 1;
	assert_true(effect_replay(&bare.actor, &r));
	assert_int_equal(in_force(&args)->duration_s, 1);
	assert_int_equal(bare.actor.clock_doubted, 2);
}

static void an_undo_record_that_is_too_long_is_no_overrun(void **state)
{
	static char text[JOURNAL_TEXT_MAX];
	struct verb_args args = account(VERB_LOCK, "bob");
	struct journal_record r = record_of(&args, FAR_US);

	(void)state;
	memset(text, 'u', sizeof(text));
	r.text = (struct str){text, sizeof(text)};
	assert_true(effect_replay(&bare.actor, &r));
	assert_int_equal(ledger_more(&bare.actor.ledger, in_force(&args))->undo_len, LEDGER_UNDO_MAX);
	/* None at all, and no end. */
	r.text = STR_NONE;
	r.duration_s = 0;
	r.expires_mono_us = r.expires_wall_us = INT64_MAX;
	assert_true(effect_replay(&bare.actor, &r));
	assert_int_equal(ledger_more(&bare.actor.ledger, in_force(&args))->undo_len, 0);
	assert_true(ledger_end_us(in_force(&args)) == INT64_MAX);
}

/* -- leases -- */

static struct effect *lease(void)
{
	struct verb_args args = {.verb = VERB_ISOLATE, .duration_s = 0, .lease_s = 600};

	fake.duration_s = 0;
	bare.actor.settings.confirm_s = 60;
	assert_int_equal(act(&args)->result, RECEIPT_DONE);
	return in_force(&args);
}

static void a_lease_ends_unless_the_service_is_heard_through_it(void **state)
{
	struct effect *e = lease();
	int64_t now_us = clock_mono_us();

	(void)state;
	assert_true(ledger_end_us(e) <= now_us + 60 * SECOND_US + LEDGER_TICK_US);
	assert_true(effect_next_us(&bare.actor) < now_us + 61 * SECOND_US);
	effect_tick(&bare.actor, now_us + 62 * SECOND_US);
	says(bare_receipt(&bare, &said), RECEIPT_REVERTED, ERR_OK,
	     "isolate of this device ended: the service was not heard through it");
}

static void a_lease_begins_anew_whenever_the_service_is_heard(void **state)
{
	struct verb_args of_account = account(VERB_LOCK, "bob"), of_address = address(VERB_BAN, 7);
	struct effect *e = lease();
	int64_t now_us = clock_mono_us();

	(void)state;
	/* What has no lease is not touched. */
	assert_int_equal(act(&of_account)->result, RECEIPT_DONE);
	fake.duration_s = 60;
	assert_int_equal(act(&of_address)->result, RECEIPT_DONE);
	effect_heard(&bare.actor, now_us + 50 * SECOND_US);
	assert_true(ledger_end_us(e) >= now_us + 650 * SECOND_US);
	assert_true(ledger_end_us(in_force(&of_account)) == INT64_MAX);
	effect_tick(&bare.actor, now_us + 640 * SECOND_US);
	assert_null(in_force(&of_address));
	assert_null(bare_receipt(&bare, &said));
	effect_tick(&bare.actor, now_us + 652 * SECOND_US);
	says(bare_receipt(&bare, &said), RECEIPT_REVERTED, ERR_OK,
	     "isolate of this device ended: the service was not heard for its lease");
}

/* -- the end -- */

static void an_end_that_fails_is_in_health_and_tried_again(void **state)
{
	struct verb_args args = account(VERB_LOCK, "bob");
	int64_t end_us = clock_mono_us() + 61 * SECOND_US;

	(void)state;
	assert_int_equal(act(&args)->result, RECEIPT_DONE);
	fake.revert = ERR_BUSY;
	effect_tick(&bare.actor, end_us);
	assert_int_equal(fake.reverts, 1);
	assert_non_null(in_force(&args));
	assert_int_equal(bare.actor.health.stuck, ERR_BUSY);
	assert_null(bare_receipt(&bare, &said));
	effect_tick(&bare.actor, end_us + RETRY_US / 2);
	assert_int_equal(fake.reverts, 1);
	fake.revert = ERR_OK;
	fake.found = "password as it was";
	effect_tick(&bare.actor, end_us + RETRY_US + LEDGER_TICK_US);
	says(bare_receipt(&bare, &said), RECEIPT_REVERTED, ERR_OK,
	     "lock of account bob ended: its time is over; password as it was");
	assert_int_equal(bare.actor.health.stuck, ERR_OK);
	assert_null(in_force(&args));
}

static void what_this_build_cannot_take_back_stays_and_is_in_health(void **state)
{
	static const struct action_row once = {.verb = VERB_LOCK, .rails = allow, .apply = note, .verify = allow};
	static const struct action_row *const none[] = {NULL}, *const no_revert[] = {&once, NULL};
	struct verb_args args = account(VERB_LOCK, "bob");

	(void)state;
	assert_int_equal(act(&args)->result, RECEIPT_DONE);
	bare.actor.rows = none;
	effect_end_now(&bare.actor, in_force(&args));
	effect_tick(&bare.actor, clock_mono_us() + LEDGER_TICK_US);
	assert_int_equal(bare.actor.health.stuck, ERR_UNSUPPORTED);
	assert_non_null(in_force(&args));
	bare.actor.rows = no_revert;
	effect_end_now(&bare.actor, in_force(&args));
	effect_tick(&bare.actor, clock_mono_us() + LEDGER_TICK_US);
	assert_non_null(in_force(&args));
	assert_null(bare_receipt(&bare, &said));
}

static void a_rule_that_asks_again_does_not_make_a_ban_longer(void **state)
{
	struct verb_args args = address(VERB_BAN, 7);
	struct actor_receipt r = {.origin = ORIGIN_RULE, .args = args};
	struct effect *e;

	(void)state;
	assert_false(effect_repeats(NULL, &r));
	assert_int_equal(act(&args)->result, RECEIPT_DONE);
	e = in_force(&args);
	ledger_end_at(&bare.actor.ledger, e, clock_mono_us() + 30 * SECOND_US);
	assert_false(effect_lasts(e, &r));
	assert_true(effect_repeats(e, &r));
	assert_int_equal(r.result, RECEIPT_ALREADY);
	assert_in_range(r.expires_wall_us - clock_wall_us(), 29 * SECOND_US, 31 * SECOND_US);
	/* Another one: longer, of somebody who says how long, or when the first one is as good as over. */
	r.args.duration_s++;
	assert_false(effect_repeats(e, &r));
	r.args.duration_s--;
	r.origin = ORIGIN_ORDER;
	assert_false(effect_repeats(e, &r));
	r.origin = ORIGIN_RULE;
	ledger_end_at(&bare.actor.ledger, e, clock_mono_us() + SECOND_US / 2);
	assert_false(effect_repeats(e, &r));
}

static void a_ban_ends_without_a_receipt(void **state)
{
	struct verb_args args = address(VERB_BAN, 7);

	(void)state;
	assert_int_equal(act(&args)->result, RECEIPT_DONE);
	fake.revert = ERR_NOT_FOUND;
	effect_end_now(&bare.actor, in_force(&args));
	effect_tick(&bare.actor, clock_mono_us() + LEDGER_TICK_US);
	assert_null(in_force(&args));
	assert_false(fake.had_more);
	assert_null(bare_receipt(&bare, &said));
	effect_report(&bare.actor, ledger_put(&bare.actor.ledger, &args), RECEIPT_RESTORED, "nobody hears this");
	assert_null(bare_receipt(&bare, &said));
}

/* -- what others change -- */

static void doubts_are_looked_at_a_moment_later_and_only_where_they_concern(void **state)
{
	struct verb_args args = account(VERB_LOCK, "bob");
	int64_t now_us = clock_mono_us();

	(void)state;
	/* Nothing is in force. */
	effect_doubt(&bare.actor, &works);
	assert_true(effect_next_us(&bare.actor) == INT64_MAX);
	assert_int_equal(act(&args)->result, RECEIPT_DONE);
	effect_doubt(&bare.actor, &other);
	assert_true(effect_next_us(&bare.actor) < now_us + SECOND_US);
	effect_tick(&bare.actor, now_us);
	assert_int_equal(fake.reconciles, 0);
	effect_tick(&bare.actor, now_us + SECOND_US);
	assert_int_equal(fake.reconciles, 0);
	effect_doubt(&bare.actor, &works);
	effect_tick(&bare.actor, now_us + SECOND_US);
	assert_int_equal(fake.reconciles, 1);
	assert_int_equal(bare.actor.health.reconciled, 1);
	effect_tick(&bare.actor, now_us + 2 * SECOND_US);
	assert_int_equal(fake.reconciles, 1);
}

static void what_cannot_be_made_true_is_in_health_and_tried_again(void **state)
{
	struct verb_args args = account(VERB_LOCK, "bob"), of_ann = account(VERB_LOCK, "ann");
	int64_t now_us = clock_mono_us();

	(void)state;
	assert_int_equal(act(&args)->result, RECEIPT_DONE);
	assert_int_equal(act(&of_ann)->result, RECEIPT_DONE);
	fake.reconcile = ERR_READ_ONLY;
	effect_restore(&bare.actor);
	assert_int_equal(bare.actor.health.stuck, ERR_READ_ONLY);
	assert_true(effect_next_us(&bare.actor) <= clock_mono_us() + RETRY_US);
	/* A doubt meanwhile is covered by that, and an end of another does not say that all is well. */
	effect_doubt(&bare.actor, &works);
	effect_end_now(&bare.actor, in_force(&of_ann));
	effect_tick(&bare.actor, now_us + SECOND_US);
	assert_int_equal(fake.reconciles, 1);
	assert_null(in_force(&of_ann));
	assert_int_equal(bare.actor.health.stuck, ERR_READ_ONLY);
	fake.reconcile = ERR_OK;
	effect_tick(&bare.actor, now_us + RETRY_US + SECOND_US);
	assert_int_equal(fake.reconciles, 2);
	assert_int_equal(bare.actor.health.stuck, ERR_OK);
	assert_int_equal(bare.actor.health.reconciled, 1);
}

/* -- the verbs that undo -- */

static void undoing_says_why_it_failed_and_keeps_the_effect(void **state)
{
	struct verb_args args = account(VERB_LOCK, "bob"), undo = account(VERB_UNLOCK, "bob");

	(void)state;
	assert_int_equal(act(&args)->result, RECEIPT_DONE);
	fake.revert = ERR_BUSY;
	says(act(&undo), RECEIPT_FAILED, ERR_BUSY, "could not unlock account bob: in use by another program");
	fake.found = "another program holds the lock of shadow";
	says(act(&undo), RECEIPT_FAILED, ERR_BUSY,
	     "could not unlock account bob: another program holds the lock of shadow");
	assert_non_null(in_force(&args));
	/* It was gone already, which the verb's own record tells. */
	fake.revert = ERR_NOT_FOUND;
	fake.found = "the account of that name is another one now";
	says(act(&undo), RECEIPT_DONE, ERR_OK, "account bob: unlocked; the account of that name is another one now");
	assert_null(in_force(&args));
}

static void undoing_what_is_not_in_force_asks_the_kernel_only_for_addresses(void **state)
{
	struct verb_args of_account = account(VERB_UNLOCK, "bob"), of_address = address(VERB_UNBAN, 7);

	(void)state;
	says(act(&of_account), RECEIPT_ALREADY, ERR_OK, "account bob: there was nothing to take back");
	assert_int_equal(fake.reverts, 0);
	fake.revert = ERR_NOT_FOUND;
	says(act(&of_address), RECEIPT_ALREADY, ERR_OK, "198.51.100.7: there was nothing to take back");
	assert_int_equal(fake.reverts, 1);
	/* One that the ledger did not know of. */
	fake.revert = ERR_OK;
	says(act(&of_address), RECEIPT_DONE, ERR_OK, "198.51.100.7: unbanned");
}

static void undoing_without_a_journal_claims_no_record(void **state)
{
	struct verb_args args = address(VERB_BAN, 7), undo = address(VERB_UNBAN, 7);

	(void)state;
	assert_int_equal(act(&args)->result, RECEIPT_DONE);
	assert_int_equal(act(&undo)->result, RECEIPT_DONE);
	assert_true(said.receipt.journaled_us > 0);
	assert_int_equal(act(&args)->result, RECEIPT_DONE);
	bare.actor.journal.bytes = JOURNAL_BYTES_MAX + JOURNAL_KEPT;
	assert_int_equal(act(&undo)->result, RECEIPT_DONE);
	assert_true(said.receipt.journaled_us == 0);
	assert_null(in_force(&args));
	assert_int_equal(bare.actor.health.journal, ERR_FULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, bare_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_finds_no_row_is_refused_and_says_how_many_there_are),
		TEST(what_must_be_on_the_disk_first_is_not_done_without),
		TEST(one_in_force_stays_as_it_was_when_a_longer_one_cannot_be_noted),
		TEST(a_ban_is_in_force_without_its_record_and_health_says_so),
		TEST(an_undo_record_that_cannot_be_replaced_stays),
		TEST(records_of_bans_from_before_effects_are_read),
		TEST(a_ban_whose_time_is_over_is_forgotten_but_a_lock_is_taken_back),
		TEST(what_ended_while_the_guard_was_down_is_taken_back_and_reported),
		TEST(what_was_ended_is_not_in_force_after_a_start),
		TEST(records_that_find_no_row_are_counted_as_lost),
		TEST(a_clock_that_cannot_be_right_leaves_half_of_the_time),
		TEST(an_undo_record_that_is_too_long_is_no_overrun),
		TEST(a_lease_ends_unless_the_service_is_heard_through_it),
		TEST(a_lease_begins_anew_whenever_the_service_is_heard),
		TEST(an_end_that_fails_is_in_health_and_tried_again),
		TEST(what_this_build_cannot_take_back_stays_and_is_in_health),
		TEST(a_rule_that_asks_again_does_not_make_a_ban_longer),
		TEST(a_ban_ends_without_a_receipt),
		TEST(doubts_are_looked_at_a_moment_later_and_only_where_they_concern),
		TEST(what_cannot_be_made_true_is_in_health_and_tried_again),
		TEST(undoing_says_why_it_failed_and_keeps_the_effect),
		TEST(undoing_what_is_not_in_force_asks_the_kernel_only_for_addresses),
		TEST(undoing_without_a_journal_claims_no_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
