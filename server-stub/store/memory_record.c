/* SPDX-License-Identifier: Apache-2.0 */
/* Batches, incidents and receipts of the memory store. */
#include "server-stub/store/memory.h"

#include <stdlib.h>
#include <string.h>

static struct memory *memory_of(struct store *s)
{
	return (struct memory *)s;
}

static size_t find_spool(struct memory *m, const uint8_t *device, const uint8_t *spool)
{
	for (size_t i = 0; i < memory_count(m, MEMORY_SPOOL); i++) {
		const struct memory_spool *p = memory_row(m, MEMORY_SPOOL, i);

		if (memcmp(p->device, device, STORE_ID) == 0 && memcmp(p->spool, spool, STORE_ID) == 0)
			return i;
	}
	return MEMORY_NONE;
}

enum err memory_record_committed(struct store *s, const uint8_t *device, const uint8_t *spool, uint64_t *seq)
{
	size_t index = find_spool(memory_of(s), device, spool);
	const struct memory_spool *p = memory_row(memory_of(s), MEMORY_SPOOL, index);

	*seq = p ? p->committed : 0;
	return ERR_OK;
}

/* A row that owns a copy of the bytes; the caller's array gets the copy's address. */
static enum err put_owning(struct memory *m, unsigned table, struct memory_bytes *row, struct str *bytes)
{
	char *copy = malloc(bytes->len ? bytes->len : 1);
	enum err err;

	if (!copy)
		return ERR_NO_MEMORY;
	if (bytes->len)
		memcpy(copy, bytes->data, bytes->len);
	row->owned = copy;
	bytes->data = copy;
	err = memory_set(m, table, MEMORY_NONE, row);
	if (err != ERR_OK)
		free(copy);
	return err;
}

enum err memory_record_put(struct store *s, const struct store_batch *b)
{
	struct memory *m = memory_of(s);
	size_t index = find_spool(m, b->device, b->spool);
	const struct memory_spool *known = memory_row(m, MEMORY_SPOOL, index);
	struct memory_spool p = {.committed = 0};
	struct memory_batch row = {.batch = *b};
	enum err err;

	if (known)
		p = *known;
	if (b->first_seq <= p.committed)
		return ERR_REPLAYED;
	memcpy(p.device, b->device, STORE_ID);
	memcpy(p.spool, b->spool, STORE_ID);
	p.committed = b->last_seq;
	p.records += b->count;
	err = put_owning(m, MEMORY_BATCH, &row.blob, &row.batch.blob);
	return err == ERR_OK ? memory_set(m, MEMORY_SPOOL, index, &p) : err;
}

enum err memory_record_list(struct store *s, const struct store_batch_query *q)
{
	struct memory *m = memory_of(s);
	size_t count = memory_count(m, MEMORY_BATCH);
	unsigned given = 0;
	size_t i = (size_t)q->after;

	if (q->newest)
		i = q->after > 0 && q->after - 1 < count ? (size_t)q->after - 1 : count;
	while (given < q->max && (q->newest ? i > 0 : i < count)) {
		size_t at = q->newest ? --i : i++;
		const struct memory_batch *b = memory_row(m, MEMORY_BATCH, at);
		struct store_batch copy;

		if (!b || (q->device && memcmp(b->batch.device, q->device, STORE_ID) != 0))
			continue;
		given++;
		copy = b->batch;
		if (!q->each(q->arg, at + 1, &copy))
			break;
	}
	return ERR_OK;
}

static size_t find_incident(struct memory *m, const uint8_t *device, const uint8_t *id)
{
	for (size_t i = 0; i < memory_count(m, MEMORY_INCIDENT); i++) {
		const struct store_incident *row = memory_row(m, MEMORY_INCIDENT, i);

		if (row && memcmp(row->id, id, STORE_ID) == 0 && memcmp(row->device, device, STORE_ID) == 0)
			return i;
	}
	return MEMORY_NONE;
}

enum err memory_record_incident_put(struct store *s, const struct store_incident *i)
{
	return memory_set(memory_of(s), MEMORY_INCIDENT, find_incident(memory_of(s), i->device, i->id), i);
}

enum err memory_record_incident_of(struct store *s, const uint8_t *device, const uint8_t *id,
				   struct store_incident *out)
{
	const struct store_incident *row =
		memory_row(memory_of(s), MEMORY_INCIDENT, find_incident(memory_of(s), device, id));

	if (!row)
		return ERR_NOT_FOUND;
	*out = *row;
	return ERR_OK;
}

enum err memory_record_incident_get(struct store *s, const uint8_t *id, struct store_incident *out)
{
	const struct memory_key key = {offsetof(struct store_incident, id), STORE_ID, id};
	size_t index = memory_find(memory_of(s), MEMORY_INCIDENT, &key);
	const struct store_incident *row = memory_row(memory_of(s), MEMORY_INCIDENT, index);

	if (!row)
		return ERR_NOT_FOUND;
	*out = *row;
	return ERR_OK;
}

enum err memory_record_incident_list(struct store *s, const struct store_incident_query *q)
{
	struct memory *m = memory_of(s);
	size_t count = memory_count(m, MEMORY_INCIDENT);
	size_t i = q->before > 0 && q->before - 1 < count ? (size_t)q->before - 1 : count;
	struct store_incident copy;
	unsigned given = 0;

	while (given < q->max && i > 0) {
		const struct store_incident *row = memory_row(m, MEMORY_INCIDENT, --i);

		if (!row || (q->state && row->state != q->state) ||
		    (q->device && memcmp(row->device, q->device, STORE_ID) != 0))
			continue;
		given++;
		copy = *row;
		if (!q->each(q->arg, i + 1, &copy))
			break;
	}
	return ERR_OK;
}

enum err memory_record_receipt_put(struct store *s, const struct store_receipt *r)
{
	struct memory_receipt row = {.receipt = *r};

	return put_owning(memory_of(s), MEMORY_RECEIPT, &row.record, &row.receipt.record);
}

enum err memory_record_receipt_list(struct store *s, const struct store_receipt_query *q)
{
	struct memory *m = memory_of(s);
	unsigned given = 0;

	for (size_t i = memory_count(m, MEMORY_RECEIPT); i-- > 0 && given < q->max;) {
		const struct memory_receipt *row = memory_row(m, MEMORY_RECEIPT, i);
		struct store_receipt r;

		if (!row)
			continue;
		r = row->receipt;
		if ((q->order_id && memcmp(r.order_id, q->order_id, STORE_ID) != 0) ||
		    (q->incident_id && memcmp(r.incident_id, q->incident_id, STORE_ID) != 0))
			continue;
		given++;
		if (!q->each(q->arg, &r))
			break;
	}
	return ERR_OK;
}

static uint64_t bytes_held(struct memory *m, uint64_t *batches)
{
	uint64_t bytes = 0;

	*batches = 0;
	for (size_t i = 0; i < memory_count(m, MEMORY_BATCH); i++) {
		const struct memory_batch *b = memory_row(m, MEMORY_BATCH, i);

		if (!b)
			continue;
		bytes += b->batch.blob.len;
		(*batches)++;
	}
	return bytes;
}

static enum err remove_folded(struct memory *m, int64_t older_than_us)
{
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < memory_count(m, MEMORY_RECEIPT); i++) {
		const struct memory_receipt *row = memory_row(m, MEMORY_RECEIPT, i);

		if (row && row->receipt.received_us < older_than_us)
			err = memory_set(m, MEMORY_RECEIPT, i, NULL);
	}
	for (size_t i = 0; err == ERR_OK && i < memory_count(m, MEMORY_INCIDENT); i++) {
		const struct store_incident *row = memory_row(m, MEMORY_INCIDENT, i);

		if (row && row->state == INCIDENT_CLOSED && row->received_us < older_than_us)
			err = memory_set(m, MEMORY_INCIDENT, i, NULL);
	}
	return err;
}

enum err memory_record_retain(struct store *s, const struct store_retention *r, int64_t wall_us, unsigned *removed)
{
	struct memory *m = memory_of(s);
	uint64_t batches, bytes = bytes_held(m, &batches);
	enum err err = ERR_OK;

	*removed = 0;
	for (size_t i = 0; err == ERR_OK && i < memory_count(m, MEMORY_BATCH); i++) {
		const struct memory_batch *b = memory_row(m, MEMORY_BATCH, i);

		if (!b)
			continue;
		if (!(r->age_us > 0 && b->batch.received_us < wall_us - r->age_us) &&
		    !(r->bytes_max > 0 && bytes > r->bytes_max))
			break;
		bytes -= b->batch.blob.len;
		err = memory_set(m, MEMORY_BATCH, i, NULL);
		(*removed)++;
	}
	return err == ERR_OK && r->age_us > 0 ? remove_folded(m, wall_us - r->age_us) : err;
}

enum err memory_record_figures(struct store *s, struct store_figures *out)
{
	struct memory *m = memory_of(s);

	memset(out, 0, sizeof(*out));
	out->bytes = bytes_held(m, &out->batches);
	out->devices = memory_count(m, MEMORY_DEVICE);
	for (size_t i = 0; i < memory_count(m, MEMORY_SPOOL); i++)
		out->records += ((const struct memory_spool *)memory_row(m, MEMORY_SPOOL, i))->records;
	for (size_t i = 0; i < memory_count(m, MEMORY_INCIDENT); i++) {
		const struct store_incident *row = memory_row(m, MEMORY_INCIDENT, i);

		out->incidents_open += row && row->state != INCIDENT_CLOSED;
	}
	return ERR_OK;
}
