/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of `reset` that is about a credential of the integrator's, of a web interface or an API: the program that
 * [credential NAME] declares gets a new secret on its standard input, from the starter. What it does with it is its
 * own; what is proven is that it ended with status 0 and that nothing which it started goes on. It may have set the
 * secret and failed then, so the secret, sealed, is in the journal before the program begins and in the receipt however
 * it ended. What was there before nobody here knows: nothing takes it back.
 */
#include "agent/actor/verb/reset_named.h"

#include "agent/actor/verb/act.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/reset_secret.h"
#include "agent/base/clock.h"
#include "agent/common/settings_hook.h"

#include <stdio.h>
#include <string.h>

#define LONGEST_MS 310000 /* the longest time of a program, and that in which what is left is ended */
#define RETRY_MS 1000	  /* it is called when a program ends; this is for one that waits until there is room */

static enum err no(struct action *action, enum err err, const char *why)
{
	snprintf(action->why, sizeof(action->why), "%s", why);
	return err;
}

enum err reset_named_rails(struct actor *a, struct action *action)
{
	const struct actor_receipt *r = &action->receipt;

	if (r->origin != ORIGIN_ORDER && r->origin != ORIGIN_PLAYBOOK)
		return no(action, ERR_PROTECTED, "only an order or a playbook resets what the settings name");
	if (r->args.last_way)
		return no(action, ERR_INVALID, "last_way is about accounts");
	if (!settings_hook_credential(&a->settings, r->args.name))
		return no(action, ERR_PROTECTED, "the settings of this device declare no such credential");
	if (a->starter.socket < 0)
		return no(action, ERR_CLOSED, "nothing can run programs for the guard; start it anew");
	return ERR_OK;
}

/* Who ends between the program's act and its receipt still leaves the secret to whom it is sealed. */
static enum err keep(struct actor *a, struct action *action, const struct worker_secret *secret)
{
	struct actor_receipt *r = &action->receipt;
	struct journal_record record = {
		.kind = JOURNAL_SECRET, .step = r->step, .sealed = {(const char *)secret->sealed, secret->sealed_len}};
	char path[RESET_SECRET_PATH];
	enum err err;

	reset_secret_path(&r->args, action->wall_us / SECOND_US, path);
	if (secret->sealed_len == 0)
		return reset_secret_keep(a, path, secret->secret);
	memcpy(record.id, r->order_id, sizeof(record.id));
	err = journal_append(&a->journal, &record);
	if (err == ERR_OK)
		err = journal_sync(&a->journal);
	actor_note_journal(a, err);
	if (err == ERR_OK)
		r->journaled_us = clock_mono_us();
	memcpy(r->sealed, secret->sealed, secret->sealed_len);
	r->sealed_len = secret->sealed_len;
	return err;
}

/* Nobody gets a secret that is set nowhere. */
static void forget_secret(struct actor_receipt *r)
{
	memset(r->sealed, 0, sizeof(r->sealed));
	r->sealed_len = 0;
}

/* Each time it begins, another secret: one that was kept may have been taken. */
static enum err begin(struct actor *a, struct action *action)
{
	struct worker_secret secret;
	enum err err;

	action->wall_us = clock_wall_us();
	action->retry_ms = RETRY_MS;
	action->deadline_ms = LONGEST_MS;
	if (!starter_has_room(&a->starter))
		return ERR_BUSY;
	err = secrets_use(a, &secret);
	if (err == ERR_OK)
		err = keep(a, action, &secret);
	if (err != ERR_OK)
		snprintf(action->why, sizeof(action->why), "the new secret could not be kept: %s", err_text(err));
	if (err == ERR_OK)
		err = starter_submit_secret(&a->starter, &action->receipt.args, secret.secret, &action->round);
	key_wipe(&secret, sizeof(secret));
	secrets_refill(a);
	if (err != ERR_OK)
		forget_secret(&action->receipt);
	return err == ERR_OK ? ERR_BUSY : err;
}

enum err reset_named_apply(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	struct starter_result result;
	char path[RESET_SECRET_PATH];
	enum err err;

	if (!action->round)
		return begin(a, action);
	err = starter_take(&a->starter, action->round, &result);
	if (err == ERR_CLOSED)
		return no(action, err, "what runs programs for the guard ended before it; the new secret may be set");
	if (err != ERR_OK)
		return err;
	if (!result.begun)
		forget_secret(r);
	if (result.err != ERR_OK) {
		snprintf(action->why, sizeof(action->why), "its program %.*s%s", ACTION_WHY_MAX - 44, result.text,
			 result.begun ? "; the new secret may be set" : "");
		return (enum err)result.err;
	}
	reset_secret_path(&r->args, action->wall_us / SECOND_US, path);
	if (r->sealed_len > 0)
		snprintf(r->text, sizeof(r->text), "credential %s: new secret, sealed to the escrow key", r->args.name);
	else
		snprintf(r->text, sizeof(r->text), "new secret in actor/%s of the state directory", path);
	action->proven = true;
	return ERR_OK;
}
