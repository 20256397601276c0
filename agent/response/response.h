/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The response policy: which requests to the actor follow from a rule's finding, and what follows from their receipts.
 * A request waits until its receipt has come: bans in the table of bans (ban_queue.h), the other requests here. A
 * request that the actor cannot do just now is sent again; one that the actor tried and failed at is sent again at most
 * RESPONSE_TRIES_MAX times. All of them are in the saved state, so that a core that was restarted sends again what was
 * not answered. A step for which there is no room is counted and noted in its finding (`owed`); the finding's next
 * attempt asks again. The actor checks every request once more.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/common/message.h"
#include "agent/common/settings.h"
#include "agent/incident/incident.h"
#include "agent/response/ban_queue.h"
#include "agent/response/guest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESPONSE_ACTIONS_MAX 128u	   /* unanswered requests other than bans; more stay owed to their findings */
#define RESPONSE_TRIES_MAX 6		   /* tries of one request at which the actor failed */
#define RESPONSE_LOCAL_US (10 * SECOND_US) /* how long root at the command line waits for a receipt */

struct response_action {
	uint64_t request_id; /* 0: free */
	int64_t due_us;	     /* when to ask, or when to give up waiting once `sent` */
	int64_t cause_us, decided_us;
	uint64_t token; /* local: which client of the command line to answer */
	uint64_t rule;	/* hash of the rule's id; 0: local */
	struct verb_args args;
	uint8_t incident[INCIDENT_ID];
	uint8_t origin; /* enum verb_origin */
	uint8_t tries;	/* tries at which the actor failed */
	uint8_t pauses; /* pauses so far; each is longer than the last */
	bool sent;
};

struct response {
	const struct settings *settings;
	struct rule_set *rules;
	const struct near *near;
	struct bans bans;
	struct ban_queue queue;
	struct guests guests;
	struct response_action *actions;
	uint64_t next_request;
	int64_t next_due_us; /* no action is due before this time */
	uint64_t asked, refused, failed, overflow;
	uint64_t neighbours, spared;	 /* networks that were asked for whole, and that were not because of a log-in */
	uint64_t gave_up;		 /* failed requests that are not sent again */
	int64_t gave_up_us, overflow_us; /* when gave_up and overflow last grew */
};

/* A finding to answer. */
struct response_case {
	struct finding *finding;
	struct now now; /* when the attempt's bytes were read, which is also when the answer is decided */
	bool opened;	/* the finding is new */
	uint32_t only;	/* steps to ask for, as in finding->owed; 0: all */
	bool over;	/* old news: refuse all steps */
	bool early;	/* the attempt may still succeed: ask for bans only */
	bool witnessed; /* a witness confirms the log files; without one only bans are asked for, other steps wait */
};

/* Bytes of memory for a response whose table holds `bans`. */
size_t response_size(uint32_t bans);

/*
 * Begin empty. room is memory of response_size(room.capacity) bytes. Keeps pointers to the rules' set, its settings and
 * their `near`, so that counts and bans agree.
 */
void response_init(struct response *r, struct lru_room room, const struct rules *rules);

/*
 * Ask for the steps of the finding's rule. A step that the policy itself refuses (never_ban, a protected account, a
 * src that is no address, what is over) becomes a receipt in refusals[], once per finding; returns how many. Steps
 * that need a witness are not asked for without one; finding->witness_us is then set to INCIDENT_WITNESS_US from now.
 */
unsigned response_case(struct response *r, const struct response_case *c,
		       struct actor_receipt refusals[SETTINGS_STEPS_MAX]);

/* Refuse the steps that wait for a witness, because none came. Fills refusals[] and returns how many, as above. */
unsigned response_unwitnessed(struct response *r, const struct response_case *c,
			      struct actor_receipt refusals[SETTINGS_STEPS_MAX]);

/* Ask for the end of a finding's ban, because the log-in that caused it succeeded. A ban that waits is called off. */
void response_lift(struct response *r, const struct finding *finding, struct now now);

/* Somebody logged in from the address, when it was: what [response] ban_neighbours asks about. */
void response_welcome(struct response *r, const struct addr *src, struct now when);

/* Take the next request to send; false when none is due. */
bool response_take(struct response *r, struct now now, struct actor_act *out);

/* Note a receipt of the actor. Returns the token of the local request that it answers, else 0. */
uint64_t response_receipt(struct response *r, const struct actor_receipt *receipt, struct now now);

/* Note that an effect is in force or gone (ACTOR_EFFECT); only bans matter here. */
void response_effect(struct response *r, const struct actor_effect *state, struct now now);

/* Note that the actor has listed all bans in force (ACTOR_SYNCED): saved bans that it does not have are asked again. */
void response_synced(struct response *r, struct now now);

/* Note that the actor can ban again: bans that waited for that are sent at once. */
void response_can_ban(struct response *r);

/*
 * Ask for an unban in the name of root at the command line; a ban of this address that still waits is called off.
 * response_receipt() or response_tick() returns the token later. ERR_FULL: RESPONSE_ACTIONS_MAX requests wait already.
 */
ERR_CHECK enum err response_unban(struct response *r, const struct addr *addr, uint64_t token, struct now now);

/* Ask for another verb in root's name, in the same way. */
ERR_CHECK enum err response_local(struct response *r, const struct verb_args *args, uint64_t token, struct now now);

/*
 * End bans whose time is over and give up late answers. Returns the token of one local request that waited longer than
 * RESPONSE_LOCAL_US; call it again until it returns 0.
 */
uint64_t response_tick(struct response *r, struct now now);

/* When to call response_tick() or response_take() next, CLOCK_BOOTTIME; INT64_MAX: nothing waits. */
int64_t response_deadline(const struct response *r);

/* Whether bans wait for the budget of the minute, or because the actor cannot ban just now. */
bool response_bans_wait(const struct response *r, struct now now);

/*
 * Whether more than half of the table of bans waits to be sent, and not because of response_bans_wait(). Log files
 * should not be read further as long as it is true.
 */
bool response_is_behind(const struct response *r, struct now now);

/* Put an unanswered request of the saved state back; it is sent again. `src`: for a ban, the address that caused it. */
void response_restore(struct response *r, const struct response_action *saved, const struct addr *src, struct now now);
