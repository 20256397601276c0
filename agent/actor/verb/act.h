/* SPDX-License-Identifier: Apache-2.0 */
/* The dispatcher. It takes a request through the steps of its verb's row and sends exactly one receipt for it. */
#pragma once

#include "agent/actor/verb/action.h"

#include "agent/base/now.h"

#include <stdint.h>

/* What is asked for, by whom, and the times known so far (CLOCK_BOOTTIME in microseconds; 0: there is none). */
struct act_request {
	uint64_t request_id;	      /* of the core's message, for the receipt */
	uint8_t origin;		      /* enum verb_origin */
	bool observe;		      /* only report what would be done */
	char rule[MESSAGE_RULE_MAX];  /* empty: none */
	uint8_t incident[MESSAGE_ID]; /* zero: none */
	uint8_t order_id[MESSAGE_ID]; /* zero: no order */
	uint8_t step, steps;	      /* of the order, from 1; 0: no order */
	struct verb_args args;
	int64_t cause_us, decided_us, received_us;
	int64_t known_us; /* an order: when it was made, at the latest; a process that began later is not meant */

	/* Called with the receipt before it is sent; may add to it. NULL: nobody. */
	void (*note)(struct actor *a, struct actor_receipt *receipt);
};

/* Begin a request. Its receipt is sent when it was done, was refused or has failed. */
void act_begin(struct actor *a, const struct act_request *request);

/* Answer a request that is not going to be tried: RECEIPT_REFUSED with err and why. */
void act_refuse(struct actor *a, const struct act_request *request, enum err err, const char *why);

/* Send a receipt that is filled in but for its header's type and length. Counts refusals. */
void act_send(struct actor *a, struct actor_receipt *r);

/* The row of a verb, NULL when this build does not have it. */
const struct action_row *act_row(const struct actor *a, uint16_t verb);

/* Call the steps that are due again. */
void act_continue(struct actor *a, int64_t mono_us);

/* A child has ended: let all that wait look again at the next act_continue(). */
void act_hurry(struct actor *a);

/* When to call act_continue() next, CLOCK_BOOTTIME in microseconds; INT64_MAX: nothing waits. */
int64_t act_next_us(const struct actor *a);

/* "198.51.100.7", "account bob", "process 4711", "/tmp/x" or "this device". */
const char *act_target(const struct verb_args *args, char text[static 64]);

/* "10 min", "36 h", "90 s". */
const char *act_duration(uint32_t seconds, char text[static 16]);
