/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of who asked for what. Rows of calls that changed something are written in the change's own transaction;
 * the others wait at most API_AUDIT_DELAY_MS and go together. Calls of strangers (no valid token) are noted up to
 * API_AUDIT_STRANGERS a minute; beyond that they are counted, and the next row says how many there were.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/api/call.h"

#define API_AUDIT_WAITING_MAX 256
#define API_AUDIT_DELAY_MS 200
#define API_AUDIT_STRANGERS 120

/* Into the store now, with all that waits, inside the caller's transaction; once that is committed call the second. */
ERR_CHECK enum err api_audit_write(const struct call *call);
void api_audit_written(struct api *api);

/* Soon. */
void api_audit_note(struct call *call);

/* What waits, now. */
void api_audit_flush(struct api *api);
