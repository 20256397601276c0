/* SPDX-License-Identifier: Apache-2.0 */
/* The core's messages (agent/common/message.h), and what they make the actor do. */
#pragma once

#include "agent/actor/verb/actor.h"

#include <stddef.h>

/*
 * One datagram from the core: act, take an order, open a log or tell the state in force. ERR_PROTOCOL: it is not one
 * that a sane core sends, nothing was done, and the caller ends the core.
 */
ERR_CHECK enum err request_handle(struct actor *a, const void *message, size_t len);

/* Go on with telling the state in force; call it when the outbox has room. */
void request_continue(struct actor *a);
