/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes records by the tags of proto/caltrop/v1/record.proto, without the code that protoc-c makes of it: the guard
 * only writes them, and the fields of events have tables of their own (event/fields.h). Unit tests read them with that
 * code.
 */
#include "agent/core/record.h"

#include "agent/common/receipt.h"
#include "agent/event/kinds.h"
#include "proto/record_tags.h"
#include "proto/wire.h"

#include <string.h>

#define EVENT_BYTES_MAX 4096
#define FINDING_BYTES_MAX 4096
#define HEALTH_BYTES_MAX 16384

static void put_body(struct buf *b, struct record_head head, uint32_t tag, const struct buf *body)
{
	b->overflow |= body->overflow;
	wire_put_fixed64(b, RECORD_WALL_US, (uint64_t)head.when.wall_us);
	wire_put_fixed64(b, RECORD_MONO_US, (uint64_t)head.when.mono_us);
	wire_put_int(b, RECORD_SEVERITY, head.severity);
	wire_put_message(b, tag, buf_str(body));
}

static void put_text(struct buf *b, uint32_t tag, const char *text)
{
	wire_put_bytes(b, tag, str_from(text));
}

void record_event(struct buf *b, struct record_head head, const struct event *event)
{
	uint8_t memory[EVENT_BYTES_MAX];
	struct buf body = buf_over(memory, sizeof(memory));

	wire_put_int(&body, EVENT_TAG_COUNT, event->count);
	wire_put_bytes(&body, EVENT_TAG_LINE, str_sub(event->line, 0, RECORD_LINE_MAX));
	fields_encode(&body, event, RECORD_TEXT_MAX);
	put_body(b, head, kinds_rows[event->kind]->tag, &body);
}

void record_folded(struct buf *b, struct record_head head, const struct folded *folded)
{
	uint8_t memory[FOLD_BODY_MAX + 16];
	struct buf body = buf_over(memory, sizeof(memory));

	wire_put_int(&body, EVENT_TAG_COUNT, folded->count);
	buf_put(&body, folded->body);
	put_body(b, head, kinds_rows[folded->kind]->tag, &body);
}

static void put_subject(struct buf *b, const struct subject *subject)
{
	char text[SUBJECT_TEXT_MAX];
	struct str value = subject_text(subject, text);

	if (subject->kind != SUBJECT_SRC) {
		put_text(b, FINDING_SUBJECT_KIND, subject_kind_name(subject->kind));
		wire_put_bytes(b, FINDING_SUBJECT, value);
		return;
	}
	/* A proto3 string must be UTF-8, so bytes of a host name that are not ASCII are replaced. */
	for (size_t i = 0; i < value.len; i++)
		if ((unsigned char)text[i] > 0x7e)
			text[i] = '?';
	wire_put_bytes(b, FINDING_SRC, value);
}

/* What the incident is with this. */
static void put_incident(struct buf *b, const struct incident *i)
{
	wire_put_int(b, FINDING_SCORE, incident_score(i));
	wire_put_int(b, FINDING_TOTAL, incident_count(i));
	wire_put_int(b, FINDING_LEFT_OUT, i->left_out);
	wire_put_int(b, FINDING_REOPENED, i->reopened);
	if (i->is_merged)
		wire_put_bytes(b, FINDING_MERGED_INTO, (struct str){(const char *)i->into, sizeof(i->into)});
}

void record_finding(struct buf *b, struct record_head head, const struct record_finding *finding)
{
	const struct finding *f = finding->finding;
	const struct rule *rule = finding->rule;
	const struct incident_part *part = incident_part(f->incident, f->rule);
	uint8_t memory[FINDING_BYTES_MAX];
	struct buf body = buf_over(memory, sizeof(memory));

	wire_put_bytes(&body, FINDING_INCIDENT_ID, (struct str){(const char *)f->incident->id, INCIDENT_ID});
	wire_put_int(&body, FINDING_STATE, finding->state);
	put_text(&body, FINDING_RULE_ID, rule->id);
	put_text(&body, FINDING_TITLE, rule->title);
	put_text(&body, FINDING_AUTHOR, rule->author);
	if (rule->link)
		put_text(&body, FINDING_LINK, rule->link);
	for (unsigned n = 0; rule->tags[n]; n++)
		wire_put_message(&body, FINDING_TAGS, str_from(rule->tags[n]));
	put_subject(&body, &f->subject);
	wire_put_bytes(&body, FINDING_USER, (struct str){f->user, f->user_len});
	wire_put_int(&body, FINDING_COUNT, part ? part->count : f->count);
	for (unsigned n = 0; finding->quote && n < finding->quote->count; n++)
		wire_put_message(&body, FINDING_EVIDENCE, finding->quote->lines[n]);
	wire_put_fixed64(&body, FINDING_FIRST_WALL_US, (uint64_t)(part ? part->first_wall_us : f->first_wall_us));
	wire_put_fixed64(&body, FINDING_LAST_WALL_US, (uint64_t)(part ? part->last_wall_us : f->last_wall_us));
	if (f->service != SERVICE_NONE)
		put_text(&body, FINDING_SERVICE, auth_service_name(f->service));
	wire_put_int(&body, FINDING_LEVEL, rule->level);
	wire_put_int(&body, FINDING_WON, part && part->won);
	put_incident(&body, f->incident);
	put_body(b, head, RECORD_FINDING, &body);
}

static void put_place(struct buf *b, const struct chain_place *place)
{
	uint8_t memory[64];
	struct buf message = buf_over(memory, sizeof(memory));

	if (place->seq == 0)
		return;
	wire_put_int(&message, PLACE_SEQ, place->seq);
	wire_put_int(&message, PLACE_PREV_SEQ, place->prev_seq);
	wire_put_bytes(&message, PLACE_PREV, (struct str){(const char *)place->prev, sizeof(place->prev)});
	wire_put_message(b, RECORD_PLACE, buf_str(&message));
}

void record_receipt(struct buf *b, struct record_head head, const struct actor_receipt *receipt)
{
	uint8_t memory[RECEIPT_BYTES_MAX];
	struct buf body = buf_over(memory, sizeof(memory));

	receipt_put(&body, receipt);
	put_body(b, head, RECORD_RECEIPT, &body);
	put_place(b, &receipt->place);
}

void record_chain_head(struct buf *b, struct record_head head, const struct actor_head *signed_head)
{
	const struct actor_head *h = signed_head;
	size_t signature_len = h->signature_len <= sizeof(h->signature) ? h->signature_len : 0;
	size_t key_len = h->key.len <= KEY_DER_MAX ? h->key.len : 0;
	uint8_t memory[sizeof(*h) + 64];
	struct buf body = buf_over(memory, sizeof(memory));

	wire_put_int(&body, HEAD_SEQ, h->seq);
	wire_put_bytes(&body, HEAD_HASH, (struct str){(const char *)h->hash, sizeof(h->hash)});
	wire_put_bytes(&body, HEAD_SIGNATURE, (struct str){(const char *)h->signature, signature_len});
	wire_put_bytes(&body, HEAD_KEY, (struct str){(const char *)h->key.bytes, key_len});
	put_body(b, head, RECORD_CHAIN_HEAD, &body);
}

static void put_counter(struct buf *b, const char *name, uint64_t value)
{
	uint8_t memory[128];
	struct buf counter = buf_over(memory, sizeof(memory));

	put_text(&counter, COUNTER_NAME, name);
	wire_put_int(&counter, COUNTER_VALUE, value);
	b->overflow |= counter.overflow;
	wire_put_message(b, HEALTH_COUNTERS, buf_str(&counter));
}

static void put_source(struct buf *b, const struct record_source *source)
{
	uint8_t memory[SETTINGS_PATH_MAX + 32];
	struct buf message = buf_over(memory, sizeof(memory));

	put_text(&message, 1, source->name);
	wire_put_fixed64(&message, 2, (uint64_t)source->newest_wall_us);
	wire_put_message(b, HEALTH_SOURCES, buf_str(&message));
}

void record_health(struct buf *b, struct record_head head, const struct record_health *health)
{
	uint8_t memory[HEALTH_BYTES_MAX];
	struct buf body = buf_over(memory, sizeof(memory));

	for (unsigned i = 0; i < health->counter_count; i++)
		put_counter(&body, health->counters[i].name, health->counters[i].value);
	for (unsigned i = 0; i < health->problem_count; i++)
		wire_put_message(&body, HEALTH_PROBLEMS, str_from(health->problems[i]));
	put_text(&body, HEALTH_MODE, health->mode);
	if (health->settings_digest)
		wire_put_bytes(&body, HEALTH_SETTINGS_DIGEST, (struct str){(const char *)health->settings_digest, 32});
	for (unsigned i = 0; i < health->source_count; i++)
		put_source(&body, &health->sources[i]);
	put_body(b, head, RECORD_HEALTH, &body);
}

void record_dropped(struct buf *b, struct record_head head, const char *queue, uint64_t count)
{
	uint8_t memory[128];
	struct buf body = buf_over(memory, sizeof(memory));

	put_text(&body, 1, queue);
	wire_put_int(&body, 2, count);
	put_body(b, head, RECORD_DROPPED, &body);
}
