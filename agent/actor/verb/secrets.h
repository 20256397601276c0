/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passwords made in advance, so that a reset only replaces a file and does not wait twenty milliseconds for a hash.
 * SECRETS_MAX are kept, sealed to the present escrow key; when that key changes, they are made anew. They are made only
 * if a rule's steps or an enrolled service can ask for a reset, because the hash needs 16 MiB while it is computed.
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

/* Let the worker make the passwords that are missing. */
void secrets_refill(struct actor *a);

/* Keep a password that the worker has made. */
void secrets_add(struct actor *a, const struct worker_result *result);

/*
 * Take a password. When none is kept, it is made now. The caller overwrites it after use. Errors of worker_prepare().
 */
ERR_CHECK enum err secrets_use(struct actor *a, struct worker_secret *out);
