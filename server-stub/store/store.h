/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the service remembers, behind one interface: `sqlite.c` in production, `memory.c` for the simulator and unit
 * tests (table.c lists both). One handle is used by one thread at a time; the writer has one, each reader its own.
 *
 * Records are kept as the batches came: one row a batch (device, spool, first and last sequence number, time range,
 * blob), because a random secondary index over every record costs SQLite a factor of ten. Findings and receipts, which
 * people ask for by name, are also folded into incident and order rows in the same transaction.
 *
 * Every mutating call outside store_begin/store_commit is its own durable transaction. Strings are copied in and handed
 * out as fixed arrays; blobs handed to callbacks are valid during the call.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_ID 16
#define STORE_NAME_MAX 64
#define STORE_TEXT_MAX 256
#define STORE_HASH 32
#define STORE_ORDER_MAX 1024
#define STORE_SIGNATURES_MAX 3
#define STORE_PAGE_MAX 1000

enum store_device_state { DEVICE_PENDING = 1, DEVICE_APPROVED = 2, DEVICE_REVOKED = 3 };

struct store_device {
	uint8_t id[STORE_ID];
	char name[STORE_NAME_MAX]; /* host name as it said when it enrolled */
	char group[STORE_NAME_MAX];
	uint8_t state;		 /* enum store_device_state */
	uint8_t cert_serial[16]; /* of the certificate now valid; a renewal replaces it after first use */
	uint8_t next_serial[16]; /* issued, not seen yet; zero: none */
	int64_t cert_not_after_s;
	int64_t created_us, last_seen_us;
	bool connected;
	char version[STORE_NAME_MAX], arch[STORE_NAME_MAX], kernel[STORE_TEXT_MAX], address[STORE_NAME_MAX];
	uint8_t csr_sha256[STORE_HASH];	   /* pending: the request it asks with */
	uint64_t records;		   /* stored */
	char problems[STORE_TEXT_MAX * 2]; /* last health, sentences joined by "; " */
};

/* What changes with every connection; kept apart so that it is one narrow write. */
struct store_presence {
	uint8_t device[STORE_ID];
	bool connected;
	int64_t last_seen_us;
	char address[STORE_NAME_MAX]; /* empty: leave it */
};

struct store_token {
	uint8_t id[8];
	uint8_t secret_sha256[STORE_HASH];
	char group[STORE_NAME_MAX];
	char created_by[STORE_NAME_MAX];
	uint32_t uses_max, uses;
	int64_t created_us, expires_us;
	bool approve; /* devices that join with it wait for approval */
	bool revoked;
};

/* One batch as it came over the link, or a resend of it. */
struct store_batch {
	uint8_t device[STORE_ID];
	uint8_t spool[STORE_ID];
	uint64_t first_seq, last_seq;
	uint32_t count;
	int64_t received_us;
	struct str blob; /* the encoded Batch message */
};

enum store_incident_state { INCIDENT_OPEN = 1, INCIDENT_CLOSED = 3 };

struct store_incident {
	uint8_t id[STORE_ID];
	uint8_t device[STORE_ID];
	uint8_t state, severity;
	char rule_id[STORE_NAME_MAX], title[STORE_TEXT_MAX], author[STORE_NAME_MAX], tags[STORE_TEXT_MAX];
	char src[STORE_NAME_MAX], user[STORE_NAME_MAX], service[STORE_NAME_MAX];
	uint32_t count;
	int64_t first_us, last_us, received_us;
	char evidence[2048]; /* lines joined by LF */
};

struct store_receipt {
	uint8_t device[STORE_ID];
	uint8_t order_id[STORE_ID], incident_id[STORE_ID]; /* zero: none */
	int64_t wall_us, received_us;
	struct str record; /* the encoded caltrop.v1.Receipt */
};

enum store_target_state {
	TARGET_PENDING = 1, /* waits for the device */
	TARGET_SENT = 2,
	TARGET_SEEN = 3, /* the device's core handed it to its actor */
	TARGET_DONE = 4, /* receipt: done or already */
	TARGET_REFUSED = 5,
	TARGET_FAILED = 6,
	TARGET_EXPIRED = 7,
};

struct store_order {
	uint8_t id[STORE_ID];
	int64_t created_us, not_after_s;
	char author[STORE_NAME_MAX], verb[16], detail[STORE_TEXT_MAX];
	uint16_t order_len;
	uint8_t order[STORE_ORDER_MAX]; /* proto/order.h */
	unsigned signature_count;
	struct {
		uint8_t key_id[8];
		uint8_t len;
		uint8_t bytes[KEY_SIGNATURE_MAX];
	} signatures[STORE_SIGNATURES_MAX];
};

struct store_target {
	uint8_t order_id[STORE_ID], device[STORE_ID];
	uint8_t state; /* enum store_target_state */
	int64_t updated_us;
	char text[STORE_TEXT_MAX]; /* from the receipt */
};

struct store_user {
	char name[STORE_NAME_MAX];
	char role[16];	    /* viewer, responder, admin, auditor */
	char password[128]; /* argon2id string (libsodium crypto_pwhash_str) */
	bool must_change;   /* one-time password: only a new password may be set with it */
	uint32_t failures;
	int64_t locked_until_us;
};

struct store_session {
	uint8_t token_sha256[STORE_HASH];
	char user[STORE_NAME_MAX];
	int64_t created_us, expires_us;
};

struct store_audit {
	int64_t wall_us;
	char user[STORE_NAME_MAX], action[STORE_NAME_MAX], detail[STORE_TEXT_MAX], address[STORE_NAME_MAX];
	uint16_t status;
};

struct store_retention {
	int64_t age_us;	    /* batches older go; 0: never */
	uint64_t bytes_max; /* oldest batches go above this; 0: no bound */
};

struct store;

/* `kind` is "sqlite" (where: a path) or "memory" (where: NULL). Creates or migrates. ERR_IO, ERR_CORRUPT, ERR_NO_SPACE.
 */
ERR_CHECK enum err store_open(const char *kind, const char *where, struct store **out);
void store_close(struct store *s);

/*
 * One transaction around many calls; commit returns only when it is durable, and after an error of it nothing of the
 * transaction is kept. Writers take turns in order of arrival. Reading a row, changing it and putting it back is safe
 * against other handles only between begin and commit. A list's callback must not start the same list again.
 */
ERR_CHECK enum err store_begin(struct store *s);
ERR_CHECK enum err store_commit(struct store *s);
void store_rollback(struct store *s);

/* -- devices and tokens -- */
ERR_CHECK enum err store_device_put(struct store *s, const struct store_device *d); /* insert or replace */
ERR_CHECK enum err store_device_get(struct store *s, const uint8_t id[STORE_ID], struct store_device *out);
ERR_CHECK enum err store_device_by_csr(struct store *s, const uint8_t csr_sha256[STORE_HASH], struct store_device *out);
/* By id in hex (with or without dashes, any unique prefix of at least 4 digits) or by name. ERR_EXISTS: ambiguous. */
ERR_CHECK enum err store_device_find(struct store *s, const char *text, struct store_device *out);
ERR_CHECK enum err store_device_list(struct store *s, const char *group, const uint8_t after[STORE_ID], unsigned max,
				     bool (*each)(void *arg, const struct store_device *d), void *arg);
/* Only what the struct names; a device that is not there is ERR_OK. */
ERR_CHECK enum err store_device_presence(struct store *s, const struct store_presence *p);
/* At start: nobody is connected. */
ERR_CHECK enum err store_device_absent_all(struct store *s);
ERR_CHECK enum err store_token_put(struct store *s, const struct store_token *t);
ERR_CHECK enum err store_token_get(struct store *s, const uint8_t secret_sha256[STORE_HASH], struct store_token *out);
ERR_CHECK enum err store_token_list(struct store *s, bool (*each)(void *arg, const struct store_token *t), void *arg);

/* -- records -- */
/* The last sequence number durable for a spool; 0 when none. */
ERR_CHECK enum err store_committed(struct store *s, const uint8_t device[STORE_ID], const uint8_t spool[STORE_ID],
				   uint64_t *seq);
/* ERR_REPLAYED when first_seq is not above what is committed (the caller trims resends: ingest.h). */
ERR_CHECK enum err store_batch_put(struct store *s, const struct store_batch *b);
/* Batches in order of arrival: rowid above `after` rising, or (newest) below `after` falling, 0 meaning from the end.
 */
ERR_CHECK enum err store_batch_list(struct store *s, const uint8_t *device, bool newest, uint64_t after, unsigned max,
				    bool (*each)(void *arg, uint64_t rowid, const struct store_batch *b), void *arg);

/* -- incidents and receipts -- */
ERR_CHECK enum err store_incident_put(struct store *s, const struct store_incident *i);
ERR_CHECK enum err store_incident_get(struct store *s, const uint8_t id[STORE_ID], struct store_incident *out);
/* A device chooses its incidents' ids, so only with the device one names a single incident for certain. */
ERR_CHECK enum err store_incident_of(struct store *s, const uint8_t device[STORE_ID], const uint8_t id[STORE_ID],
				     struct store_incident *out);
/* Newest first; `before` 0 or the rowid of the last row seen; state 0: all. */
ERR_CHECK enum err store_incident_list(struct store *s, unsigned state, const uint8_t *device, uint64_t before,
				       unsigned max,
				       bool (*each)(void *arg, uint64_t rowid, const struct store_incident *i),
				       void *arg);
ERR_CHECK enum err store_receipt_put(struct store *s, const struct store_receipt *r);
ERR_CHECK enum err store_receipt_list(struct store *s, const uint8_t *order_id, const uint8_t *incident_id,
				      unsigned max, bool (*each)(void *arg, const struct store_receipt *r), void *arg);

/* -- orders -- */
ERR_CHECK enum err store_order_put(struct store *s, const struct store_order *o, const uint8_t (*devices)[STORE_ID],
				   unsigned device_count);
ERR_CHECK enum err store_order_get(struct store *s, const uint8_t id[STORE_ID], struct store_order *out);
ERR_CHECK enum err store_order_list(struct store *s, uint64_t before, unsigned max,
				    bool (*each)(void *arg, uint64_t rowid, const struct store_order *o), void *arg);
ERR_CHECK enum err store_target_put(struct store *s, const struct store_target *t);
/* ERR_NOT_FOUND: the order does not target that device. */
ERR_CHECK enum err store_target_get(struct store *s, const uint8_t order_id[STORE_ID], const uint8_t device[STORE_ID],
				    struct store_target *out);
ERR_CHECK enum err store_target_list(struct store *s, const uint8_t order_id[STORE_ID],
				     bool (*each)(void *arg, const struct store_target *t), void *arg);
/* Orders this device still has to get (PENDING or SENT, not expired), oldest first. */
ERR_CHECK enum err store_target_waiting(struct store *s, const uint8_t device[STORE_ID], int64_t wall_s,
					bool (*each)(void *arg, const struct store_order *o), void *arg);
/* Mark targets of orders past their window TARGET_EXPIRED; gives their number. */
ERR_CHECK enum err store_target_expire(struct store *s, int64_t wall_s, unsigned *count);

/* -- people -- */
ERR_CHECK enum err store_user_put(struct store *s, const struct store_user *u);
ERR_CHECK enum err store_user_get(struct store *s, const char *name, struct store_user *out);
ERR_CHECK enum err store_session_put(struct store *s, const struct store_session *x);
ERR_CHECK enum err store_session_get(struct store *s, const uint8_t token_sha256[STORE_HASH],
				     struct store_session *out);
ERR_CHECK enum err store_session_remove(struct store *s, const uint8_t token_sha256[STORE_HASH]);
/* End all of a user's sessions but the one of this token. */
ERR_CHECK enum err store_session_keep(struct store *s, const char *user, const uint8_t token_sha256[STORE_HASH]);
/* Append-only: there is no way to change or remove a row. */
ERR_CHECK enum err store_audit_put(struct store *s, const struct store_audit *a);
ERR_CHECK enum err store_audit_list(struct store *s, uint64_t before, unsigned max,
				    bool (*each)(void *arg, uint64_t rowid, const struct store_audit *a), void *arg);

/* -- care -- */
/* A consistent copy in a new file, for its owner alone. ERR_EXISTS, ERR_UNSUPPORTED (memory), ERR_NO_SPACE, ... */
ERR_CHECK enum err store_backup(struct store *s, const char *path);
/*
 * Within the bounds: batches, oldest first, and of the same age receipts, closed incidents and expired sessions. Orders
 * and the audit log stay.
 */
ERR_CHECK enum err store_retain(struct store *s, const struct store_retention *r, int64_t wall_us,
				unsigned *batches_removed);
struct store_figures {
	uint64_t batches, records, bytes, devices, incidents_open;
};
ERR_CHECK enum err store_figures(struct store *s, struct store_figures *out);
