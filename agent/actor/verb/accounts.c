/* SPDX-License-Identifier: Apache-2.0 */
/* Means: the accounts of this machine, and the stock of prepared secrets. */
#include "agent/actor/verb/accounts.h"

#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/effect.h"
#include "agent/actor/verb/means.h"
#include "agent/actor/verb/secrets.h"

#include <linux/capability.h>

#include <errno.h>
#include <stdio.h>
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

static void open_accounts(struct actor *a)
{
	if (access(a->settings.shadow, R_OK | W_OK) != 0)
		a->health.accounts = (uint8_t)err_from_errno(errno);
}

const struct means accounts_means = {
	.capabilities = BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER),
	.open = open_accounts,
	.renew = secrets_refill,
};
