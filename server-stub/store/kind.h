/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kind of store is made of: a table of functions for each of the four interfaces, and one for what they share.
 * They are tables and not modules chosen at link time, because one program holds two kinds: the simulator's memory
 * beside the file, which its tests compare. One handle serves all four, so that one transaction can hold a change and
 * its row of the audit log. A kind's own struct begins with struct store. Lists take their bounds as a struct; `each`
 * returns false to stop. For this folder only.
 */
#pragma once

#include "server-stub/store/log.h"
#include "server-stub/store/person.h"
#include "server-stub/store/registry.h"
#include "server-stub/store/store_crowd.h"
#include "server-stub/store/store_factory.h"
#include "server-stub/store/store_object.h"
#include "server-stub/store/store_output.h"
#include "server-stub/store/views.h"

struct registry_device_query {
	const char *group;
	const uint8_t *after;
	unsigned max;
	bool (*each)(void *arg, const struct registry_device *d);
	void *arg;
};

struct registry_absent_query {
	int64_t after_us, until_us;
	bool (*each)(void *arg, const struct registry_device *d);
	void *arg;
};

struct log_query {
	const uint8_t *device;
	bool newest;
	uint64_t after;
	unsigned max;
	bool (*each)(void *arg, uint64_t rowid, const struct log_batch *b);
	void *arg;
};

struct views_incident_query {
	unsigned state;
	const uint8_t *device;
	uint64_t before;
	unsigned max;
	bool (*each)(void *arg, uint64_t rowid, const struct views_incident *i);
	void *arg;
};

struct views_receipt_query {
	const uint8_t *order_id, *incident_id;
	unsigned max;
	bool (*each)(void *arg, const struct views_receipt *r);
	void *arg;
};

struct views_note_query {
	const uint8_t *device, *incident_id;
	unsigned max;
	bool (*each)(void *arg, const struct views_note *n);
	void *arg;
};

struct registry_order_query {
	uint64_t before;
	unsigned max;
	bool (*each)(void *arg, uint64_t rowid, const struct registry_order *o);
	void *arg;
};

struct registry_waiting_query {
	const uint8_t *device;
	int64_t wall_s;
	bool (*each)(void *arg, const struct registry_order *o);
	void *arg;
};

struct person_audit_query {
	uint64_t bound; /* the row before or behind which to begin; 0: none */
	unsigned max;
	bool (*each)(void *arg, uint64_t rowid, const struct person_audit *a);
	void *arg;
};

struct log_kind {
	enum err (*committed)(struct store *s, const uint8_t *device, const uint8_t *spool, uint64_t *seq);
	enum err (*append)(struct store *s, const struct log_batch *b);
	enum err (*list)(struct store *s, const struct log_query *q);
	enum err (*follow)(struct store *s, const struct log_query *q);
	void (*wait)(struct store *s, enum log_news news, uint64_t *seen, int64_t until_us);
	void (*wake)(struct store *s, enum log_news news);
	enum err (*reach)(struct store *s, const struct store_retention *r, int64_t wall_us, struct log_reach *out);
	enum err (*cut)(struct store *s, uint64_t position);
	/* NULL: the kind keeps no digests, and takes nothing out. */
	enum err (*digest_put)(struct store *s, const struct log_digest *d);
	enum err (*digest_last)(struct store *s, uint64_t *position);
	enum err (*digest_list)(struct store *s, const struct log_digest_query *q);
	enum err (*replace)(struct store *s, uint64_t position, const struct log_batch *b);
	enum err (*thinned)(struct store *s, uint64_t *position);
	enum err (*thinned_put)(struct store *s, uint64_t position);
};

struct registry_kind {
	enum err (*device_put)(struct store *s, const struct registry_device *d);
	enum err (*device_get)(struct store *s, const uint8_t *id, struct registry_device *out);
	enum err (*device_row)(struct store *s, const uint8_t *id, struct registry_device *out);
	enum err (*device_pass)(struct store *s, const uint8_t *id, struct registry_pass *out);
	enum err (*device_by_csr)(struct store *s, const uint8_t *csr_sha256, struct registry_device *out);
	enum err (*device_by_name)(struct store *s, const char *name, struct registry_device out[2], unsigned *count);
	enum err (*device_list)(struct store *s, const struct registry_device_query *q);
	enum err (*device_presence)(struct store *s, const struct registry_presence *p);
	enum err (*device_absent)(struct store *s, const struct registry_absent_query *q);
	enum err (*device_absent_all)(struct store *s);
	enum err (*device_census)(struct store *s, const struct registry_absence *when, struct registry_census *out);
	enum err (*token_put)(struct store *s, const struct registry_token *t);
	enum err (*token_get)(struct store *s, const uint8_t *secret_sha256, struct registry_token *out);
	enum err (*token_list)(struct store *s, bool (*each)(void *, const struct registry_token *), void *arg);
	enum err (*order_put)(struct store *s, const struct registry_order *o, const uint8_t (*devices)[STORE_ID],
			      unsigned device_count);
	enum err (*order_get)(struct store *s, const uint8_t *id, struct registry_order *out);
	enum err (*order_list)(struct store *s, const struct registry_order_query *q);
	enum err (*order_hold)(struct store *s, const uint8_t *id);
	enum err (*order_sign)(struct store *s, const struct registry_order *o);
	enum err (*order_release)(struct store *s, const uint8_t *id, int64_t wall_us);
	enum err (*target_put)(struct store *s, const struct registry_target *t);
	enum err (*target_get)(struct store *s, const uint8_t *order_id, const uint8_t *device,
			       struct registry_target *out);
	enum err (*target_is)(struct store *s, const uint8_t *order_id, const uint8_t *device);
	enum err (*target_list)(struct store *s, const uint8_t *order_id,
				bool (*each)(void *, const struct registry_target *), void *arg);
	enum err (*target_waiting)(struct store *s, const struct registry_waiting_query *q);
	enum err (*target_expire)(struct store *s, int64_t wall_s, unsigned *count);
	enum err (*target_cancel)(struct store *s, const uint8_t *order_id, int64_t wall_us, unsigned *count);
};

struct views_kind {
	enum err (*incident_put)(struct store *s, const struct views_incident *i);
	enum err (*incident_get)(struct store *s, const uint8_t *id, struct views_incident *out);
	enum err (*incident_of)(struct store *s, const uint8_t *device, const uint8_t *id, struct views_incident *out);
	enum err (*incident_list)(struct store *s, const struct views_incident_query *q);
	enum err (*receipt_put)(struct store *s, const struct views_receipt *r);
	enum err (*receipt_list)(struct store *s, const struct views_receipt_query *q);
	enum err (*receipt_prove)(struct store *s, const uint8_t *device, uint64_t seq, enum views_proof proof);
	enum err (*receipt_hash)(struct store *s, const uint8_t *device, uint64_t seq, uint8_t *hash);
	enum err (*chain_put)(struct store *s, const struct views_chain *c);
	enum err (*chain_get)(struct store *s, const uint8_t *device, struct views_chain *out);
	enum err (*answer_add)(struct store *s, const struct views_answer *a);
	enum err (*health_put)(struct store *s, const struct views_health *h);
	enum err (*health_get)(struct store *s, const uint8_t *device, struct views_health *out);
	enum err (*note_put)(struct store *s, const struct views_note *n);
	enum err (*note_list)(struct store *s, const struct views_note_query *q);
	void (*choose)(struct store *s, enum views_set set);
	enum err (*position)(struct store *s, uint64_t *out);
	enum err (*position_put)(struct store *s, uint64_t position);
	enum err (*clear)(struct store *s);
	enum err (*restore)(struct store *s);
	enum err (*retain)(struct store *s, int64_t older_than_us);
};

struct person_kind {
	enum err (*put)(struct store *s, const struct person *u);
	enum err (*get)(struct store *s, const char *name, struct person *out);
	enum err (*list)(struct store *s, bool (*each)(void *, const struct person *), void *arg);
	enum err (*session_put)(struct store *s, const struct person_session *x);
	enum err (*session_get)(struct store *s, const uint8_t *token_sha256, struct person_session *out);
	enum err (*session_use)(struct store *s, const uint8_t *token_sha256, int64_t wall_us);
	enum err (*session_remove)(struct store *s, const uint8_t *token_sha256);
	enum err (*session_keep)(struct store *s, const char *user, const uint8_t *token_sha256);
	enum err (*session_list)(struct store *s, bool (*each)(void *, const struct person_session *), void *arg);
	enum err (*session_expire)(struct store *s, int64_t wall_us);
	enum err (*passkey_put)(struct store *s, const struct person_passkey *p);
	enum err (*passkey_get)(struct store *s, const uint8_t *id_sha256, struct person_passkey *out);
	enum err (*passkey_remove)(struct store *s, const uint8_t *id_sha256);
	enum err (*passkey_forget)(struct store *s, const char *user); /* remove all of theirs */
	enum err (*passkey_list)(struct store *s, const char *user, bool (*each)(void *, const struct person_passkey *),
				 void *arg);
	enum err (*audit_put)(struct store *s, uint64_t row, const struct person_audit *a);
	enum err (*audit_last)(struct store *s, uint64_t *row, uint8_t hash[STORE_HASH]);
	enum err (*audit_list)(struct store *s, const struct person_audit_query *q);
	enum err (*audit_follow)(struct store *s, const struct person_audit_query *q);
};

struct store_output_kind {
	enum err (*add)(struct store *s, const struct store_output *o);
	enum err (*get)(struct store *s, const char *name, struct store_output *out);
	enum err (*list)(struct store *s, bool (*each)(void *, const struct store_output *), void *arg);
	enum err (*remove)(struct store *s, const char *name);
	enum err (*state_get)(struct store *s, const char *name, struct store_output_state *out);
	enum err (*state_put)(struct store *s, const char *name, const struct store_output_state *state);
	enum err (*changed)(struct store *s, const uint8_t *device, const uint8_t *incident);
	enum err (*changed_take)(struct store *s, struct store_output_item *out);
	enum err (*item_put)(struct store *s, const char *name, const struct store_output_item *item);
	enum err (*item_get)(struct store *s, const char *name, struct store_output_item *item);
	enum err (*due)(struct store *s, const struct store_output_due *due);
	enum err (*waiting)(struct store *s, const char *name, struct store_output_waiting *out);
	enum err (*retain)(struct store *s);
};

struct store_crowd_kind {
	enum err (*put)(struct store *s, const struct store_crowd *c);
	enum err (*remove)(struct store *s, uint8_t kind, const uint8_t *name);
	enum err (*retain)(struct store *s, uint8_t kind, int64_t since_us);
	enum err (*list)(struct store *s, uint8_t kind, bool (*each)(void *, const struct store_crowd *), void *arg);
	enum err (*offer_put)(struct store *s, const struct store_crowd_offer *o);
	enum err (*offer_list)(struct store *s, int64_t wall_us, bool (*each)(void *, const struct store_crowd_offer *),
			       void *arg);
	enum err (*hush_put)(struct store *s, const struct store_crowd_hush *h);
	enum err (*hush_get)(struct store *s, struct store_crowd_hush *out);
};

struct store_factory_kind {
	enum err (*put)(struct store *s, const struct store_factory *f);
	enum err (*get)(struct store *s, const char *name, struct store_factory *out);
	enum err (*list)(struct store *s, bool (*each)(void *, const struct store_factory *), void *arg);
	enum err (*origin_put)(struct store *s, const struct store_origin *o);
	enum err (*origin_get)(struct store *s, const char *factory, const char *serial, struct store_origin *out);
	enum err (*origin_of)(struct store *s, const uint8_t *device, struct store_origin *out);
	enum err (*origin_list)(struct store *s, bool (*each)(void *, const struct store_origin *), void *arg);
};

struct store_kind {
	enum err (*open)(const char *path, bool is_new, struct store **out); /* *out is NULL after an error */
	enum err (*version)(const char *path, struct store_version *out);    /* NULL: the kind has no file */
	enum err (*claim)(struct store *s, const uint8_t *fleet);	     /* ERR_FOREIGN */
	void (*close)(struct store *s);
	enum err (*begin)(struct store *s);
	enum err (*commit)(struct store *s);
	void (*rollback)(struct store *s);
	enum err (*relax)(struct store *s);
	enum err (*gap)(struct store *s, int64_t *known_us);
	enum err (*gap_put)(struct store *s, int64_t known_us);
	enum err (*latest)(struct store *s, int64_t *wall_us);
	enum err (*check)(struct store *s); /* NULL: nothing can be damaged */
	enum err (*examine)(struct store *s, struct store_place *at);
	enum err (*backup)(struct store *s, const char *path); /* NULL: the kind has no backup */
	enum err (*figures)(struct store *s, struct store_figures *out);
	const struct log_kind *log;
	const struct registry_kind *registry;
	const struct views_kind *views;
	const struct person_kind *person;
	const struct store_object_kind *object;
	const struct store_output_kind *output;
	const struct store_crowd_kind *crowd;
	const struct store_factory_kind *factory;
};

struct store {
	const struct store_kind *kind;
};

extern const struct store_kind sqlite_kind, memory_kind;

/* The longest page that a list gives. */
static inline unsigned store_page(unsigned max)
{
	return max > STORE_PAGE_MAX ? STORE_PAGE_MAX : max;
}
