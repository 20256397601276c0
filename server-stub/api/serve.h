/* SPDX-License-Identifier: Apache-2.0 */
/* A call from its request to its answer: route, who calls, may they, handler, transaction, audit log. */
#pragma once

#include "agent/base/err.h"
#include "server-stub/api/call.h"

/* Serve call->http, which is READY or BAD. Answers at once unless call->pending is set afterwards. */
void serve_call(struct call *call);

/*
 * From a handler, before it changes the store: what it changes from here on becomes durable together with the call's
 * audit row when it answers below 400, and is undone otherwise. Store errors; then answer with reply_store.
 */
ERR_CHECK enum err serve_begin(struct call *call);

/* From the thread of the API when a pending call has its answer. The call is gone afterwards. */
void serve_done(struct call *call);

/* Who the token of the call belongs to now: ERR_OK, ERR_NOT_FOUND (no such token), ERR_EXPIRED, or of the store. */
ERR_CHECK enum err serve_who(struct api *api, const uint8_t token_sha256[32], struct store_session *session,
			     struct store_user *user);
