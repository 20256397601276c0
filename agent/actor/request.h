/* SPDX-License-Identifier: Apache-2.0 */
/* Handles the core's messages (agent/common/message.h). */
#pragma once

#include "agent/actor/verb/actor.h"

#include <stddef.h>

/*
 * Handle one datagram of the core: act, carry out an order, open a log, or report the state in force. ERR_PROTOCOL: no
 * core of this version sends it. Then nothing was done, and the caller ends the core.
 */
ERR_CHECK enum err request_handle(struct actor *a, const void *message, size_t len);

/* Go on to report the state in force. Call it when the outbox has room. */
void request_continue(struct actor *a);
