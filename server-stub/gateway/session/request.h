/* SPDX-License-Identifier: Apache-2.0 */
/* Messages from a device (caltrop.v1.ToServer). Results borrow the message's bytes. */
#pragma once

#include "agent/base/err.h"
#include "server-stub/gateway/session/session.h"

enum request_body {
	REQUEST_OTHER = 0, /* of a later version */
	REQUEST_HELLO = 1,
	REQUEST_BATCH = 2,
	REQUEST_SEEN = 3,
	REQUEST_RENEW = 4,
	REQUEST_PING = 5,
	REQUEST_ENROLL = 6,
	REQUEST_OBJECT = 7, /* this and the three that follow: proto/object_message.h */
	REQUEST_LAST = 10,
};

/* Find out which message it is; *bytes is its body. ERR_PROTOCOL: it does not parse, or has two bodies. */
ERR_CHECK enum err request_read(struct str message, enum request_body *body, struct str *bytes);

/* Read one kind of body. All return ERR_PROTOCOL when a field is not as link.proto says. */
ERR_CHECK enum err request_hello(struct str bytes, struct session_hello *out);
/* Fills spool, first_seq, last_seq, count and blob. It does not check the records; ingest does. */
ERR_CHECK enum err request_batch(struct str bytes, struct log_batch *out);
ERR_CHECK enum err request_seen(struct str bytes, uint8_t order_id[STORE_ID]);
ERR_CHECK enum err request_renew(struct str bytes, struct str *csr);
ERR_CHECK enum err request_ping(struct str bytes, uint64_t *nonce);
