/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of an effect, whatever its verb: noted in ledger and journal before it is brought about, replayed at start
 * and made true again, ended when its time is over, by the verb that undoes it, or when the service is not heard for
 * longer than its lease. Rows (action.h) say how; nothing here knows a verb.
 */
#pragma once

#include "agent/actor/verb/actor.h"

/* Which effect, until when, and how to take it back. */
struct effect_terms {
	uint32_t duration_s; /* 0: no end */
	const uint8_t *undo; /* the verb's own record, at most LEDGER_UNDO_MAX bytes */
	size_t undo_len;
};

/* The effect that action's verb would have on its target; NULL: it is not in force. */
struct effect *effect_of(struct actor *a, const struct action *action);

/*
 * Whether one in force (NULL: none is) lasts about as long as the receipt's duration from now on, or longer. Then the
 * receipt says that it was there already, and until when it lasts.
 */
bool effect_lasts(const struct effect *e, struct actor_receipt *r);

/*
 * The same, whether a rule asks for one in force that was to last as long from its beginning on, and does so for
 * another second. A core asks a second time when it died before it had written down what it read and asked for: the
 * lines that it reads again are no reason for a longer one.
 */
bool effect_repeats(const struct effect *e, struct actor_receipt *r);

/*
 * Note the effect that the action is about to bring about, in the ledger and in the journal, which is on the disk when
 * the row says ACTION_SYNC_BEFORE. Fills the receipt's expires_wall_us and journaled_us. ERR_FULL; the journal's errors
 * for a row that says ACTION_SYNC_BEFORE. Then action->why says so and nothing is noted.
 */
ERR_CHECK enum err effect_note(struct actor *a, struct action *action, const struct effect_terms *terms);

/*
 * Replace the undo record of one in force, in the ledger and on the disk. It is not for addresses. The journal's
 * errors: then the old one stays.
 */
ERR_CHECK enum err effect_amend(struct actor *a, struct effect *e, const uint8_t *undo, size_t undo_len);

/*
 * Take away its end and its lease, too, and tell the core. The same errors: then it is as it was.
 */
ERR_CHECK enum err effect_lasting(struct actor *a, struct effect *e, const uint8_t *undo, size_t undo_len);

/* Into the journal as it stands, for one in force that the journal knows nothing of. It is synced behind that. */
void effect_keep(struct actor *a, const struct effect *e);

/* Its time is over: the next effect_tick takes it back, again and again until that succeeds. */
void effect_end_now(struct actor *a, struct effect *e);

/* Whether it is on the way to its end, so that nobody puts it back any more. Of one with a lease: its own time. */
bool effect_is_over(struct actor *a, const struct effect *e);

/* It is in force no longer: out of the ledger, journaled, told to the core. */
void effect_drop(struct actor *a, struct effect *e);

/* The same for one that came to its end by itself; a receipt says why. */
void effect_over(struct actor *a, struct effect *e, const char *why);

/* Send a receipt about one in force, as of now and read back. Bans have none: there would be too many. */
void effect_report(struct actor *a, const struct effect *e, enum receipt_result result, const char *text);

/* A record of the journal, at start. false: it is none of an effect. */
bool effect_replay(struct actor *a, const struct journal_record *record);

/* The record of one in force, for a rewrite. It borrows the effect's undo record. */
void effect_record(struct actor *a, const struct effect *e, struct journal_record *out);

/* Make all effects true that the journal told of. At start, after the replay; what fails is tried again by ticks. */
void effect_restore(struct actor *a);

/* Somebody changed what means are about: a moment later, when he may be done, effects by them are made true again. */
void effect_doubt(struct actor *a, const struct means *means);

/* End those whose time is over, or whose lease is; those that cannot be ended now stay, and are tried again. */
void effect_tick(struct actor *a, int64_t mono_us);
int64_t effect_next_us(const struct actor *a);

/* The service was heard: leases begin anew. */
void effect_heard(struct actor *a, int64_t mono_us);

/*
 * The steps of every verb that undoes another: find the effect, let its row take it back, drop it. RECEIPT_ALREADY when
 * there is none.
 */
enum err effect_undo_rails(struct actor *a, struct action *action);
enum err effect_undo_apply(struct actor *a, struct action *action);
enum err effect_undo_verify(struct actor *a, struct action *action);
