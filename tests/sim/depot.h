/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects at the simulated service: the real delivery and upload over its store, and around them what the gateway does:
 * pieces are read at once, all else is carried out in the next commit and answered after it.
 */
#pragma once

#include "proto/object_message.h"
#include "server-stub/store/store.h"
#include "tests/sim/world.h"

/* How the service's session sends; it need not be up. */
typedef void (*depot_send)(const struct object_message *m);

void depot_begin(struct world *w, struct store *s, const uint8_t device[STORE_ID], depot_send send);

/* An operator makes the next object for the device, if there is one to make. True: offer it. */
bool depot_make(void);

/* The session is up, or there is something new: offer the oldest object that waits. */
void depot_offer(void);

/* The device has sent a message. True: a commit is wanted. */
bool depot_message(const struct object_message *m);

/* Inside of the transaction, and after it. */
void depot_commit(void);
void depot_committed(void);

/* The link, or the process, is gone: nobody wants an answer; what was not committed is not. */
void depot_broke(void);
void depot_crash(void);
