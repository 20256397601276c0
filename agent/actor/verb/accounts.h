/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the account of an action and checks its rails, for all verbs that act on an account. */
#pragma once

#include "agent/actor/sys/account.h"
#include "agent/actor/verb/action.h"

/*
 * Find the account that the action names, and check the rails of accounts. ERR_PROTECTED: the rails forbid it, and the
 * action stays refused. For all other errors, such as ERR_NOT_FOUND, its result is RECEIPT_FAILED. On an error
 * action->why is filled.
 */
ERR_CHECK enum err accounts_judge(struct actor *a, struct action *action, struct account *out);

/* A reset has set the account's SSH keys aside. Its processes may put new ones there until they are ended. */
void accounts_keys_taken(struct actor *a, const char *account);

/*
 * All processes of the account were ended. If its keys were taken less than ACCOUNTS_KEYS_S ago, those that appeared
 * since are set aside, too; if it is locked, that it is shut is looked at again soon. ERR_NOT_FOUND: there were none.
 * Others: they could not be read or set aside.
 */
ERR_CHECK enum err accounts_keys_again(struct actor *a, const char *account);
