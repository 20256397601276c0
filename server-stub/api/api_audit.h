/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit log: who called what. The row of a call that changes something is written in the change's own transaction;
 * other rows wait at most API_AUDIT_DELAY_MS and are written together. While the store takes no rows they wait longer,
 * at most API_AUDIT_WAITING_MAX of them; the next row then says how many are missing. Of calls without a valid token at
 * most API_AUDIT_STRANGERS a minute get a row; further ones are counted, and the next row says how many there were.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/api/call.h"

#define API_AUDIT_WAITING_MAX 256
#define API_AUDIT_DELAY_MS 200
#define API_AUDIT_AGAIN_MS 10000 /* after the store took none */
#define API_AUDIT_STRANGERS 120

/* Write the call's row and all that wait to the store, inside the caller's transaction. After the commit call
 * api_audit_written, which forgets the rows that waited. */
ERR_CHECK enum err api_audit_write(const struct call *call);
void api_audit_written(struct api *api);

/* Have the service's log say which row is the last and its hash, so that a copy of that log elsewhere shows when the
 * audit log was changed. */
void api_audit_tell(struct api *api);

/* Append the call's row to those that wait. */
void api_audit_note(struct call *call);

/* Write the rows that wait, now. Those that the store does not take go on waiting, unless there are too many. */
void api_audit_flush(struct api *api);
