/* SPDX-License-Identifier: Apache-2.0 */
/* Retention and figures of the memory store. */
#include "server-stub/store/memory.h"

#include <string.h>

static struct memory *memory_of(struct store *s)
{
	return (struct memory *)s;
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
		const struct views_incident *row = memory_row(m, MEMORY_INCIDENT, i);

		if (row && row->state == INCIDENT_CLOSED && row->received_us < older_than_us)
			err = memory_set(m, MEMORY_INCIDENT, i, NULL);
	}
	return err;
}

enum err memory_care_retain(struct store *s, const struct store_retention *r, int64_t wall_us, unsigned *removed)
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

enum err memory_care_figures(struct store *s, struct store_figures *out)
{
	struct memory *m = memory_of(s);

	memset(out, 0, sizeof(*out));
	out->bytes = bytes_held(m, &out->batches);
	out->devices = memory_count(m, MEMORY_DEVICE);
	for (size_t i = 0; i < memory_count(m, MEMORY_SPOOL); i++)
		out->records += ((const struct memory_spool *)memory_row(m, MEMORY_SPOOL, i))->records;
	for (size_t i = 0; i < memory_count(m, MEMORY_INCIDENT); i++) {
		const struct views_incident *row = memory_row(m, MEMORY_INCIDENT, i);

		out->incidents_open += row && row->state != INCIDENT_CLOSED;
	}
	return ERR_OK;
}
