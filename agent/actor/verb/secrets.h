/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prepared passwords, so that a reset is a file replace and not twenty milliseconds of hashing. SECRETS_MAX are kept
 * ready, sealed to the escrow key of the moment; when that changes they are made anew. Prepared only when a rule's
 * steps or an enrolled service can ask for a reset, because the hash takes 16 MiB for a moment.
 */
#pragma once

#include "agent/actor/sys/worker.h"

#define SECRETS_MAX 2

struct actor;

struct secrets {
	unsigned count;
	struct worker_secret ready[SECRETS_MAX];
	struct key_der escrow; /* whom they are sealed to */
	unsigned stale;	       /* still to come from the worker for the key before */
};

/* Order what is missing from the worker. */
void secrets_refill(struct actor *a);

/* One came from the worker. */
void secrets_add(struct actor *a, const struct worker_result *result);

/* Take one out; made on the spot when none is ready. The caller wipes it. */
ERR_CHECK enum err secrets_use(struct actor *a, struct worker_secret *out);
