/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The response policy: what a rule's finding asks of the actor, and what becomes of it. Requests wait here until
 * their receipt has come: a ban over the budget waits for its turn, one that failed is tried again a bounded number
 * of times, and all of them are saved, so that a restart asks again for what was never answered. The actor checks
 * everything once more.
 */
#pragma once

#include "agent/actor/verbs.h"
#include "agent/base/err.h"
#include "agent/incident/incident.h"
#include "agent/response/ban.h"
#include "agent/settings/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESPONSE_ACTIONS_MAX 128u	/* unanswered at a time; further bans are asked for when the source goes on */
#define RESPONSE_TRIES_MAX 6
#define RESPONSE_LOCAL_US (10 * SECOND_US)	/* how long root at the command line waits for a receipt */

struct response_action {
	uint64_t request_id;		/* 0: free */
	int64_t due_us;			/* when to ask, or when to give up waiting once `sent` */
	int64_t cause_us, decided_us;
	uint64_t token;			/* local: whom to answer */
	struct verb_args args;
	uint8_t incident[INCIDENT_ID];
	uint8_t rule;			/* enum settings_rule, BAN_RULE_NONE for local */
	uint8_t origin;			/* enum verb_origin */
	uint8_t tries;
	bool sent;
};

struct response {
	const struct settings *settings;
	struct bans bans;
	struct response_action *actions;
	uint64_t next_request;
	int64_t next_due_us;		/* no action is due before */
	int64_t slot_us;		/* when the budget's next ban would come if bans came evenly */
	uint64_t asked, refused, failed, overflow;
};

/* A finding to answer. */
struct response_case {
	struct incident *incident;
	const struct attempt *attempt;
	struct now now;			/* when its bytes were read, and it is decided */
	bool opened;			/* the incident is new */
};

size_t response_size(uint32_t bans);
void response_init(struct response *r, struct lru_room room, const struct settings *settings, struct hash_key key);

/*
 * Ask for the steps of the incident's rule. What the policy itself refuses (never_ban, protected accounts, a source
 * that is no address) becomes a receipt in refusals[], once per incident; returns how many.
 */
unsigned response_case(struct response *r, const struct response_case *c,
		       struct actor_receipt refusals[SETTINGS_STEPS_MAX]);

/* The next request to send, false when none is due. */
bool response_take(struct response *r, struct now now, struct actor_act *out);

/* A receipt came. Returns the token of the local request that it answers, else 0. */
uint64_t response_receipt(struct response *r, const struct actor_receipt *receipt, struct now now);

/* The actor told of a ban; then that it has told of all. Saved bans that it does not know are then asked for again. */
void response_told(struct response *r, const struct actor_ban *told, struct now now);
void response_synced(struct response *r, struct now now);

/* Root at the command line. ERR_FULL when too much waits already. */
ERR_CHECK enum err response_unban(struct response *r, const struct addr *addr, uint64_t token, struct now now);

/* Time passes. Returns the token of a local request that waited too long, 0 when there is none (left). */
uint64_t response_tick(struct response *r, struct now now);
int64_t response_deadline(const struct response *r);

/* The addresses that a ban of this source would cover. */
struct addr response_net(const struct response *r, const struct addr *src);

/* For the saved state: put an unanswered action back, to be asked again. */
void response_restore(struct response *r, const struct response_action *saved, struct now now);
