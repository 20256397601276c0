/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of the link as a device writes and reads them, through protobuf-c. Never touches a socket. */
#include "tests/bench/load/load_records.h"

#include "agent/base/view.h"
#include "caltrop/v1/link.pb-c.h"
#include "caltrop/v1/record.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SERVICE_WALL_US(i) ((int64_t)1795348800 * 1000000 + (int64_t)(i)*137000)

static ProtobufCBinaryData binary(const void *data, size_t len)
{
	return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)data};
}

static void *must_have(void *memory)
{
	if (!memory) {
		fprintf(stderr, "out of memory\n");
		exit(1);
	}
	return memory;
}

static size_t pack_auth(unsigned i, uint8_t *out, size_t cap)
{
	static const char *const users[] = {"root", "admin", "oracle", "ubuntu", "test", "git", "postgres", "deploy"};
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Auth auth = CALTROP__V1__AUTH__INIT;
	char src[32], line[256];
	const char *user = users[i % 8];
	bool success = i % 50 == 49;

	snprintf(src, sizeof(src), "198.51.%u.%u", i / 250 % 250, i % 250 + 1);
	snprintf(line, sizeof(line), "Nov 22 12:%02u:%02u device sshd[%u]: %s password for %s%s from %s port %u ssh2",
		 i / 60 % 60, i % 60, 1000 + i * 7, success ? "Accepted" : "Failed", i % 3 ? "invalid user " : "", user,
		 src, 30000 + i * 13 % 30000);
	auth.service = "sshd";
	auth.outcome = success ? "success" : "failure";
	auth.method = "password";
	auth.reason = i % 3 ? "unknown_user" : "";
	auth.user = binary(user, strlen(user));
	auth.src = src;
	auth.src_port = 30000 + i * 13 % 30000;
	auth.pid = 1000 + i * 7;
	auth.line = binary(line, strlen(line));
	auth.trace = "";
	record.wall_us = SERVICE_WALL_US(i);
	record.mono_us = 60000000 + (int64_t)i * 137000;
	record.severity = success ? CALTROP__V1__SEVERITY__INFORMATIONAL : CALTROP__V1__SEVERITY__LOW;
	record.body_case = CALTROP__V1__RECORD__BODY_AUTH;
	record.auth = &auth;
	if (caltrop__v1__record__get_packed_size(&record) > cap)
		abort();
	return caltrop__v1__record__pack(&record, out);
}

void load_records_make(struct load_records *out)
{
	size_t total = 0;

	for (unsigned i = 0; i < LOAD_RECORDS_POOL; i++) {
		uint8_t bytes[512];

		out->pool[i].len = pack_auth(i, bytes, sizeof(bytes));
		out->pool[i].data = must_have(malloc(out->pool[i].len));
		memcpy(out->pool[i].data, bytes, out->pool[i].len);
		total += out->pool[i].len;
	}
	out->mean_bytes = total / LOAD_RECORDS_POOL;
}

size_t load_records_receipt(const uint8_t order_id[16], uint8_t out[256])
{
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Receipt receipt = CALTROP__V1__RECEIPT__INIT;

	receipt.verb = "ban";
	receipt.origin = "order";
	receipt.result = "done";
	receipt.verified = true;
	receipt.order_id = binary(order_id, 16);
	receipt.addr = "198.51.100.66";
	receipt.duration_s = 600;
	receipt.received_us = 1000000;
	receipt.journaled_us = 1000010;
	receipt.acted_us = 1000050;
	receipt.verified_us = 1000070;
	record.wall_us = SERVICE_WALL_US(0);
	record.severity = CALTROP__V1__SEVERITY__MEDIUM;
	record.body_case = CALTROP__V1__RECORD__BODY_RECEIPT;
	record.receipt = &receipt;
	if (caltrop__v1__record__get_packed_size(&record) > 256)
		abort();
	return caltrop__v1__record__pack(&record, out);
}

size_t load_records_ban(const char *addr, uint8_t out[256])
{
	static const uint8_t none[32];
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Receipt receipt = CALTROP__V1__RECEIPT__INIT;
	Caltrop__V1__ChainPlace place = CALTROP__V1__CHAIN_PLACE__INIT;

	receipt.verb = "ban";
	receipt.origin = "rule";
	receipt.result = "done";
	receipt.verified = true;
	receipt.addr = (char *)(uintptr_t)addr;
	receipt.duration_s = 600;
	place.seq = 1;
	place.prev = binary(none, sizeof(none));
	record.wall_us = (int64_t)time(NULL) * 1000000;
	record.severity = CALTROP__V1__SEVERITY__MEDIUM;
	record.body_case = CALTROP__V1__RECORD__BODY_RECEIPT;
	record.receipt = &receipt;
	record.place = &place;
	if (caltrop__v1__record__get_packed_size(&record) > 256)
		abort();
	return caltrop__v1__record__pack(&record, out);
}

static struct load_frame frame_of(const Caltrop__V1__ToServer *message)
{
	size_t len = caltrop__v1__to_server__get_packed_size(message);
	struct load_frame frame = {must_have(malloc(FRAME_HEADER + len)), FRAME_HEADER + len};

	frame_header(frame.data, len);
	caltrop__v1__to_server__pack(message, frame.data + FRAME_HEADER);
	return frame;
}

struct load_frame load_records_hello(const struct load_hello *h)
{
	Caltrop__V1__ToServer message = CALTROP__V1__TO_SERVER__INIT;
	Caltrop__V1__Hello hello = CALTROP__V1__HELLO__INIT;

	hello.spool_id = binary(h->spool_id, 16);
	hello.oldest_seq = 1;
	hello.next_seq = h->next_seq;
	hello.version = "caltrop 0.1.0";
	hello.hostname = (char *)(uintptr_t)h->hostname;
	hello.wall_us = (int64_t)time(NULL) * 1000000;
	hello.boot_us = hello.wall_us - 86400 * INT64_C(1000000);
	hello.boot_id = binary(h->spool_id, 16);
	hello.kernel = "6.1.0";
	hello.arch = "x86_64";
	hello.trust_version = h->trust_version;
	message.body_case = CALTROP__V1__TO_SERVER__BODY_HELLO;
	message.hello = &hello;
	return frame_of(&message);
}

struct load_frame load_records_batch(const struct load_records *records, const struct load_batch *batch)
{
	static Caltrop__V1__Entry entries[LOAD_RECORDS_PER_BATCH_MAX];
	static Caltrop__V1__Entry *pointers[LOAD_RECORDS_PER_BATCH_MAX];
	Caltrop__V1__ToServer message = CALTROP__V1__TO_SERVER__INIT;
	Caltrop__V1__Batch body = CALTROP__V1__BATCH__INIT;

	for (unsigned i = 0; i < batch->count; i++) {
		uint64_t seq = batch->first_seq + i;

		caltrop__v1__entry__init(&entries[i]);
		entries[i].seq = seq;
		entries[i].record =
			binary(records->pool[seq % LOAD_RECORDS_POOL].data, records->pool[seq % LOAD_RECORDS_POOL].len);
		if (seq == batch->special_seq)
			entries[i].record = binary(batch->special.data, batch->special.len);
		pointers[i] = &entries[i];
	}
	body.spool_id = binary(batch->spool_id, 16);
	body.n_entries = batch->count;
	body.entries = pointers;
	message.body_case = CALTROP__V1__TO_SERVER__BODY_BATCH;
	message.batch = &body;
	return frame_of(&message);
}

struct load_frame load_records_seen(const uint8_t order_id[16])
{
	Caltrop__V1__ToServer message = CALTROP__V1__TO_SERVER__INIT;
	Caltrop__V1__OrderSeen seen = CALTROP__V1__ORDER_SEEN__INIT;

	seen.order_id = binary(order_id, 16);
	message.body_case = CALTROP__V1__TO_SERVER__BODY_ORDER_SEEN;
	message.order_seen = &seen;
	return frame_of(&message);
}

struct load_frame load_records_enroll(const char *token, struct str csr)
{
	Caltrop__V1__ToServer message = CALTROP__V1__TO_SERVER__INIT;
	Caltrop__V1__EnrollRequest enroll = CALTROP__V1__ENROLL_REQUEST__INIT;

	enroll.token = (char *)(uintptr_t)token;
	enroll.csr = binary(csr.data, csr.len);
	enroll.hostname = "bench";
	enroll.arch = "x86_64";
	enroll.version = "caltrop 0.1.0";
	message.body_case = CALTROP__V1__TO_SERVER__BODY_ENROLL;
	message.enroll = &enroll;
	return frame_of(&message);
}

static void read_order(const Caltrop__V1__Order *order, struct load_heard *out)
{
	if (order->order.len < 4 + sizeof(out->order_id)) /* "CTO1" and the id: proto/order.h */
		return;
	out->what = HEARD_ORDER;
	memcpy(out->order_id, order->order.data + 4, sizeof(out->order_id));
}

static void read_trust(const Caltrop__V1__TrustOffer *offer, struct load_heard *out)
{
	const size_t front = 2 + 4 + 16; /* its length, "CTB1" and the fleet: proto/bundle.h */
	struct view v;

	if (offer->bundle.len < front)
		return;
	v = view_over(offer->bundle.data + front, offer->bundle.len - front);
	out->what = HEARD_TRUST;
	out->trust_version = view_be64(&v);
}

static void read_enrolled(const Caltrop__V1__EnrollReply *reply, struct load_heard *out)
{
	out->what = HEARD_ENROLLED;
	out->issued = reply->status == CALTROP__V1__ENROLL_REPLY__STATUS__ISSUED && reply->certificate.len > 0;
	snprintf(out->text, sizeof(out->text), "%s", reply->error);
}

bool load_records_read(struct str frame, struct load_heard *out)
{
	Caltrop__V1__ToDevice *m = caltrop__v1__to_device__unpack(NULL, frame.len, (const uint8_t *)frame.data);

	memset(out, 0, sizeof(*out));
	if (!m)
		return false;
	switch (m->body_case) {
	case CALTROP__V1__TO_DEVICE__BODY_WELCOME:
		out->what = HEARD_WELCOME;
		out->committed_seq = m->welcome->committed_seq;
		out->window_bytes = m->welcome->window_bytes;
		out->batch_bytes_max = m->welcome->batch_bytes_max;
		break;
	case CALTROP__V1__TO_DEVICE__BODY_ACK:
		out->what = HEARD_ACK;
		out->committed_seq = m->ack->committed_seq;
		break;
	case CALTROP__V1__TO_DEVICE__BODY_ORDER: read_order(m->order, out); break;
	case CALTROP__V1__TO_DEVICE__BODY_PONG: out->what = HEARD_PING; break;
	case CALTROP__V1__TO_DEVICE__BODY_ENROLLED: read_enrolled(m->enrolled, out); break;
	case CALTROP__V1__TO_DEVICE__BODY_TRUST: read_trust(m->trust, out); break;
	case CALTROP__V1__TO_DEVICE__BODY_IMMUNITY: out->what = HEARD_IMMUNITY; break;
	case CALTROP__V1__TO_DEVICE__BODY_GOODBYE:
		out->what = HEARD_GOODBYE;
		snprintf(out->text, sizeof(out->text), "%s", m->goodbye->reason);
		break;
	default: break;
	}
	caltrop__v1__to_device__free_unpacked(m, NULL);
	return true;
}
