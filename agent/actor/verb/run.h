/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders being carried out: their steps one after the other, each a request of its own with its own receipt. The
 * receipt of the last step that is taken also says what became of the whole order.
 */
#pragma once

#include "agent/actor/verb/act.h"

#include "proto/order.h"

#include <stdbool.h>
#include <stdint.h>

#define RUNS_MAX 4 /* orders under way at once; more are answered ERR_BUSY, and may be sent again */

struct run {
	struct order order; /* step_count 0: this place is free */
	struct act_request request;
	uint8_t next;	     /* the first step that is not yet decided about */
	uint8_t failed;	     /* enum receipt_result of a step that went wrong and that no later step answered, else 0 */
	uint8_t failed_step; /* which that was, from 1 */
	bool done;	     /* the step that was taken last was done */
	bool waits;	     /* for the receipt of a step */
};

/* Whether there is a place for one more order. */
bool run_has_room(const struct actor *a);

/*
 * Carry out an order that binds this device. `request` holds what its steps have in common: request_id, order_id and
 * the times. Call it only when run_has_room().
 */
void run_begin(struct actor *a, const struct order *order, const struct act_request *request);

/* Take the steps that are due. Call it after requests have been begun or continued. */
void run_continue(struct actor *a);

/* The core is gone: the receipts to come answer no request of the next one. */
void run_core_gone(struct actor *a);
