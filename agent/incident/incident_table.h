/* SPDX-License-Identifier: Apache-2.0 */
/* The table of open incidents, for the files that say when one opens, grows and closes. No other folder includes it. */
#pragma once

#include "agent/incident/incident.h"

/* What an incident is about. */
struct incident_about {
	struct rule_row *rule;
	uint64_t group; /* of the rule's subject */
	const struct event *event;
	const struct attempt *attempt; /* NULL: the event counts as none */
	uint32_t count;		       /* of a new incident: the attempts that its finding counts */
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

/* Add attempts or events to the incident. True: it is to be told of; the intervals between grow from 10 s to 10 min. */
bool incident_note(struct incidents *t, struct incident *i, uint32_t weight, struct now now);

/* Note that the incident is told of now. */
void incident_recorded(struct incident *i, struct now now);

/* The next incident that is to be closed, NULL when none is now. */
struct incident *incident_due(struct incidents *t, struct now now);

/* Remove the incident; t->gone is a copy of it until the next one is closed, and the pointer is no longer valid. */
void incident_close(struct incidents *t, struct incident *i);

/* Note that steps of the incident wait for a witness, if they do. */
void incident_wait(struct incidents *t, const struct incident *i);

/*
 * Put an incident of the saved state back. The caller has moved its times to this boot's clock. False: nobody knows its
 * rule, not even by name, and the incident is left out.
 */
bool incident_put_back(struct incidents *t, const struct incident *saved);
