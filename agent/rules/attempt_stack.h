/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of each service's PAM stack: whether a refusal by pam_unix is a failure, or another module may say yes.
 *
 * pam_unix counts as alone after ATTEMPT_STACK_PROOFS of its refusals ended in failure, while no other module logged a
 * line and no refusal was followed by a success. A line of another module, or a success after a refusal, makes the
 * stack a mixed one for ATTEMPT_STACK_MIXED_US. As long as nothing is known, pam_unix does not count as alone. Plain
 * data; part of the saved state.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/now.h"
#include "agent/base/view.h"
#include "agent/event/event.h"

#include <stdbool.h>
#include <stdint.h>

#define ATTEMPT_STACK_PROOFS 3u
#define ATTEMPT_STACK_MIXED_US (30 * 24 * HOUR_US)
#define ATTEMPT_STACK_SAVED 10u /* bytes of one in the saved state */

struct attempt_stack {
	uint8_t proofs; /* refusals that ended in failure, up to ATTEMPT_STACK_PROOFS */
	bool mixed;
	int64_t mixed_us; /* when attempt_stack_mixed() was last called, monotonic */
};

struct attempt_stacks {
	bool unix_alone; /* by the settings, for every service: refusals of modules are verdicts */
	struct attempt_stack of[SERVICE_MAX];
};

/* Tell that a refusal by pam_unix ended in failure. */
void attempt_stack_failed(struct attempt_stacks *s, uint8_t service, struct now now);

/* Tell that another module logged a line, or that a refusal was followed by a success. */
void attempt_stack_mixed(struct attempt_stacks *s, uint8_t service, struct now now);

/* Whether a refusal by pam_unix is certain to end in failure, as far as is known. */
bool attempt_stack_alone(const struct attempt_stacks *s, uint8_t service);

/* Who judges log-ins of a service, in a word: "pam_unix", "several", "learning"; NULL: nothing is known of it. */
const char *attempt_stack_judge(const struct attempt_stacks *s, uint8_t service);

/* Append all services of which something is known to the saved state. Returns how many found no room in b. */
uint32_t attempt_stack_save(const struct attempt_stacks *s, struct buf *b, struct now now);

/* Read them back; elapsed_us have passed since they were saved. */
void attempt_stack_restore(struct attempt_stacks *s, struct view *v, int64_t elapsed_us, struct now now);
