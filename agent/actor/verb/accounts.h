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
