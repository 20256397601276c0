/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes what the service says to devices, tag by tag (proto/caltrop/v1/link.proto). A unit test unpacks all of it with
 * the generated code, so that the two cannot drift apart.
 */
#include "server-stub/gateway/session/answer.h"

#include "proto/frame.h"
#include "proto/wire.h"

enum { WELCOME = 1, ACK = 2, ORDER = 3, RENEWED = 4, PONG = 5, ENROLLED = 6, GOODBYE = 7, TRUST = 12, IMMUNITY = 13 };

static void put_frame(struct buf *b, uint32_t body_tag, const struct buf *body)
{
	uint8_t memory[16], header[FRAME_HEADER];
	struct buf key = buf_over(memory, sizeof(memory));

	if (buf_check(body) != ERR_OK) {
		b->overflow = true;
		return;
	}
	/* The key and length of the body alone, to know how long the frame is. */
	wire_put_head(&key, body_tag, body->len);
	frame_header(header, key.len + body->len);
	buf_bytes(b, header, sizeof(header));
	buf_put(b, buf_str(&key));
	buf_put(b, buf_str(body));
}

void answer_welcome(struct buf *b, const struct answer_welcome *r)
{
	uint8_t memory[64];
	struct buf body = buf_over(memory, sizeof(memory));

	wire_put_int(&body, 1, r->committed_seq);
	wire_put_int(&body, 2, r->window_bytes);
	wire_put_int(&body, 3, r->keepalive_s);
	wire_put_int(&body, 4, (uint64_t)r->wall_us);
	wire_put_int(&body, 5, r->batch_bytes_max);
	put_frame(b, WELCOME, &body);
}

void answer_ack(struct buf *b, uint64_t committed_seq)
{
	uint8_t memory[16];
	struct buf body = buf_over(memory, sizeof(memory));

	wire_put_int(&body, 1, committed_seq);
	put_frame(b, ACK, &body);
}

void answer_order(struct buf *b, const struct registry_order *o)
{
	uint8_t memory[STORE_ORDER_MAX + STORE_SIGNATURES_MAX * (KEY_SIGNATURE_MAX + 32)];
	struct buf body = buf_over(memory, sizeof(memory));

	wire_put_bytes(&body, 1, (struct str){(const char *)o->order, o->order_len});
	for (unsigned i = 0; i < o->signature_count; i++) {
		uint8_t inner[KEY_SIGNATURE_MAX + KEY_ID + 8];
		struct buf signature = buf_over(inner, sizeof(inner));

		wire_put_bytes(&signature, 1, (struct str){(const char *)o->signatures[i].key_id, KEY_ID});
		wire_put_bytes(&signature, 2, (struct str){(const char *)o->signatures[i].bytes, o->signatures[i].len});
		wire_put_message(&body, 2, buf_str(&signature));
	}
	put_frame(b, ORDER, &body);
}

void answer_renewed(struct buf *b, const struct answer_certificate *r)
{
	uint8_t memory[ANSWER_MAX];
	struct buf body = buf_over(memory, sizeof(memory));

	wire_put_bytes(&body, 1, r->certificate);
	wire_put_bytes(&body, 2, r->ca);
	wire_put_bytes(&body, 3, r->trust);
	wire_put_bytes(&body, 4, str_from(r->error));
	put_frame(b, RENEWED, &body);
}

void answer_trust(struct buf *b, struct str sealed)
{
	uint8_t memory[ANSWER_MAX];
	struct buf body = buf_over(memory, sizeof(memory));

	wire_put_bytes(&body, 1, sealed);
	put_frame(b, TRUST, &body);
}

void answer_immunity(struct buf *b, const struct answer_immunity *r)
{
	uint8_t memory[ADDR_TEXT_MAX + 16];
	struct buf body = buf_over(memory, sizeof(memory));
	char text[ADDR_TEXT_MAX];

	wire_put_bytes(&body, 1, str_from(addr_text(&r->addr, text)));
	wire_put_int(&body, 2, r->duration_s);
	put_frame(b, IMMUNITY, &body);
}

void answer_pong(struct buf *b, uint64_t nonce)
{
	uint8_t memory[16];
	struct buf body = buf_over(memory, sizeof(memory));

	wire_put_int(&body, 1, nonce);
	put_frame(b, PONG, &body);
}

void answer_enrolled(struct buf *b, const struct answer_enrolled *r)
{
	uint8_t memory[ANSWER_MAX];
	struct buf body = buf_over(memory, sizeof(memory));

	wire_put_int(&body, 1, r->status);
	wire_put_bytes(&body, 2, r->issued.certificate);
	wire_put_bytes(&body, 3, r->issued.ca);
	wire_put_bytes(&body, 4, r->issued.trust);
	wire_put_bytes(&body, 5, str_from(r->issued.error));
	wire_put_int(&body, 6, r->retry_s);
	put_frame(b, ENROLLED, &body);
}

void answer_goodbye(struct buf *b, const struct answer_goodbye *r)
{
	uint8_t memory[512];
	struct buf body = buf_over(memory, sizeof(memory));

	wire_put_bytes(&body, 1, str_sub(str_from(r->reason), 0, 256));
	wire_put_int(&body, 2, r->retry_s);
	wire_put_int(&body, 3, r->revoked);
	put_frame(b, GOODBYE, &body);
}
