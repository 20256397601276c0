/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb `reset`: the password of an account becomes a new random one that nobody on the device knows, sealed to
 * the escrow key (or in a file that only root reads), and its SSH keys are set aside. Journal policy: the old line is
 * on the disk before anything changes. An account without a usable password keeps it that way: a reset must not open
 * a door.
 */
#include "agent/actor/sys/reset_keys.h"
#include "agent/actor/sys/shadow.h"
#include "agent/actor/verb/accounts.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/actor.h"
#include "agent/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err reset_rails(struct actor *a, struct action *action)
{
	struct account account;

	return accounts_judge(a, action, &account);
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
static enum err record_undo(struct actor *a, struct action *action, const struct account *account, struct str line)
{
	struct journal_record record = {.kind = JOURNAL_KEYS, .wall_us = action->wall_us};
	char aside[RESET_KEYS_NAME_MAX];
	enum err err;

	memcpy(record.account, action->receipt.args.account, sizeof(record.account));
	reset_keys_name(account->home, action->wall_us / SECOND_US, aside);
	record.text = str_from(aside);
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

/* Stand-alone: STATE_DIR/actor/secrets/ACCOUNT-SECONDS, on the disk before the password changes. */
static enum err keep_secret(struct actor *a, const char *account, int64_t wall_s, const char *secret)
{
	char path[96], text[WORKER_SECRET_MAX + 1];
	enum err err = ERR_OK;
	int len, fd;

	if (mkdirat(a->state_dir, "secrets", 0700) != 0 && errno != EEXIST)
		return err_from_errno(errno);
	snprintf(path, sizeof(path), "secrets/%s-%lld", account, (long long)wall_s);
	fd = openat(a->state_dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_from_errno(errno);
	len = snprintf(text, sizeof(text), "%s\n", secret);
	if (write(fd, text, (size_t)len) != len || fsync(fd) != 0)
		err = err_from_errno(errno);
	close(fd);
	key_wipe(text, sizeof(text));
	return err;
}

/* The file is open and locked; puts the new hash in and checks what the disk has then. */
static enum err replace_hash(struct actor *a, struct action *action, struct shadow_file *f,
			     const struct worker_secret *secret)
{
	struct actor_receipt *r = &action->receipt;
	long long wall_s = (long long)(action->wall_us / SECOND_US);
	enum err err = ERR_OK;

	if (secret->sealed_len == 0)
		err = keep_secret(a, r->args.account, wall_s, secret->secret);
	if (err == ERR_OK)
		err = shadow_write(f, r->args.account, secret->hash);
	if (err != ERR_OK)
		return err;
	memcpy(r->sealed, secret->sealed, secret->sealed_len);
	r->sealed_len = secret->sealed_len;
	if (secret->sealed_len > 0)
		snprintf(r->text, sizeof(r->text), "account %s: new password, sealed to the escrow key",
			 r->args.account);
	else
		snprintf(r->text, sizeof(r->text),
			 "account %s: new password, in actor/secrets/%s-%lld of the state directory", r->args.account,
			 r->args.account, wall_s);
	action->proven = shadow_is_written(f);
	return ERR_OK;
}

static enum err change_password(struct actor *a, struct action *action, const struct account *account)
{
	const char *path = account->in_passwd ? account->passwd : a->settings.shadow;
	struct worker_secret secret;
	struct shadow_file f;
	enum err err = shadow_open(&f, path);
	struct str line = err == ERR_OK ? shadow_line(f.text, action->receipt.args.account) : STR_NONE;

	if (err == ERR_OK)
		err = check_line(action, path, line);
	if (err == ERR_OK)
		err = record_undo(a, action, account, line);
	if (err == ERR_OK)
		err = secrets_use(a, &secret);
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
static enum err set_keys_aside(struct actor *a, struct action *action, const struct account *account)
{
	struct worker_job job = {.kind = WORKER_SYNC, .close_fd = true};
	enum err err;

	job.fd = reset_keys_open(account->home, account->uid);
	if (job.fd < 0)
		return errno == ENOTDIR ? ERR_NOT_FOUND : err_from_errno(errno);
	err = reset_keys(job.fd, action->wall_us / SECOND_US);
	if (err != ERR_OK || !worker_submit(&a->worker, &job))
		close(job.fd);
	return err;
}

static enum err reset_apply(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	struct account account;
	enum err err = account_find(&a->settings, r->args.account, &account);
	size_t len;

	action->wall_us = clock_wall_us();
	action->proven = true;
	if (err == ERR_OK && account.has_password)
		err = change_password(a, action, &account);
	else if (err == ERR_OK)
		err = record_undo(a, action, &account, STR_NONE);
	if (err != ERR_OK)
		return err;
	if (!account.has_password)
		snprintf(r->text, sizeof(r->text), "account %s: has no password that lets in, left so",
			 r->args.account);
	len = strlen(r->text);
	err = set_keys_aside(a, action, &account);
	if (err == ERR_OK) {
		snprintf(r->text + len, sizeof(r->text) - len, "; SSH keys set aside");
	} else if (err != ERR_NOT_FOUND) {
		snprintf(r->text + len, sizeof(r->text) - len, "; its SSH keys could not be set aside: %s",
			 err_text(err));
		action->proven = false;
	} else if (!account.has_password) {
		r->result = RECEIPT_ALREADY;
	}
	secrets_refill(a);
	return ERR_OK;
}

static enum err reset_verify(struct actor *a, struct action *action)
{
	(void)a;
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
	.means = {&accounts_means},
};
