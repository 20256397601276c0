/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incidents: findings that belong together, from open to closed. A finding (finding.h) that shares a key with an
 * incident joins it, whatever its rule; else it opens one. An incident is closed when the last of its findings is over,
 * and remembered for INCIDENT_REOPEN_US: a finding that shares a key then opens it again, under its identifier.
 *
 * A key is what only one attacker, or one cause, is likely to have:
 *
 *	address	    that the attempts or packets came from, or its IPv6 network (rules/near.h). Never the device's own
 *		    or loopback, nor one of many whose attempts a rule counted by something else. People behind one
 *		    address are one key while an incident about it is open, not longer.
 *	account	    of a log-in that succeeded, or that a rule counted by. Never of attempts that failed: who guesses
 *		    tries any. Never one that many use ([accounts] shared), and never whose processes did something.
 *	process	    the one that did it, its parent and its parent's, below what init started; of a log-in that
 *		    succeeded, the service's process. A finding is of an incident that has any of its ancestors. A
 *		    process is its number and when it was made, as far as that is known.
 *	file	    that a rule is about, and a program that began in a directory where every user may write.
 *
 * A finding that shares keys with two open incidents makes them one: the one opened first goes on, the other is closed
 * as merged into it. What would glue for ever does not: an incident takes INCIDENT_KEYS_MAX keys, and findings of
 * others join it for INCIDENT_JOIN_US after it was opened. If one rule opens more than INCIDENT_STORM incidents within
 * a minute, its further findings without a common key are one incident.
 *
 * An incident is told of by its rules: each has a part, and is told of when it comes in and when it is over. What it
 * grows by in between is told of in one record, ten seconds after it has come to rest, whether or not anything else
 * happens; and while it does not rest, at intervals that grow from 10 seconds to 10 minutes. A full table of parts
 * gives up the one of the lowest level for one of a higher level. So the number of records depends on rules and time,
 * never on attempts or subjects.
 *
 * The score is 5, 20, 40, 60 or 80 for the highest level of its rules (informational to critical), and for each other
 * rule 1, 2, 4, 8 or 12 more by its level, and 10 more if an attempt succeeded: 100 at most. Its severity is the level
 * whose number the score reaches, so never less than the highest level of its rules.
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
#include "agent/incident/finding.h"
#include "agent/rules/rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INCIDENT_WITNESS_US (10 * SECOND_US) /* how much later than a log line its witness may come */
#define INCIDENT_REOPEN_US HOUR_US	     /* how long after its end it can be opened again */
#define INCIDENT_JOIN_US (24 * HOUR_US)	     /* how long after its beginning other findings join it */
#define INCIDENT_PARTS_MAX 8u		     /* rules */
#define INCIDENT_KEYS_MAX 12u
#define INCIDENT_MERGED_MAX 4u /* merged ones whose identifiers are kept */
#define INCIDENT_MERGES_MAX 2u /* made by one finding; what else shares a key stays by itself */
#define INCIDENT_STORM 32u     /* incidents of one rule within a minute */
#define INCIDENT_STORMS_MAX 16u

/* What one rule found of an incident: the timeline's entry. */
struct incident_part {
	uint64_t rule; /* hash of its id */
	int64_t first_wall_us, last_wall_us;
	int64_t recorded_us; /* of the last record, monotonic */
	int64_t grown_us;    /* when it last grew; of a restored one 0 */
	uint32_t count;	     /* attempts or events of all its findings */
	uint32_t recorded;   /* count in the last record; 0: none yet */
	uint8_t level;	     /* enum severity, of the rule */
	uint8_t updates;     /* records after the first */
	bool won;	     /* an attempt succeeded */
};

struct incident {
	uint8_t id[INCIDENT_ID];
	uint8_t into[INCIDENT_ID]; /* `is_merged`: the one that goes on */
	bool is_merged;
	uint8_t part_count, key_count;
	uint8_t merged_count; /* others that were merged into it, those whose identifiers are not kept, too */
	uint32_t findings;    /* open ones; 0: the incident is closed */
	uint32_t joined;      /* findings since it was opened first */
	uint32_t reopened;
	uint32_t left_out; /* attempts or events of rules for which there was no part */
	int64_t opened_us; /* first, monotonic */
	int64_t closed_us; /* last */
	int64_t first_wall_us, last_wall_us;
	uint64_t keys[INCIDENT_KEYS_MAX];
	struct incident_part parts[INCIDENT_PARTS_MAX];
	uint8_t merged[INCIDENT_MERGED_MAX][INCIDENT_ID];
};

/* The first three are values of caltrop.v1.Finding.State, and so is the last: the caller tells of the incident. */
enum incident_change_kind {
	INCIDENT_OPENED = 1,
	INCIDENT_UPDATED = 2,
	INCIDENT_CLOSED = 3,
	INCIDENT_REOPENED = 4,
	INCIDENT_JOINED = 5,   /* a finding joined it: it is told of as UPDATED if `tells` */
	INCIDENT_ASKS = 6,     /* the steps of its rule are to be asked for (response_case) */
	INCIDENT_GIVES_UP = 7, /* its steps that waited for a witness are to be refused (response_unwitnessed) */
	INCIDENT_LIFTS = 8,    /* its ban is to be lifted (response_lift): the attempt behind it has succeeded */
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
	struct finding *finding;   /* that changes the incident, or asks; valid until the next call, as its incident */
	const struct event *event; /* the input's, and the attempt; NULL: it is a change that the time brings */
	const struct attempt *attempt;
	bool tells;	/* OPENED and REOPENED always, JOINED: it is to be told of */
	bool opened;	/* ASKS: as if the finding were new */
	bool over;	/* ASKS: it was over before it was read, so nothing is to be done about it */
	bool witnessed; /* ASKS: a witness confirms the log files, or the steps need none */
	bool confirmed; /* ASKS: a witness confirms the log files, or it is not from those */
	uint32_t only;	/* ASKS: steps to ask for, as in incident->owed; 0: all */
};

#define INCIDENT_CHANGES_MAX (4u + INCIDENT_MERGES_MAX) /* that follow from one rule's finding */

/* The input whose changes are being taken. */
struct incident_work {
	struct incident_input in;
	struct now now;
	unsigned stage; /* number of the next function in incident_life.c */
	bool begun;	/* the stage is not at its beginning */
	struct finding *at;
	struct finding *asked; /* the one whose steps the caller was last told to ask for */
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

/* Which process a number is and who its parents are, for the caller to say. */
struct incident_kin {
	/* Fill in the process, its parent and so on, up to 1; how many are known, at most `max`. */
	unsigned (*lineage)(void *context, uint32_t pid, struct process_kin out[], unsigned max);
	void *context;
};

/* How many incidents a rule has opened within a minute. */
struct incident_storm {
	uint64_t rule;
	int64_t since_us;
	uint32_t count;
};

/* A finding and its incident that are no longer in the tables, for the caller to tell of. */
struct incident_gone {
	struct finding finding;
	struct incident incident;
};

/* The open findings, and the incidents that they are of or that can be opened again. */
struct incidents {
	struct lru findings, table;
	struct rules *rules;
	struct incident_kin kin;
	struct evidence evidence;
	struct incident_names names;
	struct incident_storm storms[INCIDENT_STORMS_MAX];
	int64_t next_look_us; /* no finding is over before this time */
	int64_t witness_us;   /* when the first steps that wait for a witness are given up; INT64_MAX: none waits */
	int64_t tell_us;      /* no part that grew is to be told of before this time; INT64_MAX: none grew */
	uint64_t opened, closed, reopened, merged;
	uint64_t overflow;	 /* findings for which the full table had no room */
	uint64_t parts_left_out; /* rules for which a full incident had no part */
	uint64_t keys_left_out;
	uint32_t open; /* incidents */
	struct incident_work work;
	struct incident_gone gone; /* the last finding that was over */
	struct finding loose;	   /* the last one for which the full table had no room; it is answered all the same */
	struct incident_gone merges[INCIDENT_MERGES_MAX]; /* by the last finding that was opened */
};

struct incident_limits {
	uint32_t incidents;	 /* and as many open findings */
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

/* Say whom to ask for processes; until then, nobody knows any. */
void incident_ask_kin(struct incidents *t, struct incident_kin kin);

/*
 * The next change that the time brings: an incident closes, or one of its rules is over or has grown, or its steps have
 * waited for a witness long enough. False: there is none now. The caller need not take all of them at once.
 */
bool incident_tick(struct incidents *t, struct now now, struct incident_change *out);

/* When to call incident_tick() at the latest, CLOCK_BOOTTIME; INT64_MAX: there is no need. */
int64_t incident_deadline(const struct incidents *t);

/* The incident with that identifier, or the one that it was merged into. NULL: it is not known any more. */
const struct incident *incident_get(const struct incidents *t, const uint8_t id[INCIDENT_ID]);

/* From 0 to 100, and the level that it comes to; see above. */
unsigned incident_score(const struct incident *i);
enum severity incident_severity(const struct incident *i);

/* Attempts, and events that are none, of all its rules. */
uint32_t incident_count(const struct incident *i);

/* The part of a rule; NULL: it has none. */
struct incident_part *incident_part(struct incident *i, uint64_t rule);
