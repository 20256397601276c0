/* SPDX-License-Identifier: Apache-2.0 */
/* Means: the accounts of this machine, and the stock of prepared secrets. */
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/means.h"
#include "agent/actor/verb/secrets.h"

#include <linux/capability.h>

#include <errno.h>
#include <unistd.h>

#define BIT(capability) (UINT64_C(1) << (capability))

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
