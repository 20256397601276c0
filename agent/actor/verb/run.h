/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders being carried out: their steps one after the other, each a request of its own with its own receipt. The
 * receipt of the last step that is taken also says what became of the whole order.
 *
 * Steps and receipts are in the journal, so that an order that the actor's end interrupted is told of at the next
 * start, and one that comes again is answered as it was the first time. No step is ever taken twice.
 */
#pragma once

#include "agent/actor/ledger/journal.h"
#include "agent/actor/rails/mandate.h"
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
	struct {
		uint8_t step; /* that was about to set it when the actor ended, from 1; 0: none was */
		uint16_t len;
		uint8_t sealed[MESSAGE_SEALED_MAX];
	} secret;
};

/* Whether there is a place for one more order. */
bool run_has_room(const struct actor *a);

/*
 * Remember an order that binds this device, on the disk, before run_begin(). An order that only takes something back
 * need not be. ERR_FULL: as many as can be are remembered; the journal's errors. Then `why` says so.
 */
ERR_CHECK enum err run_remember(struct actor *a, const struct order *order, char why[MANDATE_WHY_MAX]);

/*
 * Carry out an order that binds this device. `request` holds what its steps have in common: request_id, order_id and
 * the times. Call it only when run_has_room().
 */
void run_begin(struct actor *a, const struct order *order, const struct act_request *request);

/* Take the steps that are due. Call it after requests have been begun or continued. */
void run_continue(struct actor *a);

/* The order of that id that is under way; NULL: it is not. */
struct run *run_find(struct actor *a, const uint8_t id[MESSAGE_ID]);
bool run_is_under_way(struct actor *a, const uint8_t id[MESSAGE_ID]);

/* The next step whose condition holds, from 0; step_count when there is none. */
uint8_t run_due(const struct run *run);

/* Take into account what became of a step, from 1. */
void run_learn(struct run *run, uint8_t step, uint8_t result);

/* Journal what the receipt of a step says. It is not synced: what a power cut takes is told as interrupted. */
void run_journal(struct actor *a, const struct actor_receipt *r);

/* A record of the journal, at start. false: it is none of an order's steps. */
bool run_replay(struct actor *a, const struct journal_record *record);

/*
 * At start, after all effects were made true: send a receipt for each step that the actor's end kept from being taken
 * or answered. What the ledger shows to be in force, or taken back, is told as done; the rest failed with
 * ERR_INTERRUPTED. None is taken now.
 */
void run_interrupted(struct actor *a);

/*
 * An order that was taken before came again: send its receipts again, with `repeat` set, as far as they are known; the
 * ones to come answer it, too, where it is under way. false: nothing is known of it any more.
 */
bool run_repeat(struct actor *a, const struct order *order, const struct act_request *request);

/* The core is gone: the receipts to come answer no request of the next one. */
void run_core_gone(struct actor *a);
