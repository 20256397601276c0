/* SPDX-License-Identifier: Apache-2.0 */
/* Takes a call from its request to its answer: route, user, permission, handler, transaction, audit log. */
#pragma once

#include "agent/base/err.h"
#include "server-stub/api/call.h"

/* Answer call->http, which is READY or BAD; at once, unless call->pending is set on return. */
void serve_call(struct call *call);

/*
 * A handler calls this before it changes the store. If its answer is below 400, the changes are committed together with
 * the call's audit row; otherwise they are rolled back. Errors of the store; the handler then answers with reply_store.
 */
ERR_CHECK enum err serve_begin(struct call *call);

/* Take back what the call has changed so far: from here on it is one that only reads. */
void serve_undo(struct call *call);

/* A pending call has its answer: send it. Call it on the API's thread. The call is freed. */
void serve_done(struct call *call);
