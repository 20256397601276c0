/* SPDX-License-Identifier: Apache-2.0 */
/* What the memory store holds, in numbers. */
#include "server-stub/store/memory.h"

#include <string.h>

static struct memory *memory_of(struct store *s)
{
	return (struct memory *)s;
}

uint64_t memory_care_held(const struct memory *m, uint64_t *batches)
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

enum err memory_care_figures(struct store *s, struct store_figures *out)
{
	struct memory *m = memory_of(s);

	memset(out, 0, sizeof(*out));
	out->bytes = memory_care_held(m, &out->batches);
	out->devices = 0;
	for (size_t i = 0; i < memory_count(m, MEMORY_DEVICE); i++) {
		const struct registry_device *d = memory_row(m, MEMORY_DEVICE, i);

		out->devices += d && !d->is_deleted;
	}
	for (size_t i = 0; i < memory_count(m, MEMORY_SPOOL); i++)
		out->records += ((const struct memory_spool *)memory_row(m, MEMORY_SPOOL, i))->records;
	for (size_t i = 0; i < memory_count(m, MEMORY_INCIDENT); i++) {
		const struct views_incident *row = memory_row(m, MEMORY_INCIDENT, i);

		out->incidents_open += row && row->state != INCIDENT_CLOSED;
	}
	return ERR_OK;
}
