/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row for each kind of store: its name and its functions for the calls of store.h. Only store.c includes this file.
 * A kind's own struct begins with struct store. Lists take their bounds as a struct; `each` returns false to stop.
 */
#pragma once

#include "server-stub/store/store.h"

struct store_device_query {
	const char *group;
	const uint8_t *after;
	unsigned max;
	bool (*each)(void *arg, const struct store_device *d);
	void *arg;
};

struct store_batch_query {
	const uint8_t *device;
	bool newest;
	uint64_t after;
	unsigned max;
	bool (*each)(void *arg, uint64_t rowid, const struct store_batch *b);
	void *arg;
};

struct store_incident_query {
	unsigned state;
	const uint8_t *device;
	uint64_t before;
	unsigned max;
	bool (*each)(void *arg, uint64_t rowid, const struct store_incident *i);
	void *arg;
};

struct store_receipt_query {
	const uint8_t *order_id, *incident_id;
	unsigned max;
	bool (*each)(void *arg, const struct store_receipt *r);
	void *arg;
};

struct store_order_query {
	uint64_t before;
	unsigned max;
	bool (*each)(void *arg, uint64_t rowid, const struct store_order *o);
	void *arg;
};

struct store_waiting_query {
	const uint8_t *device;
	int64_t wall_s;
	bool (*each)(void *arg, const struct store_order *o);
	void *arg;
};

struct store_audit_query {
	uint64_t before;
	unsigned max;
	bool (*each)(void *arg, uint64_t rowid, const struct store_audit *a);
	void *arg;
};

struct store_kind {
	const char *name;
	enum err (*open)(const char *where, struct store **out);
	void (*close)(struct store *s);
	enum err (*begin)(struct store *s);
	enum err (*commit)(struct store *s);
	void (*rollback)(struct store *s);

	enum err (*device_put)(struct store *s, const struct store_device *d);
	enum err (*device_get)(struct store *s, const uint8_t *id, struct store_device *out);
	enum err (*device_by_csr)(struct store *s, const uint8_t *csr_sha256, struct store_device *out);
	/* The devices of that name, at most two, revoked ones last; *count is how many were found. */
	enum err (*device_by_name)(struct store *s, const char *name, struct store_device out[2], unsigned *count);
	enum err (*device_list)(struct store *s, const struct store_device_query *q);
	enum err (*device_presence)(struct store *s, const struct store_presence *p);
	enum err (*device_absent_all)(struct store *s);
	enum err (*token_put)(struct store *s, const struct store_token *t);
	enum err (*token_get)(struct store *s, const uint8_t *secret_sha256, struct store_token *out);
	enum err (*token_list)(struct store *s, bool (*each)(void *, const struct store_token *), void *arg);

	enum err (*committed)(struct store *s, const uint8_t *device, const uint8_t *spool, uint64_t *seq);
	enum err (*batch_put)(struct store *s, const struct store_batch *b);
	enum err (*batch_list)(struct store *s, const struct store_batch_query *q);

	enum err (*incident_put)(struct store *s, const struct store_incident *i);
	enum err (*incident_get)(struct store *s, const uint8_t *id, struct store_incident *out);
	enum err (*incident_of)(struct store *s, const uint8_t *device, const uint8_t *id, struct store_incident *out);
	enum err (*incident_list)(struct store *s, const struct store_incident_query *q);
	enum err (*receipt_put)(struct store *s, const struct store_receipt *r);
	enum err (*receipt_list)(struct store *s, const struct store_receipt_query *q);
	enum err (*receipt_prove)(struct store *s, const uint8_t *device, uint64_t seq, enum store_proof proof);
	enum err (*receipt_hash)(struct store *s, const uint8_t *device, uint64_t seq, uint8_t *hash);
	enum err (*chain_put)(struct store *s, const struct store_chain *c);
	enum err (*chain_get)(struct store *s, const uint8_t *device, struct store_chain *out);

	enum err (*order_put)(struct store *s, const struct store_order *o, const uint8_t (*devices)[STORE_ID],
			      unsigned device_count);
	enum err (*order_get)(struct store *s, const uint8_t *id, struct store_order *out);
	enum err (*order_list)(struct store *s, const struct store_order_query *q);
	enum err (*target_put)(struct store *s, const struct store_target *t);
	enum err (*target_get)(struct store *s, const uint8_t *order_id, const uint8_t *device,
			       struct store_target *out);
	enum err (*target_list)(struct store *s, const uint8_t *order_id,
				bool (*each)(void *, const struct store_target *), void *arg);
	enum err (*target_waiting)(struct store *s, const struct store_waiting_query *q);
	enum err (*target_expire)(struct store *s, int64_t wall_s, unsigned *count);

	enum err (*user_put)(struct store *s, const struct store_user *u);
	enum err (*user_get)(struct store *s, const char *name, struct store_user *out);
	enum err (*session_put)(struct store *s, const struct store_session *x);
	enum err (*session_get)(struct store *s, const uint8_t *token_sha256, struct store_session *out);
	enum err (*session_remove)(struct store *s, const uint8_t *token_sha256);
	enum err (*session_keep)(struct store *s, const char *user, const uint8_t *token_sha256);
	enum err (*audit_put)(struct store *s, const struct store_audit *a);
	enum err (*audit_list)(struct store *s, const struct store_audit_query *q);

	enum err (*retain)(struct store *s, const struct store_retention *r, int64_t wall_us, unsigned *removed);
	enum err (*backup)(struct store *s, const char *path); /* NULL: the kind has no backup */
	enum err (*figures)(struct store *s, struct store_figures *out);
};

struct store {
	const struct store_kind *kind;
};

extern const struct store_kind sqlite_kind, memory_kind;

/* The row of that name; NULL when there is none. */
const struct store_kind *store_kind(const char *name);
