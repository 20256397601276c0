/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An open finding: what one rule says of one subject (for rules by user: of one subject and one user), as long as it
 * goes on. Further attempts or events are added to it; it is over when none was added for the longer of the rule's
 * window and its ban, or, of what lasts, when an event says so. Each belongs to an incident (incident.h), and steps are
 * asked for by finding.
 */
#pragma once

#include "agent/rules/subject.h"

#include <stdbool.h>
#include <stdint.h>

#define INCIDENT_ID 16
#define FINDING_USER_MAX 64

struct evidence_quote;
struct incident;
struct incidents;
struct rule_row;

/* Which playbooks the actor was asked to run for a finding. */
enum finding_played {
	FINDING_UNPLAYED = 0,
	FINDING_PLAYED_SURE = 1, /* those that need no witness; the others wait for it */
	FINDING_GAVE_UP = 2,	 /* the others were refused, because none came */
	FINDING_PLAYED = 3,	 /* all */
};

/* The caller carries steps out on it: `acted_us`, `witness_us`, `refused` and `owed` are the response's. */
struct finding {
	uint64_t group;		   /* hash of the subject */
	uint64_t rule;		   /* hash of its id (rule_set.h) */
	struct incident *incident; /* NULL: none, because there was no room for the finding */
	int64_t first_wall_us, last_wall_us;
	int64_t last_us;	 /* monotonic */
	int64_t acted_us;	 /* when a step but a ban was last asked for; 0: never */
	int64_t witness_us;	 /* until when its steps against accounts wait for a witness; 0: none waits */
	uint32_t count;		 /* attempts, or events that are none */
	uint32_t refused;	 /* steps whose refusal by the policy has been recorded, as bits of verbs */
	uint32_t owed;		 /* steps that were decided and found no room, as bits of verbs */
	uint8_t id[INCIDENT_ID]; /* the incident's */
	uint8_t service;	 /* enum auth_service; SERVICE_NONE: it is about no attempt */
	bool sure;		 /* of what lasts (rule->ends): an event of this start told of it */
	bool early;		 /* its ban was asked for when one PAM module refused; the log-in may still succeed */
	uint8_t played;		 /* enum finding_played: the response's, too */
	bool win_vouched;	 /* the success that its steps answer has a vouched trace */
	uint8_t user_len;
	char user[FINDING_USER_MAX]; /* the last one; of rules by user the one */
	struct subject subject;
};

/* The row of its rule, never NULL. */
struct rule_row *finding_rule(const struct incidents *t, const struct finding *f);

/* Copy out the latest lines about its subject. */
void finding_quote(const struct incidents *t, const struct finding *f, struct evidence_quote *out);
