/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb `lock`: neither its password nor its SSH keys let anybody into an account until a time. How
 * that is done and taken back is sys/lock.h's. Journal policy: the record of what is shut is on the disk before
 * anything changes. A lock that is there already is made whole and longer, never shorter.
 */
#include "agent/actor/sys/lock.h"

#include "agent/actor/verb/accounts.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/effect.h"
#include "agent/base/clock.h"
#include "agent/base/require.h"

#include <stdio.h>
#include <string.h>

#define WORTH_EXTENDING_US SECOND_US

static struct lock_job job_of(const struct actor *a, const struct verb_args *args, uint8_t origin)
{
	return (struct lock_job){&a->settings, args->account, clock_wall_us() / SECOND_US,
				 origin == ORIGIN_ORDER && args->last_way};
}

static bool read_record(const struct effect_more *more, struct lock_undo *out)
{
	return lock_undo_decode((struct str){(const char *)more->undo, more->undo_len}, out) == ERR_OK;
}

static enum err lock_rails(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	struct lock_job job = job_of(a, &r->args, r->origin);
	struct account account;
	struct lock_undo undo;
	enum err err = accounts_judge(a, action, &account);
	size_t len;

	if (err != ERR_OK)
		return err;
	err = lock_look(&job, &undo, action->why);
	len = strlen(action->why);
	if (err == ERR_PROTECTED && r->origin == ORIGIN_ORDER)
		snprintf(action->why + len, sizeof(action->why) - len, "; last_way=yes locks it");
	if (err == ERR_PROTECTED)
		return err;
	if (err != ERR_OK && err != ERR_EXISTS) {
		r->result = RECEIPT_FAILED;
		return err;
	}
	action->why[0] = '\0';
	return ERR_OK;
}

/* What a lock that is there does not shut: a password that somebody set since, or keys where there were none. */
static void add_open(struct lock_undo *undo, const struct lock_undo *open)
{
	if (open->password) {
		undo->password = true;
		memcpy(undo->field, open->field, sizeof(undo->field));
	}
	if (!undo->keys.places)
		undo->keys = open->keys;
}

static size_t encode(const struct lock_undo *undo, uint8_t bytes[LOCK_UNDO_MAX])
{
	struct buf b = buf_over(bytes, LOCK_UNDO_MAX);

	lock_undo_encode(&b, undo);
	return b.len;
}

/* For how many seconds from now, 0: without end. What is in force until `held_us` does not become shorter. */
static uint32_t seconds_of(uint32_t asked_s, int64_t held_us)
{
	int64_t held_s;

	if (asked_s == VERB_FOREVER || held_us == INT64_MAX)
		return 0;
	held_s = (held_us - clock_mono_us() + SECOND_US - 1) / SECOND_US;
	return held_s > asked_s ? (uint32_t)held_s : asked_s;
}

/* Takes back what a lock that failed has done. What cannot be taken back now is at its end, for later ticks. */
static void give_up(struct actor *a, struct action *action, const struct lock_job *job, const struct lock_undo *undo)
{
	struct effect *e = effect_of(a, action);
	char text[LOCK_TEXT_MAX];
	enum err err = lock_release(job, undo, text);

	if (err == ERR_OK || err == ERR_NOT_FOUND)
		effect_drop(a, e);
	else
		effect_end_now(a, e);
}

/* "account alice: locked for 24 h: ..."; of what was done, as much as fits. */
static void say_locked(struct actor_receipt *r, uint32_t seconds, const char *done)
{
	char span[16] = "";
	size_t len;

	if (seconds)
		act_duration(seconds, span);
	snprintf(r->text, sizeof(r->text), "account %s: locked %s%s: ", r->args.account,
		 seconds ? "for " : "without end", span);
	len = strlen(r->text);
	snprintf(r->text + len, sizeof(r->text) - len, "%.*s", (int)(sizeof(r->text) - len - 1), done);
}

/* The record first, then the lock. `held_us` is until when one is in force already. */
static enum err put_in_force(struct actor *a, struct action *action, const struct lock_undo *undo, int64_t held_us)
{
	struct actor_receipt *r = &action->receipt;
	struct lock_job job = job_of(a, &r->args, r->origin);
	uint8_t bytes[LOCK_UNDO_MAX];
	const struct effect_terms terms = {seconds_of(r->args.duration_s, held_us), bytes, encode(undo, bytes)};
	char text[LOCK_TEXT_MAX];
	enum err err = lock_try(&job, action->why);

	if (err == ERR_OK)
		err = effect_note(a, action, &terms);
	if (err != ERR_OK)
		return err;
	err = lock_apply(&job, undo, text);
	if (err != ERR_OK) {
		snprintf(action->why, sizeof(action->why), "%.*s", (int)sizeof(action->why) - 1, text);
		if (!held_us)
			give_up(a, action, &job, undo);
		return err;
	}
	say_locked(r, terms.duration_s, text);
	return ERR_OK;
}

static enum err already(struct action *action, const struct effect *e)
{
	struct actor_receipt *r = &action->receipt;
	int64_t end_us = e ? ledger_end_us(e) : INT64_MAX;
	struct now now = clock_now();

	r->result = RECEIPT_ALREADY;
	r->expires_wall_us = end_us == INT64_MAX ? 0 : now.wall_us + (end_us - now.mono_us);
	snprintf(r->text, sizeof(r->text), "account %s: %s", r->args.account,
		 e ? "was locked already, and for longer" : "was locked already, not by the guard: it stays so");
	return ERR_OK;
}

static enum err lock_apply_verb(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	struct lock_job job = job_of(a, &r->args, r->origin);
	struct effect *e = effect_of(a, action);
	int64_t held_us = e ? ledger_more(&a->ledger, e)->end_us : 0, now_us = clock_mono_us();
	struct lock_undo open, undo;
	bool ours = e && read_record(ledger_more(&a->ledger, e), &undo);
	enum err err = lock_look(&job, &open, action->why);
	bool shut = err == ERR_EXISTS;

	if (err != ERR_OK && !shut)
		return err;
	action->why[0] = '\0';
	/* A new account of that name: the record is of the one that is gone. */
	ours = ours && undo.uid == open.uid;
	if (!ours)
		held_us = 0;
	if (shut && !ours)
		return already(action, NULL);
	if (shut && (held_us == INT64_MAX ||
		     (r->args.duration_s != VERB_FOREVER &&
		      held_us + WORTH_EXTENDING_US >= now_us + (int64_t)r->args.duration_s * SECOND_US)))
		return already(action, e);
	if (!ours)
		undo = open;
	else if (!shut)
		add_open(&undo, &open);
	/* One that is at its end is as good as none: if it fails now, it has to be taken back still. */
	return put_in_force(a, action, &undo, held_us > now_us ? held_us : 0);
}

static enum err lock_verify(struct actor *a, struct action *action)
{
	const struct actor_receipt *r = &action->receipt;
	struct lock_job job = job_of(a, &r->args, r->origin);
	const struct effect *e = effect_of(a, action);
	struct lock_undo undo;
	bool known = e && read_record(ledger_more(&a->ledger, e), &undo);

	job.last_way = true;
	/* Without a record, what a look finds says which account and home it is. */
	if (!known)
		(void)!lock_look(&job, &undo, action->why);
	return lock_is_held(&job, &undo, action->why) ? ERR_OK : ERR_UNVERIFIED;
}

static enum err lock_revert(struct actor *a, const struct verb_args *args, const struct effect_more *more,
			    char text[ACTION_WHY_MAX])
{
	struct lock_job job = job_of(a, args, ORIGIN_ORDER);
	char found[LOCK_TEXT_MAX] = "";
	struct lock_undo undo;
	enum err err;

	require(more);
	if (!read_record(more, &undo)) {
		snprintf(text, ACTION_WHY_MAX, "the record of its lock is of another version of the guard");
		return ERR_UNSUPPORTED;
	}
	err = lock_release(&job, &undo, found);
	snprintf(text, ACTION_WHY_MAX, "%.*s", ACTION_WHY_MAX - 1, found);
	return err;
}

static void report_restored(struct actor *a, const struct effect *e, const char *found)
{
	char text[MESSAGE_TEXT_MAX];

	snprintf(text, sizeof(text), "account %s: was opened by somebody else; locked again: %.70s",
		 ledger_more(&a->ledger, e)->args.account, found);
	effect_report(a, e, RECEIPT_RESTORED, text);
}

/* Locks again what is open. ERR_NOT_FOUND: that account is no more. */
static enum err hold(struct actor *a, struct effect *e, unsigned *missing)
{
	struct effect_more *more = ledger_more(&a->ledger, e);
	struct lock_job job = job_of(a, &more->args, e->origin);
	char why[LOCK_WHY_MAX], text[LOCK_TEXT_MAX];
	uint8_t bytes[LOCK_UNDO_MAX];
	struct lock_undo undo, open;
	enum err err = read_record(more, &undo) ? lock_look(&job, &open, why) : ERR_UNSUPPORTED;

	if (err == ERR_EXISTS)
		return ERR_OK;
	if (err == ERR_OK && open.uid != undo.uid)
		return ERR_NOT_FOUND;
	if (err != ERR_OK)
		return err;
	add_open(&undo, &open);
	err = effect_amend(a, e, bytes, encode(&undo, bytes));
	if (err == ERR_OK)
		err = lock_apply(&job, &undo, text);
	if (err == ERR_OK && !lock_is_held(&job, &undo, why))
		err = ERR_UNVERIFIED;
	if (err != ERR_OK)
		return err;
	++*missing;
	report_restored(a, e, text);
	return ERR_OK;
}

static enum err lock_reconcile(struct actor *a, unsigned *missing)
{
	int64_t now_us = clock_mono_us();
	enum err worst = ERR_OK;

	/* From the last, because the last takes the place of one that goes. */
	for (unsigned i = a->ledger.count; i-- > 0;) {
		struct effect *e = &a->ledger.rows[i];
		enum err err;

		if (e->verb != VERB_LOCK || ledger_more(&a->ledger, e)->end_us <= now_us)
			continue;
		err = hold(a, e, missing);
		if (err == ERR_NOT_FOUND)
			effect_drop(a, e);
		else if (err != ERR_OK && worst == ERR_OK)
			worst = err;
	}
	return worst;
}

const struct action_row lock_row = {
	.verb = VERB_LOCK,
	.flags = ACTION_NEEDS_EXPIRY | ACTION_SYNC_BEFORE,
	.budget = ACTION_LOCKS,
	.retry_ms = 50,
	.deadline_ms = 1000,
	.rails = lock_rails,
	.apply = lock_apply_verb,
	.verify = lock_verify,
	.revert = lock_revert,
	.reconcile = lock_reconcile,
	.means = {&accounts_means},
};
