/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's rewrite with what is live, whatever call fails: all of it is there afterwards. Needs no root. */
#include "agent/actor/journal_live.h"

#include "agent/base/clock.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/bare.h"
#include "tests/unit/faults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#define BANS 3
#define ENDS 5 /* of others, which are to go */

struct found {
	unsigned bans, ends, orders, steps, outcomes, secrets, undos;
};

static struct verb_args ban_of(unsigned i)
{
	return (struct verb_args){.verb = VERB_BAN, .addr = {4, 32, {198, 51, 100, (uint8_t)i}}, .duration_s = 600};
}

static void append(const struct journal_record *r)
{
	require(journal_append(&bare.actor.journal, r) == ERR_OK);
}

/* A state with one of each kind, written down with what is over. */
static void live(void)
{
	struct journal_record order = {
		.kind = JOURNAL_ORDER, .id = {1}, .until_wall_s = clock_wall_us() / SECOND_US + 60};
	struct journal_record steps = {.kind = JOURNAL_STEPS, .id = {1}, .text = STR("steps")};
	struct journal_record outcome = {
		.kind = JOURNAL_OUTCOME, .id = {1}, .step = 1, .steps = 2, .text = STR("done")};
	struct journal_record secret = {.kind = JOURNAL_SECRET, .id = {1}, .step = 2, .sealed = STR("sealed")};
	struct journal_record undo = {.kind = JOURNAL_RESET, .account = "bob", .text = STR("bob:$6$a:1::::::")};
	struct actor *a = &bare.actor;

	bare_start(&bare);
	for (unsigned i = 0; i < BANS + ENDS; i++) {
		struct verb_args args = ban_of(i);
		struct journal_record r = {.kind = i < BANS ? JOURNAL_EFFECT : JOURNAL_ENDED, .args = args};

		if (i < BANS)
			ledger_end_at(&a->ledger, ledger_put(&a->ledger, &args), clock_mono_us() + 600 * SECOND_US);
		append(&r);
	}
	append(&order);
	append(&steps);
	append(&outcome);
	append(&secret);
	append(&undo);
	undo_keep(&a->undo, &undo);
	require(mandate_remember(&a->mandate, order.id, order.until_wall_s, clock_wall_us() / SECOND_US) == ERR_OK);
	a->runs[0] = (struct run){.order = {.step_count = 2}, .request = {.order_id = {1}}, .waits = true};
	/* Of an order that nobody knows any more. */
	outcome.id[0] = steps.id[0] = secret.id[0] = 2;
	append(&secret);
	append(&outcome);
	append(&steps);
}

static void count(void *context, const struct journal_record *r)
{
	struct found *found = context;

	found->bans += r->kind == JOURNAL_EFFECT;
	found->ends += r->kind == JOURNAL_ENDED;
	found->orders += r->kind == JOURNAL_ORDER;
	found->steps += r->kind == JOURNAL_STEPS;
	found->outcomes += r->kind == JOURNAL_OUTCOME;
	found->secrets += r->kind == JOURNAL_SECRET;
	found->undos += r->kind == JOURNAL_RESET;
}

/* What the next start finds. */
static struct found found_again(void)
{
	struct found found = {0};

	journal_close(&bare.actor.journal);
	require(journal_open(&bare.actor.journal, bare.actor.state_dir, count, &found) == ERR_OK);
	require(bare.actor.journal.skipped == 0 && bare.actor.journal.unknown == 0);
	return found;
}

static void what_is_live_is_kept_and_the_rest_goes(void **state)
{
	struct found found;

	(void)state;
	live();
	assert_int_equal(journal_live(&bare.actor), ERR_OK);
	found = found_again();
	assert_int_equal(found.bans, BANS);
	assert_int_equal(found.ends, 0);
	assert_int_equal(found.orders, 1);
	assert_int_equal(found.steps, 1);
	assert_int_equal(found.outcomes, 1);
	assert_int_equal(found.secrets, 1);
	assert_int_equal(found.undos, 1);
	bare_end(&bare);
}

static void without_a_journal_there_is_no_rewrite(void **state)
{
	(void)state;
	live();
	journal_close(&bare.actor.journal);
	assert_int_equal(journal_live(&bare.actor), ERR_IO);
	assert_int_equal(journal_sync(&bare.actor.journal), ERR_IO);
	assert_false(journal_wants_rewrite(&bare.actor.journal));
	assert_int_equal(journal_read(&bare.actor.journal, count, NULL), ERR_IO);
	bare_end(&bare);
}

/* A rewrite is worth it when half of a large journal is over; one that failed is not tried again at once. */
static void large_journal_wants_a_rewrite_until_it_had_one(void **state)
{
	struct journal *j = &bare.actor.journal;

	(void)state;
	live();
	assert_false(journal_wants_rewrite(j));
	j->bytes = JOURNAL_REWRITE_BYTES + 1;
	assert_true(journal_wants_rewrite(j));
	j->live_bytes = j->bytes;
	assert_false(journal_wants_rewrite(j));
	j->live_bytes = 0;
	journal_rewrite_drop(j);
	assert_false(journal_wants_rewrite(j));
	bare_end(&bare);
}

enum { REWRITTEN = 1 };

static int rewrite(void *context)
{
	struct found found;
	struct journal_record more = {.kind = JOURNAL_EFFECT, .args = ban_of(99)};
	unsigned took;
	enum err err;

	(void)context;
	faults_hold();
	live();
	faults_begin();
	err = journal_live(&bare.actor);
	took = journal_append(&bare.actor.journal, &more) == ERR_OK;
	faults_hold();
	found = found_again();
	require(found.bans == BANS + took && found.orders == 1 && found.undos == 1);
	require(found.steps >= 1 && found.outcomes >= 1);
	require(err != ERR_OK || found.ends == 0);
	bare_end(&bare);
	return err == ERR_OK ? REWRITTEN : 0;
}

static void is_rewritten_without_a_fault(void *context, const struct faults_run *run)
{
	(void)context;
	if (run->call < 0)
		assert_int_equal(run->result, REWRITTEN);
}

static void nothing_is_lost_whatever_call_fails(void **state)
{
	static const int errors[] = {EIO, ENOSPC};

	(void)state;
	if (!faults_possible())
		skip();
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const struct faults f = {errors[i], NULL, rewrite, is_rewritten_without_a_fault, NULL};

		assert_true(faults_each(&f) > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_live_is_kept_and_the_rest_goes),
		cmocka_unit_test(without_a_journal_there_is_no_rewrite),
		cmocka_unit_test(large_journal_wants_a_rewrite_until_it_had_one),
		cmocka_unit_test(nothing_is_lost_whatever_call_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
