/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The response policy: what a rule's finding asks of the actor, and what becomes of it. Bans wait in the table of bans
 * (ban_queue.h), all else waits here, until the receipt has come. What the actor cannot do just now is asked for again,
 * what failed a bounded number of times, and all of it is saved, so that a restart asks again for what was never
 * answered. A step for which there is no room is counted and stays owed to its incident, whose next attempt asks again.
 * The actor checks everything once more.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/common/settings.h"
#include "agent/common/verbs.h"
#include "agent/incident/incident.h"
#include "agent/response/ban_queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESPONSE_ACTIONS_MAX 128u /* unanswered requests other than bans; more stay owed to their incidents */
#define RESPONSE_TRIES_MAX 6	  /* of what the actor has tried in vain */
#define RESPONSE_WITNESS_US (10 * SECOND_US) /* how much later than a log line its witness may come */
#define RESPONSE_LOCAL_US (10 * SECOND_US)   /* how long root at the command line waits for a receipt */

struct response_action {
	uint64_t request_id; /* 0: free */
	int64_t due_us;	     /* when to ask, or when to give up waiting once `sent` */
	int64_t cause_us, decided_us;
	uint64_t token; /* local: whom to answer */
	struct verb_args args;
	uint8_t incident[INCIDENT_ID];
	uint8_t rule;	/* enum settings_rule, BAN_RULE_NONE for local */
	uint8_t origin; /* enum verb_origin */
	uint8_t tries;	/* in vain */
	uint8_t pauses; /* each longer than the last */
	bool sent;
};

struct response {
	const struct settings *settings;
	const struct near *near;
	struct bans bans;
	struct ban_queue queue;
	struct response_action *actions;
	uint64_t next_request;
	int64_t next_due_us; /* no action is due before */
	uint64_t asked, refused, failed, overflow;
	uint64_t gave_up;		 /* of those failed: tried in vain until nobody asks again */
	int64_t gave_up_us, overflow_us; /* when last */
};

/* A finding to answer. */
struct response_case {
	struct incident *incident;
	const struct attempt *attempt;
	struct now now; /* when its bytes were read, and it is decided */
	bool opened;	/* the incident is new */
	uint8_t only;	/* steps to ask for, as in incident->owed; 0: all */
	bool early;	/* the attempt may yet succeed: nothing but bans */
	bool witnessed; /* more than log files say so; else all but bans waits */
};

size_t response_size(uint32_t bans);

/* Keeps pointers to `near`, which the rules count by, and its settings. */
void response_init(struct response *r, struct lru_room room, const struct near *near, struct hash_key key);

/*
 * Ask for the steps of the incident's rule. What the policy itself refuses (never_ban, protected accounts, a src
 * that is no address) becomes a receipt in refusals[], once per incident; returns how many. Without witness, steps that
 * need one are left and incident->witness_us is set, to RESPONSE_WITNESS_US from now.
 */
unsigned response_case(struct response *r, const struct response_case *c,
		       struct actor_receipt refusals[SETTINGS_STEPS_MAX]);

/* No witness has come for the steps that wait for one. Their refusals, as above. */
unsigned response_unwitnessed(struct response *r, const struct response_case *c,
			      struct actor_receipt refusals[SETTINGS_STEPS_MAX]);

/* Lift the ban of an incident that was none. */
void response_lift(struct response *r, const struct incident *incident, struct now now);

/* The next request to send, false when none is due. */
bool response_take(struct response *r, struct now now, struct actor_act *out);

/* A receipt came. Returns the token of the local request that it answers, else 0. */
uint64_t response_receipt(struct response *r, const struct actor_receipt *receipt, struct now now);

/* The actor told of a ban; then that it has told of all. Saved bans that it does not know are then asked for again. */
void response_ban_state(struct response *r, const struct actor_ban *state, struct now now);
void response_synced(struct response *r, struct now now);

/* Root at the command line; a ban that still waits is called off. ERR_FULL when too much waits already. */
ERR_CHECK enum err response_unban(struct response *r, const struct addr *addr, uint64_t token, struct now now);

/* Time passes. Returns the token of a local request that waited too long, 0 when there is none (left). */
uint64_t response_tick(struct response *r, struct now now);
int64_t response_deadline(const struct response *r);

/* Bans wait longer than the actor needs: for the budget, or because it cannot just now. */
bool response_bans_wait(const struct response *r, struct now now);

/* More bans wait than the actor has been given time for: who can wait with log lines should. */
bool response_is_behind(const struct response *r, struct now now);

/* For the saved state: put an unanswered action back, to be asked again. `src` is a ban's one address. */
void response_restore(struct response *r, const struct response_action *saved, const struct addr *src, struct now now);
