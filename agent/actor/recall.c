/* SPDX-License-Identifier: Apache-2.0 */
/* From the journal's records to a machine that is as they say; see recall.h. */
#include "agent/actor/recall.h"

#include "agent/actor/journal_live.h"
#include "agent/actor/verb/effect.h"
#include "agent/actor/verb/run.h"
#include "agent/base/say.h"

#define REWRITE_AT_START 4096 /* bytes of journal worth it */

static void replay(void *context, const struct journal_record *record)
{
	struct actor *a = context;

	if (effect_replay(a, record) || (IS_ENABLED(CONFIG_UPLINK) && run_replay(a, record)))
		return;
	if (record->kind != JOURNAL_ORDER)
		undo_keep(&a->undo, record);
	else if (IS_ENABLED(CONFIG_UPLINK))
		mandate_recall(&a->mandate, record->id, record->until_wall_s);
}

void recall_true(struct actor *a)
{
	for (unsigned i = 0; i < a->means_count; i++)
		if (a->means[i]->replayed)
			a->means[i]->replayed(a);
	effect_restore(a);
	if (IS_ENABLED(CONFIG_UPLINK))
		run_interrupted(a);
	if (a->health.effects_lost > 0)
		say(SAY_ERR, "%u effects of the journal found no room: EFFECTS_MAX is %d",
		    (unsigned)a->health.effects_lost, CONFIG_EFFECTS_MAX);
}

/* What the journal was found to be, and by which clock its records were judged. */
static void tell_journal(const struct actor *a)
{
	const struct journal *j = &a->journal;

	if (j->cut > 0)
		say(SAY_NOTICE, "cut %u bytes of a torn record off the journal", (unsigned)j->cut);
	if (j->skipped > 0 || j->unknown > 0) {
		say(SAY_ERR, "the journal was damaged: passed over %u bytes and %u records of another version",
		    (unsigned)j->skipped, (unsigned)j->unknown);
		say(SAY_WARNING, "the damaged journal %s actor/journal.damaged of the state directory%s%s",
		    j->kept == ERR_OK ? "is kept as" : "could not be kept as", j->kept == ERR_OK ? "" : ": ",
		    j->kept == ERR_OK ? "" : err_text(j->kept));
	}
	if (j->state == ERR_KIND)
		say(SAY_ERR, "actor/journal of the state directory is no file; move it away");
	if (j->reserve == ERR_UNSUPPORTED)
		say(SAY_NOTICE, "the file system cannot reserve room for the journal");
	if (a->clock_doubted > 0)
		say(SAY_WARNING, "the clock is wrong or was: %u effects are kept for half of their time",
		    a->clock_doubted);
}

/* A damaged journal is the only trace of what it lost, so it stays in use when no copy of it could be kept. */
static bool worth_a_rewrite(const struct actor *a)
{
	const struct journal *j = &a->journal;
	bool damaged = j->skipped > 0 || j->unknown > 0;

	if (damaged)
		return j->kept == ERR_OK;
	return j->cut > 0 || a->clock_doubted > 0 || j->bytes > REWRITE_AT_START;
}

void recall_journal(struct actor *a)
{
	enum err err = journal_open(&a->journal, a->state_dir, replay, a);

	tell_journal(a);
	if (err == ERR_OK && worth_a_rewrite(a))
		err = journal_live(a);
	if (err != ERR_OK)
		say(SAY_ERR, "the undo journal: %s", err_text(err));
	actor_note_journal(a, err);
}
