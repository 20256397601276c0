/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules remember: series of marks per src in bounded tables. A mark is a time, or a time and the hash of a
 * value. A series keeps as many marks per src as the largest count of the rules that read it, so windows slide
 * exactly; with large counts the same memory holds fewer srcs. When a table is full, the src whose last mark is oldest
 * is forgotten, and counted.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/lru.h"
#include "agent/base/now.h"
#include "agent/base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A Sigma correlation over other events adds a row here and in state.c. */
enum state_series {
	STATE_FAILURES,	     /* times of failures */
	STATE_PROBES,	     /* times of probes */
	STATE_USERS,	     /* users tried and failed */
	STATE_UNKNOWN_USERS, /* users tried that do not exist */
	STATE_LOOKS,	     /* times of connections without a try to log in */
	STATE_FLOODS,	     /* the same, for a rule with another count: a finding begins its series anew */
	STATE_VOUCHED,	     /* times of failures that have a vouched trace (rules/attempt.h) */
	STATE_MAX,
};

#define STATE_CLASS_VOUCHED 32u /* above enum attempt_class: goes into STATE_VOUCHED alone */
#define STATE_BYTES 512u	/* per src, for the default counts */

/* An attempt as the series see it. */
struct state_event {
	uint64_t group; /* hash of the src; not 0 */
	uint32_t now;	/* state_ticks() */
	uint32_t weight;
	uint32_t user; /* hash of its name, 0: not said */
	uint8_t class; /* enum attempt_class, or STATE_CLASS_VOUCHED */
	bool unknown_user;
};

struct state_question {
	uint8_t series;
	bool fresh;	 /* only marks since the last state_restart() */
	uint32_t window; /* ticks */
};

struct state {
	struct lru series[STATE_MAX]; /* capacity 0: no rule reads it */
	uint16_t slots[STATE_MAX];    /* marks kept for each src */
	uint32_t window[STATE_MAX];   /* ticks after which no rule reads a mark */
	uint64_t lost;		      /* srcs that were forgotten while a rule's window still held their marks */
	uint32_t lost_now;	      /* when that last happened, in ticks */
};

/* Bytes of memory for marks of `srcs` addresses. */
size_t state_size(uint32_t srcs);

/* What the rules that read a series want of it. */
struct state_want {
	uint32_t marks; /* per src; 0: no rule reads it */
	int64_t window_us;
};

/*
 * Divide memory of state_size(srcs) bytes among the series that are read. When the wanted marks need more than
 * STATE_BYTES per src, fewer srcs are kept; where fewer than 16 would be, fewer marks (state_need).
 */
void state_init(struct state *s, void *memory, uint32_t srcs, const struct state_want want[STATE_MAX]);

/* Microseconds as ticks of the marks. */
uint32_t state_ticks(int64_t us);

/* Put an attempt into every series that takes its class. */
void state_feed(struct state *s, const struct state_event *event);

/* Take the latest marks out of the series of times that take the event's class: `weight` attempts were none. */
void state_take_back(struct state *s, const struct state_event *event);

/* How many marks of the event's src are at most `window` ticks old. */
uint32_t state_count(const struct state *s, const struct state_event *event, struct state_question question);

/* `count`, or how many marks per src the series keeps if that is less. */
uint32_t state_need(const struct state *s, uint8_t series, uint32_t count);

/* Call it after a rule fired: the src's marks are no longer fresh; a series of values forgets them. */
void state_restart(struct state *s, uint8_t series, uint64_t group);

/* Forget all marks of a src in all series. */
void state_forget(struct state *s, uint64_t group);

/*
 * The saved form of the series, one after the other: hash_name() of its name (state.c), how many bytes follow, and for
 * every src its key, how many marks it has, how many of them are fresh, and the marks with their ages, oldest first.
 * state_save() begins with the srcs used last and returns how many found no room in b.
 */
uint32_t state_save(const struct state *s, struct buf *b, uint32_t now);

struct state_times {
	uint32_t now, elapsed; /* ticks */
};

/*
 * Read them back, every mark `elapsed` ticks older. What was in no window any more when it was saved is left out; what
 * only the time since has made older stays for the lines of then that are still to be read. A series of another name
 * is left out. Of a damaged series the srcs
 * before the damage are kept.
 */
void state_restore(struct state *s, struct view *v, struct state_times times);

/* The same for the srcs of one series, whose name has that hash. */
void state_restore_series(struct state *s, uint64_t name, struct view *v, struct state_times times);

/* How many srcs were forgotten because a table was full. */
uint64_t state_evicted(const struct state *s);
