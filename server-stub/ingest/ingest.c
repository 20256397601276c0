/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks a batch and appends it to the log from its first new record on. Either all of a batch is stored or nothing.
 * The caller groups many batches into one transaction. What the records mean for the views is follow.c's to find out.
 */
#include "server-stub/ingest/ingest.h"

#include "proto/wire.h"
#include "server-stub/ingest/content.h"

#include <string.h>

/* Tag of link.proto's Batch. */
enum { BATCH_SPOOL_ID = 1 };

/* What a look through the batch found. */
struct survey {
	uint64_t committed; /* before this batch */
	uint64_t last_seq;
	struct log_batch fresh; /* count 0: nothing new */
	uint32_t old;
	uint32_t findings, receipts; /* fresh ones */
	bool folds;		     /* a fresh record tells the views something */
};

static enum err survey_entry(struct survey *v, struct str field_bytes, struct str rest)
{
	struct content_entry entry;
	struct content record;
	enum err err = content_entry(field_bytes, &entry);

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
	v->findings += record.body == CONTENT_FINDING;
	v->receipts += record.body == CONTENT_RECEIPT;
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
		if (field.number == CONTENT_ENTRIES && field.type != WIRE_BYTES)
			return ERR_PROTOCOL;
		if (field.number == CONTENT_ENTRIES)
			err = survey_entry(v, field.bytes, before);
		if (err != ERR_OK)
			return err;
		before = message;
	}
	if (err != ERR_NOT_FOUND || v->last_seq == 0)
		return ERR_PROTOCOL;
	return ERR_OK;
}

enum err ingest_batch(struct store *s, const struct log_batch *batch, struct ingest_counts *counts,
		      uint64_t *committed_seq)
{
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
	v.fresh.kind = v.folds ? LOG_STORY : LOG_PLAIN;
	if (v.fresh.count > 0)
		err = log_append(s, &v.fresh);
	if (err != ERR_OK)
		return err;
	counts->records += v.fresh.count;
	counts->duplicates += v.old;
	counts->findings += v.findings;
	counts->receipts += v.receipts;
	return ERR_OK;
}
