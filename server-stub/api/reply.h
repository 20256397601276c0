/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers to calls. A handler calls one of these functions, once. An error is {"error":{"code":"...","message":"..."}}:
 * the code is for programs and never changes, the message is a sentence that says what to do.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/json.h"
#include "server-stub/api/call.h"
#include "server-stub/api/fault.h"
#include "server-stub/api/ids.h"

/* Begin a JSON answer. The caller writes one value with the result; the answer is sent when the handler returns. */
struct json *reply_json(struct call *call, unsigned status);

/* Answer with text of that type. */
void reply_text(struct call *call, unsigned status, const char *type, struct str text);

/* Answer with status 204 and no body. */
void reply_nothing(struct call *call);

/* Answer with an error; the format makes its sentence. */
void reply_error(struct call *call, enum fault fault, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same, and the caller writes more members of "error" and ends both objects. */
struct json *reply_fault(struct call *call, enum fault fault, const char *message);

/* Answer with an error of the store about a `thing` ("device"); `name` is what the caller called it, or empty. */
void reply_store(struct call *call, enum err err, const char *thing, const char *name);

/* The same after a search by the beginning of an id, call->arg; where several fit, it names them. */
void reply_search(struct call *call, enum err err, const char *thing, const struct ids_search *search);

/* Add a header line to the answer. */
void reply_header(struct call *call, const char *name, const char *value);

/* Write status line and headers for a body of body_len bytes; SIZE_MAX: for a body in chunks. */
void reply_head(const struct call *call, struct buf *b, size_t body_len);

/* A number that a device chose, at most INT64_MAX: most readers of JSON hold no larger one, and refuse the whole page.
 */
void reply_count(struct json *j, const char *key, uint64_t count);

/* Write values in the form that all calls use. A time of 0 is null. */
void reply_time(struct json *j, const char *key, int64_t wall_us);		      /* RFC 3339, UTC, microseconds */
void reply_id(struct json *j, const char *key, const uint8_t id[STORE_ID]);	      /* hex; all zero is null */
void reply_base64(struct json *j, const char *key, const uint8_t *bytes, size_t len); /* key NULL: an item of a list */
