/* SPDX-License-Identifier: Apache-2.0 */
/* Translates between protobuf and the session's values. It checks that messages are not too large, and nothing else. */
#include "agent/uplink/wire.h"

#include "agent/uplink/batch.h"
#include "proto/frame.h"
#include "proto/wire.h"

#include "caltrop/v1/link.pb-c.h"

#include <string.h>

#define WINDOW_DEFAULT (256 * 1024)
#define KEEPALIVE_MIN_S 10
#define KEEPALIVE_DEFAULT_S 60
#define KEEPALIVE_MAX_S 3600
#define RETRY_MAX_S 86400

typedef Caltrop__V1__ToServer to_server;

static void put(struct buf *b, const to_server *message)
{
	size_t len = caltrop__v1__to_server__get_packed_size(message);
	uint8_t header[FRAME_HEADER];

	if (b->overflow || len > FRAME_BYTES_MAX || b->cap - b->len < len + sizeof(header)) {
		b->overflow = true;
		return;
	}
	frame_header(header, len);
	buf_bytes(b, header, sizeof(header));
	b->len += caltrop__v1__to_server__pack(message, (uint8_t *)b->data + b->len);
}

/* protobuf-c's structs have pointers without const, also to what protobuf-c only reads. */
static ProtobufCBinaryData data_of(const void *bytes, size_t len)
{
	return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)bytes};
}

static char *text_of(const char *text)
{
	return text ? (char *)(uintptr_t)text : (char *)(uintptr_t) "";
}

void wire_put_hello(struct buf *b, const struct wire_hello *w, struct now now)
{
	const struct uplink_about *about = w->about;
	Caltrop__V1__Hello hello = CALTROP__V1__HELLO__INIT;
	to_server message = CALTROP__V1__TO_SERVER__INIT;
	struct spool_health health;

	spool_health(w->spool, &health);
	hello.spool_id = data_of(spool_id(w->spool), SPOOL_ID);
	hello.oldest_seq = health.oldest_seq;
	hello.next_seq = health.next_seq;
	hello.version = text_of(about->version);
	hello.features = (char **)(uintptr_t)about->features;
	while (about->features && about->features[hello.n_features])
		hello.n_features++;
	hello.hostname = text_of(about->hostname);
	hello.kernel = text_of(about->kernel);
	hello.arch = text_of(about->arch);
	hello.boot_us = about->boot_wall_us;
	hello.wall_us = now.wall_us;
	hello.trust_version = w->trust_version;
	hello.boot_id = data_of(about->boot_id, sizeof(about->boot_id));
	hello.run_id = data_of(about->run_id, sizeof(about->run_id));
	message.body_case = CALTROP__V1__TO_SERVER__BODY_HELLO;
	message.hello = &hello;
	put(b, &message);
}

void wire_put_seen(struct buf *b, const uint8_t order_id[16])
{
	Caltrop__V1__OrderSeen seen = CALTROP__V1__ORDER_SEEN__INIT;
	to_server message = CALTROP__V1__TO_SERVER__INIT;

	seen.order_id = data_of(order_id, 16);
	message.body_case = CALTROP__V1__TO_SERVER__BODY_ORDER_SEEN;
	message.order_seen = &seen;
	put(b, &message);
}

void wire_put_renew(struct buf *b, struct str csr)
{
	Caltrop__V1__RenewRequest renew = CALTROP__V1__RENEW_REQUEST__INIT;
	to_server message = CALTROP__V1__TO_SERVER__INIT;

	renew.csr = data_of(csr.data, csr.len);
	message.body_case = CALTROP__V1__TO_SERVER__BODY_RENEW;
	message.renew = &renew;
	put(b, &message);
}

void wire_put_ping(struct buf *b, uint64_t nonce)
{
	Caltrop__V1__Ping ping = CALTROP__V1__PING__INIT;
	to_server message = CALTROP__V1__TO_SERVER__INIT;

	ping.nonce = nonce;
	message.body_case = CALTROP__V1__TO_SERVER__BODY_PING;
	message.ping = &ping;
	put(b, &message);
}

static struct str str_of(ProtobufCBinaryData data)
{
	return (struct str){(const char *)data.data, data.len};
}

static enum err take_order(const Caltrop__V1__Order *in, struct actor_order *out)
{
	if (in->order.len > MESSAGE_ORDER_MAX || in->n_signatures > MESSAGE_SIGNATURES_MAX)
		return ERR_TOO_LONG;
	out->order_len = (uint16_t)in->order.len;
	if (in->order.len)
		memcpy(out->order, in->order.data, in->order.len);
	for (size_t i = 0; i < in->n_signatures; i++) {
		const Caltrop__V1__Signature *signature = in->signatures[i];

		if (signature->key_id.len != sizeof(out->signatures[i].key_id) ||
		    signature->value.len > MESSAGE_SIGNATURE_MAX || signature->value.len == 0)
			return ERR_TOO_LONG;
		memcpy(out->signatures[i].key_id, signature->key_id.data, signature->key_id.len);
		memcpy(out->signatures[i].bytes, signature->value.data, signature->value.len);
		out->signatures[i].len = (uint16_t)signature->value.len;
	}
	out->signature_count = (uint16_t)in->n_signatures;
	return ERR_OK;
}

static enum err take_renewed(const Caltrop__V1__RenewReply *in, struct wire_message *out)
{
	if (in->n_chain > WIRE_CERTIFICATES_MAX - 1)
		return ERR_PROTOCOL;
	out->certificates[0] = str_of(in->certificate);
	for (size_t i = 0; i < in->n_chain; i++)
		out->certificates[i + 1] = str_of(in->chain[i]);
	out->text = str_from(in->error);
	return ERR_OK;
}

/* The value, or the default `none` for 0, brought between `low` and `high`. */
static uint32_t clamp(uint32_t value, uint32_t none, uint32_t low, uint32_t high)
{
	value = value ? value : none;
	return value < low ? low : value > high ? high : value;
}

static void take_welcome(const Caltrop__V1__Welcome *in, struct wire_message *out)
{
	out->committed_seq = in->committed_seq;
	out->wall_us = in->wall_us;
	out->window_bytes = clamp(in->window_bytes, WINDOW_DEFAULT, SPOOL_RECORD_MAX, INT32_MAX);
	out->batch_bytes_max =
		clamp(in->batch_bytes_max, UPLINK_BATCH_MAX, SPOOL_RECORD_MAX + BATCH_ENTRY, UPLINK_BATCH_MAX);
	out->keepalive_s = clamp(in->keepalive_s, KEEPALIVE_DEFAULT_S, KEEPALIVE_MIN_S, KEEPALIVE_MAX_S);
}

static enum err take_body(const Caltrop__V1__ToDevice *in, struct wire_message *out)
{
	switch (in->body_case) {
	case CALTROP__V1__TO_DEVICE__BODY_WELCOME:
		out->kind = WIRE_WELCOME;
		take_welcome(in->welcome, out);
		return ERR_OK;
	case CALTROP__V1__TO_DEVICE__BODY_ACK:
		out->kind = WIRE_ACK;
		out->committed_seq = in->ack->committed_seq;
		return ERR_OK;
	case CALTROP__V1__TO_DEVICE__BODY_ORDER: out->kind = WIRE_ORDER; return take_order(in->order, &out->order);
	case CALTROP__V1__TO_DEVICE__BODY_RENEWED: out->kind = WIRE_RENEWED; return take_renewed(in->renewed, out);
	case CALTROP__V1__TO_DEVICE__BODY_TRUST:
		out->kind = WIRE_TRUST;
		out->trust = str_of(in->trust->bundle);
		return ERR_OK;
	case CALTROP__V1__TO_DEVICE__BODY_IMMUNITY:
		out->kind = WIRE_IMMUNITY;
		out->duration_s = in->immunity->duration_s;
		return addr_parse_prefix_wire(str_from(in->immunity->addr), &out->addr);
	case CALTROP__V1__TO_DEVICE__BODY_PONG: out->kind = WIRE_PONG; return ERR_OK;
	case CALTROP__V1__TO_DEVICE__BODY_GOODBYE:
		out->kind = WIRE_GOODBYE;
		out->text = str_from(in->goodbye->reason);
		out->retry_s = clamp(in->goodbye->retry_s, 0, 0, RETRY_MAX_S);
		out->revoked = in->goodbye->revoked;
		return ERR_OK;
	default: return ERR_OK;
	}
}

/* Messages about objects are read where they lie: the arena has no room for their pieces to spare. */
static bool take_object(struct str frame, struct wire_message *out, enum err *err)
{
	struct wire_field f;
	enum object_what what = (enum object_what)0;

	if (!IS_ENABLED(CONFIG_OBJECTS) || wire_next(&frame, &f) != ERR_OK || !str_empty(frame))
		return false;
	if (f.type == WIRE_BYTES)
		what = object_message_what(OBJECT_TO_DEVICE, f.number);
	if (what == 0)
		return false;
	out->kind = WIRE_OBJECT;
	*err = object_message_take(what, f.bytes, &out->object);
	return true;
}

enum err wire_take(struct arena *arena, struct str frame, struct wire_message *out)
{
	*out = (struct wire_message){0};
	arena_reset(arena);
	enum err err;

	if (take_object(frame, out, &err))
		return err;
	Caltrop__V1__ToDevice *in =
		caltrop__v1__to_device__unpack(&arena->allocator, frame.len, (const uint8_t *)frame.data);

	return in ? take_body(in, out) : ERR_PROTOCOL;
}
