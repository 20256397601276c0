/* SPDX-License-Identifier: Apache-2.0 */
/* The table of open findings, for the files that say when one opens, grows and ends. No other folder includes it. */
#pragma once

#include "agent/incident/incident.h"

/* What a finding is about. */
struct finding_about {
	struct rule_row *rule;
	uint64_t group; /* of the rule's subject */
	const struct event *event;
	const struct attempt *attempt; /* NULL: the event counts as none */
	uint32_t count;		       /* of a new finding: the attempts that it counts */
};

/* The open finding about this, or NULL. */
struct finding *finding_find(struct incidents *t, const struct finding_about *about);

/* Open a finding, of no incident yet. Call finding_room() first, and close what that names. */
struct finding *finding_open(struct incidents *t, const struct finding_about *about, struct now now);

/* A finding outside of the table, when there is no room: the response can still answer it. */
struct finding finding_loose(const struct finding_about *about, struct now now);

/*
 * Whether a finding of this level may be opened. When the table is full, *give_up is the one without attempts for
 * longest, of what lasts only where there is nothing else; the caller closes it first. For levels below SEV_HIGH it
 * must have been without attempts for ten seconds, so that a flood of findings does not replace every one; otherwise
 * false, counted in `overflow`. For SEV_HIGH and above the answer is always true, so that no flood hides a breach.
 */
bool finding_room(struct incidents *t, enum severity level, struct now now, struct finding **give_up);

/* Add attempts or events to the finding. */
void finding_note(struct incidents *t, struct finding *f, uint32_t weight, struct now now);

/* The rule fired again. Of a program it may be another process now, against which no step was asked for yet. */
void finding_aim(struct finding *f, const struct finding_about *about);

/* The next finding that is over, NULL when none is now. */
struct finding *finding_due(struct incidents *t, struct now now);

/* Remove the finding; t->gone.finding is a copy of it until the next one is closed, and the pointer no longer valid. */
void finding_close(struct incidents *t, struct finding *f);

/* Note that steps of the finding wait for a witness, if they do. */
void finding_wait(struct incidents *t, const struct finding *f);

/*
 * Put a finding of the saved state back. The caller has moved its times to this boot's clock. One of what lasts has its
 * rule's window from now on to be told of again. NULL: it is left out,
 * because there is no room, or it is in the table, or (*unknown is then true) nobody knows its rule, not even by name.
 */
struct finding *finding_put_back(struct incidents *t, const struct finding *saved, struct now now, bool *unknown);
