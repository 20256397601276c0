/* SPDX-License-Identifier: Apache-2.0 */
/* Frames to a device (caltrop.v1.ToDevice). Each function appends one whole frame to the buffer, of at most ANSWER_MAX.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/str.h"
#include "server-stub/store/registry.h"

#include <stdint.h>

/* bytes of the longest frame */
#define ANSWER_MAX 16384

struct answer_welcome {
	uint64_t committed_seq;
	uint32_t window_bytes, keepalive_s, batch_bytes_max;
	int64_t wall_us;
};

struct answer_certificate {
	struct str certificate, ca, trust; /* DER, DER, an encoded Trust */
	const char *error;		   /* NULL: none */
};

struct answer_enrolled {
	unsigned status; /* caltrop.v1.EnrollReply.Status */
	struct answer_certificate issued;
	uint32_t retry_s;
};

struct answer_goodbye {
	const char *reason;
	uint32_t retry_s;
	bool revoked;
};

void answer_welcome(struct buf *b, const struct answer_welcome *r);
void answer_ack(struct buf *b, uint64_t committed_seq);
void answer_order(struct buf *b, const struct registry_order *o);
void answer_renewed(struct buf *b, const struct answer_certificate *r);
/* An address that the device's group is to ban. */
struct answer_immunity {
	struct addr addr;
	uint32_t duration_s;
};
void answer_immunity(struct buf *b, const struct answer_immunity *r);
/* A sealed trust bundle. */
void answer_trust(struct buf *b, struct str sealed);
void answer_pong(struct buf *b, uint64_t nonce);
void answer_enrolled(struct buf *b, const struct answer_enrolled *r);
void answer_goodbye(struct buf *b, const struct answer_goodbye *r);
