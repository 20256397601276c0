/* SPDX-License-Identifier: Apache-2.0 */
/* Effects from their note to their end; see effect.h. */
#include "agent/actor/verb/effect.h"

#include "agent/actor/verb/act.h"
#include "agent/base/clock.h"
#include "agent/base/require.h"

#include <stdio.h>
#include <string.h>

#define SLACK_US (20 * MS_US)	 /* lets several end in one wake-up, and the kernel's own clock come first */
#define RETRY_US (5 * SECOND_US) /* after an end that could not be */
#define WORTH_EXTENDING_US SECOND_US
#define LOOK_AFTER_US (500 * MS_US) /* between a change by somebody else and the look at it */

struct effect *effect_of(struct actor *a, const struct action *action)
{
	return ledger_find(&a->ledger, &action->receipt.args);
}

static void say_already(const struct effect *e, struct actor_receipt *r, struct now now)
{
	r->result = RECEIPT_ALREADY;
	r->expires_wall_us = now.wall_us + (ledger_end_us(e) - now.mono_us);
}

bool effect_lasts(const struct effect *e, struct actor_receipt *r)
{
	struct now now = clock_now();

	if (!e || ledger_end_us(e) + WORTH_EXTENDING_US < now.mono_us + (int64_t)r->args.duration_s * SECOND_US)
		return false;
	say_already(e, r, now);
	return true;
}

bool effect_repeats(const struct effect *e, struct actor_receipt *r)
{
	struct now now = clock_now();

	if (!e || r->origin != ORIGIN_RULE || e->duration_s < r->args.duration_s ||
	    ledger_end_us(e) < now.mono_us + WORTH_EXTENDING_US)
		return false;
	say_already(e, r, now);
	return true;
}

void effect_record(struct actor *a, const struct effect *e, struct journal_record *out)
{
	const struct effect_more *more = ledger_more(&a->ledger, e);
	struct now now = clock_now();
	int64_t end_us = more ? more->end_us : ledger_end_us(e);

	memset(out, 0, sizeof(*out));
	out->kind = JOURNAL_EFFECT;
	out->args = ledger_args(&a->ledger, e);
	out->origin = e->origin;
	memcpy(&out->rule_hash, e->rule, sizeof(e->rule));
	memcpy(out->incident, e->incident, sizeof(out->incident));
	out->duration_s = e->duration_s;
	out->expires_mono_us = end_us;
	out->expires_wall_us = end_us == INT64_MAX ? INT64_MAX : now.wall_us + (end_us - now.mono_us);
	memcpy(out->boot, a->boot, sizeof(out->boot));
	if (!more)
		return;
	memcpy(out->id, more->order, sizeof(out->id));
	out->wall_us = more->since_wall_us;
	out->text = (struct str){(const char *)more->undo, more->undo_len};
}

/* Sets when it ends: by its time, or sooner by its lease. */
static void set_end(struct actor *a, struct effect *e, int64_t now_us)
{
	struct effect_more *more = ledger_more(&a->ledger, e);
	int64_t end_us = more->end_us, lease_us = INT64_MAX;

	if (more->confirm_us)
		lease_us = more->confirm_us;
	else if (more->args.lease_s)
		lease_us = now_us + (int64_t)more->args.lease_s * SECOND_US;
	ledger_end_at(&a->ledger, e, end_us < lease_us ? end_us : lease_us);
}

static void fill_more(struct actor *a, struct effect *e, const struct actor_receipt *r,
		      const struct effect_terms *terms)
{
	struct effect_more *more = ledger_more(&a->ledger, e);
	struct now now = clock_now();

	require(terms->undo_len <= sizeof(more->undo));
	more->args = r->args;
	memcpy(more->order, r->order_id, sizeof(more->order));
	more->since_wall_us = now.wall_us;
	more->end_us = terms->duration_s ? now.mono_us + (int64_t)terms->duration_s * SECOND_US : INT64_MAX;
	more->confirm_us = r->args.lease_s ? now.mono_us + a->settings.confirm_s * SECOND_US : 0;
	more->undo_len = (uint16_t)terms->undo_len;
	if (terms->undo_len)
		memcpy(more->undo, terms->undo, terms->undo_len);
	set_end(a, e, now.mono_us);
}

static void describe(struct actor *a, struct effect *e, const struct actor_receipt *r, const struct effect_terms *terms)
{
	uint64_t rule = hash_name(r->rule);

	e->origin = r->origin;
	e->duration_s = terms->duration_s;
	memcpy(e->rule, &rule, sizeof(e->rule));
	memcpy(e->incident, r->incident, sizeof(e->incident));
	if (e->more)
		fill_more(a, e, r, terms);
	else
		ledger_end_at(&a->ledger, e, clock_mono_us() + (int64_t)terms->duration_s * SECOND_US);
}

/* Into the journal; on the disk where the row asks for that. */
static enum err journal_effect(struct actor *a, struct action *action, const struct effect *e)
{
	struct journal_record record;
	enum err err;

	effect_record(a, e, &record);
	err = journal_append(&a->journal, &record);
	if (err == ERR_OK && (action->row->flags & ACTION_SYNC_BEFORE))
		err = journal_sync(&a->journal);
	actor_note_journal(a, err);
	if (err == ERR_OK)
		action->receipt.journaled_us = clock_mono_us();
	return err;
}

enum err effect_note(struct actor *a, struct action *action, const struct effect_terms *terms)
{
	struct actor_receipt *r = &action->receipt;
	struct effect *e = ledger_find(&a->ledger, &r->args);
	bool there = e != NULL;
	struct effect_more more_was;
	struct effect was;
	enum err err;

	if (!there)
		e = ledger_put(&a->ledger, &r->args);
	if (!e) {
		snprintf(action->why, sizeof(action->why), "%u effects are in force, as many as this build keeps",
			 a->ledger.count);
		return ERR_FULL;
	}
	was = *e;
	if (e->more)
		more_was = *ledger_more(&a->ledger, e);
	describe(a, e, r, terms);
	r->expires_wall_us = terms->duration_s ? clock_wall_us() + (int64_t)terms->duration_s * SECOND_US : 0;
	err = journal_effect(a, action, e);
	if (err == ERR_OK || !(action->row->flags & ACTION_SYNC_BEFORE)) {
		/* A ban's receipt says as much, and a message before the act would wake the core beside it. */
		if (e->more)
			actor_send_effect(a, e, false);
		return ERR_OK;
	}
	snprintf(action->why, sizeof(action->why), "the undo record could not be written: %s", err_text(err));
	if (!there) {
		ledger_remove(&a->ledger, e);
		return err;
	}
	*e = was;
	if (e->more)
		*ledger_more(&a->ledger, e) = more_was;
	return err;
}

enum err effect_lasting(struct actor *a, struct effect *e, const uint8_t *undo, size_t undo_len)
{
	struct effect_more *more = ledger_more(&a->ledger, e);
	const struct effect was = *e;
	const struct effect_more more_was = *more;
	enum err err;

	e->duration_s = 0;
	more->end_us = INT64_MAX;
	more->confirm_us = 0;
	more->args.lease_s = 0;
	err = effect_amend(a, e, undo, undo_len);
	if (err == ERR_OK) {
		set_end(a, e, clock_mono_us());
		actor_send_effect(a, e, false);
		return ERR_OK;
	}
	*e = was;
	*more = more_was;
	return err;
}

enum err effect_amend(struct actor *a, struct effect *e, const uint8_t *undo, size_t undo_len)
{
	struct effect_more *more = ledger_more(&a->ledger, e), old;
	struct journal_record record;
	enum err err;

	require(more && undo_len <= sizeof(more->undo));
	old = *more;
	memcpy(more->undo, undo, undo_len);
	more->undo_len = (uint16_t)undo_len;
	effect_record(a, e, &record);
	err = journal_append(&a->journal, &record);
	if (err == ERR_OK)
		err = journal_sync(&a->journal);
	actor_note_journal(a, err);
	if (err != ERR_OK)
		*more = old;
	return err;
}

void effect_keep(struct actor *a, const struct effect *e)
{
	struct journal_record record;

	effect_record(a, e, &record);
	actor_note_journal(a, journal_append(&a->journal, &record));
}

void effect_end_now(struct actor *a, struct effect *e)
{
	struct effect_more *more = ledger_more(&a->ledger, e);
	int64_t now_us = clock_mono_us();

	if (more)
		more->end_us = now_us;
	ledger_end_at(&a->ledger, e, now_us);
}

bool effect_is_over(struct actor *a, const struct effect *e)
{
	const struct effect_more *more = ledger_more(&a->ledger, e);

	return (more ? more->end_us : ledger_end_us(e)) <= clock_mono_us();
}

void effect_drop(struct actor *a, struct effect *e)
{
	struct journal_record record = {.kind = JOURNAL_ENDED, .args = ledger_args(&a->ledger, e)};

	actor_send_effect(a, e, true);
	ledger_remove(&a->ledger, e);
	actor_note_journal(a, journal_append(&a->journal, &record));
}

/* -- at start -- */

/* Records of before effects, in today's form. */
static void modernise(struct journal_record *r)
{
	if (r->kind != JOURNAL_BAN && r->kind != JOURNAL_UNBAN)
		return;
	r->args = (struct verb_args){.verb = VERB_BAN, .addr = r->addr, .duration_s = r->duration_s};
	r->rule_hash = hash_name(r->rule);
	r->kind = r->kind == JOURNAL_BAN ? JOURNAL_EFFECT : JOURNAL_ENDED;
}

/* What is left of its time. A half of it is the record's whole time from then on, so that many such starts end it. */
static int64_t left_us(struct actor *a, struct journal_record *r, struct now now)
{
	bool doubted = false;
	int64_t left = journal_left_us(r, a->boot, now, &doubted);

	if (doubted) {
		a->clock_doubted++;
		r->duration_s = r->duration_s > 1 ? r->duration_s / 2 : 1;
	}
	return left;
}

static void put_replayed(struct actor *a, const struct journal_record *r, int64_t left, struct now now)
{
	struct effect *e = ledger_put(&a->ledger, &r->args);
	struct effect_more *more;

	if (!e) {
		a->health.effects_lost++;
		return;
	}
	e->origin = r->origin;
	e->duration_s = r->duration_s;
	memcpy(e->rule, &r->rule_hash, sizeof(e->rule));
	memcpy(e->incident, r->incident, sizeof(e->incident));
	more = ledger_more(&a->ledger, e);
	if (!more) {
		ledger_end_at(&a->ledger, e, now.mono_us + left);
		return;
	}
	more->args = r->args;
	memcpy(more->order, r->id, sizeof(more->order));
	more->since_wall_us = r->wall_us;
	more->end_us = left == INT64_MAX ? left : now.mono_us + left;
	more->confirm_us = r->args.lease_s ? now.mono_us + a->settings.confirm_s * SECOND_US : 0;
	more->undo_len = (uint16_t)(r->text.len < LEDGER_UNDO_MAX ? r->text.len : LEDGER_UNDO_MAX);
	if (more->undo_len)
		memcpy(more->undo, r->text.data, more->undo_len);
	set_end(a, e, now.mono_us);
}

bool effect_replay(struct actor *a, const struct journal_record *record)
{
	struct journal_record r = *record;
	struct now now = clock_now();
	struct effect *e;
	int64_t left;

	modernise(&r);
	if (r.kind != JOURNAL_EFFECT && r.kind != JOURNAL_ENDED)
		return false;
	e = ledger_find(&a->ledger, &r.args);
	left = r.kind == JOURNAL_EFFECT ? left_us(a, &r, now) : 0;
	/* The end of what is no ban is for its row to bring about and to tell: it may have to be taken back still. */
	if (left <= 0 && (r.kind == JOURNAL_ENDED || ledger_is_plain(r.args.verb))) {
		if (e)
			ledger_remove(&a->ledger, e);
	} else {
		put_replayed(a, &r, left > 0 ? left : 0, now);
	}
	return true;
}

static bool works_with(const struct action_row *row, const struct means *means)
{
	for (unsigned i = 0; i < MEANS_OF_ROW && means; i++)
		if (row->means[i] == means)
			return true;
	return !means;
}

/* Those of verbs that work with the means; NULL: all. */
static void restore(struct actor *a, const struct means *means)
{
	unsigned missing = 0;
	enum err stuck = ERR_OK;

	/* Those in the packet filter are the firewall's to put back (firewall.c). */
	for (const struct action_row *const *row = a->rows; *row; row++)
		if ((*row)->reconcile && !((*row)->flags & ACTION_NEEDS_FIREWALL) && works_with(*row, means)) {
			enum err err = (*row)->reconcile(a, &missing);

			stuck = stuck == ERR_OK ? err : stuck;
		}
	a->health.stuck = (uint8_t)stuck;
	a->health.reconciled += missing;
	a->restore_effects_us = stuck == ERR_OK ? 0 : clock_mono_us() + RETRY_US;
}

void effect_restore(struct actor *a)
{
	restore(a, NULL);
}

void effect_doubt(struct actor *a, const struct means *means)
{
	if (a->ledger.more_count == 0 || a->doubt_us != 0)
		return;
	a->doubt_us = clock_mono_us() + LOOK_AFTER_US;
	a->doubted = means;
}

/* -- the end -- */

void effect_report(struct actor *a, const struct effect *e, enum receipt_result result, const char *text)
{
	const struct effect_more *more = ledger_more(&a->ledger, e);
	struct actor_receipt r;

	if (!more)
		return;
	memset(&r, 0, sizeof(r));
	r.origin = e->origin;
	r.result = (uint8_t)result;
	r.err = (uint8_t)(result == RECEIPT_FAILED ? ERR_UNVERIFIED : ERR_OK);
	r.verified = result != RECEIPT_FAILED;
	r.args = more->args;
	memcpy(r.order_id, more->order, sizeof(r.order_id));
	memcpy(r.incident, e->incident, sizeof(r.incident));
	r.acted_us = r.verified_us = clock_mono_us();
	snprintf(r.text, sizeof(r.text), "%s", text);
	act_send(a, &r);
}

static void report_end(struct actor *a, const struct effect *e, const char *why, const char *found)
{
	struct verb_args args = ledger_args(&a->ledger, e);
	char text[MESSAGE_TEXT_MAX], target[64];

	if (!e->more)
		return;
	snprintf(text, sizeof(text), "%s of %s ended: %s%s%s", verb_name(e->verb), act_target(&args, target), why,
		 found[0] ? "; " : "", found);
	effect_report(a, e, RECEIPT_REVERTED, text);
}

void effect_over(struct actor *a, struct effect *e, const char *why)
{
	report_end(a, e, why, "");
	effect_drop(a, e);
}

/* Whether it ends because the service was not heard, which is sooner than its time says. */
static const char *reason(const struct effect_more *more, int64_t now_us)
{
	if (!more || more->end_us <= now_us)
		return "its time is over";
	return more->confirm_us ? "the service was not heard through it" : "the service was not heard for its lease";
}

/* What was in force before it is so again: that it ended is not all that there is to say. */
static void go_on_as(struct actor *a, struct effect *e, const char *found)
{
	struct effect_more *more = ledger_more(&a->ledger, e);

	memset(more->order, 0, sizeof(more->order));
	effect_keep(a, e);
	effect_report(a, e, RECEIPT_RESTORED, found);
}

static void end(struct actor *a, struct effect *e, int64_t now_us)
{
	const struct action_row *row = act_row(a, e->verb);
	struct effect_more *more = ledger_more(&a->ledger, e);
	struct verb_args args = ledger_args(&a->ledger, e);
	const char *why = reason(more, now_us);
	char text[ACTION_WHY_MAX] = "";
	enum err err = row && row->revert ? row->revert(a, &args, more, text) : ERR_UNSUPPORTED;

	if (err != ERR_OK && err != ERR_NOT_FOUND && err != ERR_EXISTS) {
		a->health.stuck = (uint8_t)err;
		ledger_end_at(&a->ledger, e, now_us + RETRY_US);
		return;
	}
	if (a->restore_effects_us == 0)
		a->health.stuck = ERR_OK;
	report_end(a, e, why, text);
	if (err == ERR_EXISTS)
		go_on_as(a, e, text);
	else
		effect_drop(a, e);
}

void effect_tick(struct actor *a, int64_t mono_us)
{
	struct effect *e;

	if (a->restore_effects_us != 0 && mono_us >= a->restore_effects_us)
		effect_restore(a);
	if (a->doubt_us != 0 && mono_us >= a->doubt_us) {
		a->doubt_us = 0;
		/* What is tried again anyway covers this, and tells what is stuck. */
		if (a->restore_effects_us == 0)
			restore(a, a->doubted);
	}
	while ((e = ledger_ended(&a->ledger, mono_us)) != NULL)
		end(a, e, mono_us);
}

int64_t effect_next_us(const struct actor *a)
{
	int64_t next_us = ledger_next_us(&a->ledger);

	next_us = next_us < INT64_MAX - SLACK_US ? next_us + SLACK_US : INT64_MAX;
	if (a->doubt_us != 0 && a->doubt_us < next_us)
		next_us = a->doubt_us;
	return a->restore_effects_us != 0 && a->restore_effects_us < next_us ? a->restore_effects_us : next_us;
}

void effect_heard(struct actor *a, int64_t mono_us)
{
	for (unsigned i = 0; i < a->ledger.count && a->ledger.more_count > 0; i++) {
		struct effect *e = &a->ledger.rows[i];
		struct effect_more *more = ledger_more(&a->ledger, e);

		if (!more || !more->args.lease_s)
			continue;
		more->confirm_us = 0;
		set_end(a, e, mono_us);
	}
	for (const struct action_row *const *row = a->rows; *row; row++)
		if ((*row)->heard)
			(*row)->heard(a);
}
