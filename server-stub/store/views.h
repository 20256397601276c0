/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The views: what people look up, made from the log: incidents, receipts and the chains that prove them.
 */
#pragma once

#include "agent/base/str.h"
#include "server-stub/store/store.h"

enum views_incident_state { INCIDENT_OPEN = 1, INCIDENT_CLOSED = 3 };

struct views_incident {
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
enum views_proof {
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
struct views_chain {
	uint8_t device[STORE_ID];
	uint8_t key[STORE_KEY];
	uint64_t seq; /* of the last place seen; 0: none yet */
	uint8_t hash[STORE_HASH];
	uint64_t proven_seq;	    /* of the last signature that was good */
	uint8_t incident[STORE_ID]; /* the last one about this chain; zero: none */
	int64_t waits_us;	    /* since when receipts wait for a signature, by our clock; 0: none does */
	int64_t waits_wall_us;	    /* and by the device's */
};

struct views_receipt {
	uint8_t device[STORE_ID];
	uint8_t order_id[STORE_ID], incident_id[STORE_ID]; /* zero: none */
	int64_t wall_us, received_us;
	uint8_t proof;	    /* enum views_proof */
	uint64_t chain_seq; /* of its place; 0: it has none */
	uint8_t chain_hash[STORE_HASH];
	struct str record; /* the encoded caltrop.v1.Receipt */
};

ERR_CHECK enum err views_incident_put(struct store *s, const struct views_incident *i);
ERR_CHECK enum err views_incident_get(struct store *s, const uint8_t id[STORE_ID], struct views_incident *out);
/* The incident of one device. Devices choose the ids of their incidents, so two devices may use the same id. */
ERR_CHECK enum err views_incident_of(struct store *s, const uint8_t device[STORE_ID], const uint8_t id[STORE_ID],
				     struct views_incident *out);
/*
 * List at most `max` incidents, the newest first. `state` is an enum views_incident_state, or 0 for all; `device` NULL
 * is all; `before` is the rowid of the last row of the page before, or 0.
 */
ERR_CHECK enum err views_incident_list(struct store *s, unsigned state, const uint8_t *device, uint64_t before,
				       unsigned max,
				       bool (*each)(void *arg, uint64_t rowid, const struct views_incident *i),
				       void *arg);
ERR_CHECK enum err views_receipt_put(struct store *s, const struct views_receipt *r);
ERR_CHECK enum err views_receipt_list(struct store *s, const uint8_t *order_id, const uint8_t *incident_id,
				      unsigned max, bool (*each)(void *arg, const struct views_receipt *r), void *arg);
/* Give all receipts of the device that are PROOF_PENDING, with a place up to `seq`, another proof. */
ERR_CHECK enum err views_receipt_prove(struct store *s, const uint8_t device[STORE_ID], uint64_t seq,
				       enum views_proof proof);
/* The hash of the place of a receipt, but for PROOF_DISORDER. ERR_NOT_FOUND: there is none with that place. */
ERR_CHECK enum err views_receipt_hash(struct store *s, const uint8_t device[STORE_ID], uint64_t seq,
				      uint8_t hash[STORE_HASH]);
ERR_CHECK enum err views_chain_put(struct store *s, const struct views_chain *c);
ERR_CHECK enum err views_chain_get(struct store *s, const uint8_t device[STORE_ID], struct views_chain *out);
