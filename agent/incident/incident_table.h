/* SPDX-License-Identifier: Apache-2.0 */
/* The table of incidents, for the files that say when one opens, grows and closes. No other folder includes it. */
#pragma once

#include "agent/incident/finding_table.h"
#include "agent/incident/incident.h"

#define INCIDENT_OWN_MAX 6u
#define INCIDENT_SEEN_MAX 24u

/* Hashes of what one finding has (`own`: its incident gets them) and what incidents may have that it belongs to. */
struct incident_keys {
	unsigned own_count, seen_count;
	uint64_t own[INCIDENT_OWN_MAX], seen[INCIDENT_SEEN_MAX];
};

/* The keys of a finding. */
void incident_keys_of(const struct incidents *t, const struct finding_about *about, struct incident_keys *out);

/* Put keys into the incident, as far as it has room. */
void incident_keys_put(struct incidents *t, struct incident *i, const struct incident_keys *keys);

/* Whether the incident has one of the keys that a finding looks for. */
bool incident_shares(const struct incident *i, const struct incident_keys *keys);

/*
 * The incident that a finding with these keys belongs to: of the open ones the oldest, with which the others are
 * merged, else the one closed last that can be opened again; NULL: none. `own` is one that it is of already, or NULL.
 * *merges is how many of t->merges are to be told of as closed.
 */
struct incident *incident_match(struct incidents *t, const struct incident_keys *keys, struct incident *own,
				unsigned *merges);

/*
 * Count that the rule opens an incident now. True: it has opened too many within a minute, and the keys become one that
 * all its further findings have.
 */
bool incident_storms(struct incidents *t, uint64_t rule, struct incident_keys *keys);

/* A closed incident with that identifier: a new one, or one that is there. Forgets the one closed longest ago. */
struct incident *incident_add(struct incidents *t, const uint8_t id[INCIDENT_ID]);

/* The finding is of the incident from now on, which is open then. */
void incident_enter(struct incidents *t, struct incident *i, struct finding *f, struct now now);

/* Count attempts or events of the finding. True: its part is to be told of now, else incident_untold() has it. */
bool incident_note(struct incidents *t, struct finding *f, uint32_t weight, struct now now);

/* The part of the finding's rule may have grown without being told of: have incident_untold() look at it. */
void incident_owe(struct incidents *t, const struct finding *f);

/* A finding whose part has grown and is to be told of now; NULL: there is none. */
struct finding *incident_untold(struct incidents *t, struct now now);

/* Note that the part of the finding's rule is told of now. */
void incident_recorded(struct finding *f, struct now now);

/* The finding was of its incident until now. True: that is closed. */
bool incident_leave(struct incidents *t, const struct finding *f, struct now now);

/* Whether the part of the finding's rule is due to be told of, and has anything new. */
bool incident_part_due(const struct finding *f, struct now now);
bool incident_part_grew(const struct finding *f);

/*
 * A part for a rule of that level that has none: a free one, or that of the lowest level if this one is higher; what it
 * counted is left out then. NULL: there is none.
 */
struct incident_part *incident_part_place(struct incidents *t, struct incident *i, uint8_t level);

/* An attempt that the finding's rule is about has succeeded. */
void incident_part_won(struct finding *f);

/* Whether a witness confirms what log files say of the finding; and whether one does, or its rule's steps need none. */
bool incident_confirmed(const struct incidents *t, const struct finding *i);
bool incident_witnessed(const struct incidents *t, const struct finding *i);
