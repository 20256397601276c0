/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store without a disk, for the simulator and unit tests: a rollback takes back what was not committed, as a power
 * cut would. Every look-up walks over a table; it is meant for dozens of devices, not for thousands.
 * This file holds devices, tokens, operators, sessions and the audit log; memory_record.c holds batches, incidents and
 * receipts, memory_order.c orders and their targets, memory_table.c the tables.
 */
#include "server-stub/store/memory.h"

#include "agent/base/require.h"

#include <stdlib.h>
#include <string.h>

#define KEY(type, member, value) (&(struct memory_key){offsetof(type, member), sizeof(((type *)0)->member), (value)})

static struct memory *memory_of(struct store *s)
{
	return (struct memory *)s;
}

static enum err put(struct store *s, unsigned table, const struct memory_key *key, const void *row)
{
	return memory_set(memory_of(s), table, memory_find(memory_of(s), table, key), row);
}

static const void *get(struct store *s, unsigned table, const struct memory_key *key)
{
	size_t index = memory_find(memory_of(s), table, key);

	return index == MEMORY_NONE ? NULL : memory_row(memory_of(s), table, index);
}

static enum err memory_open(const char *where, struct store **out)
{
	static const struct {
		size_t row_size;
		bool owns_bytes;
	} shapes[MEMORY_TABLES] = {
		[MEMORY_DEVICE] = {sizeof(struct store_device), false},
		[MEMORY_TOKEN] = {sizeof(struct store_token), false},
		[MEMORY_SPOOL] = {sizeof(struct memory_spool), false},
		[MEMORY_BATCH] = {sizeof(struct memory_batch), true},
		[MEMORY_INCIDENT] = {sizeof(struct store_incident), false},
		[MEMORY_RECEIPT] = {sizeof(struct memory_receipt), true},
		[MEMORY_CHAIN] = {sizeof(struct store_chain), false},
		[MEMORY_ORDER] = {sizeof(struct store_order), false},
		[MEMORY_TARGET] = {sizeof(struct store_target), false},
		[MEMORY_USER] = {sizeof(struct store_user), false},
		[MEMORY_SESSION] = {sizeof(struct store_session), false},
		[MEMORY_AUDIT] = {sizeof(struct store_audit), false},
	};
	struct memory *m = calloc(1, sizeof(*m));

	(void)where;
	if (!m)
		return ERR_NO_MEMORY;
	for (unsigned i = 0; i < MEMORY_TABLES; i++) {
		m->tables[i].row_size = shapes[i].row_size;
		m->tables[i].owns_bytes = shapes[i].owns_bytes;
	}
	m->base.kind = &memory_kind;
	*out = &m->base;
	return ERR_OK;
}

static void memory_close(struct store *s)
{
	memory_free(memory_of(s));
}

static enum err memory_begin(struct store *s)
{
	require(!memory_of(s)->in_transaction);
	memory_of(s)->in_transaction = true;
	return ERR_OK;
}

static enum err memory_commit(struct store *s)
{
	require(memory_of(s)->in_transaction);
	memory_keep(memory_of(s));
	return ERR_OK;
}

static void memory_rollback(struct store *s)
{
	memory_undo(memory_of(s));
}

/* Records are counted where they are kept. */
static void fill_records(struct store *s, struct store_device *d)
{
	struct memory *m = memory_of(s);

	d->records = 0;
	for (size_t i = 0; i < memory_count(m, MEMORY_SPOOL); i++) {
		const struct memory_spool *p = memory_row(m, MEMORY_SPOOL, i);

		if (p && memcmp(p->device, d->id, STORE_ID) == 0)
			d->records += p->records;
	}
}

static enum err device_put(struct store *s, const struct store_device *d)
{
	return put(s, MEMORY_DEVICE, KEY(struct store_device, id, d->id), d);
}

static enum err device_out(struct store *s, const struct memory_key *key, struct store_device *out)
{
	const struct store_device *d = get(s, MEMORY_DEVICE, key);

	if (!d)
		return ERR_NOT_FOUND;
	*out = *d;
	fill_records(s, out);
	return ERR_OK;
}

static enum err device_get(struct store *s, const uint8_t *id, struct store_device *out)
{
	return device_out(s, KEY(struct store_device, id, id), out);
}

static enum err device_by_csr(struct store *s, const uint8_t *csr_sha256, struct store_device *out)
{
	return device_out(s, KEY(struct store_device, csr_sha256, csr_sha256), out);
}

static enum err device_by_name(struct store *s, const char *name, struct store_device out[2], unsigned *count)
{
	struct memory *m = memory_of(s);

	*count = 0;
	for (unsigned revoked = 0; revoked < 2; revoked++) {
		for (size_t i = 0; i < memory_count(m, MEMORY_DEVICE) && *count < 2; i++) {
			const struct store_device *d = memory_row(m, MEMORY_DEVICE, i);

			if (d && strcmp(d->name, name) == 0 && (d->state == DEVICE_REVOKED) == (revoked == 1))
				out[(*count)++] = *d;
		}
	}
	for (unsigned i = 0; i < *count; i++)
		fill_records(s, &out[i]);
	return ERR_OK;
}

/* The device with the lowest id behind `after`. */
static const struct store_device *next_device(const struct memory *m, const uint8_t *after)
{
	const struct store_device *best = NULL;

	for (size_t i = 0; i < memory_count(m, MEMORY_DEVICE); i++) {
		const struct store_device *d = memory_row(m, MEMORY_DEVICE, i);

		if (d && (!after || memcmp(d->id, after, STORE_ID) > 0) &&
		    (!best || memcmp(d->id, best->id, STORE_ID) < 0))
			best = d;
	}
	return best;
}

static enum err device_list(struct store *s, const struct store_device_query *q)
{
	const uint8_t *after = q->after;
	struct store_device d;
	unsigned given = 0;

	while (given < q->max) {
		const struct store_device *next = next_device(memory_of(s), after);

		if (!next)
			break;
		d = *next;
		after = next->id;
		if (q->group && strcmp(d.group, q->group) != 0)
			continue;
		fill_records(s, &d);
		given++;
		if (!q->each(q->arg, &d))
			break;
	}
	return ERR_OK;
}

static enum err device_presence(struct store *s, const struct store_presence *p)
{
	const struct store_device *found = get(s, MEMORY_DEVICE, KEY(struct store_device, id, p->device));
	struct store_device d;

	if (!found)
		return ERR_OK;
	d = *found;
	d.connected = p->connected;
	d.last_seen_us = p->last_seen_us;
	if (p->address[0])
		memcpy(d.address, p->address, sizeof(d.address));
	return device_put(s, &d);
}

static enum err device_absent_all(struct store *s)
{
	struct memory *m = memory_of(s);
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < memory_count(m, MEMORY_DEVICE); i++) {
		const struct store_device *row = memory_row(m, MEMORY_DEVICE, i);
		struct store_device d;

		if (!row || !row->connected)
			continue;
		d = *row;
		d.connected = false;
		err = memory_set(m, MEMORY_DEVICE, i, &d);
	}
	return err;
}

static enum err token_put(struct store *s, const struct store_token *t)
{
	return put(s, MEMORY_TOKEN, KEY(struct store_token, secret_sha256, t->secret_sha256), t);
}

static enum err token_get(struct store *s, const uint8_t *secret_sha256, struct store_token *out)
{
	const struct store_token *t = get(s, MEMORY_TOKEN, KEY(struct store_token, secret_sha256, secret_sha256));

	if (!t)
		return ERR_NOT_FOUND;
	*out = *t;
	return ERR_OK;
}

static enum err token_list(struct store *s, bool (*each)(void *, const struct store_token *), void *arg)
{
	struct memory *m = memory_of(s);

	for (size_t i = memory_count(m, MEMORY_TOKEN); i-- > 0;) {
		const struct store_token t = *(const struct store_token *)memory_row(m, MEMORY_TOKEN, i);

		if (!each(arg, &t))
			break;
	}
	return ERR_OK;
}

static enum err user_put(struct store *s, const struct store_user *u)
{
	struct store_user row = {
		.must_change = u->must_change, .failures = u->failures, .locked_until_us = u->locked_until_us};

	str_show(str_from(u->name), row.name, sizeof(row.name));
	str_show(str_from(u->role), row.role, sizeof(row.role));
	str_show(str_from(u->password), row.password, sizeof(row.password));
	return put(s, MEMORY_USER, KEY(struct store_user, name, row.name), &row);
}

static enum err user_get(struct store *s, const char *name, struct store_user *out)
{
	char key[STORE_NAME_MAX] = {0};
	const struct store_user *u;

	str_show(str_from(name), key, sizeof(key));
	u = get(s, MEMORY_USER, KEY(struct store_user, name, key));
	if (!u)
		return ERR_NOT_FOUND;
	*out = *u;
	return ERR_OK;
}

static enum err session_put(struct store *s, const struct store_session *x)
{
	return put(s, MEMORY_SESSION, KEY(struct store_session, token_sha256, x->token_sha256), x);
}

static enum err session_get(struct store *s, const uint8_t *token_sha256, struct store_session *out)
{
	const struct store_session *x = get(s, MEMORY_SESSION, KEY(struct store_session, token_sha256, token_sha256));

	if (!x)
		return ERR_NOT_FOUND;
	*out = *x;
	return ERR_OK;
}

static enum err session_remove(struct store *s, const uint8_t *token_sha256)
{
	size_t index = memory_find(memory_of(s), MEMORY_SESSION, KEY(struct store_session, token_sha256, token_sha256));

	if (index == MEMORY_NONE)
		return ERR_NOT_FOUND;
	return memory_set(memory_of(s), MEMORY_SESSION, index, NULL);
}

static enum err session_keep(struct store *s, const char *user, const uint8_t *token_sha256)
{
	struct memory *m = memory_of(s);
	enum err err = ERR_OK;

	for (size_t i = memory_count(m, MEMORY_SESSION); i-- > 0 && err == ERR_OK;) {
		const struct store_session *x = memory_row(m, MEMORY_SESSION, i);

		if (x && strcmp(x->user, user) == 0 && memcmp(x->token_sha256, token_sha256, STORE_HASH) != 0)
			err = memory_set(m, MEMORY_SESSION, i, NULL);
	}
	return err;
}

static enum err audit_put(struct store *s, const struct store_audit *a)
{
	return memory_set(memory_of(s), MEMORY_AUDIT, MEMORY_NONE, a);
}

static enum err audit_list(struct store *s, const struct store_audit_query *q)
{
	struct memory *m = memory_of(s);
	size_t count = memory_count(m, MEMORY_AUDIT);
	size_t i = q->before > 0 && q->before - 1 < count ? (size_t)q->before - 1 : count;

	for (unsigned given = 0; i-- > 0 && given < q->max; given++) {
		const struct store_audit a = *(const struct store_audit *)memory_row(m, MEMORY_AUDIT, i);

		if (!q->each(q->arg, i + 1, &a))
			break;
	}
	return ERR_OK;
}

const struct store_kind memory_kind = {
	.name = "memory",
	.open = memory_open,
	.close = memory_close,
	.begin = memory_begin,
	.commit = memory_commit,
	.rollback = memory_rollback,
	.device_put = device_put,
	.device_get = device_get,
	.device_by_csr = device_by_csr,
	.device_by_name = device_by_name,
	.device_list = device_list,
	.device_presence = device_presence,
	.device_absent_all = device_absent_all,
	.token_put = token_put,
	.token_get = token_get,
	.token_list = token_list,
	.committed = memory_record_committed,
	.batch_put = memory_record_put,
	.batch_list = memory_record_list,
	.incident_put = memory_record_incident_put,
	.incident_get = memory_record_incident_get,
	.incident_of = memory_record_incident_of,
	.incident_list = memory_record_incident_list,
	.receipt_put = memory_record_receipt_put,
	.receipt_list = memory_record_receipt_list,
	.receipt_prove = memory_chain_receipt_prove,
	.receipt_hash = memory_chain_receipt_hash,
	.chain_put = memory_chain_put,
	.chain_get = memory_chain_get,
	.order_put = memory_order_put,
	.order_get = memory_order_get,
	.order_list = memory_order_list,
	.target_put = memory_order_target_put,
	.target_get = memory_order_target_get,
	.target_list = memory_order_target_list,
	.target_waiting = memory_order_target_waiting,
	.target_expire = memory_order_target_expire,
	.user_put = user_put,
	.user_get = user_get,
	.session_put = session_put,
	.session_get = session_get,
	.session_remove = session_remove,
	.session_keep = session_keep,
	.audit_put = audit_put,
	.audit_list = audit_list,
	.retain = memory_record_retain,
	.figures = memory_record_figures,
};
