/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proof of receipts: every receipt gets a place in the actor's chain (proto/chain.h) before the core sees it, and the
 * worker signs the chain's last place soon after the end of each order, and else at most once a second, for as long as
 * the device is enrolled. The key is STATE_DIR/actor/receipt.key (agent/common/receipt_key.h), opened when there is a
 * trust bundle; without it receipts are chained and not signed, and the service shows them as unproven.
 *
 * A receipt is kept (agent/actor/ledger/chain_file.h) until the core has said that it is on its disk. The next core
 * gets those again of which no core has said so, in their order and before any other. It may have some of them on its
 * disk already: the service passes over what has a place that it knows. For builds with an uplink.
 */
#pragma once

#include "agent/actor/ledger/chain_file.h"
#include "agent/actor/sys/worker.h"
#include "agent/base/key.h"
#include "agent/common/message.h"

#include <stdbool.h>
#include <stdint.h>

#define PROOF_APART_US (1000 * INT64_C(1000)) /* between two signatures, but for ends of orders */
#define PROOF_SOON_US (50 * INT64_C(1000))    /* after a receipt, which is on its way by then */

struct actor;

struct proof {
	struct key_der key, public_key; /* len 0: there is none */
	struct chain_file chain;
	uint64_t sent;	   /* number of the last receipt that the present core was given */
	uint64_t stale;	   /* receipts up to this number answer requests of cores that are gone */
	int64_t signed_us; /* CLOCK_BOOTTIME when a place was last given to the worker */
	int64_t due_us;	   /* when to sign what was not given to it, 0: there is nothing */
	enum err state;	   /* of the last write of the chain's file, and of the last signature */
};

/* Open the chain, and the key as proof_renew does. What fails is said on standard error. */
void proof_open(struct actor *a);

/* The trust bundle was read: where it is there for the first time, open the key. */
void proof_renew(struct actor *a);

/* Give a receipt its place, keep it, and send it when those before it were sent. */
void proof_send(struct actor *a, struct actor_receipt *receipt);

/* The core is gone. True: the next one gets the receipts again, so none need be passed on. */
bool proof_core_gone(struct actor *a);

/* The core has the receipts up to this place on its disk. ERR_PROTOCOL: it was not given such a place. */
ERR_CHECK enum err proof_recorded(struct actor *a, uint64_t seq);

/* Send receipts that wait, and have the worker sign what is due. Call it at the time of proof_next_us(). */
void proof_continue(struct actor *a, int64_t mono_us);
int64_t proof_next_us(const struct actor *a);

/* The worker has signed: write the message to send to the core. False: there is none. */
bool proof_signed(struct actor *a, const struct worker_result *result, struct actor_head *out);
