/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb `reboot`: an effect that is noted first, brings the reboot about a little later, so that its receipt has
 * left, and is still there in the next boot, where it completes the receipt and keeps another reboot away for a while.
 * The init does it, asked by the starter as an administrator would ask.
 */
#include "agent/actor/lookout/lookout_update.h"
#include "agent/actor/rails/rails_reboot.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/effect.h"
#include "agent/base/clock.h"
#include "agent/base/say.h"

#include <stdio.h>
#include <string.h>

_Static_assert(RAILS_REBOOT_BOOT == JOURNAL_BOOT, "a boot is told by the same number");
_Static_assert(RAILS_REBOOT_BYTES <= LEDGER_UNDO_MAX, "a record fits");

static enum err no(struct action *action, enum err err, const char *why)
{
	snprintf(action->why, sizeof(action->why), "%s", why);
	return err;
}

/* The one that is under way or at rest; NULL: there is none. */
static struct effect *find(struct actor *a, struct rails_reboot *out)
{
	const struct verb_args args = {.verb = VERB_REBOOT};
	struct effect *e = ledger_find(&a->ledger, &args);
	const struct effect_more *more = e ? ledger_more(&a->ledger, e) : NULL;

	/* Of a version that is not known: as one that has just been done, which does nothing and keeps others away. */
	if (more && rails_reboot_decode((struct str){(const char *)more->undo, more->undo_len}, out) != ERR_OK)
		*out = (struct rails_reboot){.phase = RAILS_REBOOT_REPORTED};
	return e;
}

static enum err keep(struct actor *a, struct effect *e, const struct rails_reboot *r)
{
	uint8_t bytes[RAILS_REBOOT_BYTES];
	struct buf b = buf_over(bytes, sizeof(bytes));

	rails_reboot_encode(&b, r);
	return effect_amend(a, e, bytes, b.len);
}

/* An update that a reboot cuts in two may leave a device that does not boot. */
static bool is_updated(struct actor *a)
{
	const struct verb_args args = {.verb = VERB_MAINTAIN};

	return ledger_find(&a->ledger, &args) || (IS_ENABLED(CONFIG_SOURCE_FILE) && lookout_update_runs());
}

static enum err reboot_rails(struct actor *a, struct action *action)
{
	struct rails_reboot last;

	if (action->receipt.origin != ORIGIN_ORDER)
		return no(action, ERR_DENIED, "only an order may ask for that");
	if (a->starter.socket < 0)
		return no(action, ERR_CLOSED, "nothing can run programs for the guard; start it anew");
	if (a->forgets)
		return no(action, ERR_READ_ONLY, "what is in force would be forgotten: STATE_DIR is read-only");
	if (find(a, &last))
		return no(action, ERR_PROTECTED,
			  last.phase == RAILS_REBOOT_REPORTED
				  ? "it was rebooted, and has not been up for 15 minutes since"
				  : "a reboot is under way");
	if (is_updated(a))
		return no(action, ERR_PROTECTED, "it is being updated or maintained; try again after that");
	return ERR_OK;
}

static enum err reboot_apply(struct actor *a, struct action *action)
{
	struct rails_reboot r = {.due_us = clock_mono_us() + RAILS_REBOOT_DELAY_US};
	struct effect_terms terms = {.duration_s = 0};
	uint8_t bytes[RAILS_REBOOT_BYTES];
	struct buf b = buf_over(bytes, sizeof(bytes));
	enum err err;

	memcpy(r.boot, a->boot, sizeof(r.boot));
	rails_reboot_encode(&b, &r);
	terms.undo = bytes;
	terms.undo_len = b.len;
	err = effect_note(a, action, &terms);
	if (err != ERR_OK)
		return err;
	a->reboot_us = r.due_us;
	snprintf(action->receipt.text, sizeof(action->receipt.text),
		 "the device reboots in %d s; a further receipt says what came of it",
		 (int)(RAILS_REBOOT_DELAY_US / SECOND_US));
	return ERR_OK;
}

/* Of what is to come there is nothing to read back but that it is noted. */
static enum err reboot_verify(struct actor *a, struct action *action)
{
	return effect_of(a, action) ? ERR_OK : ERR_UNVERIFIED;
}

/* -- what is due -- */

/* One that cannot be noted is not done: the next boot would not know that it was asked for. */
static void ask(struct actor *a, struct effect *e, struct rails_reboot *r)
{
	const struct verb_args args = {.verb = VERB_REBOOT};
	enum err err;

	r->phase = RAILS_REBOOT_ASKED;
	err = keep(a, e, r);
	if (err == ERR_OK)
		err = starter_submit(&a->starter, &args, &a->reboot_ticket);
	if (err == ERR_OK) {
		say(SAY_WARNING, "the device is rebooted, as was ordered");
		return;
	}
	effect_report(a, e, RECEIPT_FAILED, "failed: the reboot could not be noted, or nothing can run programs");
	effect_drop(a, e);
}

static void fail(struct actor *a, struct effect *e, const char *why)
{
	char text[MESSAGE_TEXT_MAX];

	snprintf(text, sizeof(text), "failed: same boot: %s", why);
	effect_report(a, e, RECEIPT_FAILED, text);
	effect_drop(a, e);
}

static void report(struct actor *a, struct effect *e, struct rails_reboot *r)
{
	char text[MESSAGE_TEXT_MAX];

	snprintf(text, sizeof(text), "rebooted, uptime %u s", (unsigned)(clock_mono_us() / SECOND_US));
	effect_report(a, e, RECEIPT_DONE, text);
	r->phase = RAILS_REBOOT_REPORTED;
	/* What cannot be noted is told again at the next start. Without a journal there is no other reboot either. */
	if (keep(a, e, r) != ERR_OK)
		effect_drop(a, e);
}

/* The program that asks for it has ended, and did not get it. */
static bool is_refused(struct actor *a, char why[STARTER_TEXT_MAX + 16])
{
	struct starter_result result;
	enum err err = ERR_BUSY;

	if (a->reboot_ticket != 0)
		err = starter_take(&a->starter, a->reboot_ticket, &result);
	if (err == ERR_BUSY)
		return false;
	a->reboot_ticket = 0;
	if (err == ERR_OK && result.err != ERR_OK)
		snprintf(why, STARTER_TEXT_MAX + 16, "/sbin/reboot %s", result.text);
	return err == ERR_OK && result.err != ERR_OK;
}

static void tick(struct actor *a, int64_t mono_us)
{
	char why[STARTER_TEXT_MAX + 16];
	struct rails_reboot r;
	struct effect *e = find(a, &r);

	if (!e)
		return;
	if (is_refused(a, why)) {
		fail(a, e, why);
		return;
	}
	switch (rails_reboot_next(&r, a->boot, mono_us, &a->reboot_us)) {
	case RAILS_REBOOT_ASK: ask(a, e, &r); break;
	case RAILS_REBOOT_FAIL: fail(a, e, "it was asked for five minutes ago"); break;
	case RAILS_REBOOT_REPORT: report(a, e, &r); break;
	case RAILS_REBOOT_OVER: effect_drop(a, e); break;
	case RAILS_REBOOT_WAIT: break;
	}
}

static int64_t next_us(const struct actor *a)
{
	for (unsigned i = 0; i < LEDGER_MORE_MAX && a->ledger.more_count > 0; i++)
		if (a->ledger.more[i].used && a->ledger.more[i].args.verb == VERB_REBOOT)
			return a->reboot_us;
	return INT64_MAX;
}

static const struct means reboot_means = {
	.tick = tick,
	.next_us = next_us,
};

const struct action_row reboot_row = {
	.verb = VERB_REBOOT,
	.flags = ACTION_SYNC_BEFORE | ACTION_PROVEN_LATER,
	.rails = reboot_rails,
	.apply = reboot_apply,
	.verify = reboot_verify,
	.means = {&programs_means, &reboot_means},
};
