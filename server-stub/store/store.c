/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of store.h: they check the caller's bounds and call the functions of the kind that was opened.
 * Knows neither SQL nor memory layout. Finding a device by what a person typed is in store_find.c.
 */
#include "server-stub/store/store.h"

#include "agent/base/require.h"
#include "server-stub/store/table.h"

enum err store_open(const char *kind, const char *where, struct store **out)
{
	const struct store_kind *row = store_kind(kind);

	*out = NULL;
	require(row != NULL);
	return row->open(where, out);
}

void store_close(struct store *s)
{
	if (s)
		s->kind->close(s);
}

enum err store_begin(struct store *s)
{
	return s->kind->begin(s);
}

enum err store_commit(struct store *s)
{
	return s->kind->commit(s);
}

void store_rollback(struct store *s)
{
	s->kind->rollback(s);
}

static unsigned page(unsigned max)
{
	return max > STORE_PAGE_MAX ? STORE_PAGE_MAX : max;
}

enum err store_device_put(struct store *s, const struct store_device *d)
{
	return s->kind->device_put(s, d);
}

enum err store_device_get(struct store *s, const uint8_t id[STORE_ID], struct store_device *out)
{
	return s->kind->device_get(s, id, out);
}

enum err store_device_by_csr(struct store *s, const uint8_t csr_sha256[STORE_HASH], struct store_device *out)
{
	return s->kind->device_by_csr(s, csr_sha256, out);
}

enum err store_device_list(struct store *s, const char *group, const uint8_t after[STORE_ID], unsigned max,
			   bool (*each)(void *arg, const struct store_device *d), void *arg)
{
	const struct store_device_query q = {group, after, page(max), each, arg};

	return s->kind->device_list(s, &q);
}

enum err store_device_presence(struct store *s, const struct store_presence *p)
{
	return s->kind->device_presence(s, p);
}

enum err store_device_absent_all(struct store *s)
{
	return s->kind->device_absent_all(s);
}

enum err store_token_put(struct store *s, const struct store_token *t)
{
	return s->kind->token_put(s, t);
}

enum err store_token_get(struct store *s, const uint8_t secret_sha256[STORE_HASH], struct store_token *out)
{
	return s->kind->token_get(s, secret_sha256, out);
}

enum err store_token_list(struct store *s, bool (*each)(void *arg, const struct store_token *t), void *arg)
{
	return s->kind->token_list(s, each, arg);
}

enum err store_committed(struct store *s, const uint8_t device[STORE_ID], const uint8_t spool[STORE_ID], uint64_t *seq)
{
	return s->kind->committed(s, device, spool, seq);
}

enum err store_batch_put(struct store *s, const struct store_batch *b)
{
	require(b->first_seq <= b->last_seq && b->last_seq <= INT64_MAX);
	return s->kind->batch_put(s, b);
}

enum err store_batch_list(struct store *s, const uint8_t *device, bool newest, uint64_t after, unsigned max,
			  bool (*each)(void *arg, uint64_t rowid, const struct store_batch *b), void *arg)
{
	const struct store_batch_query q = {device, newest, after, page(max), each, arg};

	return s->kind->batch_list(s, &q);
}

enum err store_incident_put(struct store *s, const struct store_incident *i)
{
	return s->kind->incident_put(s, i);
}

enum err store_incident_get(struct store *s, const uint8_t id[STORE_ID], struct store_incident *out)
{
	return s->kind->incident_get(s, id, out);
}

enum err store_incident_of(struct store *s, const uint8_t device[STORE_ID], const uint8_t id[STORE_ID],
			   struct store_incident *out)
{
	return s->kind->incident_of(s, device, id, out);
}

enum err store_incident_list(struct store *s, unsigned state, const uint8_t *device, uint64_t before, unsigned max,
			     bool (*each)(void *arg, uint64_t rowid, const struct store_incident *i), void *arg)
{
	const struct store_incident_query q = {state, device, before, page(max), each, arg};

	return s->kind->incident_list(s, &q);
}

enum err store_receipt_put(struct store *s, const struct store_receipt *r)
{
	return s->kind->receipt_put(s, r);
}

enum err store_receipt_list(struct store *s, const uint8_t *order_id, const uint8_t *incident_id, unsigned max,
			    bool (*each)(void *arg, const struct store_receipt *r), void *arg)
{
	const struct store_receipt_query q = {order_id, incident_id, page(max), each, arg};

	return s->kind->receipt_list(s, &q);
}

enum err store_receipt_prove(struct store *s, const uint8_t device[STORE_ID], uint64_t seq, enum store_proof proof)
{
	return s->kind->receipt_prove(s, device, seq, proof);
}

enum err store_receipt_hash(struct store *s, const uint8_t device[STORE_ID], uint64_t seq, uint8_t hash[STORE_HASH])
{
	return s->kind->receipt_hash(s, device, seq, hash);
}

enum err store_chain_put(struct store *s, const struct store_chain *c)
{
	return s->kind->chain_put(s, c);
}

enum err store_chain_get(struct store *s, const uint8_t device[STORE_ID], struct store_chain *out)
{
	return s->kind->chain_get(s, device, out);
}

enum err store_order_put(struct store *s, const struct store_order *o, const uint8_t (*devices)[STORE_ID],
			 unsigned device_count)
{
	require(o->order_len <= STORE_ORDER_MAX && o->signature_count <= STORE_SIGNATURES_MAX);
	return s->kind->order_put(s, o, devices, device_count);
}

enum err store_order_get(struct store *s, const uint8_t id[STORE_ID], struct store_order *out)
{
	return s->kind->order_get(s, id, out);
}

enum err store_order_list(struct store *s, uint64_t before, unsigned max,
			  bool (*each)(void *arg, uint64_t rowid, const struct store_order *o), void *arg)
{
	const struct store_order_query q = {before, page(max), each, arg};

	return s->kind->order_list(s, &q);
}

enum err store_target_put(struct store *s, const struct store_target *t)
{
	return s->kind->target_put(s, t);
}

enum err store_target_get(struct store *s, const uint8_t order_id[STORE_ID], const uint8_t device[STORE_ID],
			  struct store_target *out)
{
	return s->kind->target_get(s, order_id, device, out);
}

enum err store_target_list(struct store *s, const uint8_t order_id[STORE_ID],
			   bool (*each)(void *arg, const struct store_target *t), void *arg)
{
	return s->kind->target_list(s, order_id, each, arg);
}

enum err store_target_waiting(struct store *s, const uint8_t device[STORE_ID], int64_t wall_s,
			      bool (*each)(void *arg, const struct store_order *o), void *arg)
{
	const struct store_waiting_query q = {device, wall_s, each, arg};

	return s->kind->target_waiting(s, &q);
}

enum err store_target_expire(struct store *s, int64_t wall_s, unsigned *count)
{
	return s->kind->target_expire(s, wall_s, count);
}

enum err store_user_put(struct store *s, const struct store_user *u)
{
	return s->kind->user_put(s, u);
}

enum err store_user_get(struct store *s, const char *name, struct store_user *out)
{
	return s->kind->user_get(s, name, out);
}

enum err store_session_put(struct store *s, const struct store_session *x)
{
	return s->kind->session_put(s, x);
}

enum err store_session_get(struct store *s, const uint8_t token_sha256[STORE_HASH], struct store_session *out)
{
	return s->kind->session_get(s, token_sha256, out);
}

enum err store_session_remove(struct store *s, const uint8_t token_sha256[STORE_HASH])
{
	return s->kind->session_remove(s, token_sha256);
}

enum err store_session_keep(struct store *s, const char *user, const uint8_t token_sha256[STORE_HASH])
{
	return s->kind->session_keep(s, user, token_sha256);
}

enum err store_audit_put(struct store *s, const struct store_audit *a)
{
	return s->kind->audit_put(s, a);
}

enum err store_audit_list(struct store *s, uint64_t before, unsigned max,
			  bool (*each)(void *arg, uint64_t rowid, const struct store_audit *a), void *arg)
{
	const struct store_audit_query q = {before, page(max), each, arg};

	return s->kind->audit_list(s, &q);
}

enum err store_retain(struct store *s, const struct store_retention *r, int64_t wall_us, unsigned *batches_removed)
{
	return s->kind->retain(s, r, wall_us, batches_removed);
}

enum err store_backup(struct store *s, const char *path)
{
	return s->kind->backup ? s->kind->backup(s, path) : ERR_UNSUPPORTED;
}

enum err store_figures(struct store *s, struct store_figures *out)
{
	return s->kind->figures(s, out);
}
