/* SPDX-License-Identifier: Apache-2.0 */
/* The accounts of this machine as a means of verbs: what every verb that is done to an account asks first. */
#pragma once

#include "agent/actor/sys/account.h"
#include "agent/actor/verb/action.h"

/*
 * Find the account that the action names, and hold the action to the rails of accounts. ERR_NOT_FOUND and what the
 * files could not tell make its result RECEIPT_FAILED; ERR_PROTECTED leaves it refused. Then action->why is filled.
 */
ERR_CHECK enum err accounts_judge(struct actor *a, struct action *action, struct account *out);
