/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The views: what people look up, made from the log by its follower (ingest/follow.h) and from nothing else: incidents
 * and what people did to them, receipts and the chains that prove them, devices' answers to orders, their health.
 *
 * There are two sets. The live set is what is looked up. The kept set is the same as of the log's front: whoever cuts
 * the log first has the entries told to the kept set, so that the live set can always be made anew from the kept one
 * and the log. A handle works with the live set unless it has chosen the other.
 */
#pragma once

#include "agent/base/str.h"
#include "server-stub/store/store.h"
#include "server-stub/store/timeline.h"

#define VIEWS_MERGED_MAX 8 /* identifiers of merged incidents that are kept */
#define VIEWS_NOTE_MAX 1024

enum views_set { VIEWS_LIVE = 0, VIEWS_KEPT = 1 };

enum views_incident_state { INCIDENT_OPEN = 1, INCIDENT_CLOSED = 3 };

struct views_incident {
	uint8_t id[STORE_ID];
	uint8_t device[STORE_ID];
	uint8_t state, severity;
	char rule_id[STORE_NAME_MAX], title[STORE_TEXT_MAX], author[STORE_NAME_MAX], tags[STORE_TEXT_MAX];
	char src[STORE_NAME_MAX], user[STORE_NAME_MAX], service[STORE_NAME_MAX];
	/* Rule, title, author, tags, src, user, service and subject are those of its rule of the highest level. */
	/* What it is about when that is no src: account, process, file or device, and its name. Both empty: src says
	 * it, or the record is of a version that did not keep it. */
	char subject_kind[16], subject[STORE_TEXT_MAX];
	uint32_t count;
	int64_t first_us, last_us, received_us;
	char evidence[2048]; /* lines joined by LF */
	/* What its rules found together. 0 and empty: the record is of a version that had one rule in each. */
	uint8_t score;			    /* up to 100 */
	uint32_t left_out;		    /* of count, what rules found that the timeline does not have */
	uint32_t reopened;		    /* how often it was opened again */
	uint64_t latest_seq;		    /* of the latest record about it, in its spool; 0: not kept */
	int64_t latest_us;		    /* when that was made, by the device's clock */
	char merged_into[2 * STORE_ID + 1]; /* the incident that goes on in its place, in hexadecimal; empty: none */
	char merged[VIEWS_MERGED_MAX * (2 * STORE_ID + 1)]; /* those that went into it, joined by a comma */
	char timeline[TIMELINE_MAX];
	/* What people said of it; empty until they do. */
	char verdict[16], assignee[STORE_NAME_MAX];
	int64_t held_us; /* a person closed it: it opens again when the device tells of it later than this; 0: nobody
			    did */
};

/* What a person did to an incident. */
struct views_note {
	uint8_t incident_id[STORE_ID], device[STORE_ID];
	int64_t wall_us;
	char author[STORE_NAME_MAX];
	char deed[16]; /* close, note, verdict or assign */
	char text[VIEWS_NOTE_MAX];
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

/* A device's last word on an order that was sent to it. */
struct views_answer {
	uint8_t order_id[STORE_ID], device[STORE_ID];
	uint8_t state; /* TARGET_DONE, TARGET_REFUSED or TARGET_FAILED of registry.h */
	int64_t updated_us;
	char text[STORE_TEXT_MAX]; /* from the receipt */
};
/* Keep it, unless the device has answered that order already: the first answer stands. */
ERR_CHECK enum err views_answer_add(struct store *s, const struct views_answer *a);

/* A device's last health record. */
struct views_health {
	uint8_t device[STORE_ID];
	int64_t wall_us;		   /* by the device's clock */
	char problems[STORE_TEXT_MAX * 2]; /* what it complained of, joined by "; "; registry_device_get shows it */
	uint16_t len;			   /* 0: the record was too long, or is of before this was kept */
	uint8_t record[STORE_HEALTH_MAX];  /* the encoded caltrop.v1.Health */
};
ERR_CHECK enum err views_health_put(struct store *s, const struct views_health *h);
/* ERR_NOT_FOUND: the device has sent none yet. */
ERR_CHECK enum err views_health_get(struct store *s, const uint8_t device[STORE_ID], struct views_health *out);

ERR_CHECK enum err views_note_put(struct store *s, const struct views_note *n);
/* List at most `max` notes of an incident, the oldest first. */
ERR_CHECK enum err views_note_list(struct store *s, const uint8_t device[STORE_ID], const uint8_t incident_id[STORE_ID],
				   unsigned max, bool (*each)(void *arg, const struct views_note *n), void *arg);

/* From here on all calls of this header on this handle, but views_restore and views_retain, mean that set. */
void views_choose(struct store *s, enum views_set set);
/* The position of the last entry of the log that the set was told of; 0: none. */
ERR_CHECK enum err views_position(struct store *s, uint64_t *position);
ERR_CHECK enum err views_position_put(struct store *s, uint64_t position);
/* Empty the set. */
ERR_CHECK enum err views_clear(struct store *s);
/* Make the live set a copy of the kept one, position included. */
ERR_CHECK enum err views_restore(struct store *s);
/*
 * Remove receipts received before, and incidents that were closed and last received before, with their notes, from both
 * sets. Works in several short transactions; do not call it inside of one.
 */
ERR_CHECK enum err views_retain(struct store *s, int64_t older_than_us);
