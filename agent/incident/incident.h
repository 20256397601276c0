/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incidents: what a rule found about one src (for rules by user: about one src and one user) is opened once,
 * gathers further attempts, is told about again at growing intervals, and closes when it has been quiet for as long
 * as the rule looks back and its ban lasts.
 */
#pragma once

#include "agent/base/lru.h"
#include "agent/common/settings.h"
#include "agent/rules/rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INCIDENT_ID 16
#define INCIDENT_USER_MAX 64
#define INCIDENT_HOST_MAX 48

/* Values of caltrop.v1.Finding.State. */
enum incident_state { INCIDENT_OPENED = 1, INCIDENT_UPDATED = 2, INCIDENT_CLOSED = 3 };

struct incident {
	uint64_t group; /* hash of the src */
	int64_t first_wall_us, last_wall_us;
	int64_t last_us;     /* monotonic */
	int64_t recorded_us; /* of the last record */
	int64_t acted_us;    /* when something about its account was last asked for; 0: never */
	int64_t witness_us;  /* until when its other steps than bans wait for a witness; 0: they do not */
	uint32_t count;	     /* attempts */
	uint32_t recorded;   /* count in the last record */
	uint8_t id[INCIDENT_ID];
	struct addr src;
	uint8_t rule; /* enum settings_rule */
	uint8_t service;
	uint8_t updates;  /* records after the first */
	uint8_t refused;  /* a refusal by the policy has been told */
	uint8_t owed;	  /* steps that were decided and found no room, as bits of verbs */
	bool early;	  /* its ban was asked for at a refusal that may yet turn into a success */
	bool win_vouched; /* a vouched trace told of the success it waits with */
	uint8_t user_len, host_len;
	char user[INCIDENT_USER_MAX];
	char host[INCIDENT_HOST_MAX];
};

/* A table of open ones. */
struct incidents {
	struct lru open;
	const struct settings *settings;
	int64_t next_look_us; /* nothing is due to close before */
	uint64_t opened, closed;
	uint64_t overflow; /* findings that no incident had room for */
};

size_t incident_size(uint32_t incidents);
void incident_init(struct incidents *t, void *memory, uint32_t incidents, const struct settings *settings);

/* What an incident is about. */
struct incident_about {
	uint8_t rule;
	uint64_t group;
	const struct attempt *attempt;
	uint32_t count; /* attempts known to be behind a new one */
};

/* The open one about this, NULL without one. */
struct incident *incident_find(struct incidents *t, const struct incident_about *about);

/* A new one, its id zero, after incident_room(). */
struct incident *incident_open(struct incidents *t, const struct incident_about *about, struct now now);

/* The same outside of the table, when there is no room: enough to answer by. */
struct incident incident_loose(const struct incident_about *about, struct now now);

/*
 * Whether another of this level can be opened. When the table is full *give_up names the one quiet for longest, if it
 * has been quiet for ten seconds: a flood must not turn the table over with every finding. What is high always has
 * room: nobody hides a breach behind a flood. False is counted.
 */
bool incident_room(struct incidents *t, enum severity level, struct now now, struct incident **give_up);

/* One more attempt belongs to it. True when that is worth a record: intervals grow from 10 s to 10 min. */
bool incident_note(struct incidents *t, struct incident *i, const struct attempt *attempt, struct now now);

/* A record about it goes out. */
void incident_recorded(struct incident *i, struct now now);

/* The next one that has been quiet for long enough, NULL when there is none for now. */
struct incident *incident_due(struct incidents *t, struct now now);
int64_t incident_deadline(const struct incidents *t);

void incident_close(struct incidents *t, struct incident *i);

/* For the saved state: put one back as it was; times already moved. */
void incident_restore(struct incidents *t, const struct incident *saved);
