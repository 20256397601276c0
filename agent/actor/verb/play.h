/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs playbooks that are bound to incidents. The core tells what an incident is about, and nothing else; which
 * playbooks are for it, what fills their blanks and in which order steps are taken is decided here. The steps are those
 * of an order (run.h), with the rails and budgets of a rule, and each receipt names the playbook.
 *
 * A core that was taken over can have any playbook that this device keeps run about anything, as often as budgets let
 * it. Orders keep half of the places of run.h in any case.
 */
#pragma once

#include "agent/base/budget.h"
#include "agent/base/err.h"
#include "agent/common/message.h"

#include <stdint.h>

#define PLAY_WAITING_MAX 8 /* incidents whose playbooks wait for their turn; more are refused */
#define PLAY_PER_MINUTE 30 /* playbooks that are begun; more are refused */
#define PLAY_AT_ONCE 2	   /* playbooks under way */

struct actor;

/* What the core told, and which of the playbooks are still to be begun for it: bits of playbooks.rows. */
struct plays_waiting {
	uint32_t rows;
	struct actor_play message;
};

struct plays {
	unsigned first, count;
	struct plays_waiting waiting[PLAY_WAITING_MAX];
	struct budget budget;
	uint64_t begun;
};

/* Run what is for such an incident. ERR_PROTOCOL: no sane core sends it. */
ERR_CHECK enum err play_begin(struct actor *a, const struct actor_play *message);

/* Begin those whose turn it is. Call it after run_continue(). */
void play_continue(struct actor *a);
