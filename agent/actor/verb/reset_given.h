/* SPDX-License-Identifier: Apache-2.0 */
/* The hash that somebody gives an account instead of a random password. Only for reset.c. */
#pragma once

#include "agent/actor/sys/account.h"
#include "agent/actor/verb/action.h"
#include "agent/common/password.h"

/*
 * Read what an order (args.hash) or root at the device (PASSWORD_FILE_ASKED) wants the account to have, which
 * password_check and this machine's crypt(3) have to take. ERR_NOT_FOUND: root wants nothing, or it is about another
 * account; ERR_INVALID; others are those of the files. Each fills action->why.
 */
ERR_CHECK enum err reset_given_read(struct actor *a, struct action *action, const struct account *account,
				    char hash[PASSWORD_GIVEN_MAX]);

/* It was done, or will not be: a core that asks again finds nothing. */
void reset_given_forget(const struct actor *a);
