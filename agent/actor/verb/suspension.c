/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Suspensions as long as they last. Root and a process's own user can continue what is stopped, and a process that
 * waits in the kernel stops when it comes back, and the kernel tells nobody of either. So each is looked at again
 * within a second: what runs is stopped again and a receipt says so; what has ended, or is of another boot of the
 * machine, is no suspension any more. Only every few seconds, and where something runs, a look passes over all of /proc
 * for what a tree started: nothing that stands still does.
 */
#include "agent/actor/verb/suspension.h"

#include "agent/actor/verb/act.h"
#include "agent/actor/verb/effect.h"
#include "agent/base/clock.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOOK_US (800 * MS_US)
#define LOOK_ALL_US (5 * SECOND_US)
#define SEEN_RUNNING 1 /* effect.seen: a receipt is owed when it is stopped */

_Static_assert(FREEZE_UNDO_MAX <= LEDGER_UNDO_MAX, "a record fits");
_Static_assert(JOURNAL_BOOT == sizeof(uint64_t), "a boot is a number");

uint64_t suspension_boot(const struct actor *a)
{
	uint64_t boot;

	memcpy(&boot, a->boot, sizeof(boot));
	return boot;
}

enum err suspension_record(const struct effect_more *more, struct freeze_undo *out)
{
	return freeze_undo_decode((struct str){(const char *)more->undo, more->undo_len}, out);
}

struct freeze_job suspension_job(struct actor *a, const struct verb_args *args)
{
	return (struct freeze_job){
		.pid = args->pid,
		.start_ticks = args->start_ticks,
		.tree = args->tree,
		.actor = getpid(),
		.core = a->child.pid,
		.boot = suspension_boot(a),
	};
}

struct keeper {
	struct actor *actor;
	struct effect *effect;
};

static enum err keep(void *owner, const struct freeze_undo *undo)
{
	struct keeper *k = owner;
	uint8_t bytes[FREEZE_UNDO_MAX];
	struct buf b = buf_over(bytes, sizeof(bytes));

	freeze_undo_encode(&b, undo);
	return effect_amend(k->actor, k->effect, bytes, b.len);
}

enum err suspension_hold(struct actor *a, struct effect *e, char text[FREEZE_TEXT_MAX], uint32_t *count)
{
	struct keeper keeper = {a, e};
	struct verb_args args = ledger_args(&a->ledger, e);
	struct freeze_job job = suspension_job(a, &args);
	struct freeze_undo undo;
	enum err err = suspension_record(ledger_more(&a->ledger, e), &undo);

	if (err != ERR_OK) {
		snprintf(text, FREEZE_TEXT_MAX, "its record cannot be read");
		return err;
	}
	job.keep = keep;
	job.owner = &keeper;
	err = freeze_apply(&job, &undo, text);
	*count = undo.count;
	return err;
}

static void report_restored(struct actor *a, const struct effect *e)
{
	struct verb_args args = ledger_args(&a->ledger, e);
	char text[MESSAGE_TEXT_MAX], target[64];

	snprintf(text, sizeof(text), "%s is suspended again: what ran of it is stopped", act_target(&args, target));
	a->health.reconciled++;
	effect_report(a, e, RECEIPT_RESTORED, text);
}

/* ERR_OK: it is as it should be. ERR_BUSY: not yet. Else it is over, and the effect is gone. */
static enum err look_after(struct actor *a, struct effect *e, bool all)
{
	struct verb_args args = ledger_args(&a->ledger, e);
	struct freeze_job job = suspension_job(a, &args);
	struct freeze_undo undo;
	char text[FREEZE_TEXT_MAX] = "";
	uint32_t count;
	enum err err = suspension_record(ledger_more(&a->ledger, e), &undo);

	job.tree = job.tree && (all || e->seen == SEEN_RUNNING);
	if (err != ERR_OK || !freeze_is_held(&job, &undo, text)) {
		e->seen = SEEN_RUNNING;
		err = suspension_hold(a, e, text, &count);
	}
	if (err != ERR_OK && err != ERR_BUSY)
		effect_over(a, e, text);
	else if (err == ERR_OK && e->seen == SEEN_RUNNING)
		report_restored(a, e);
	if (err == ERR_OK)
		e->seen = 0;
	return err;
}

static void look(struct actor *a, bool all, unsigned *missing)
{
	int64_t now_us = clock_mono_us();

	/* From the last on: the place of one that is removed is taken by one that was seen. */
	for (unsigned i = a->ledger.count; i-- > 0 && a->ledger.more_count > 0;) {
		struct effect *e = &a->ledger.rows[i];

		/* One whose time is over is not stopped again on the way to its end. */
		if (e->verb != VERB_SUSPEND || ledger_end_us(e) <= now_us)
			continue;
		*missing += look_after(a, e, all) != ERR_OK;
	}
	a->look_us = now_us + LOOK_US;
	if (all)
		a->look_all_us = now_us + LOOK_ALL_US;
}

enum err suspension_reconcile(struct actor *a, unsigned *missing)
{
	look(a, true, missing);
	return ERR_OK;
}

static bool any(const struct actor *a)
{
	for (unsigned i = 0; i < LEDGER_MORE_MAX && a->ledger.more_count > 0; i++)
		if (a->ledger.more[i].used && a->ledger.more[i].args.verb == VERB_SUSPEND)
			return true;
	return false;
}

static void tick(struct actor *a, int64_t mono_us)
{
	unsigned missing = 0;

	if (!any(a))
		a->look_us = 0;
	else if (a->look_us == 0)
		a->look_us = mono_us + LOOK_US;
	else if (mono_us >= a->look_us)
		look(a, mono_us >= a->look_all_us, &missing);
}

static int64_t next_us(const struct actor *a)
{
	return any(a) ? a->look_us : INT64_MAX;
}

const struct means suspension_means = {
	.tick = tick,
	.next_us = next_us,
};
