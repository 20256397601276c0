/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connections that attempt.c counts the attempts of: a table in sets of ATTEMPT_WAYS, chosen by service and
 * src, and the ways to find the connection that a trace belongs to. For the attempt files only.
 *
 * A connection whose lines so far named no src lies in the set of the src "". Later lines with its pid may
 * name one, and it is taken over then, with what was counted for nobody.
 */
#pragma once

#include "agent/rules/attempt.h"

#define ATTEMPT_TICK_SHIFT 14 /* a tick is 16.4 ms; 32 bits of them are two years */
#define ATTEMPT_TICKS(us) ((uint32_t)((us) >> ATTEMPT_TICK_SHIFT))
#define ATTEMPT_IDLE_TICKS ATTEMPT_TICKS(180 * SECOND_US) /* LoginGraceTime of sshd is 120 s */
#define ATTEMPT_CROSS_TICKS ATTEMPT_TICKS(30 * SECOND_US) /* PAM's delay is 2 s; a loaded device is slow */
#define ATTEMPT_WITNESSES 10u				  /* five kinds, two sources */
#define ATTEMPT_REPEATS_MAX 64u

enum attempt_flags {
	ATTEMPT_PROBED = 1, /* counted as a probe */
	ATTEMPT_UNKNOWN_USER = 2,
	ATTEMPT_BROKEN = 4, /* a line without src told of abuse: a probe when the src is known */
	ATTEMPT_ENDED = 8,  /* the connection is closed: first to go when room is needed */
};

struct seen {
	uint8_t witness; /* 0: free */
	uint8_t count;
};

struct connection {
	uint32_t group;	     /* hash of service and src, never 0; 0: free */
	uint32_t pid, other; /* 0: not known */
	uint32_t user;	     /* hash, 0: not said */
	uint32_t last;	     /* ticks */
	uint8_t src[17];     /* family and bytes */
	uint8_t service;
	uint8_t counted; /* attempts that traces claim; not less than any seen count */
	uint8_t judged;	 /* those of them that failed and were given out */
	uint8_t vouched; /* those of them that a vouched trace told of */
	uint8_t win;	 /* witness that told of a success, 0: none */
	uint8_t flags;	 /* enum attempt_flags */
	struct seen seen[ATTEMPT_WITNESSES];
};

_Static_assert(sizeof(struct connection) == 64, "one cache line");

/* One event being looked up. */
struct look {
	struct attempts *a;
	const struct auth_event *e;
	uint32_t group, user, now;
	uint8_t witness;
	bool placed; /* the event names a src */
	bool vouched;
	struct now when;
	struct attempt *out; /* to fill when it counts */
};

struct look attempt_look(struct attempts *a, const struct attempt_trace *trace, struct attempt *out);

/* The connection in a slot below attempt_slots(). */
struct connection *attempt_slot(const struct attempts *a, uint32_t slot);

/* Ticks since it was last heard of; a line of another source may have been a little ahead. */
uint32_t attempt_age(const struct connection *c, uint32_t now);

/* Whether fewer of this witness's traces have been seen than attempts counted. */
bool attempt_waits(const struct connection *c, const struct look *l);

/*
 * The connection with the event's pid, NULL when there is none: the one that waits for this witness, else the latest.
 * A line that names no src, or only a host name, belongs to whatever address its pid has.
 */
struct connection *attempt_by_pid(const struct look *l);

/* Step 2 of attempt.c; `own` is the pid's connection, which does not wait for this witness. */
struct connection *attempt_by_src(const struct look *l, const struct connection *own);

/*
 * Take over the connection that has the event's pid and no src yet, or only a host name while the event has an
 * address. Its count is what this src has not been blamed for.
 */
struct connection *attempt_adopt(const struct look *l);

/* A new connection, in place of an old one if need be. */
struct connection *attempt_begin(const struct look *l);
struct connection *attempt_room(const struct look *l);

/* The connection has been heard of again: what it did not know yet it learns. */
void attempt_learn(struct connection *c, const struct look *l);

/* Put down a trace; how many attempts it claims that none did before. */
uint32_t attempt_note(struct connection *c, uint8_t witness, uint32_t repeats);

/* How many of this witness's traces have been seen. */
uint8_t attempt_seen(const struct connection *c, uint8_t witness);

/* Whether a trace of this kind, by any source of lines, has been seen. */
bool attempt_has_kind(const struct connection *c, enum auth_trace kind);

/* Forget what modules refused and nothing has confirmed; how much that was. */
uint32_t attempt_forgive(struct connection *c);

/*
 * Forgive all that a success from the event's src may be the end of: other connections of that src and user.
 * How much that was.
 */
uint32_t attempt_forgive_src(const struct look *l, const struct connection *but);
