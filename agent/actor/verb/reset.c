/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb `reset`: the password of an account becomes a new random one that nobody on the device knows, sealed to
 * the escrow key (or in a file that only root reads), and its SSH keys are set aside. Or it becomes the one whose
 * hash an order gives, or root at the device, who is no attacker: then the keys stay. Journal policy: the old line is
 * on the disk before anything changes. An account without a usable password keeps it that way: a reset must not open a
 * door. What is no account is reset_named.c's.
 */
#include "agent/actor/sys/shadow.h"
#include "agent/actor/sys/ssh_keys.h"
#include "agent/actor/sys/ways_files.h"
#include "agent/actor/verb/accounts.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/reset_given.h"
#include "agent/actor/verb/reset_named.h"
#include "agent/actor/verb/reset_secret.h"
#include "agent/base/clock.h"
#include "agent/base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The account as it is, and what of its keys is to go where. */
struct plan {
	struct account account;
	struct ssh_keys_owner owner; /* borrows the account */
	struct ssh_keys_aside aside;
	bool known; /* all of its keys could be read */
};

static bool is_local(const struct action *action)
{
	return action->receipt.origin == ORIGIN_LOCAL;
}

/* Root at the device always gives a hash, an order may. */
static bool is_given(const struct action *action)
{
	return is_local(action) || action->receipt.args.hash[0];
}

/* It is no account, but what the settings name. */
static bool is_named(const struct action *action)
{
	return IS_ENABLED(CONFIG_RESET_PROGRAMS) && action->receipt.args.name[0];
}

static enum err no_password(struct action *action)
{
	snprintf(action->why, sizeof(action->why),
		 "no password lets anybody in to it, and none is to; passwd(1) opens it");
	return ERR_PROTECTED;
}

static enum err judge_given(struct actor *a, struct action *action, const struct account *account)
{
	char hash[PASSWORD_GIVEN_MAX];
	enum err err;

	if (!account->has_password)
		return no_password(action);
	err = reset_given_read(a, action, account, hash);
	key_wipe(hash, sizeof(hash));
	return err;
}

static enum err reset_rails(struct actor *a, struct action *action)
{
	const struct actor_receipt *r = &action->receipt;
	struct ways_asked asked = {a->settings.shadow, r->args.account, NULL, false, clock_wall_us() / SECOND_US};
	struct account account;
	struct ssh_keys_owner owner;
	uint8_t places = 0;
	enum err err;
	size_t len;

	if (r->args.name[0])
		return is_named(action) ? reset_named_rails(a, action) : ERR_UNSUPPORTED;
	if (r->args.hash[0] && r->origin != ORIGIN_ORDER) {
		snprintf(action->why, sizeof(action->why), "only an order may give a hash");
		return ERR_PROTECTED;
	}
	err = accounts_judge(a, action, &account);
	if (err == ERR_OK && is_given(action))
		err = judge_given(a, action, &account);
	/* Root at the device knows the password that he gives, so no way in is lost. */
	if (err != ERR_OK || is_local(action) || (r->origin == ORIGIN_ORDER && r->args.last_way))
		return err;
	owner = account_keys(&account);
	/* Keys that cannot be seen are there: whether they can be set aside is for apply to find out. */
	asked.keys = ssh_keys_present(&owner, &places) != ERR_OK || places;
	if (!account.has_password && !asked.keys)
		return ERR_OK;
	asked.home = account.home;
	err = ways_files_check(&asked, action->why);
	len = strlen(action->why);
	if (err == ERR_PROTECTED && r->origin == ORIGIN_ORDER)
		snprintf(action->why + len, sizeof(action->why) - len, "; last_way=yes resets it");
	return err;
}

/* Into the journal, and into memory for its next rewrite. What the journal does not take is not done either. */
static enum err keep_undo(struct actor *a, const struct journal_record *record)
{
	enum err err = journal_append(&a->journal, record);

	if (err == ERR_OK)
		undo_keep(&a->undo, record);
	return err;
}

/* A line that the journal cannot hold whole could not be put back. */
static enum err check_line(struct action *action, const char *path, struct str line)
{
	if (line.len <= JOURNAL_TEXT_MAX)
		return ERR_OK;
	action->receipt.result = RECEIPT_REFUSED;
	snprintf(action->why, sizeof(action->why), "its line in %.28s has %u bytes, at most %u can be put back", path,
		 (unsigned)line.len, (unsigned)JOURNAL_TEXT_MAX);
	return ERR_TOO_LONG;
}

/* Undo first: the old line and where the SSH keys go, on the disk, or nothing happens. */
static enum err record_undo(struct actor *a, struct action *action, const struct plan *plan, struct str line)
{
	struct journal_record record = {.kind = JOURNAL_KEYS, .wall_us = action->wall_us};
	char aside[JOURNAL_TEXT_MAX];
	struct buf b = buf_over(aside, sizeof(aside));
	enum err err = ERR_OK;

	memcpy(record.account, action->receipt.args.account, sizeof(record.account));
	ssh_keys_text(&b, &plan->owner, &plan->aside);
	record.text = buf_str(&b);
	if (plan->aside.places)
		err = keep_undo(a, &record);
	if (err == ERR_OK && line.data) {
		record.kind = JOURNAL_RESET;
		record.text = line;
		err = keep_undo(a, &record);
	}
	if (err == ERR_OK)
		err = journal_sync(&a->journal);
	actor_note_journal(a, err);
	if (err != ERR_OK)
		snprintf(action->why, sizeof(action->why), "the undo record could not be written: %s", err_text(err));
	else
		action->receipt.journaled_us = clock_mono_us();
	return err;
}

/* The file is open and locked; puts the new hash in and checks what the disk has then. */
static enum err replace_hash(struct actor *a, struct action *action, struct shadow_file *f,
			     const struct worker_secret *secret)
{
	struct actor_receipt *r = &action->receipt;
	char path[RESET_SECRET_PATH];
	enum err err = ERR_OK;

	reset_secret_path(&r->args, action->wall_us / SECOND_US, path);
	if (secret->secret[0] && secret->sealed_len == 0)
		err = reset_secret_keep(a, path, secret->secret);
	if (err == ERR_OK)
		err = shadow_write(f, r->args.account, secret->hash);
	if (err != ERR_OK)
		return err;
	memcpy(r->sealed, secret->sealed, secret->sealed_len);
	r->sealed_len = secret->sealed_len;
	if (!secret->secret[0])
		snprintf(r->text, sizeof(r->text), "account %s: the password that %s gave", r->args.account,
			 is_local(action) ? "root" : "the order");
	else if (secret->sealed_len > 0)
		snprintf(r->text, sizeof(r->text), "account %s: new password, sealed to the escrow key",
			 r->args.account);
	else
		snprintf(r->text, sizeof(r->text), "account %s: new password, in actor/%.64s of the state directory",
			 r->args.account, path);
	action->proven = shadow_is_written(f);
	return ERR_OK;
}

/* The hash, and the password where it is a random one. */
static enum err take_secret(struct actor *a, struct action *action, const struct account *account,
			    struct worker_secret *out)
{
	if (!is_given(action))
		return secrets_use(a, out);
	memset(out, 0, sizeof(*out));
	return reset_given_read(a, action, account, out->hash);
}

static enum err change_password(struct actor *a, struct action *action, const struct plan *plan)
{
	const struct account *account = &plan->account;
	const char *path = account->in_passwd ? account->passwd : a->settings.shadow;
	struct worker_secret secret;
	struct shadow_file f;
	enum err err = shadow_open(&f, path);
	struct str line = err == ERR_OK ? shadow_line(f.text, action->receipt.args.account) : STR_NONE;

	if (err == ERR_OK)
		err = check_line(action, path, line);
	if (err == ERR_OK)
		err = record_undo(a, action, plan, line);
	if (err == ERR_OK)
		err = take_secret(a, action, account, &secret);
	if (err == ERR_OK)
		err = replace_hash(a, action, &f, &secret);
	key_wipe(&secret, sizeof(secret));
	shadow_close(&f);
	if (err != ERR_OK)
		secrets_refill(a);
	if (err == ERR_BUSY)
		snprintf(action->why, sizeof(action->why), "another program holds the lock of %.60s", path);
	else if (err != ERR_OK && !action->why[0])
		snprintf(action->why, sizeof(action->why), "%.60s: %s", path, err_text(err));
	return err;
}

/* The rename is in force at once; that it survives a power cut is the worker's, so that it costs no time here. */
static enum err sync_later(void *context, int dir)
{
	struct actor *a = context;
	struct worker_job job = {.kind = WORKER_SYNC, .fd = fcntl(dir, F_DUPFD_CLOEXEC, 0), .close_fd = true};
	enum err err = ERR_OK;

	if (job.fd >= 0 && worker_submit(&a->worker, &job))
		return ERR_OK;
	if (job.fd >= 0)
		close(job.fd);
	if (fsync(dir) != 0)
		err = err_from_errno(errno);
	return err;
}

/* Sets them aside, and sees that none is left; appends to the receipt's text what became of them. */
static void take_keys(struct actor *a, struct action *action, const struct plan *plan)
{
	const struct ssh_keys_sync later = {sync_later, a};
	struct actor_receipt *r = &action->receipt;
	size_t len = strlen(r->text);
	uint8_t left = 0;
	enum err err = ssh_keys_set_aside(&plan->owner, &plan->aside, &later);

	accounts_keys_taken(a, r->args.account);
	if (err == ERR_OK)
		err = ssh_keys_present(&plan->owner, &left);
	if (err == ERR_OK && left)
		err = ERR_EXISTS;
	if (err == ERR_OK && (plan->aside.places || !plan->known)) {
		snprintf(r->text + len, sizeof(r->text) - len, "; SSH keys set aside");
	} else if (err != ERR_OK) {
		snprintf(r->text + len, sizeof(r->text) - len, "; its SSH keys could not be set aside: %s",
			 err_text(err));
		action->keys_at = action->proven ? len : 0;
		action->proven = false;
	} else if (!plan->account.has_password) {
		r->result = RECEIPT_ALREADY;
	}
}

/* Keys that cannot be read keep nobody from changing the password; setting them aside is tried all the same. */
static enum err make_plan(struct actor *a, const struct action *action, struct plan *plan)
{
	enum err err = account_find(&a->settings, action->receipt.args.account, &plan->account);

	if (err != ERR_OK)
		return err;
	plan->owner = account_keys(&plan->account);
	plan->known = ssh_keys_plan(&plan->owner, action->wall_us / SECOND_US, &plan->aside) == ERR_OK;
	return ERR_OK;
}

/* What root asked for is asked for once, whatever a core repeats. */
static enum err set_given(struct actor *a, struct action *action)
{
	struct plan plan = {.known = true};
	enum err err = account_find(&a->settings, action->receipt.args.account, &plan.account);

	if (err == ERR_OK)
		err = plan.account.has_password ? change_password(a, action, &plan) : no_password(action);
	if (err != ERR_BUSY)
		reset_given_forget(a);
	return err;
}

static enum err reset_apply(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	struct plan plan;
	enum err err;

	if (is_named(action))
		return reset_named_apply(a, action);
	action->wall_us = clock_wall_us();
	action->proven = true;
	if (is_local(action))
		return set_given(a, action);
	err = make_plan(a, action, &plan);
	if (err == ERR_OK && plan.account.has_password)
		err = change_password(a, action, &plan);
	else if (err == ERR_OK && plan.aside.places)
		err = record_undo(a, action, &plan, STR_NONE);
	if (err != ERR_OK)
		return err;
	if (!plan.account.has_password)
		snprintf(r->text, sizeof(r->text), "account %s: has no password that lets in, left so",
			 r->args.account);
	take_keys(a, action, &plan);
	secrets_refill(a);
	return ERR_OK;
}

/* Its processes put keys back as long as they run, and a logout beside us may have ended them meanwhile. */
static bool keys_are_gone(const struct actor *a, const struct action *action)
{
	struct account account;
	struct ssh_keys_owner owner;
	uint8_t left = 0;

	if (account_find(&a->settings, action->receipt.args.account, &account) != ERR_OK)
		return false;
	owner = account_keys(&account);
	return ssh_keys_present(&owner, &left) == ERR_OK && !left;
}

static enum err reset_verify(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;

	if (!action->proven && action->keys_at && keys_are_gone(a, action)) {
		snprintf(r->text + action->keys_at, sizeof(r->text) - action->keys_at, "; SSH keys set aside");
		action->proven = true;
	}
	if (action->proven)
		return ERR_OK;
	snprintf(action->why, sizeof(action->why), "%.90s", action->receipt.text);
	return ERR_UNVERIFIED;
}

const struct action_row reset_row = {
	.verb = VERB_RESET,
	.flags = ACTION_SYNC_BEFORE,
	.budget = ACTION_RESETS,
	.retry_ms = 50,
	.deadline_ms = 1000,
	.rails = reset_rails,
	.apply = reset_apply,
	.verify = reset_verify,
	.means = {&accounts_means, IF_ENABLED(CONFIG_RESET_PROGRAMS, (&programs_means))},
};
