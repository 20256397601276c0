/* SPDX-License-Identifier: Apache-2.0 */
/* The views of the memory store. */
#include "server-stub/store/memory.h"

#include <string.h>

static struct memory *memory_of(struct store *s)
{
	return (struct memory *)s;
}

static size_t find_incident(struct memory *m, const uint8_t *device, const uint8_t *id)
{
	for (size_t i = 0; i < memory_count(m, MEMORY_INCIDENT); i++) {
		const struct views_incident *row = memory_row(m, MEMORY_INCIDENT, i);

		if (row && memcmp(row->id, id, STORE_ID) == 0 && memcmp(row->device, device, STORE_ID) == 0)
			return i;
	}
	return MEMORY_NONE;
}

static enum err incident_put(struct store *s, const struct views_incident *i)
{
	return memory_set(memory_of(s), MEMORY_INCIDENT, find_incident(memory_of(s), i->device, i->id), i);
}

static enum err incident_of(struct store *s, const uint8_t *device, const uint8_t *id, struct views_incident *out)
{
	const struct views_incident *row =
		memory_row(memory_of(s), MEMORY_INCIDENT, find_incident(memory_of(s), device, id));

	if (!row)
		return ERR_NOT_FOUND;
	*out = *row;
	return ERR_OK;
}

static enum err incident_get(struct store *s, const uint8_t *id, struct views_incident *out)
{
	const struct memory_key key = {offsetof(struct views_incident, id), STORE_ID, id};
	size_t index = memory_find(memory_of(s), MEMORY_INCIDENT, &key);
	const struct views_incident *row = memory_row(memory_of(s), MEMORY_INCIDENT, index);

	if (!row)
		return ERR_NOT_FOUND;
	*out = *row;
	return ERR_OK;
}

static enum err incident_list(struct store *s, const struct views_incident_query *q)
{
	struct memory *m = memory_of(s);
	size_t count = memory_count(m, MEMORY_INCIDENT);
	size_t i = q->before > 0 && q->before - 1 < count ? (size_t)q->before - 1 : count;
	struct views_incident copy;
	unsigned given = 0;

	while (given < q->max && i > 0) {
		const struct views_incident *row = memory_row(m, MEMORY_INCIDENT, --i);

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

static enum err receipt_put(struct store *s, const struct views_receipt *r)
{
	struct memory_receipt row = {.receipt = *r};

	return memory_append(memory_of(s), MEMORY_RECEIPT, &row.record, &row.receipt.record);
}

static enum err receipt_list(struct store *s, const struct views_receipt_query *q)
{
	struct memory *m = memory_of(s);
	unsigned given = 0;

	for (size_t i = memory_count(m, MEMORY_RECEIPT); i-- > 0 && given < q->max;) {
		const struct memory_receipt *row = memory_row(m, MEMORY_RECEIPT, i);
		struct views_receipt r;

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

static size_t find(struct memory *m, const uint8_t *device)
{
	const struct memory_key key = {offsetof(struct views_chain, device), STORE_ID, device};

	return memory_find(m, MEMORY_CHAIN, &key);
}

static enum err chain_put(struct store *s, const struct views_chain *c)
{
	return memory_set(memory_of(s), MEMORY_CHAIN, find(memory_of(s), c->device), c);
}

static enum err chain_get(struct store *s, const uint8_t *device, struct views_chain *out)
{
	const struct views_chain *row = memory_row(memory_of(s), MEMORY_CHAIN, find(memory_of(s), device));

	if (!row)
		return ERR_NOT_FOUND;
	*out = *row;
	return ERR_OK;
}

static const struct memory_receipt *receipt_of(struct memory *m, size_t index, const uint8_t *device)
{
	const struct memory_receipt *row = memory_row(m, MEMORY_RECEIPT, index);

	return row && memcmp(row->receipt.device, device, STORE_ID) == 0 ? row : NULL;
}

static enum err receipt_prove(struct store *s, const uint8_t *device, uint64_t seq, enum views_proof proof)
{
	struct memory *m = memory_of(s);
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < memory_count(m, MEMORY_RECEIPT); i++) {
		const struct memory_receipt *row = receipt_of(m, i, device);
		struct memory_receipt changed;

		if (!row || row->receipt.proof != PROOF_PENDING || row->receipt.chain_seq > seq)
			continue;
		changed = *row;
		changed.receipt.proof = (uint8_t)proof;
		err = memory_set(m, MEMORY_RECEIPT, i, &changed);
	}
	return err;
}

static enum err receipt_hash(struct store *s, const uint8_t *device, uint64_t seq, uint8_t *hash)
{
	struct memory *m = memory_of(s);

	for (size_t i = 0; i < memory_count(m, MEMORY_RECEIPT); i++) {
		const struct memory_receipt *row = receipt_of(m, i, device);

		if (!row || row->receipt.proof == PROOF_DISORDER || row->receipt.chain_seq != seq)
			continue;
		memcpy(hash, row->receipt.chain_hash, STORE_HASH);
		return ERR_OK;
	}
	return ERR_NOT_FOUND;
}

const struct views_kind memory_views = {
	.incident_put = incident_put,
	.incident_get = incident_get,
	.incident_of = incident_of,
	.incident_list = incident_list,
	.receipt_put = receipt_put,
	.receipt_list = receipt_list,
	.receipt_prove = receipt_prove,
	.receipt_hash = receipt_hash,
	.chain_put = chain_put,
	.chain_get = chain_get,
};
