/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs `collect` and `discard`. A process of its own makes the bundle (sys/collect_open.h); it then waits in the
 * core's directory, is sent as any object is, and is an effect until it is gone. Journal policy: which file it is is on
 * the disk before it gets the name by which the core finds it. What is read back is its hash.
 */
#include "agent/actor/rails/rails_collect.h"
#include "agent/actor/sys/bundle_file.h"
#include "agent/actor/sys/collect_open.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/collected.h"
#include "agent/actor/verb/effect.h"
#include "agent/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PIECE 16384
#define PIECES 16 /* in one step of the loop: 256 KiB */

/* The one that is being made, and then read back. */
static struct {
	int fd; /* -1: none is */
	struct object object;
	uint64_t done;
	struct key_hash hash;
} making = {.fd = -1};

static void forget(void)
{
	if (making.fd >= 0)
		close(making.fd);
	making.fd = -1;
}

static enum err no(struct action *action, enum err err, const char *text)
{
	snprintf(action->why, sizeof(action->why), "%s", text);
	return err;
}

static bool is_sealed(const struct actor *a)
{
	return a->mandate.trust_state == ERR_OK && a->mandate.trust.escrow.len > 0;
}

/* One waits at a time: the second would take the place of the first in the ledger, and nobody could discard that. */
static enum err check_waiting(struct actor *a, struct action *action)
{
	const struct effect *e = effect_of(a, action);
	uint8_t id[OBJECT_ID];

	if (!e || !collected_id(ledger_more(&a->ledger, e), id) || !bundle_file_is(collected_dir(a), id))
		return ERR_OK;
	return no(action, ERR_EXISTS, "what was collected last waits to be sent; discard it first");
}

static enum err collect_rails(struct actor *a, struct action *action)
{
	const struct verb_args *args = &action->receipt.args;
	enum err err = check_waiting(a, action);

	if (err != ERR_OK)
		return err;
	if (!is_sealed(a) && !args->clear)
		return no(action, ERR_UNTRUSTED, "the fleet has no escrow key to seal it to; clear=yes does without");
	if (bundle_file_waiting(collected_dir(a)) + a->settings.collect_bytes_max > a->settings.objects_bytes_max)
		return no(action, ERR_FULL, "with what waits to be sent it may exceed [objects] size");
	return args->path[0] ? rails_collect(&a->settings, args->path, action->why) : ERR_OK;
}

static struct collect_ask ask_of(const struct actor *a, const struct action *action)
{
	const struct actor_receipt *r = &action->receipt;
	struct collect_ask ask;
	struct buf b = buf_over(ask.name, sizeof(ask.name) - 1);

	memset(&ask, 0, sizeof(ask));
	ask.uid = a->child.uid;
	ask.gid = a->child.gid;
	ask.bytes_max = a->settings.collect_bytes_max;
	ask.wall_s = clock_wall_s();
	if (is_sealed(a))
		ask.escrow = a->mandate.trust.escrow;
	buf_text(&b, "triage-");
	buf_hex(&b, r->order_id, 4);
	buf_text(&b, is_sealed(a) ? ".tar.sealed" : ".tar");
	memcpy(ask.path, r->args.path, sizeof(ask.path));
	return ask;
}

static enum err begin(struct actor *a, struct action *action)
{
	struct collect_ask ask = ask_of(a, action);
	enum err err;

	if (collect_open_busy())
		return no(action, ERR_BUSY, "another collection is not over");
	/* That one may have come to its end since this was asked for. */
	err = check_waiting(a, action);
	if (err != ERR_OK)
		return err;
	forget();
	making.fd = bundle_file_make(collected_dir(a));
	err = making.fd < 0 ? err_from_errno(errno)
			    : collect_open_start(&ask, a->child.fds[CORE_FD_SETTINGS], making.fd, &action->round);
	if (err == ERR_OK)
		return no(action, ERR_BUSY, "it is not over");
	snprintf(action->why, sizeof(action->why), "it cannot be begun: %s", err_text(err));
	bundle_file_drop(collected_dir(a));
	forget();
	return err;
}

/* It is whole. The core may have renamed what is in its directory, but the descriptor is of what we made. */
static enum err place(struct actor *a, struct action *action)
{
	uint8_t id[OBJECT_ID];
	const struct effect_terms terms = {.undo = id, .undo_len = sizeof(id)};
	const struct collect_ask ask = ask_of(a, action);
	enum err err = bundle_file_read(making.fd, object_kind_named(COLLECT_KIND)->number, &making.object, id);

	if (err != ERR_OK || strcmp(making.object.name, ask.name) != 0)
		return no(action, ERR_CORRUPT, "what was made is not such a bundle");
	err = effect_note(a, action, &terms);
	if (err != ERR_OK)
		return err;
	err = bundle_file_place(collected_dir(a), making.fd, id, (struct bundle_file_owner){ask.uid, ask.gid});
	if (err != ERR_OK) {
		effect_drop(a, effect_of(a, action));
		snprintf(action->why, sizeof(action->why), "it cannot be put in place: %s", err_text(err));
		return err;
	}
	collected_watch(a, id);
	making.done = 0;
	key_hash_begin(&making.hash);
	if (lseek(making.fd, (off_t) - (off_t)making.object.size, SEEK_END) < 0)
		return no(action, ERR_IO, "it cannot be read back");
	return ERR_OK;
}

static enum err collect_apply(struct actor *a, struct action *action)
{
	enum err err;

	if (action->round == 0)
		return begin(a, action);
	err = collect_open_result(action->round, action->why);
	if (err == ERR_BUSY)
		return no(action, ERR_BUSY, "it is not over");
	if (err == ERR_OK)
		err = place(a, action);
	else if (!action->why[0])
		snprintf(action->why, sizeof(action->why), "it did not come to its end: %s", err_text(err));
	if (err == ERR_OK)
		return ERR_OK;
	bundle_file_drop(collected_dir(a));
	forget();
	return err == ERR_BUSY ? ERR_IO : err;
}

_Static_assert(COLLECT_WHY_MAX == ACTION_WHY_MAX, "an answer's reason is the action's");

static void tell(struct actor *a, struct actor_receipt *r)
{
	char memory[2 * sizeof(making.object.sha256) + 1];
	struct buf hex = buf_over(memory, sizeof(memory) - 1);
	union actor_message m;

	buf_hex(&hex, making.object.sha256, sizeof(making.object.sha256));
	memory[hex.len] = '\0';
	snprintf(r->text, sizeof(r->text), "collected as %.30s: %u bytes%s, sha256 %s", making.object.name,
		 (unsigned)making.object.size, is_sealed(a) ? ", sealed to the escrow key" : ", not sealed", memory);
	memset(&m, 0, sizeof(m));
	m.header = (struct actor_header){MESSAGE_VERSION, ACTOR_WAITING, sizeof(m.header), 0};
	actor_send(a, &m);
}

/* Some pieces more. ERR_BUSY: that is not all. */
static enum err read_back(uint8_t sha256[32])
{
	static uint8_t piece[PIECE];

	for (unsigned i = 0; i < PIECES; i++) {
		ssize_t got = read(making.fd, piece, sizeof(piece));

		if (got < 0)
			return ERR_IO;
		if (got == 0 || making.done > making.object.size) {
			key_hash_end(&making.hash, sha256);
			return ERR_OK;
		}
		key_hash_add(&making.hash, piece, (size_t)got);
		making.done += (uint64_t)got;
	}
	return ERR_BUSY;
}

static enum err collect_verify(struct actor *a, struct action *action)
{
	uint8_t sha256[32];
	enum err err = making.fd < 0 ? ERR_NOT_FOUND : read_back(sha256);

	collected_hurry(err == ERR_BUSY);
	if (err == ERR_BUSY)
		return no(action, ERR_BUSY, "it is not read back in time");
	if (err == ERR_OK && memcmp(sha256, making.object.sha256, sizeof(sha256)) != 0)
		err = no(action, ERR_CORRUPT, "somebody changed it since it was made");
	else if (err == ERR_OK)
		tell(a, &action->receipt);
	else
		(void)no(action, err, "it cannot be read back");
	forget();
	return err;
}

static enum err collect_revert(struct actor *a, const struct verb_args *args, const struct effect_more *more,
			       char text[ACTION_WHY_MAX])
{
	uint8_t id[OBJECT_ID];
	enum err err;

	(void)args;
	if (!more || !collected_id(more, id))
		return ERR_NOT_FOUND;
	err = bundle_file_remove(collected_dir(a), id);
	if (err == ERR_NOT_FOUND)
		snprintf(text, ACTION_WHY_MAX, "it was sent already");
	return err;
}

static enum err collect_reconcile(struct actor *a, unsigned *missing)
{
	(void)missing;
	collected_look(a);
	return ERR_OK;
}

const struct action_row collect_row = {
	.verb = VERB_COLLECT,
	.flags = ACTION_SYNC_BEFORE,
	.retry_ms = 1000, /* it is called when the process ends; this is for reading back, and for safety */
	.deadline_ms = 60000,
	.rails = collect_rails,
	.apply = collect_apply,
	.verify = collect_verify,
	.revert = collect_revert,
	.reconcile = collect_reconcile,
	.means = {&collected_means},
};

const struct action_row collect_end_row = {
	.verb = VERB_DISCARD,
	.rails = effect_undo_rails,
	.apply = effect_undo_apply,
	.verify = effect_undo_verify,
	.means = {&collected_means},
};
