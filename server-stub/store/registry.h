/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry: which devices there are and by which certificates, the tokens with which others may join, and the
 * orders that devices have still to get. What is here was decided by the service or by people; it cannot be made anew
 * from the log.
 */
#pragma once

#include "agent/base/key.h"
#include "proto/object_message.h"
#include "server-stub/store/store.h"

enum registry_device_state {
	DEVICE_PENDING = 1,
	DEVICE_APPROVED = 2,
	DEVICE_REVOKED = 3,
	DEVICE_EXPECTED = 4, /* people named it and it has not joined yet */
};

#define REGISTRY_TOKEN_ID 8
#define REGISTRY_RUN 8	    /* of the identifier that a guard gives itself at its start, the first bytes */
#define REGISTRY_RUNS_MAX 8 /* the last runs of a device */

struct registry_device {
	uint8_t id[STORE_ID];
	char name[STORE_NAME_MAX]; /* the host name that the device sent when it enrolled */
	char group[STORE_NAME_MAX];
	uint8_t state;		 /* enum registry_device_state */
	uint8_t cert_serial[16]; /* of the certificate in use; a renewed one replaces it when the device first uses it
				  */
	uint8_t next_serial[16]; /* of a certificate that was issued and not used yet; zero: none */
	int64_t cert_not_after_s;
	int64_t created_us, last_seen_us;
	bool connected;
	char version[STORE_NAME_MAX], arch[STORE_NAME_MAX], kernel[STORE_TEXT_MAX], address[STORE_NAME_MAX];
	char features[STORE_TEXT_MAX * 2];	       /* what its build can do, words with blanks between */
	char labels[STORE_TEXT_MAX];		       /* that people gave it, words with blanks between */
	bool is_deleted;			       /* revoked, and by people no longer to be seen or found */
	uint8_t csr_sha256[STORE_HASH];		       /* the hash of the certificate request of its last enrolment */
	uint8_t token[REGISTRY_TOKEN_ID];	       /* of its last enrolment; zero: none */
	int64_t issue_due_us;			       /* what fleet_issue.c limits the number of certificates by */
	uint8_t runs[REGISTRY_RUNS_MAX][REGISTRY_RUN]; /* of the guard, the newest first; zero: none */
	uint64_t records;			       /* the number of its records that were stored */
	char problems[STORE_TEXT_MAX * 2];	       /* of its last health record, sentences joined by "; " */
};

/* What of a device decides whether it may connect, and when it was last seen. */
struct registry_pass {
	uint8_t state; /* enum registry_device_state */
	uint8_t cert_serial[16], next_serial[16];
	int64_t cert_not_after_s, last_seen_us;
	char group[STORE_NAME_MAX];
};

/* What changes with every connection of a device; it is written by itself, because the write is then short. */
struct registry_presence {
	uint8_t device[STORE_ID];
	bool connected;
	int64_t last_seen_us;
	char address[STORE_NAME_MAX]; /* empty: the stored address stays */
};

struct registry_token {
	uint8_t id[REGISTRY_TOKEN_ID];
	uint8_t secret_sha256[STORE_HASH];
	char group[STORE_NAME_MAX];
	char created_by[STORE_NAME_MAX];
	uint32_t uses_max, uses;
	int64_t created_us, expires_us;
	bool approve; /* devices that join with it wait for approval */
	bool revoked;
	uint8_t device[STORE_ID]; /* the one that enrols with it and stays what it is; zero: others, as new ones */
};

enum registry_target_state {
	TARGET_NEEDS_APPROVAL = 0, /* the order lacks signatures, so no device gets it */
	TARGET_PENDING = 1,	   /* waits for the device */
	TARGET_SENT = 2,
	TARGET_SEEN = 3, /* the device's core gave it to its actor */
	TARGET_DONE = 4, /* the receipt says done or already */
	TARGET_REFUSED = 5,
	TARGET_FAILED = 6,
	TARGET_EXPIRED = 7,
	TARGET_CANCELLED = 8, /* an operator took it back before it was sent */
	TARGET_STATES = 9,
};

struct registry_order {
	uint8_t id[STORE_ID];
	int64_t created_us, not_after_s;
	char author[STORE_NAME_MAX], verb[16], detail[STORE_TEXT_MAX];
	uint16_t order_len;
	uint8_t order[STORE_ORDER_MAX]; /* proto/order.h */
	unsigned signature_count;
	struct object_signature signatures[STORE_SIGNATURES_MAX];
};

struct registry_target {
	uint8_t order_id[STORE_ID], device[STORE_ID];
	uint8_t state; /* enum registry_target_state */
	int64_t updated_us;
	char text[STORE_TEXT_MAX]; /* from the receipt */
};

/* Whether a certificate is one of the two that are the device's: the one in use and the one to use next. */
bool registry_device_uses(const struct registry_device *d, const uint8_t serial[16]);
bool registry_pass_uses(const struct registry_pass *p, const uint8_t serial[16]);

ERR_CHECK enum err registry_device_put(struct store *s, const struct registry_device *d);
ERR_CHECK enum err registry_device_get(struct store *s, const uint8_t id[STORE_ID], struct registry_device *out);
/* The same without what is kept elsewhere than in the row: problems and records are empty. */
ERR_CHECK enum err registry_device_row(struct store *s, const uint8_t id[STORE_ID], struct registry_device *out);
/* What every connection asks for, so it reads no more than that. */
ERR_CHECK enum err registry_device_pass(struct store *s, const uint8_t id[STORE_ID], struct registry_pass *out);
ERR_CHECK enum err registry_device_by_csr(struct store *s, const uint8_t csr_sha256[STORE_HASH],
					  struct registry_device *out);
/*
 * Find a device by its id in hex (with or without dashes; the first digits suffice, at least 4, when only one id begins
 * with them) or by its name. ERR_NOT_FOUND, of one that was deleted too; ERR_EXISTS: several fit.
 */
ERR_CHECK enum err registry_device_find(struct store *s, const char *text, struct registry_device *out);

/* Two of the devices that fit, where registry_device_find() said ERR_EXISTS. False: there are no two any more. */
bool registry_device_rivals(struct store *s, const char *text, struct registry_device out[2]);
/*
 * Give a device without a name the one that it says is its own; when another device is found by that, the first digits
 * of the device's id follow it. ERR_OK, or an error of the store; then it has none.
 */
ERR_CHECK enum err registry_device_call(struct store *s, struct registry_device *d, const char *own);
ERR_CHECK enum err registry_device_list(struct store *s, const char *group, const uint8_t after[STORE_ID], unsigned max,
					bool (*each)(void *arg, const struct registry_device *d), void *arg);
/* Write the members of *p to the device's row. A device that does not exist is no error. */
ERR_CHECK enum err registry_device_presence(struct store *s, const struct registry_presence *p);
/*
 * List the approved devices that are not connected and were last seen after after_us and up to until_us (wall clock).
 * The callback may write to the views, not to devices.
 */
struct registry_absence {
	int64_t after_us, until_us;
};
ERR_CHECK enum err registry_device_absent(struct store *s, const struct registry_absence *when,
					  bool (*each)(void *arg, const struct registry_device *d), void *arg);
/* How many approved devices are connected, and how many are not and were last seen in that time. */
struct registry_census {
	int64_t connected, absent;
};
ERR_CHECK enum err registry_device_census(struct store *s, const struct registry_absence *when,
					  struct registry_census *out);
/* Mark every device as not connected. The service calls this when it starts. */
ERR_CHECK enum err registry_device_absent_all(struct store *s);
ERR_CHECK enum err registry_token_put(struct store *s, const struct registry_token *t);
ERR_CHECK enum err registry_token_get(struct store *s, const uint8_t secret_sha256[STORE_HASH],
				      struct registry_token *out);
ERR_CHECK enum err registry_token_list(struct store *s, bool (*each)(void *arg, const struct registry_token *t),
				       void *arg);

ERR_CHECK enum err registry_order_put(struct store *s, const struct registry_order *o,
				      const uint8_t (*devices)[STORE_ID], unsigned device_count);
ERR_CHECK enum err registry_order_get(struct store *s, const uint8_t id[STORE_ID], struct registry_order *out);
ERR_CHECK enum err registry_order_list(struct store *s, uint64_t before, unsigned max,
				       bool (*each)(void *arg, uint64_t rowid, const struct registry_order *o),
				       void *arg);
/* Let those targets of the order that are TARGET_PENDING wait for signatures: TARGET_NEEDS_APPROVAL. */
ERR_CHECK enum err registry_order_hold(struct store *s, const uint8_t id[STORE_ID]);
/* Replace the order's signatures by those of *o, which has its id. */
ERR_CHECK enum err registry_order_sign(struct store *s, const struct registry_order *o);
/* The order has the signatures that it needs: those targets that wait for them are TARGET_PENDING at that time. */
ERR_CHECK enum err registry_order_release(struct store *s, const uint8_t id[STORE_ID], int64_t wall_us);
ERR_CHECK enum err registry_target_put(struct store *s, const struct registry_target *t);
/* ERR_NOT_FOUND: the order does not target that device. */
ERR_CHECK enum err registry_target_get(struct store *s, const uint8_t order_id[STORE_ID],
				       const uint8_t device[STORE_ID], struct registry_target *out);
/* Whether it does, and no more than that: ERR_OK or ERR_NOT_FOUND. */
ERR_CHECK enum err registry_target_is(struct store *s, const uint8_t order_id[STORE_ID],
				      const uint8_t device[STORE_ID]);
ERR_CHECK enum err registry_target_list(struct store *s, const uint8_t order_id[STORE_ID],
					bool (*each)(void *arg, const struct registry_target *t), void *arg);
/*
 * List the orders that the device has still to get or to answer (up to TARGET_SEEN, not expired), the oldest first. One
 * that was seen may have been answered by receipts that were lost; a device says them again.
 */
ERR_CHECK enum err registry_target_waiting(struct store *s, const uint8_t device[STORE_ID], int64_t wall_s,
					   bool (*each)(void *arg, const struct registry_order *o), void *arg);
/* Give targets that wait the state TARGET_EXPIRED when their order's window has ended; *count is their number. */
ERR_CHECK enum err registry_target_expire(struct store *s, int64_t wall_s, unsigned *count);
/*
 * Give those targets of the order that were neither sent yet nor answered the state TARGET_CANCELLED; *count is their
 * number.
 */
ERR_CHECK enum err registry_target_cancel(struct store *s, const uint8_t order_id[STORE_ID], int64_t wall_us,
					  unsigned *count);

/* What registry_merge took over. */
struct registry_merged {
	unsigned revoked; /* devices and tokens that are revoked now and were not */
	unsigned added;	  /* devices and tokens that were not known */
	unsigned renewed; /* devices of which a newer certificate is known now */
	unsigned let_in;  /* devices that are revoked no more: an operator let them in again since */
};

/*
 * Take into `to`, a restored store, what the store that it replaces, `from`, knows that is newer: revocations, devices
 * and tokens that are not in `to`, newer certificates, used tokens. A device that only one of the two has revoked is
 * revoked, unless it enrolled in the other one by a token for it that this one does not know as used: then an operator
 * let it in again since. Nothing else that `to` has revoked comes back. In one transaction of `to`. ERR_BUSY, errors of
 * both stores: nothing was taken.
 */
ERR_CHECK enum err registry_merge(struct store *to, struct store *from, struct registry_merged *out);
