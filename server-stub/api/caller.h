/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out who makes a call. */
#pragma once

#include "agent/base/err.h"
#include "server-stub/api/call.h"

/* Set call->user and call->session, or leave them empty where the route needs no token; false after an answer. */
bool caller_known(struct call *call);

/* Whether a page of this service made the call, as far as a browser lets others make one; false after an answer. For
 * what a cookie lets in or makes. */
bool caller_is_page(struct call *call);

/* Whether the caller may do nothing else before there is a second factor. */
bool caller_must_enrol(const struct call *call);

/* Find the session and the user of a token. ERR_NOT_FOUND: there is no such session; ERR_EXPIRED; errors of the store.
 */
ERR_CHECK enum err caller_find(struct api *api, const uint8_t token_sha256[STORE_HASH], struct person_session *session,
			       struct person *user);
