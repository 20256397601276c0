/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the service remembers, behind one interface: sqlite.c keeps it in production, memory.c in the simulator and in
 * unit tests (table.c lists both). One thread at a time uses a handle; the writer has a handle, and each reader its
 * own.
 *
 * Records are kept as the batches came, one row for each batch (device, spool, first and last sequence number, count,
 * blob), because an index over every record would make SQLite ten times slower. Findings and receipts, which people
 * look up by id, are also written to rows of incidents and of orders' targets in the same transaction.
 *
 * A call that changes something outside of store_begin and store_commit is a durable transaction by itself. Structs are
 * copied in and out. Blobs given to a callback are valid during the call. A callback returns false to end its list.
 *
 * Every call may return an error of the disk (ERR_IO, ERR_NO_SPACE, ERR_CORRUPT, ERR_NO_MEMORY) or ERR_BUSY; further
 * errors are said at the call. A `get` returns ERR_NOT_FOUND when there is no such row. A `put` inserts, or replaces
 * the row of the same id.
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
#define STORE_KEY 91 /* bytes of a P-256 public key as DER SubjectPublicKeyInfo (RFC 5480) */

enum store_device_state { DEVICE_PENDING = 1, DEVICE_APPROVED = 2, DEVICE_REVOKED = 3 };

struct store_device {
	uint8_t id[STORE_ID];
	char name[STORE_NAME_MAX]; /* the host name that the device sent when it enrolled */
	char group[STORE_NAME_MAX];
	uint8_t state;		 /* enum store_device_state */
	uint8_t cert_serial[16]; /* of the certificate in use; a renewed one replaces it when the device first uses it
				  */
	uint8_t next_serial[16]; /* of a certificate that was issued and not used yet; zero: none */
	int64_t cert_not_after_s;
	int64_t created_us, last_seen_us;
	bool connected;
	char version[STORE_NAME_MAX], arch[STORE_NAME_MAX], kernel[STORE_TEXT_MAX], address[STORE_NAME_MAX];
	uint8_t csr_sha256[STORE_HASH];	   /* of a pending device: the hash of its certificate request */
	uint64_t records;		   /* the number of its records that were stored */
	char problems[STORE_TEXT_MAX * 2]; /* of its last health record, sentences joined by "; " */
};

/* What changes with every connection of a device; it is written by itself, because the write is then short. */
struct store_presence {
	uint8_t device[STORE_ID];
	bool connected;
	int64_t last_seen_us;
	char address[STORE_NAME_MAX]; /* empty: the stored address stays */
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

/* One batch as it came over the link. */
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

/* What is known of a receipt's way from the device's actor (proto/chain.h). All but the second and third are unproven.
 */
enum store_proof {
	PROOF_NO_KEY = 0,  /* no receipt key is bound to the device */
	PROOF_PENDING = 1, /* it waits for the signature of its place or of a later one */
	PROOF_PROVEN = 2,
	PROOF_NO_PLACE = 3, /* it is not in the chain: the actor did not make it */
	PROOF_DISORDER = 4, /* it came out of order, or its place was taken by another */
	PROOF_BROKEN = 5,   /* the receipts after it do not follow it */
	PROOF_OTHER = 6,    /* the actor signed something else */
	PROOF_STATES = 7,
};

/* A device's receipt key, and how far its chain of receipts was followed. */
struct store_chain {
	uint8_t device[STORE_ID];
	uint8_t key[STORE_KEY];
	uint64_t seq; /* of the last place seen; 0: none yet */
	uint8_t hash[STORE_HASH];
	uint64_t proven_seq;	    /* of the last signature that was good */
	uint8_t incident[STORE_ID]; /* the last one about this chain; zero: none */
	int64_t waits_us;	    /* since when receipts wait for a signature, by our clock; 0: none does */
	int64_t waits_wall_us;	    /* and by the device's */
};

struct store_receipt {
	uint8_t device[STORE_ID];
	uint8_t order_id[STORE_ID], incident_id[STORE_ID]; /* zero: none */
	int64_t wall_us, received_us;
	uint8_t proof;	    /* enum store_proof */
	uint64_t chain_seq; /* of its place; 0: it has none */
	uint8_t chain_hash[STORE_HASH];
	struct str record; /* the encoded caltrop.v1.Receipt */
};

enum store_target_state {
	TARGET_PENDING = 1, /* waits for the device */
	TARGET_SENT = 2,
	TARGET_SEEN = 3, /* the device's core gave it to its actor */
	TARGET_DONE = 4, /* the receipt says done or already */
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
	int64_t age_us;	    /* batches older than this are removed; 0: no bound */
	uint64_t bytes_max; /* while the store holds more, its oldest batches are removed; 0: no bound */
};

struct store;

/*
 * Open a store: `kind` is "sqlite", with a path in `where`, or "memory", with NULL. A database that does not exist is
 * made, and one of an earlier version is brought up to date. ERR_IO, ERR_CORRUPT, ERR_NO_SPACE, ERR_UNSUPPORTED (a
 * later version made the database).
 */
ERR_CHECK enum err store_open(const char *kind, const char *where, struct store **out);

/* Close the handle and free it. An open transaction is rolled back. */
void store_close(struct store *s);

/*
 * One transaction around many calls. store_commit returns when the transaction is durable; when it returns an error,
 * nothing of the transaction is kept. Writers get their turn in order of arrival; ERR_BUSY: not in time. To read a row,
 * change it and put it back is safe against other handles only between begin and commit. A list's callback must not
 * start the same list again.
 */
ERR_CHECK enum err store_begin(struct store *s);
ERR_CHECK enum err store_commit(struct store *s);
void store_rollback(struct store *s);

/* -- devices and tokens -- */
ERR_CHECK enum err store_device_put(struct store *s, const struct store_device *d);
ERR_CHECK enum err store_device_get(struct store *s, const uint8_t id[STORE_ID], struct store_device *out);
ERR_CHECK enum err store_device_by_csr(struct store *s, const uint8_t csr_sha256[STORE_HASH], struct store_device *out);
/*
 * Find a device by its id in hex (with or without dashes; the first digits suffice, at least 4, when only one id begins
 * with them) or by its name. ERR_NOT_FOUND; ERR_EXISTS: several fit.
 */
ERR_CHECK enum err store_device_find(struct store *s, const char *text, struct store_device *out);
ERR_CHECK enum err store_device_list(struct store *s, const char *group, const uint8_t after[STORE_ID], unsigned max,
				     bool (*each)(void *arg, const struct store_device *d), void *arg);
/* Write the members of *p to the device's row. A device that does not exist is no error. */
ERR_CHECK enum err store_device_presence(struct store *s, const struct store_presence *p);
/* Mark every device as not connected. The service calls this when it starts. */
ERR_CHECK enum err store_device_absent_all(struct store *s);
ERR_CHECK enum err store_token_put(struct store *s, const struct store_token *t);
ERR_CHECK enum err store_token_get(struct store *s, const uint8_t secret_sha256[STORE_HASH], struct store_token *out);
ERR_CHECK enum err store_token_list(struct store *s, bool (*each)(void *arg, const struct store_token *t), void *arg);

/* -- records -- */
/* The last sequence number of a spool that is durable; 0 when there is none. */
ERR_CHECK enum err store_committed(struct store *s, const uint8_t device[STORE_ID], const uint8_t spool[STORE_ID],
				   uint64_t *seq);
/* Append a batch. ERR_REPLAYED: first_seq is not above what is committed; the caller trims what was sent again
 * (ingest.h). */
ERR_CHECK enum err store_batch_put(struct store *s, const struct store_batch *b);
/*
 * List at most `max` batches, of one device or (NULL) of all. The oldest come first, from behind the rowid `after`;
 * with `newest` the newest come first, from before `after`, or from the end when it is 0.
 */
ERR_CHECK enum err store_batch_list(struct store *s, const uint8_t *device, bool newest, uint64_t after, unsigned max,
				    bool (*each)(void *arg, uint64_t rowid, const struct store_batch *b), void *arg);

/* -- incidents and receipts -- */
ERR_CHECK enum err store_incident_put(struct store *s, const struct store_incident *i);
ERR_CHECK enum err store_incident_get(struct store *s, const uint8_t id[STORE_ID], struct store_incident *out);
/* The incident of one device. Devices choose the ids of their incidents, so two devices may use the same id. */
ERR_CHECK enum err store_incident_of(struct store *s, const uint8_t device[STORE_ID], const uint8_t id[STORE_ID],
				     struct store_incident *out);
/*
 * List at most `max` incidents, the newest first. `state` is an enum store_incident_state, or 0 for all; `device` NULL
 * is all; `before` is the rowid of the last row of the page before, or 0.
 */
ERR_CHECK enum err store_incident_list(struct store *s, unsigned state, const uint8_t *device, uint64_t before,
				       unsigned max,
				       bool (*each)(void *arg, uint64_t rowid, const struct store_incident *i),
				       void *arg);
ERR_CHECK enum err store_receipt_put(struct store *s, const struct store_receipt *r);
ERR_CHECK enum err store_receipt_list(struct store *s, const uint8_t *order_id, const uint8_t *incident_id,
				      unsigned max, bool (*each)(void *arg, const struct store_receipt *r), void *arg);
/* Give all receipts of the device that are PROOF_PENDING, with a place up to `seq`, another proof. */
ERR_CHECK enum err store_receipt_prove(struct store *s, const uint8_t device[STORE_ID], uint64_t seq,
				       enum store_proof proof);
/* The hash of the place of a receipt, but for PROOF_DISORDER. ERR_NOT_FOUND: there is none with that place. */
ERR_CHECK enum err store_receipt_hash(struct store *s, const uint8_t device[STORE_ID], uint64_t seq,
				      uint8_t hash[STORE_HASH]);
ERR_CHECK enum err store_chain_put(struct store *s, const struct store_chain *c);
ERR_CHECK enum err store_chain_get(struct store *s, const uint8_t device[STORE_ID], struct store_chain *out);

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
/*
 * List the orders that the device has still to get or to answer (up to TARGET_SEEN, not expired), the oldest first. One
 * that was seen may have been answered by receipts that were lost; a device says them again.
 */
ERR_CHECK enum err store_target_waiting(struct store *s, const uint8_t device[STORE_ID], int64_t wall_s,
					bool (*each)(void *arg, const struct store_order *o), void *arg);
/* Give targets that wait the state TARGET_EXPIRED when their order's window has ended; *count is their number. */
ERR_CHECK enum err store_target_expire(struct store *s, int64_t wall_s, unsigned *count);

/* -- people -- */
ERR_CHECK enum err store_user_put(struct store *s, const struct store_user *u);
ERR_CHECK enum err store_user_get(struct store *s, const char *name, struct store_user *out);
ERR_CHECK enum err store_session_put(struct store *s, const struct store_session *x);
ERR_CHECK enum err store_session_get(struct store *s, const uint8_t token_sha256[STORE_HASH],
				     struct store_session *out);
ERR_CHECK enum err store_session_remove(struct store *s, const uint8_t token_sha256[STORE_HASH]);
/* Remove all sessions of a user except the one of this token. */
ERR_CHECK enum err store_session_keep(struct store *s, const char *user, const uint8_t token_sha256[STORE_HASH]);
/* Append a row to the audit log. No call changes or removes one. */
ERR_CHECK enum err store_audit_put(struct store *s, const struct store_audit *a);
ERR_CHECK enum err store_audit_list(struct store *s, uint64_t before, unsigned max,
				    bool (*each)(void *arg, uint64_t rowid, const struct store_audit *a), void *arg);

/* -- care -- */
/* Write a consistent copy into a new file of mode 0600. ERR_EXISTS: the file is there; ERR_UNSUPPORTED: the kind is
 * memory. */
ERR_CHECK enum err store_backup(struct store *s, const char *path);
/*
 * Remove what is beyond the bounds: the oldest batches, and receipts, closed incidents and expired sessions of the same
 * age. Orders and the audit log are kept.
 */
ERR_CHECK enum err store_retain(struct store *s, const struct store_retention *r, int64_t wall_us,
				unsigned *batches_removed);
struct store_figures {
	uint64_t batches, records, bytes, devices, incidents_open;
};
ERR_CHECK enum err store_figures(struct store *s, struct store_figures *out);
