/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs `quarantine` and `restore`: a file is moved where only root is and back (sys/quarantine.h). Journal policy:
 * the record of which file it is and what mode it had is on the disk before it is touched. It is hashed where it then
 * is, a piece at a time, so that a ban never waits for it; the hash is in the receipt and in the record.
 */
#include "agent/actor/sys/quarantine.h"

#include "agent/actor/rails/rails_file.h"
#include "agent/actor/sys/quarantine_names.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/effect.h"
#include "agent/base/clock.h"
#include "agent/base/key.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define IN_FORCE_MAX 24 /* of the ledger's rows, so that other effects find one */
#define BY_RULES_MAX 12 /* of these, so that an order finds one */
#define PIECE 16384
#define PIECES 16 /* in one step of the loop: 256 KiB */

/* The one file that is being hashed. */
static struct {
	const struct action *owner; /* NULL: none is */
	uint64_t inode, done;
	int fd;
	struct key_hash hash;
} hashing;

_Static_assert(QUARANTINE_UNDO_MAX <= LEDGER_UNDO_MAX, "a record fits");
_Static_assert(IN_FORCE_MAX < LEDGER_MORE_MAX, "others find a row");

static struct quarantine_job job_of(const struct actor *a, const struct verb_args *args)
{
	return (struct quarantine_job){&a->quarantine, args->path, {1, getpid(), a->child.pid}};
}

static bool read_record(const struct effect_more *more, struct quarantine_undo *out)
{
	return quarantine_undo_decode((struct str){(const char *)more->undo, more->undo_len}, out) == ERR_OK;
}

static size_t encode(const struct quarantine_undo *undo, uint8_t bytes[QUARANTINE_UNDO_MAX])
{
	struct buf b = buf_over(bytes, QUARANTINE_UNDO_MAX);

	quarantine_undo_encode(&b, undo);
	return b.len;
}

static enum err no_folder(char why[ACTION_WHY_MAX])
{
	snprintf(why, ACTION_WHY_MAX, "the guard has no folder for it in its state directory");
	return ERR_UNSUPPORTED;
}

static enum err look(struct actor *a, struct action *action, struct quarantine_undo *out)
{
	struct quarantine_job job = job_of(a, &action->receipt.args);

	return a->quarantine.dir < 0 ? no_folder(action->why) : quarantine_look(&job, out, action->why);
}

static enum err quarantine_rails(struct actor *a, struct action *action)
{
	const struct actor_receipt *r = &action->receipt;
	struct quarantine_job job = job_of(a, &r->args);
	struct quarantine_undo undo;
	char name[VERB_PATH_MAX];
	enum err err = rails_file(&a->settings, r->args.path, r->origin, action->why);

	if (err == ERR_OK)
		err = look(a, action, &undo);
	if (err == ERR_OK && quarantine_names_find(&job, name))
		err = rails_file(&a->settings, name, r->origin, action->why);
	return err;
}

/* The last file of that name is in quarantine still: it stays in the folder, where it can be looked at. */
static void supersede(struct actor *a, struct effect *e)
{
	struct quarantine_undo undo;
	char text[ACTION_WHY_MAX];

	if (!read_record(ledger_more(&a->ledger, e), &undo))
		undo.inode = 0;
	/* What is in front of it in the receipt leaves 75 bytes. */
	snprintf(text, sizeof(text), "a newer file came; the old one stays in the folder, as %llx",
		 (unsigned long long)undo.inode);
	effect_over(a, e, text);
}

/* Puts a file back that a crash or somebody left outside. ERR_NOT_FOUND: it is nowhere. */
static enum err hold_again(struct actor *a, struct effect *e, unsigned *missing)
{
	const struct effect_more *more = ledger_more(&a->ledger, e);
	struct quarantine_job job = job_of(a, &more->args);
	char why[QUARANTINE_WHY_MAX];
	struct quarantine_undo undo;

	if (!read_record(more, &undo))
		return ERR_UNSUPPORTED;
	if (quarantine_holds(&a->quarantine, &undo))
		return ERR_OK;
	++*missing;
	return quarantine_take(&job, &undo, why) == ERR_OK ? ERR_OK : ERR_NOT_FOUND;
}

static enum err quarantine_reconcile(struct actor *a, unsigned *missing)
{
	enum err worst = ERR_OK;

	if (a->quarantine.dir < 0)
		return ERR_OK;
	/* From the last, because the last takes the place of one that goes. */
	for (unsigned i = a->ledger.count; i-- > 0;) {
		struct effect *e = &a->ledger.rows[i];
		enum err err;

		if (e->verb != VERB_QUARANTINE)
			continue;
		err = hold_again(a, e, missing);
		if (err == ERR_NOT_FOUND)
			effect_over(a, e, "the file is not in quarantine any more, nor where it was");
		else if (err != ERR_OK)
			worst = err;
	}
	return worst;
}

static unsigned count_in_force(const struct actor *a)
{
	unsigned count = 0;

	for (unsigned i = 0; i < a->ledger.count && a->ledger.more_count > 0; i++)
		count += a->ledger.rows[i].verb == VERB_QUARANTINE;
	return count;
}

/* What root has removed from the folder is found when its place is needed. */
static enum err find_room(struct actor *a, struct action *action)
{
	unsigned most = message_by_itself(action->receipt.origin) ? BY_RULES_MAX : IN_FORCE_MAX, missing = 0;

	if (count_in_force(a) < most)
		return ERR_OK;
	(void)!quarantine_reconcile(a, &missing);
	if (count_in_force(a) < most)
		return ERR_OK;
	snprintf(action->why, sizeof(action->why),
		 "%u files are in quarantine; restore one, or remove it from the folder", count_in_force(a));
	return ERR_FULL;
}

static enum err quarantine_apply(struct actor *a, struct action *action)
{
	struct quarantine_job job = job_of(a, &action->receipt.args);
	uint8_t bytes[QUARANTINE_UNDO_MAX];
	struct effect_terms terms = {.undo = bytes};
	struct quarantine_undo undo;
	enum err err = look(a, action, &undo);

	if (err == ERR_OK && !effect_of(a, action))
		err = find_room(a, action);
	if (err != ERR_OK)
		return err;
	if (effect_of(a, action))
		supersede(a, effect_of(a, action));
	terms.undo_len = encode(&undo, bytes);
	err = effect_note(a, action, &terms);
	if (err == ERR_OK) {
		err = quarantine_take(&job, &undo, action->why);
		if (err != ERR_OK)
			effect_drop(a, effect_of(a, action));
	}
	/* Nothing is to be tried again by itself: another file was put there, which nobody has looked at. */
	return err == ERR_BUSY ? ERR_EXISTS : err;
}

static void stop_hashing(void)
{
	if (hashing.owner)
		close(hashing.fd);
	hashing.owner = NULL;
}

static bool is_hashing(const struct action *action, const struct quarantine_undo *undo)
{
	return hashing.owner == action && hashing.inode == undo->inode;
}

static enum err begin_hashing(const struct actor *a, const struct action *action, const struct quarantine_undo *undo)
{
	if (is_hashing(action, undo))
		return ERR_OK;
	/* Another one is at it, unless its action has ended before it was through. */
	if (hashing.owner && hashing.owner != action && hashing.owner->row)
		return ERR_BUSY;
	stop_hashing();
	hashing.fd = quarantine_read(&a->quarantine, undo);
	if (hashing.fd < 0)
		return ERR_NOT_FOUND;
	hashing.owner = action;
	hashing.inode = undo->inode;
	hashing.done = 0;
	key_hash_begin(&hashing.hash);
	return ERR_OK;
}

/* Some pieces more. ERR_BUSY: that is not all. */
static enum err go_on_hashing(struct quarantine_undo *undo)
{
	static uint8_t piece[PIECE];

	for (unsigned i = 0; i < PIECES; i++) {
		ssize_t got = read(hashing.fd, piece, sizeof(piece));

		if (got < 0) {
			stop_hashing();
			return ERR_IO;
		}
		/* Who had it open for writing may make it longer and longer. */
		if (got == 0 || hashing.done >= QUARANTINE_SIZE_MAX) {
			key_hash_end(&hashing.hash, undo->sha256);
			undo->hashed = true;
			undo->size = hashing.done;
			stop_hashing();
			return ERR_OK;
		}
		key_hash_add(&hashing.hash, piece, (size_t)got);
		hashing.done += (uint64_t)got;
	}
	return ERR_BUSY;
}

_Static_assert(MESSAGE_TEXT_MAX > 64 + 24 + 2 * QUARANTINE_HASH, "a receipt's text has room for the whole hash");

static void tell(struct actor_receipt *r, const struct quarantine_undo *undo)
{
	char target[64], memory[2 * QUARANTINE_HASH + 1];
	struct buf hex = buf_over(memory, sizeof(memory) - 1);

	buf_hex(&hex, undo->sha256, sizeof(undo->sha256));
	memory[hex.len] = '\0';
	snprintf(r->text, sizeof(r->text), "%s: in quarantine, sha256 %s", act_target(&r->args, target), memory);
}

static enum err quarantine_verify(struct actor *a, struct action *action)
{
	struct effect *e = effect_of(a, action);
	uint8_t bytes[QUARANTINE_UNDO_MAX];
	struct quarantine_undo undo;
	enum err err;

	if (!e || !read_record(ledger_more(&a->ledger, e), &undo) || !quarantine_holds(&a->quarantine, &undo)) {
		snprintf(action->why, sizeof(action->why), "it is not where it was put, or not shut");
		return ERR_NOT_FOUND;
	}
	err = begin_hashing(a, action, &undo);
	if (err == ERR_OK)
		err = go_on_hashing(&undo);
	if (err == ERR_OK)
		err = effect_amend(a, e, bytes, encode(&undo, bytes));
	if (err == ERR_OK)
		tell(&action->receipt, &undo);
	else if (err == ERR_BUSY)
		snprintf(action->why, sizeof(action->why), "it is in quarantine, and not hashed in time");
	else
		snprintf(action->why, sizeof(action->why), "it is in quarantine, and its hash could not be kept: %s",
			 err_text(err));
	/* Done all the same: it is where it should be. */
	return err == ERR_BUSY ? ERR_UNVERIFIED : err;
}

static enum err quarantine_revert(struct actor *a, const struct verb_args *args, const struct effect_more *more,
				  char text[ACTION_WHY_MAX])
{
	struct quarantine_job job = job_of(a, args);
	struct quarantine_undo undo;
	enum err err;

	if (a->quarantine.dir < 0)
		return no_folder(text);
	if (!more || !read_record(more, &undo)) {
		snprintf(text, ACTION_WHY_MAX, "the record of it is of another version of the guard");
		return ERR_UNSUPPORTED;
	}
	err = quarantine_give_back(&job, &undo, text);
	/* What somebody took out is gone from the ledger at the next start, and is not said to be restored. */
	return err == ERR_NOT_FOUND ? ERR_IO : err;
}

/* What the core asks for in root's name takes back what a rule, and so the core, asked for, and nothing of an
 * operator's. */
static enum err restore_rails(struct actor *a, struct action *action)
{
	struct verb_args args = action->receipt.args;
	const struct effect *e;

	args.verb = VERB_QUARANTINE;
	e = ledger_find(&a->ledger, &args);
	if (action->receipt.origin == ORIGIN_ORDER || !e || e->origin != ORIGIN_ORDER)
		return ERR_OK;
	snprintf(action->why, sizeof(action->why), "an order put it there; only an order takes it back");
	return ERR_PROTECTED;
}

const struct action_row quarantine_row = {
	.verb = VERB_QUARANTINE,
	.flags = ACTION_SYNC_BEFORE,
	.budget = ACTION_QUARANTINES,
	.retry_ms = 1,
	.deadline_ms = 60000,
	.rails = quarantine_rails,
	.apply = quarantine_apply,
	.verify = quarantine_verify,
	.revert = quarantine_revert,
	.reconcile = quarantine_reconcile,
	.means = {&files_means},
};

const struct action_row quarantine_end_row = {
	.verb = VERB_RESTORE,
	.rails = restore_rails,
	.apply = effect_undo_apply,
	.verify = effect_undo_verify,
	.means = {&files_means},
};
