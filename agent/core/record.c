/* SPDX-License-Identifier: Apache-2.0 */
/* Packs records by protobuf-c, which allocates nothing while it packs. All its strings are ASCII here. */
#include "agent/core/record.h"

#include "agent/common/receipt.h"
#include "proto/wire.h"

#include "caltrop/v1/record.pb-c.h"

#include <string.h>

#define HOST_MAX 256

/* Tags of record.proto's Record, for receipts, whose bytes protobuf-c does not make. */
enum { RECORD_WALL_US = 1, RECORD_MONO_US = 2, RECORD_SEVERITY = 3, RECORD_RECEIPT = 12, RECORD_PLACE = 16 };

static void pack(struct buf *b, struct record_head head, Caltrop__V1__Record *record)
{
	record->wall_us = head.when.wall_us;
	record->mono_us = head.when.mono_us;
	record->severity = (Caltrop__V1__Severity)head.severity;
	size_t len = caltrop__v1__record__get_packed_size(record);

	if (b->overflow || len > b->cap - b->len) {
		b->overflow = true;
		return;
	}
	b->len += caltrop__v1__record__pack(record, (uint8_t *)b->data + b->len);
}

static ProtobufCBinaryData binary(const void *data, size_t len)
{
	return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)data};
}

static ProtobufCBinaryData cut(struct str s, size_t max)
{
	return binary(s.data, s.len < max ? s.len : max);
}

/* protobuf-c's structs want a char * also for constants. */
static char *constant(const char *text)
{
	return (char *)(uintptr_t)text;
}

/* Copy a host name. Bytes that are not ASCII would make the string invalid, so they are replaced. */
static char *host_text(struct str host, char text[HOST_MAX])
{
	str_show(host, text, HOST_MAX);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c > 0x7e)
			*c = '?';
	return text;
}

void record_auth(struct buf *b, struct record_head head, const struct record_event *what)
{
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Auth auth = CALTROP__V1__AUTH__INIT;
	const struct auth_event *event = what->event;
	char addr[ADDR_TEXT_MAX] = "", host[HOST_MAX], target[HOST_MAX], service[HOST_MAX];

	auth.service = constant(event_service_name(event->service));
	if (event->service == SERVICE_OTHER && event->service_name.len)
		auth.service = host_text(event->service_name, service);
	auth.outcome = constant(event_outcome_name(event->outcome));
	auth.method = constant(event->method ? event_method_name(event->method) : "");
	auth.reason = constant(event->reason ? event_reason_name(event->reason) : "");
	auth.user = cut(event->user, RECORD_USER_MAX);
	auth.src = event->src.family ? constant(addr_text(&event->src, addr)) : addr;
	auth.src_host = host_text(event->src_host, host);
	auth.src_port = event->src_port;
	auth.pid = event->pid;
	auth.count = what->count;
	auth.line = cut(what->line, RECORD_LINE_MAX);
	auth.trace = constant(event_trace_name(event->trace));
	auth.target = host_text(event->target, target);
	record.body_case = CALTROP__V1__RECORD__BODY_AUTH;
	record.auth = &auth;
	pack(b, head, &record);
}

void record_finding(struct buf *b, struct record_head head, const struct record_finding *finding)
{
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Finding f = CALTROP__V1__FINDING__INIT;
	const struct incident *i = finding->incident;
	const struct rule *rule = &rule_table[i->rule];
	ProtobufCBinaryData evidence[EVIDENCE_LINES];
	char addr[ADDR_TEXT_MAX] = "", host[HOST_MAX];

	f.incident_id = binary(i->id, sizeof(i->id));
	f.state = (Caltrop__V1__Finding__State)finding->state;
	f.rule_id = constant(rule->id);
	f.title = constant(rule->title);
	f.author = constant(rule->author);
	f.tags = (char **)(uintptr_t)rule->tags;
	while (rule->tags[f.n_tags])
		f.n_tags++;
	f.src = i->src.family ? constant(addr_text(&i->src, addr))
			      : host_text((struct str){i->host, i->host_len}, host);
	f.user = binary(i->user, i->user_len);
	f.count = i->count;
	f.first_wall_us = i->first_wall_us;
	f.last_wall_us = i->last_wall_us;
	f.service = constant(event_service_name(i->service));
	f.evidence = evidence;
	for (unsigned n = 0; finding->quote && n < finding->quote->count; n++)
		evidence[f.n_evidence++] = binary(finding->quote->lines[n].data, finding->quote->lines[n].len);
	record.body_case = CALTROP__V1__RECORD__BODY_FINDING;
	record.finding = &f;
	pack(b, head, &record);
}

static void put_place(struct buf *b, const struct chain_place *place)
{
	uint8_t memory[64];
	struct buf message = buf_over(memory, sizeof(memory));

	if (place->seq == 0)
		return;
	wire_put_int(&message, 1, place->seq);
	wire_put_int(&message, 2, place->prev_seq);
	wire_put_bytes(&message, 3, (struct str){(const char *)place->prev, sizeof(place->prev)});
	wire_put_message(b, RECORD_PLACE, buf_str(&message));
}

void record_receipt(struct buf *b, struct record_head head, const struct actor_receipt *receipt)
{
	uint8_t memory[RECEIPT_BYTES_MAX];
	struct buf bytes = buf_over(memory, sizeof(memory));

	receipt_put(&bytes, receipt);
	b->overflow |= bytes.overflow;
	wire_put_fixed64(b, RECORD_WALL_US, (uint64_t)head.when.wall_us);
	wire_put_fixed64(b, RECORD_MONO_US, (uint64_t)head.when.mono_us);
	wire_put_int(b, RECORD_SEVERITY, head.severity);
	wire_put_message(b, RECORD_RECEIPT, buf_str(&bytes));
	put_place(b, &receipt->place);
}

void record_chain_head(struct buf *b, struct record_head head, const struct actor_head *signed_head)
{
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__ChainHead h = CALTROP__V1__CHAIN_HEAD__INIT;
	size_t len = signed_head->signature_len;

	h.seq = signed_head->seq;
	h.hash = binary(signed_head->hash, sizeof(signed_head->hash));
	h.signature = binary(signed_head->signature, len <= sizeof(signed_head->signature) ? len : 0);
	h.key = binary(signed_head->key.bytes, signed_head->key.len <= KEY_DER_MAX ? signed_head->key.len : 0);
	record.body_case = CALTROP__V1__RECORD__BODY_CHAIN_HEAD;
	record.chain_head = &h;
	pack(b, head, &record);
}

void record_health(struct buf *b, struct record_head head, const struct record_health *health)
{
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Health h = CALTROP__V1__HEALTH__INIT;
	Caltrop__V1__Health__Counter counters[RECORD_COUNTERS_MAX];
	Caltrop__V1__Health__Counter *counter_list[RECORD_COUNTERS_MAX];

	for (unsigned i = 0; i < health->counter_count; i++) {
		counters[i] = (Caltrop__V1__Health__Counter)CALTROP__V1__HEALTH__COUNTER__INIT;
		counters[i].name = constant(health->counters[i].name);
		counters[i].value = health->counters[i].value;
		counter_list[i] = &counters[i];
	}
	h.counters = counter_list;
	h.n_counters = health->counter_count;
	h.problems = (char **)(uintptr_t)health->problems;
	h.n_problems = health->problem_count;
	record.body_case = CALTROP__V1__RECORD__BODY_HEALTH;
	record.health = &h;
	pack(b, head, &record);
}

void record_dropped(struct buf *b, struct record_head head, const char *queue, uint64_t count)
{
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Dropped dropped = CALTROP__V1__DROPPED__INIT;

	dropped.queue = constant(queue);
	dropped.count = count;
	record.body_case = CALTROP__V1__RECORD__BODY_DROPPED;
	record.dropped = &dropped;
	pack(b, head, &record);
}
