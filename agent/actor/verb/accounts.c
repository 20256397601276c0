/* SPDX-License-Identifier: Apache-2.0 */
/* Means: the accounts of this machine, and the stock of prepared secrets. */
#include "agent/actor/verb/accounts.h"

#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/effect.h"
#include "agent/actor/verb/means.h"
#include "agent/actor/verb/secrets.h"
#include "agent/base/clock.h"
#include "agent/base/say.h"

#include <linux/capability.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define BIT(capability) (UINT64_C(1) << (capability))

enum err accounts_judge(struct actor *a, struct action *action, struct account *out)
{
	struct actor_receipt *r = &action->receipt;
	enum err err = account_find(&a->settings, r->args.account, out);

	if (err == ERR_NOT_FOUND)
		snprintf(action->why, sizeof(action->why), "there is no such account in %.60s", out->passwd);
	if (err != ERR_OK) {
		r->result = RECEIPT_FAILED;
		return err;
	}
	out->rails.origin = r->origin;
	/* What our own effect shuts is an account that somebody could log in with. */
	if (effect_of(a, action))
		out->rails.no_login = NULL;
	return rails_account(&a->settings, &out->rails, action->why);
}

void accounts_keys_taken(struct actor *a, const char *account)
{
	unsigned i = a->keys_taken_next++ % ACCOUNTS_KEYS_MAX;

	memcpy(a->keys_taken[i].account, account, sizeof(a->keys_taken[i].account));
	a->keys_taken[i].mono_us = clock_mono_us();
}

static bool were_taken(const struct actor *a, const char *account)
{
	int64_t since_us = clock_mono_us() - ACCOUNTS_KEYS_S * SECOND_US;

	for (unsigned i = 0; i < ACCOUNTS_KEYS_MAX; i++)
		if (a->keys_taken[i].mono_us > since_us && strcmp(a->keys_taken[i].account, account) == 0)
			return true;
	return false;
}

static bool is_locked(struct actor *a, const char *account)
{
	struct verb_args args = {.verb = VERB_LOCK};

	memcpy(args.account, account, sizeof(args.account));
	return ledger_find(&a->ledger, &args) != NULL;
}

enum err accounts_keys_again(struct actor *a, const char *account)
{
	struct ssh_keys_aside aside;
	struct ssh_keys_owner owner;
	struct account found;
	enum err err;

	if (is_locked(a, account))
		effect_doubt(a, &accounts_means);
	if (!were_taken(a, account))
		return ERR_NOT_FOUND;
	err = account_find(&a->settings, account, &found);
	if (err != ERR_OK)
		return err;
	owner = account_keys(&found);
	err = ssh_keys_plan(&owner, clock_wall_us() / SECOND_US, &aside);
	if (err == ERR_OK && !aside.places)
		return ERR_NOT_FOUND;
	return err == ERR_OK ? ssh_keys_set_aside(&owner, &aside, NULL) : err;
}

/* Where the files are replaced by a rename, as all tools do, or written in place. */
static void watch_accounts(struct actor *a)
{
	char etc[SETTINGS_PATH_MAX];

	snprintf(etc, sizeof(etc), "%.*s", (int)(strrchr(a->settings.shadow, '/') - a->settings.shadow),
		 a->settings.shadow);
	a->accounts_watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (a->accounts_watch >= 0 &&
	    inotify_add_watch(a->accounts_watch, etc[0] ? etc : "/", IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR) >= 0)
		return;
	say(SAY_WARNING, "cannot watch %s: %s; accounts that somebody opens are locked again at a start",
	    etc[0] ? etc : "/", strerror(errno));
}

static void open_accounts(struct actor *a)
{
	if (access(a->settings.shadow, R_OK | W_OK) != 0)
		a->health.accounts = (uint8_t)err_from_errno(errno);
	watch_accounts(a);
}

static int fd(const struct actor *a, unsigned i)
{
	return i == 0 ? a->accounts_watch : -1;
}

static bool is_account_file(const struct settings *s, const char *name)
{
	return strcmp(name, strrchr(s->shadow, '/') + 1) == 0 || strcmp(name, "passwd") == 0;
}

/* Somebody changed an account. Our own changes come here, too, and are found to be as they should. */
static void ready(struct actor *a, unsigned i)
{
	_Alignas(struct inotify_event) char bytes[4096];
	ssize_t got;

	(void)i;
	while ((got = read(a->accounts_watch, bytes, sizeof(bytes))) > 0)
		for (ssize_t at = 0; at < got;) {
			const struct inotify_event *e = (const void *)(bytes + at);

			if ((e->mask & IN_Q_OVERFLOW) || (e->len > 0 && is_account_file(&a->settings, e->name)))
				effect_doubt(a, &accounts_means);
			at += (ssize_t)(sizeof(*e) + e->len);
		}
}

const struct means accounts_means = {
	.capabilities = BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER),
	.open = open_accounts,
	.fd = fd,
	.ready = ready,
	.renew = secrets_refill,
};
