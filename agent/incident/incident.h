/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incidents, from open to closed. A rule's finding about one subject (for rules by user: about one subject and one
 * user) opens an incident. Further attempts or events are added to it, and it is told of at growing intervals. It is
 * closed when none was added for the longer of the rule's window and its ban.
 *
 * The caller gives what happened, and takes what changes:
 *
 *   incident_feed(incidents, input, now)      an event, and the attempt that it counts as; the rules are asked
 *   while (incident_next(incidents, &change)) carry it out, before the next call
 *   incident_deadline(incidents)              when to call incident_tick() at the latest
 *   while (incident_tick(incidents, now, &change))   carry it out as well
 *
 * Steps against an account may need a witness of what log files say: any local user can write lines to those with
 * logger(1), in any program's name, which is enough for a ban only. Vouched traces (rules/attempt.h) must confirm as
 * many failures as the rule counts, and the success after them. They may come up to INCIDENT_WITNESS_US after the log
 * line: the steps wait until then, and are given up when no witness came.
 */
#pragma once

#include "agent/base/lru.h"
#include "agent/incident/evidence.h"
#include "agent/rules/rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INCIDENT_ID 16
#define INCIDENT_USER_MAX 64
#define INCIDENT_WITNESS_US (10 * SECOND_US) /* how much later than a log line its witness may come */

/* The first three are values of caltrop.v1.Finding.State: the caller tells of the incident. */
enum incident_change_kind {
	INCIDENT_OPENED = 1,
	INCIDENT_UPDATED = 2,
	INCIDENT_CLOSED = 3,
	INCIDENT_ASKS = 4,     /* the steps of its rule are to be asked for (response_case) */
	INCIDENT_GIVES_UP = 5, /* its steps that waited for a witness are to be refused (response_unwitnessed) */
	INCIDENT_LIFTS = 6,    /* its ban is to be lifted (response_lift): the attempt behind it has succeeded */
};

/* The caller carries steps out on it: `acted_us`, `witness_us`, `refused` and `owed` are the response's. */
struct incident {
	uint64_t group; /* hash of the subject */
	uint64_t rule;	/* hash of its id (rule_set.h) */
	int64_t first_wall_us, last_wall_us;
	int64_t last_us;     /* monotonic */
	int64_t recorded_us; /* of the last record */
	int64_t acted_us;    /* when a step against its account was last asked for; 0: never */
	int64_t witness_us;  /* until when its steps against accounts wait for a witness; 0: none waits */
	uint32_t count;	     /* attempts, or events that are none */
	uint32_t recorded;   /* count in the last record */
	uint32_t refused;    /* steps whose refusal by the policy has been recorded, as bits of verbs */
	uint32_t owed;	     /* steps that were decided and found no room, as bits of verbs */
	uint8_t id[INCIDENT_ID];
	uint8_t service;  /* enum auth_service; SERVICE_NONE: it is about no attempt */
	uint8_t updates;  /* records after the first */
	bool early;	  /* its ban was asked for when one PAM module refused; the log-in may still succeed */
	bool win_vouched; /* the success that its steps answer has a vouched trace */
	uint8_t user_len;
	char user[INCIDENT_USER_MAX]; /* the last one; of rules by user the one */
	struct subject subject;
};

/* Where an input was read. A line that is read again after a crash gives its incident the same identifier. */
struct incident_place {
	uint16_t source;
	uint64_t inode, offset; /* of a file (core_place); inode 0: it was no line of a file */
};

/* What happened. Pointers are borrowed until incident_next() has returned false. */
struct incident_input {
	const struct event *event;
	const struct attempt *attempt; /* what attempt_feed() made of it; NULL: it is about no log-in */
	enum attempt_verdict verdict;
	struct now when; /* when it happened, by its line's stamp where the line is old */
	struct incident_place place;
	bool line; /* the event is its log line alone (rules/rule.h) */
};

struct incident_change {
	enum incident_change_kind kind;
	struct incident *incident;     /* valid until the next call */
	const struct attempt *attempt; /* the input's; NULL: it is a change that the time brings */
	bool opened;		       /* ASKS: as if the incident were new */
	bool over;		       /* ASKS: it was over before it was read, so nothing is to be done about it */
	bool witnessed;		       /* ASKS: a witness confirms the log files, or the steps need none */
	uint32_t only;		       /* ASKS: steps to ask for, as in incident->owed; 0: all */
};

#define INCIDENT_CHANGES_MAX 4u /* that follow from one rule's finding */

/* The input whose changes are being taken. */
struct incident_work {
	struct incident_input in;
	struct now now;
	unsigned stage; /* number of the next function in incident_life.c */
	bool begun;	/* the stage is not at its beginning */
	struct incident *at;
	struct incident *asked; /* the one whose steps the caller was last told to ask for */
	struct rule_round round;
	unsigned count, given; /* changes; those that the caller has */
	struct incident_change changes[INCIDENT_CHANGES_MAX];
};

/* What makes identifiers unique over devices and starts. */
struct incident_names {
	uint8_t identity[16];	/* lives in the saved state */
	uint8_t this_start[16]; /* identity of this start */
	uint64_t unplaced;	/* incidents whose input had no place, counted for their identifiers */
};

/* The open incidents. */
struct incidents {
	struct lru open;
	struct rules *rules;
	struct evidence evidence;
	struct incident_names names;
	int64_t next_look_us; /* no incident is due to close before this time */
	int64_t witness_us;   /* when the first steps that wait for a witness are given up; INT64_MAX: none waits */
	uint64_t opened, closed;
	uint64_t overflow; /* findings for which the full table had no room */
	struct incident_work work;
	struct incident gone;  /* the last one that was closed */
	struct incident loose; /* the last one for which the full table had no room; it is answered all the same */
};

struct incident_limits {
	uint32_t incidents;
	uint32_t evidence_bytes; /* recent log lines kept for incidents to quote */
	const uint8_t *identity; /* 16 random bytes, drawn for this start */
};

/* Bytes of memory for that many. */
size_t incident_size(const struct incident_limits *limits);

/* Begin empty in memory of incident_size() bytes, aligned to 8; memory and rules must outlive the table. */
void incident_init(struct incidents *t, void *memory, const struct incident_limits *limits, struct rules *rules);

/* Begin to handle an event. Changes of the input before must have been taken. */
void incident_feed(struct incidents *t, const struct incident_input *in, struct now now);

/* The next change that follows from the input. False: there is none any more. */
bool incident_next(struct incidents *t, struct incident_change *out);

/*
 * The next change that the time brings: an incident closes, or its steps have waited for a witness long enough. False:
 * there is none now. The caller need not take all of them at once.
 */
bool incident_tick(struct incidents *t, struct now now, struct incident_change *out);

/* When to call incident_tick() at the latest, CLOCK_BOOTTIME; INT64_MAX: there is no need. */
int64_t incident_deadline(const struct incidents *t);

/* Copy out the latest lines about the incident's subject. */
void incident_quote(const struct incidents *t, const struct incident *i, struct evidence_quote *out);

/* The row of an incident's rule, never NULL. */
struct rule_row *incident_rule(const struct incidents *t, const struct incident *i);
