/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connections whose attempts attempt.c counts: a table in sets of ATTEMPT_WAYS, chosen by service and src, and the
 * ways to find the connection that a trace belongs to. Only the attempt files include it.
 *
 * A connection whose lines named no src yet lies in the set of the empty src. When a later line with its pid names a
 * src, the connection moves into the set of that src, with the attempts that were counted without one.
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
	ATTEMPT_BROKEN = 4, /* a line without src reported abuse: it is counted as a probe once the src is known */
	ATTEMPT_ASKED = 16, /* a web server asked who it is, and was not answered yet */
	ATTEMPT_ENDED = 8,  /* the connection is closed: it makes room before others do */
	ATTEMPT_PAST = 32,  /* of before a pause that it did not outlive: see attempt_is_idle() */
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
	uint8_t judged;	 /* claimed attempts that failed and were reported to the caller */
	uint8_t vouched; /* claimed attempts that have a vouched trace */
	uint8_t told;	 /* claimed attempts that the caller has heard of, as refused or as failed, for this src */
	uint8_t win;	 /* the witness whose trace was a success, 0: none */
	uint8_t flags;	 /* enum attempt_flags */
	struct seen seen[ATTEMPT_WITNESSES];
};

_Static_assert(sizeof(struct connection) == 64, "one cache line");

/* One event being looked up. */
struct look {
	struct attempts *a;
	const struct auth_event *e;
	const struct auth_service_row *service; /* what is the event's service's own */
	uint32_t group, user, now;
	uint32_t pid;	/* of the process of this connection alone, or of the request; 0: the line does not say it */
	uint32_t count; /* attempts that the trace stands for, ATTEMPT_REPEATS_MAX at most */
	uint8_t witness;
	bool placed; /* the event names a src */
	bool vouched, late;
	struct now when;
	struct attempt *out; /* what attempt_feed() fills */
};

/* Begin to look up the trace's event. */
struct look attempt_look(struct attempts *a, const struct attempt_trace *trace, struct attempt *out);

/* The connection in a slot below attempt_slots(). */
struct connection *attempt_slot(const struct attempts *a, uint32_t slot);

/* Ticks since the connection's last trace; 0 also when that one, of another source, is later than `now`. */
uint32_t attempt_age(const struct connection *c, uint32_t now);

/*
 * Whether the connection takes no trace of this event: it left none for ATTEMPT_IDLE_TICKS, or it is of before a pause
 * and the event is not. Who was off for long has given its process's number to others.
 */
bool attempt_is_idle(const struct connection *c, const struct look *l);

/* Whether this witness has left fewer traces of the connection than attempts are counted for it. */
bool attempt_waits(const struct connection *c, const struct look *l);

/*
 * The connection with the event's pid, or NULL. Among several, one that waits for this witness (attempt_waits) goes
 * first, then the latest. For a line that names no src, or only a host name, the connection may have any address.
 */
struct connection *attempt_by_pid(const struct look *l);

/*
 * Step 2 of the search in attempt.c: the oldest recent connection of the event's service, src and user that waits for
 * this witness, or NULL. `own` is the connection with the event's pid, or NULL; it does not wait for this witness.
 */
struct connection *attempt_by_src(const struct look *l, const struct connection *own);

/*
 * Find the connection that has the event's pid and no src yet (or only a host name, while the event has an address),
 * and give it the event's src. Returns it, or NULL. Its attempts were not counted for this src before, so the caller
 * counts them now.
 */
struct connection *attempt_adopt(const struct look *l);

/* Begin a new connection for the event, in a place of attempt_room(). Never NULL. */
struct connection *attempt_begin(const struct look *l);

/* A free place in the event's set; when there is none, an ended connection makes room, else the one idle longest. */
struct connection *attempt_room(const struct look *l);

/* Note that the connection left a trace just now. Its user and pids are filled in where they were not known. */
void attempt_learn(struct connection *c, const struct look *l);

/* Note `repeats` traces of the witness. Returns how many attempts they claim that no earlier trace has claimed. */
uint32_t attempt_note(struct connection *c, uint8_t witness, uint32_t repeats);

/* How many traces of the connection this witness has left. */
uint8_t attempt_seen(const struct connection *c, uint8_t witness);

/* Whether a trace of this kind has been read from any source. */
bool attempt_has_kind(const struct connection *c, enum auth_trace kind);

/* Drop the attempts that only PAM modules refused and nothing confirmed. Returns how many they were. */
uint32_t attempt_forgive(struct connection *c);

/*
 * The event's request was granted: take back at most `most` of its attempts that failed, of the event's user or of
 * nobody. Returns how many they were.
 */
uint32_t attempt_cancel(const struct look *l, uint32_t most);

/*
 * Call attempt_forgive() for all connections of the event's src and user except `but`: a success may have ended any of
 * them. Returns how many attempts were dropped.
 */
uint32_t attempt_forgive_src(const struct look *l, const struct connection *but);
