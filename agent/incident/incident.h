/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incidents. A rule's finding about one src (for rules by user: about one src and one user) opens an incident. Further
 * attempts are added to it, and records about it are made at growing intervals. It is closed when no attempt was added
 * for the longer of the rule's window and its ban.
 */
#pragma once

#include "agent/base/lru.h"
#include "agent/rules/rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INCIDENT_ID 16
#define INCIDENT_USER_MAX 64
#define INCIDENT_HOST_MAX 48
#define INCIDENT_WITNESS_US (10 * SECOND_US) /* how much later than a log line its witness may come */

/* Values of caltrop.v1.Finding.State. */
enum incident_state { INCIDENT_OPENED = 1, INCIDENT_UPDATED = 2, INCIDENT_CLOSED = 3 };

struct incident {
	uint64_t group; /* hash of the src */
	uint64_t rule;	/* hash of its id (rule_set.h) */
	int64_t first_wall_us, last_wall_us;
	int64_t last_us;     /* monotonic */
	int64_t recorded_us; /* of the last record */
	int64_t acted_us;    /* when a step against its account was last asked for; 0: never */
	int64_t witness_us;  /* until when its steps against accounts wait for a witness; 0: none waits */
	uint32_t count;	     /* attempts */
	uint32_t recorded;   /* count in the last record */
	uint32_t refused;    /* steps whose refusal by the policy has been recorded, as bits of verbs */
	uint32_t owed;	     /* steps that were decided and found no room, as bits of verbs */
	uint8_t id[INCIDENT_ID];
	struct addr src;
	uint8_t service;
	uint8_t updates;  /* records after the first */
	bool early;	  /* its ban was asked for when one PAM module refused; the log-in may still succeed */
	bool win_vouched; /* the success that its steps answer has a vouched trace */
	uint8_t user_len, host_len;
	char user[INCIDENT_USER_MAX];
	char host[INCIDENT_HOST_MAX];
};

/* The open incidents. */
struct incidents {
	struct lru open;
	struct rule_set *rules;
	int64_t next_look_us; /* no incident is due to close before this time */
	uint64_t opened, closed;
	uint64_t overflow; /* findings for which the full table had no room */
};

/* Bytes of memory for a table of `incidents`. */
size_t incident_size(uint32_t incidents);

/* Begin empty in memory of incident_size() bytes; memory and rules must outlive the table. */
void incident_init(struct incidents *t, void *memory, uint32_t incidents, struct rule_set *rules);

/* What an incident is about. */
struct incident_about {
	struct rule_row *rule;
	uint64_t group;
	const struct attempt *attempt;
	uint32_t count; /* of a new incident: the attempts that its finding counts */
};

/* The open incident about this, or NULL. */
struct incident *incident_find(struct incidents *t, const struct incident_about *about);

/* Open an incident, its id zero. Call incident_room() first, and close what that names. */
struct incident *incident_open(struct incidents *t, const struct incident_about *about, struct now now);

/* An incident outside of the table, for a finding for which there is no room: the response can still answer it. */
struct incident incident_loose(const struct incident_about *about, struct now now);

/*
 * Whether an incident of this level may be opened. When the table is full, *give_up is the incident without attempts
 * for longest; the caller closes it first. For levels below SEV_HIGH it must have been without attempts for ten
 * seconds, so that a flood of findings does not replace every incident; otherwise false, counted in `overflow`. For
 * SEV_HIGH and above the answer is always true, so that no flood hides a breach.
 */
bool incident_room(struct incidents *t, enum severity level, struct now now, struct incident **give_up);

/* Add an attempt to the incident. True: a record is due; the intervals between records grow from 10 s to 10 min. */
bool incident_note(struct incidents *t, struct incident *i, const struct attempt *attempt, struct now now);

/* Note that a record about the incident was made now. */
void incident_recorded(struct incident *i, struct now now);

/* The next incident that is to be closed, NULL when none is now. */
struct incident *incident_due(struct incidents *t, struct now now);

/* When to call incident_due() at the latest, CLOCK_BOOTTIME; INT64_MAX: there is no need. */
int64_t incident_deadline(const struct incidents *t);

/* Remove the incident; the pointer is no longer valid. */
void incident_close(struct incidents *t, struct incident *i);

/* The row of an incident's rule, never NULL. */
struct rule_row *incident_rule(const struct incidents *t, const struct incident *i);

/*
 * Put an incident of the saved state back. The caller has moved its times to this boot's clock. False: nobody knows its
 * rule, not even by name, and the incident is left out.
 */
bool incident_put_back(struct incidents *t, const struct incident *saved);
