/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks a batch, stores it from its first new record on, then writes the rows of findings, receipts and health. Either
 * all of a batch is stored or nothing. The caller groups many batches into one transaction.
 */
#include "server-stub/ingest/ingest.h"

#include "proto/wire.h"
#include "server-stub/ingest/content.h"
#include "server-stub/ingest/prove.h"

#include <string.h>

/* Tags of link.proto's Batch and Entry. */
enum { BATCH_SPOOL_ID = 1, BATCH_ENTRIES = 2, ENTRY_SEQ = 1, ENTRY_RECORD = 2 };

struct entry {
	uint64_t seq;
	struct str record;
};

/* What a look through the batch found. */
struct survey {
	uint64_t committed; /* before this batch */
	uint64_t last_seq;
	struct log_batch fresh; /* count 0: nothing new */
	uint32_t old;
	bool folds;	   /* a fresh record wants a row of its own */
	uint64_t head_seq; /* of the last fresh signature: it speaks for all before, and the others need not be checked
			    */
};

static enum err read_entry(struct str message, struct entry *out)
{
	struct wire_field field;
	enum err err;

	*out = (struct entry){.seq = 0};
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

static enum err survey_entry(struct survey *v, struct str field_bytes, struct str rest)
{
	struct entry entry;
	struct content record;
	enum err err = read_entry(field_bytes, &entry);

	if (err == ERR_OK && entry.seq <= v->last_seq)
		err = ERR_PROTOCOL;
	if (err == ERR_OK)
		err = content_read(entry.record, &record);
	if (err != ERR_OK)
		return err;
	v->last_seq = entry.seq;
	if (entry.seq <= v->committed) {
		v->old++;
		return ERR_OK;
	}
	/* `rest` begins at this entry: a batch without its front is a batch still. */
	if (v->fresh.count++ == 0) {
		v->fresh.first_seq = entry.seq;
		v->fresh.blob = rest;
	}
	v->fresh.last_seq = entry.seq;
	v->folds |= record.body >= CONTENT_FINDING;
	if (record.body == CONTENT_CHAIN_HEAD)
		v->head_seq = entry.seq;
	return ERR_OK;
}

static enum err survey_batch(const struct log_batch *batch, struct survey *v)
{
	struct str message = batch->blob, before = message;
	struct wire_field field;
	enum err err;

	while ((err = wire_next(&message, &field)) == ERR_OK) {
		if (field.number == BATCH_SPOOL_ID &&
		    (field.bytes.len != STORE_ID || memcmp(field.bytes.data, batch->spool, STORE_ID) != 0))
			return ERR_PROTOCOL;
		if (field.number == BATCH_ENTRIES && field.type != WIRE_BYTES)
			return ERR_PROTOCOL;
		if (field.number == BATCH_ENTRIES)
			err = survey_entry(v, field.bytes, before);
		if (err != ERR_OK)
			return err;
		before = message;
	}
	if (err != ERR_NOT_FOUND || v->last_seq == 0)
		return ERR_PROTOCOL;
	return ERR_OK;
}

/* The sum of what a fold works with. */
struct fold {
	struct store *store;
	const struct log_batch *batch;
	const struct ingest_news *news;
	struct ingest_counts *counts;
	struct prove *prove;
	uint64_t head_seq;
};

static enum err fold_finding(const struct fold *f, const struct content *record)
{
	struct views_incident incident;
	struct str id = wire_bytes(record->bytes, 1);
	enum err err;

	if (id.len != STORE_ID) {
		f->counts->rejected++;
		return ERR_OK;
	}
	err = views_incident_of(f->store, f->batch->device, (const uint8_t *)id.data, &incident);
	/* The device does not speak about what the service found. */
	if (err == ERR_OK && strcmp(incident.rule_id, PROVE_RULE) == 0) {
		f->counts->rejected++;
		return ERR_OK;
	}
	if (err == ERR_NOT_FOUND) {
		memset(&incident, 0, sizeof(incident));
		memcpy(incident.id, id.data, STORE_ID);
		memcpy(incident.device, f->batch->device, STORE_ID);
		incident.state = INCIDENT_OPEN;
		err = ERR_OK;
	}
	if (err == ERR_OK)
		err = content_finding(record, &incident);
	incident.received_us = f->batch->received_us;
	if (err == ERR_OK)
		err = views_incident_put(f->store, &incident);
	if (err != ERR_OK)
		return err;
	f->counts->findings++;
	if (f->news && f->news->incident)
		f->news->incident(f->news->context, &incident);
	return ERR_OK;
}

/*
 * A device speaks for itself only: an order that was not sent to it is not touched by what it says, and its receipt is
 * not shown beside that order. The first final answer stands; a replay's refusal comes later and does not undo it.
 */
static enum err fold_target(const struct fold *f, struct content_receipt *r)
{
	struct registry_target target;
	enum err err = registry_target_get(f->store, r->receipt.order_id, f->batch->device, &target);

	if (err == ERR_NOT_FOUND) {
		memset(r->receipt.order_id, 0, STORE_ID);
		return ERR_OK;
	}
	if (err != ERR_OK || r->state == 0)
		return err;
	if (target.state == TARGET_DONE || target.state == TARGET_REFUSED || target.state == TARGET_FAILED)
		return ERR_OK;
	target.state = r->state;
	target.updated_us = f->batch->received_us;
	memcpy(target.text, r->text, sizeof(target.text));
	return registry_target_put(f->store, &target);
}

static enum err fold_receipt(const struct fold *f, const struct content *record)
{
	static const uint8_t none[STORE_ID];
	struct content_receipt r;
	enum err err = ERR_OK;

	content_receipt(record, &r);
	memcpy(r.receipt.device, f->batch->device, STORE_ID);
	r.receipt.received_us = f->batch->received_us;
	err = prove_receipt(f->prove, record, &r.receipt);
	if (err == ERR_EXISTS)
		return ERR_OK;
	if (prove_is_forged((enum views_proof)r.receipt.proof))
		r.state = 0;
	if (err == ERR_OK && memcmp(r.receipt.order_id, none, STORE_ID) != 0)
		err = fold_target(f, &r);
	if (err == ERR_OK)
		err = views_receipt_put(f->store, &r.receipt);
	if (err != ERR_OK)
		return err;
	f->counts->receipts++;
	if (f->news && f->news->receipt)
		f->news->receipt(f->news->context, &r.receipt);
	return ERR_OK;
}

static enum err fold_health(const struct fold *f, const struct content *record)
{
	struct registry_device device;
	char problems[sizeof(device.problems)];
	enum err err = prove_waits(f->prove, record);

	if (err == ERR_OK)
		err = registry_device_get(f->store, f->batch->device, &device);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	content_health(record, problems, sizeof(problems));
	if (strcmp(problems, device.problems) == 0)
		return ERR_OK;
	memcpy(device.problems, problems, sizeof(device.problems));
	return registry_device_put(f->store, &device);
}

static enum err fold_record(const struct fold *f, struct str entry_bytes)
{
	struct entry entry;
	struct content record;
	enum err err = read_entry(entry_bytes, &entry);

	if (err == ERR_OK)
		err = content_read(entry.record, &record);
	if (err != ERR_OK)
		return err;
	switch (record.body) {
	case CONTENT_FINDING: return fold_finding(f, &record);
	case CONTENT_RECEIPT: return fold_receipt(f, &record);
	case CONTENT_HEALTH: return fold_health(f, &record);
	case CONTENT_CHAIN_HEAD: return entry.seq == f->head_seq ? prove_head(f->prove, &record) : ERR_OK;
	default: return ERR_OK;
	}
}

static enum err fold_batch(const struct fold *f, struct str message)
{
	struct wire_field field;
	enum err err = prove_begin(f->prove, f->batch);

	while (err == ERR_OK && wire_next(&message, &field) == ERR_OK)
		if (field.number == BATCH_ENTRIES)
			err = fold_record(f, field.bytes);
	return err == ERR_OK ? prove_end(f->prove) : err;
}

enum err ingest_batch(struct store *s, const struct log_batch *batch, const struct ingest_news *news,
		      struct ingest_counts *counts, uint64_t *committed_seq)
{
	struct prove prove = {.store = s, .news = news};
	struct fold fold = {s, batch, news, counts, &prove, 0};
	struct survey v = {.fresh = *batch};
	enum err err = log_committed(s, batch->device, batch->spool, &v.committed);

	v.fresh.count = 0;
	if (err == ERR_OK)
		err = survey_batch(batch, &v);
	if (err != ERR_OK) {
		counts->rejected += err == ERR_PROTOCOL;
		return err;
	}
	*committed_seq = v.committed > v.last_seq ? v.committed : v.last_seq;
	if (v.fresh.count > 0)
		err = log_append(s, &v.fresh);
	fold.head_seq = v.head_seq;
	if (err == ERR_OK && v.folds)
		err = fold_batch(&fold, v.fresh.blob);
	if (err != ERR_OK)
		return err;
	counts->records += v.fresh.count;
	counts->duplicates += v.old;
	return ERR_OK;
}
