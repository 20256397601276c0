/* SPDX-License-Identifier: Apache-2.0 */
/* The views of the memory store. */
#include "server-stub/store/memory.h"

#include <string.h>

#define VIEW(table) MEMORY_VIEW(memory_of(s), table)

static struct memory *memory_of(struct store *s)
{
	return (struct memory *)s;
}

static size_t find_incident(struct store *s, const uint8_t *device, const uint8_t *id)
{
	struct memory *m = memory_of(s);
	for (size_t i = 0; i < memory_count(m, VIEW(MEMORY_INCIDENT)); i++) {
		const struct views_incident *row = memory_row(m, VIEW(MEMORY_INCIDENT), i);

		if (row && memcmp(row->id, id, STORE_ID) == 0 && memcmp(row->device, device, STORE_ID) == 0)
			return i;
	}
	return MEMORY_NONE;
}

static enum err incident_put(struct store *s, const struct views_incident *i)
{
	return memory_set(memory_of(s), VIEW(MEMORY_INCIDENT), find_incident(s, i->device, i->id), i);
}

static enum err incident_of(struct store *s, const uint8_t *device, const uint8_t *id, struct views_incident *out)
{
	const struct views_incident *row =
		memory_row(memory_of(s), VIEW(MEMORY_INCIDENT), find_incident(s, device, id));

	if (!row)
		return ERR_NOT_FOUND;
	*out = *row;
	return ERR_OK;
}

static enum err incident_get(struct store *s, const uint8_t *id, struct views_incident *out)
{
	const struct memory_key key = {offsetof(struct views_incident, id), STORE_ID, id};
	size_t index = memory_find(memory_of(s), VIEW(MEMORY_INCIDENT), &key);
	const struct views_incident *row = memory_row(memory_of(s), VIEW(MEMORY_INCIDENT), index);

	if (!row)
		return ERR_NOT_FOUND;
	*out = *row;
	return ERR_OK;
}

static enum err incident_list(struct store *s, const struct views_incident_query *q)
{
	struct memory *m = memory_of(s);
	size_t count = memory_count(m, VIEW(MEMORY_INCIDENT));
	size_t i = q->before > 0 && q->before - 1 < count ? (size_t)q->before - 1 : count;
	struct views_incident copy;
	unsigned given = 0;

	while (given < q->max && i > 0) {
		const struct views_incident *row = memory_row(m, VIEW(MEMORY_INCIDENT), --i);

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

	return memory_append(memory_of(s), VIEW(MEMORY_RECEIPT), &row.record, &row.receipt.record);
}

static enum err receipt_list(struct store *s, const struct views_receipt_query *q)
{
	struct memory *m = memory_of(s);
	unsigned given = 0;

	for (size_t i = memory_count(m, VIEW(MEMORY_RECEIPT)); i-- > 0 && given < q->max;) {
		const struct memory_receipt *row = memory_row(m, VIEW(MEMORY_RECEIPT), i);
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

static size_t find(struct store *s, const uint8_t *device)
{
	struct memory *m = memory_of(s);
	const struct memory_key key = {offsetof(struct views_chain, device), STORE_ID, device};

	return memory_find(m, VIEW(MEMORY_CHAIN), &key);
}

static enum err chain_put(struct store *s, const struct views_chain *c)
{
	return memory_set(memory_of(s), VIEW(MEMORY_CHAIN), find(s, c->device), c);
}

static enum err chain_get(struct store *s, const uint8_t *device, struct views_chain *out)
{
	const struct views_chain *row = memory_row(memory_of(s), VIEW(MEMORY_CHAIN), find(s, device));

	if (!row)
		return ERR_NOT_FOUND;
	*out = *row;
	return ERR_OK;
}

static const struct memory_receipt *receipt_of(struct store *s, size_t index, const uint8_t *device)
{
	struct memory *m = memory_of(s);
	const struct memory_receipt *row = memory_row(m, VIEW(MEMORY_RECEIPT), index);

	return row && memcmp(row->receipt.device, device, STORE_ID) == 0 ? row : NULL;
}

static enum err receipt_prove(struct store *s, const uint8_t *device, uint64_t seq, enum views_proof proof)
{
	struct memory *m = memory_of(s);
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < memory_count(m, VIEW(MEMORY_RECEIPT)); i++) {
		const struct memory_receipt *row = receipt_of(s, i, device);
		struct memory_receipt changed;

		if (!row || row->receipt.proof != PROOF_PENDING || row->receipt.chain_seq > seq)
			continue;
		changed = *row;
		changed.receipt.proof = (uint8_t)proof;
		err = memory_set(m, VIEW(MEMORY_RECEIPT), i, &changed);
	}
	return err;
}

static enum err receipt_hash(struct store *s, const uint8_t *device, uint64_t seq, uint8_t *hash)
{
	struct memory *m = memory_of(s);

	for (size_t i = memory_count(m, VIEW(MEMORY_RECEIPT)); i-- > 0;) {
		const struct memory_receipt *row = receipt_of(s, i, device);

		if (!row || row->receipt.proof == PROOF_DISORDER || row->receipt.chain_seq != seq)
			continue;
		memcpy(hash, row->receipt.chain_hash, STORE_HASH);
		return ERR_OK;
	}
	return ERR_NOT_FOUND;
}

static size_t find_answer(struct store *s, const uint8_t *order_id, const uint8_t *device)
{
	struct memory *m = memory_of(s);

	for (size_t i = 0; i < memory_count(m, VIEW(MEMORY_ANSWER)); i++) {
		const struct views_answer *a = memory_row(m, VIEW(MEMORY_ANSWER), i);

		if (a && memcmp(a->order_id, order_id, STORE_ID) == 0 && memcmp(a->device, device, STORE_ID) == 0)
			return i;
	}
	return MEMORY_NONE;
}

static enum err answer_add(struct store *s, const struct views_answer *a)
{
	if (find_answer(s, a->order_id, a->device) != MEMORY_NONE)
		return ERR_OK;
	return memory_set(memory_of(s), VIEW(MEMORY_ANSWER), MEMORY_NONE, a);
}

static enum err health_put(struct store *s, const struct views_health *h)
{
	return memory_put(s, VIEW(MEMORY_HEALTH), MEMORY_KEY(struct views_health, device, h->device), h);
}

static enum err health_get(struct store *s, const uint8_t *device, struct views_health *out)
{
	const struct views_health *h =
		memory_get(s, VIEW(MEMORY_HEALTH), MEMORY_KEY(struct views_health, device, device));

	if (!h)
		return ERR_NOT_FOUND;
	*out = *h;
	return ERR_OK;
}

static enum err note_put(struct store *s, const struct views_note *n)
{
	return memory_set(memory_of(s), VIEW(MEMORY_NOTE), MEMORY_NONE, n);
}

static enum err note_list(struct store *s, const struct views_note_query *q)
{
	struct memory *m = memory_of(s);
	unsigned given = 0;

	for (size_t i = 0; given < q->max && i < memory_count(m, VIEW(MEMORY_NOTE)); i++) {
		const struct views_note *row = memory_row(m, VIEW(MEMORY_NOTE), i);
		struct views_note n;

		if (!row || memcmp(row->incident_id, q->incident_id, STORE_ID) != 0 ||
		    memcmp(row->device, q->device, STORE_ID) != 0)
			continue;
		given++;
		n = *row;
		if (!q->each(q->arg, &n))
			break;
	}
	return ERR_OK;
}

static void choose(struct store *s, enum views_set set)
{
	memory_of(s)->set = set;
}

static enum err position(struct store *s, uint64_t *out)
{
	const uint64_t *row = memory_row(memory_of(s), VIEW(MEMORY_POSITION), 0);

	*out = row ? *row : 0;
	return ERR_OK;
}

static enum err position_put(struct store *s, uint64_t to)
{
	return memory_set(memory_of(s), VIEW(MEMORY_POSITION), 0, &to);
}

/* Begin a transaction unless one is open; *own says whether it was begun here. */
static void enter(struct memory *m, bool *own)
{
	*own = !m->in_transaction;
	m->in_transaction = true;
}

static enum err leave(struct memory *m, bool own, enum err err)
{
	if (own && err == ERR_OK)
		memory_keep(m);
	else if (own)
		memory_undo(m);
	return err;
}

static enum err empty(struct memory *m, unsigned table)
{
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < memory_count(m, table); i++)
		if (memory_row(m, table, i))
			err = memory_set(m, table, i, NULL);
	return err;
}

static enum err clear(struct store *s)
{
	struct memory *m = memory_of(s);
	bool own;
	enum err err = ERR_OK;

	enter(m, &own);
	for (unsigned i = 0; err == ERR_OK && i < MEMORY_VIEW_TABLES; i++)
		err = empty(m, VIEW(MEMORY_INCIDENT) + i);
	return leave(m, own, err);
}

static enum err copy_row(struct memory *m, unsigned table, size_t index)
{
	const void *row = memory_row(m, table + MEMORY_VIEW_TABLES, index);
	struct memory_receipt receipt;

	if (!row)
		return ERR_OK;
	if (table == MEMORY_POSITION)
		return memory_set(m, table, 0, row);
	if (table != MEMORY_RECEIPT)
		return memory_set(m, table, MEMORY_NONE, row);
	memcpy(&receipt, row, sizeof(receipt));
	return memory_append(m, table, &receipt.record, &receipt.receipt.record);
}

static enum err restore(struct store *s)
{
	struct memory *m = memory_of(s);
	bool own;
	enum err err = ERR_OK;

	enter(m, &own);
	for (unsigned table = MEMORY_INCIDENT; err == ERR_OK && table < MEMORY_KEPT_INCIDENT; table++) {
		size_t count = memory_count(m, table + MEMORY_VIEW_TABLES);

		err = empty(m, table);
		for (size_t i = 0; err == ERR_OK && i < count; i++)
			err = copy_row(m, table, i);
	}
	return leave(m, own, err);
}

/* Whether the live set has this incident of the kept one: then the log's later entries may tell of it again. */
static bool is_live(struct memory *m, const struct views_incident *kept)
{
	for (size_t i = 0; i < memory_count(m, MEMORY_INCIDENT); i++) {
		const struct views_incident *row = memory_row(m, MEMORY_INCIDENT, i);

		if (row && memcmp(row->id, kept->id, STORE_ID) == 0 && memcmp(row->device, kept->device, STORE_ID) == 0)
			return true;
	}
	return false;
}

static enum err remove_old(struct store *s, int64_t older_than_us)
{
	struct memory *m = memory_of(s);
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < memory_count(m, VIEW(MEMORY_RECEIPT)); i++) {
		const struct memory_receipt *row = memory_row(m, VIEW(MEMORY_RECEIPT), i);

		if (row && row->receipt.received_us < older_than_us)
			err = memory_set(m, VIEW(MEMORY_RECEIPT), i, NULL);
	}
	for (size_t i = 0; err == ERR_OK && i < memory_count(m, VIEW(MEMORY_INCIDENT)); i++) {
		const struct views_incident *row = memory_row(m, VIEW(MEMORY_INCIDENT), i);

		if (row && row->state == INCIDENT_CLOSED && row->received_us < older_than_us &&
		    (m->set == VIEWS_LIVE || !is_live(m, row)))
			err = memory_set(m, VIEW(MEMORY_INCIDENT), i, NULL);
	}
	for (size_t i = 0; err == ERR_OK && i < memory_count(m, VIEW(MEMORY_NOTE)); i++) {
		const struct views_note *row = memory_row(m, VIEW(MEMORY_NOTE), i);

		if (row && row->wall_us < older_than_us &&
		    find_incident(s, row->device, row->incident_id) == MEMORY_NONE)
			err = memory_set(m, VIEW(MEMORY_NOTE), i, NULL);
	}
	return err;
}

static enum err retain(struct store *s, int64_t older_than_us)
{
	struct memory *m = memory_of(s);
	enum views_set before = m->set;
	enum err err;

	m->set = VIEWS_LIVE;
	err = remove_old(s, older_than_us);
	m->set = VIEWS_KEPT;
	if (err == ERR_OK)
		err = remove_old(s, older_than_us);
	m->set = before;
	return err;
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
	.answer_add = answer_add,
	.health_put = health_put,
	.health_get = health_get,
	.note_put = note_put,
	.note_list = note_list,
	.choose = choose,
	.position = position,
	.position_put = position_put,
	.clear = clear,
	.restore = restore,
	.retain = retain,
};
