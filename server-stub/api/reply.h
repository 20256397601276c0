/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers. A handler calls one of these once. Errors are {"error":{"code":"...","message":"..."}}: the code is for
 * programs and never changes, the message is a sentence that says what to do.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/json.h"
#include "server-stub/api/call.h"
#include "server-stub/api/fault.h"

/* A JSON answer: write the value with the result, nothing more to do. */
struct json *reply_json(struct call *call, unsigned status);

/* Text that is there already. */
void reply_text(struct call *call, unsigned status, const char *type, struct str text);

/* 204. */
void reply_nothing(struct call *call);

void reply_error(struct call *call, enum fault fault, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The answer to an error of the store, about a thing: "device", named as the caller did (may be empty). */
void reply_store(struct call *call, enum err err, const char *thing, const char *name);

/* One more header line. */
void reply_header(struct call *call, const char *name, const char *value);

/* Status line and headers; a body of body_len bytes or, with SIZE_MAX, chunks follow. */
void reply_head(const struct call *call, struct buf *b, size_t body_len);

/* Values that look the same everywhere. A time of 0 is null. */
void reply_time(struct json *j, const char *key, int64_t wall_us);	    /* RFC 3339, UTC, microseconds */
void reply_id(struct json *j, const char *key, const uint8_t id[STORE_ID]); /* hex; all zero is null */
void reply_base64(struct json *j, const char *key, const uint8_t *bytes, size_t len);
