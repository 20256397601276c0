/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads records field by field (proto/caltrop/v1/record.proto) without unpacking them: most are only checked. It
 * ignores what a record says about the device it is from.
 */
#include "server-stub/ingest/content.h"

#include "agent/base/buf.h"
#include "agent/base/severity.h"
#include "proto/record_tags.h"
#include "proto/wire.h"

#include <string.h>

#define FINDING_CLOSED 3 /* of Finding.State */

/* Times are computed with and shown; what is no time of ours becomes the nearest one that is. */
static int64_t clamp_wall(uint64_t value)
{
	int64_t wall_us = (int64_t)value;

	return wall_us < 0 ? 0 : wall_us > CONTENT_WALL_MAX_US ? CONTENT_WALL_MAX_US : wall_us;
}

static bool read_field(const struct wire_field *f, struct content *out)
{
	if (f->number == RECORD_WALL_US || f->number == RECORD_MONO_US) {
		if (f->number == RECORD_WALL_US)
			out->wall_us = clamp_wall(f->value);
		return f->type == WIRE_FIXED64;
	}
	if (f->number == RECORD_SEVERITY) {
		out->severity = f->value > UINT8_MAX ? UINT8_MAX : (uint8_t)f->value;
		return f->type == WIRE_VARINT;
	}
	if (f->number == RECORD_PLACE) {
		out->place = f->bytes;
		return f->type == WIRE_BYTES && wire_valid(f->bytes);
	}
	if (!record_tag_is_body(f->number))
		return true;
	if (f->type != WIRE_BYTES || out->bytes.data || !wire_valid(f->bytes))
		return false;
	out->bytes = f->bytes;
	if (f->number <= CONTENT_HEALTH || f->number == CONTENT_CHAIN_HEAD || f->number == CONTENT_FILE)
		out->body = (enum content_body)f->number;
	return true;
}

enum err content_read(struct str record, struct content *out)
{
	struct wire_field field;
	enum err err;

	*out = (struct content){.body = CONTENT_OTHER};
	while ((err = wire_next(&record, &field)) == ERR_OK)
		if (!read_field(&field, out))
			return ERR_PROTOCOL;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Tags of link.proto's Entry. */
enum { ENTRY_SEQ = 1, ENTRY_RECORD = 2 };

enum err content_entry(struct str message, struct content_entry *out)
{
	struct wire_field field;
	enum err err;

	*out = (struct content_entry){.seq = 0};
	while ((err = wire_next(&message, &field)) == ERR_OK) {
		if (field.number == ENTRY_SEQ && field.type == WIRE_VARINT)
			out->seq = field.value;
		else if (field.number == ENTRY_RECORD && field.type == WIRE_BYTES)
			out->record = field.bytes;
	}
	if (err != ERR_NOT_FOUND || !out->record.data || out->seq == 0 || out->seq > INT64_MAX)
		return ERR_PROTOCOL;
	return ERR_OK;
}

/* Append to text of earlier fields of the same number. */
static void join(struct str more, const char *between, char *text, size_t size)
{
	size_t len = strlen(text);
	size_t gap = len > 0 ? strlen(between) : 0;

	if (len + gap + 1 >= size)
		return;
	memcpy(text + len, between, gap);
	str_show(more, text + len + gap, size - len - gap);
}

/* No incident is part of itself: what a device says so was merged into nothing. */
static void merged_into(struct str id, struct views_incident *out)
{
	struct buf b = buf_over(out->merged_into, sizeof(out->merged_into) - 1);

	if (id.len == STORE_ID && memcmp(id.data, out->id, STORE_ID) != 0)
		buf_hex(&b, id.data, id.len);
	out->merged_into[b.len] = '\0';
}

static void finding_text(const struct wire_field *f, struct views_incident *out)
{
	switch (f->number) {
	case FINDING_RULE_ID: str_show(f->bytes, out->rule_id, sizeof(out->rule_id)); break;
	case FINDING_TITLE: str_show(f->bytes, out->title, sizeof(out->title)); break;
	case FINDING_AUTHOR: str_show(f->bytes, out->author, sizeof(out->author)); break;
	case FINDING_SRC: str_show(f->bytes, out->src, sizeof(out->src)); break;
	case FINDING_SUBJECT_KIND: str_show(f->bytes, out->subject_kind, sizeof(out->subject_kind)); break;
	case FINDING_SUBJECT: str_show(f->bytes, out->subject, sizeof(out->subject)); break;
	case FINDING_USER: str_show(f->bytes, out->user, sizeof(out->user)); break;
	case FINDING_SERVICE: str_show(f->bytes, out->service, sizeof(out->service)); break;
	case FINDING_TAGS: join(f->bytes, ",", out->tags, sizeof(out->tags)); break;
	case FINDING_EVIDENCE: join(f->bytes, "\n", out->evidence, sizeof(out->evidence)); break;
	case FINDING_MERGED_INTO: merged_into(f->bytes, out); break;
	default: break;
	}
}

static uint32_t clamp_count(uint64_t value)
{
	return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static void finding_number(const struct wire_field *f, struct views_incident *out)
{
	switch (f->number) {
	case FINDING_STATE: out->state = f->value == FINDING_CLOSED ? INCIDENT_CLOSED : INCIDENT_OPEN; break;
	case FINDING_COUNT:
	case FINDING_TOTAL: out->count = clamp_count(f->value); break;
	case FINDING_SCORE: out->score = f->value > 100 ? 100 : (uint8_t)f->value; break;
	case FINDING_LEFT_OUT: out->left_out = clamp_count(f->value); break;
	case FINDING_REOPENED: out->reopened = clamp_count(f->value); break;
	case FINDING_FIRST_WALL_US: out->first_us = clamp_wall(f->value); break;
	case FINDING_LAST_WALL_US: out->last_us = clamp_wall(f->value); break;
	default: break;
	}
}

enum err content_finding(const struct content *r, struct views_incident *out)
{
	struct str message = r->bytes;
	struct wire_field field;
	struct str tags = wire_bytes(message, FINDING_TAGS), evidence = wire_bytes(message, FINDING_EVIDENCE);

	if (wire_bytes(message, FINDING_INCIDENT_ID).len != STORE_ID)
		return ERR_INVALID;
	out->severity = r->severity ? r->severity : out->severity;
	/* Repeated fields come whole: they replace what was there, they do not add to it. */
	if (tags.data)
		out->tags[0] = '\0';
	if (evidence.data)
		out->evidence[0] = '\0';
	while (wire_next(&message, &field) == ERR_OK) {
		if (field.type == WIRE_BYTES)
			finding_text(&field, out);
		else
			finding_number(&field, out);
	}
	return ERR_OK;
}

static void part_text(const struct wire_field *f, struct timeline_part *out)
{
	switch (f->number) {
	case FINDING_RULE_ID: str_show(f->bytes, out->rule, sizeof(out->rule)); break;
	case FINDING_TITLE: str_show(f->bytes, out->title, sizeof(out->title)); break;
	case FINDING_AUTHOR: str_show(f->bytes, out->author, sizeof(out->author)); break;
	case FINDING_LINK: str_show(f->bytes, out->link, sizeof(out->link)); break;
	case FINDING_TAGS: join(f->bytes, ",", out->tags, sizeof(out->tags)); break;
	default: break;
	}
}

static void part_number(const struct wire_field *f, struct timeline_part *out)
{
	switch (f->number) {
	case FINDING_LEVEL: out->level = f->value > SEV_CRITICAL ? SEV_CRITICAL : (uint8_t)f->value; break;
	case FINDING_WON: out->won = f->value != 0; break;
	case FINDING_COUNT: out->count = clamp_count(f->value); break;
	case FINDING_FIRST_WALL_US: out->first_us = clamp_wall(f->value); break;
	case FINDING_LAST_WALL_US: out->last_us = clamp_wall(f->value); break;
	default: break;
	}
}

void content_part(const struct content *r, struct timeline_part *out)
{
	struct str message = r->bytes;
	struct wire_field field;

	memset(out, 0, sizeof(*out));
	out->level = r->severity > SEV_CRITICAL ? SEV_CRITICAL : r->severity;
	while (wire_next(&message, &field) == ERR_OK) {
		if (field.type == WIRE_BYTES)
			part_text(&field, out);
		else
			part_number(&field, out);
	}
}

static uint8_t target_state(struct str result)
{
	/* Of an order only a dry run is observed, which is all that it asks for. */
	if (str_equal(result, STR("done")) || str_equal(result, STR("already")) || str_equal(result, STR("observed")))
		return TARGET_DONE;
	if (str_equal(result, STR("refused")))
		return TARGET_REFUSED;
	return str_equal(result, STR("failed")) ? TARGET_FAILED : 0;
}

static bool has_steps(struct str receipt)
{
	struct wire_field field;

	while (wire_next(&receipt, &field) == ERR_OK)
		if (field.number == RECEIPT_STEPS && field.type == WIRE_VARINT)
			return field.value > 0;
	return false;
}

/* What became of the whole order; empty while it goes on. Devices of before steps say it with the only receipt. */
static struct str final_result(struct str receipt)
{
	struct str outcome = wire_bytes(receipt, RECEIPT_OUTCOME);

	return str_empty(outcome) && !has_steps(receipt) ? wire_bytes(receipt, RECEIPT_RESULT) : outcome;
}

static void copy_id(struct str bytes, uint8_t id[STORE_ID])
{
	if (bytes.len == STORE_ID)
		memcpy(id, bytes.data, STORE_ID);
}

void content_receipt(const struct content *r, struct content_receipt *out)
{
	struct str text = wire_bytes(r->bytes, RECEIPT_TEXT);

	memset(out, 0, sizeof(*out));
	out->receipt.wall_us = r->wall_us;
	out->receipt.record = r->bytes;
	copy_id(wire_bytes(r->bytes, RECEIPT_ORDER_ID), out->receipt.order_id);
	copy_id(wire_bytes(r->bytes, RECEIPT_INCIDENT_ID), out->receipt.incident_id);
	out->state = target_state(final_result(r->bytes));
	/* It was taken, and what became of it is in other receipts, or nobody knows. */
	if (str_equal(wire_bytes(r->bytes, RECEIPT_ERROR), STR("REPLAYED")))
		out->state = 0;
	if (str_empty(text))
		text = wire_bytes(r->bytes, RECEIPT_ERROR);
	str_show(text, out->text, sizeof(out->text));
}

void content_place(const struct content *r, struct chain_place *out)
{
	struct str message = r->place, prev = wire_bytes(r->place, PLACE_PREV);
	struct wire_field field;

	memset(out, 0, sizeof(*out));
	if (prev.len != CHAIN_HASH)
		return;
	memcpy(out->prev, prev.data, CHAIN_HASH);
	while (wire_next(&message, &field) == ERR_OK) {
		if (field.number == PLACE_SEQ && field.type == WIRE_VARINT)
			out->seq = field.value;
		else if (field.number == PLACE_PREV_SEQ && field.type == WIRE_VARINT)
			out->prev_seq = field.value;
	}
	if (out->seq > INT64_MAX || out->prev_seq >= out->seq)
		out->seq = 0;
}

bool content_is_deed(const struct content *r)
{
	struct str result = wire_bytes(r->bytes, RECEIPT_RESULT);

	return wire_bytes(r->bytes, RECEIPT_ORDER_ID).len > 0 ||
	       !(str_equal(result, STR("refused")) || str_equal(result, STR("reverted")));
}

enum err content_head(const struct content *r, struct content_head *out)
{
	struct str message = r->bytes;
	struct wire_field field;

	*out = (struct content_head){0, wire_bytes(message, HEAD_HASH), wire_bytes(message, HEAD_SIGNATURE),
				     wire_bytes(message, HEAD_KEY)};
	while (wire_next(&message, &field) == ERR_OK)
		if (field.number == HEAD_SEQ && field.type == WIRE_VARINT)
			out->seq = field.value;
	if (out->key.len != STORE_KEY)
		out->key = STR_NONE;
	return out->seq == 0 || out->seq > INT64_MAX || out->hash.len != CHAIN_HASH || out->signature.len == 0
		       ? ERR_INVALID
		       : ERR_OK;
}

void content_health(const struct content *r, struct views_health *out)
{
	struct str message = r->bytes;
	struct wire_field field;

	memset(out, 0, sizeof(*out));
	out->wall_us = r->wall_us;
	if (message.len <= STORE_HEALTH_MAX) {
		out->len = (uint16_t)message.len;
		memcpy(out->record, message.data, message.len);
	}
	while (wire_next(&message, &field) == ERR_OK)
		if (field.number == HEALTH_PROBLEMS && field.type == WIRE_BYTES)
			join(field.bytes, "; ", out->problems, sizeof(out->problems));
}
