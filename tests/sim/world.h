/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated world: one source of chance, one clock, one queue of things to come. Everything that happens in a
 * run follows from its seed and its scenario, so a failure can be had again.
 */
#pragma once

#include "agent/base/hash.h"
#include "agent/base/now.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum world_break {
	BREAK_NOTHING,
	BREAK_ACK_BEFORE_SYNC,
	BREAK_SAVE_BEFORE_SYNC,
	BREAK_PLACE_AHEAD,
	BREAK_OBJECT_EARLY,	 /* the service says that it keeps an object before it is durable */
	BREAK_OBJECT_UNVERIFIED, /* the actor puts in place whatever was gathered */
	BREAK_OBJECT_FLOOD,	 /* the service sends more pieces than it was asked for */
	BREAK_OBJECT_ANEW,	 /* the device begins an object again with each connection */
};

/* How bad the world is. Times are means in milliseconds between two mishaps of a kind; 0: never. */
struct scenario {
	char name[32];
	uint32_t duration_s; /* of the trouble; then comes peace, and the books are checked */
	uint32_t attackers, operators;
	uint32_t link_cut_ms;			 /* the connection breaks at some byte */
	uint32_t link_black_ms;			 /* bytes vanish, nobody is told */
	uint32_t link_down_ms;			 /* how long no connection can be made afterwards, at most */
	uint32_t link_cut_bytes;		 /* after which each connection breaks, in the mean */
	uint32_t power_cut_ms, power_cut_writes; /* at some time; at some write */
	uint32_t core_crash_ms, core_crash_writes;
	uint32_t server_crash_ms;
	uint32_t disk_full_ms, disk_full_for_ms;
	uint32_t clock_jump_ms;
	uint32_t actor_trouble; /* requests of a thousand that fail at first */
	uint32_t sync_ms;	/* what a sync takes, at most */
	uint32_t spool_segments;
	uint32_t order_ms; /* between two orders of an operator at the service */
	uint32_t objects_down, objects_up;
	uint32_t object_ms, object_bytes, object_rate; /* between two each way; at most; bytes per second */
};

struct world;

typedef void (*world_call)(struct world *w, uint64_t tag);

struct world_event {
	int64_t at_us;
	uint64_t order;
	world_call call;
	uint64_t tag;
};

#define WORLD_EVENTS_MAX 16384

struct world {
	uint64_t seed, state;
	const struct scenario *scenario;
	enum world_break broken;
	int verbose;
	int64_t time_us;	/* since the beginning of time, never jumps */
	int64_t wall_offset_us; /* what the device's clock says beyond that */
	bool peace;		/* no more mishaps */
	uint64_t next_order;
	size_t event_count;
	struct world_event events[WORLD_EVENTS_MAX];
	jmp_buf mishap; /* the device loses its power, or its process, in the middle of something */
	bool mishap_armed;
	uint64_t steps, steps_max;
	unsigned power_cuts, core_crashes, link_cuts, server_crashes, disk_fulls, clock_jumps;
	char failure[512]; /* empty: none yet */
};

enum world_mishap { MISHAP_POWER = 1, MISHAP_CRASH = 2 };

void world_begin(struct world *w, uint64_t seed, const struct scenario *scenario);

/* Equally likely numbers below `below` (not 0). */
uint64_t world_random(struct world *w, uint64_t below);
bool world_chance(struct world *w, uint32_t of_thousand);
void world_bytes(struct world *w, void *out, size_t len);

/* Call later. Calls for the same moment come in the order they were asked for. */
void world_after(struct world *w, int64_t delay_us, world_call call, uint64_t tag);

/* The next event; false when nothing is to come before until_us. */
bool world_step(struct world *w, int64_t until_us);

/* A time with this mean; INT64_MAX for mean 0. */
int64_t world_mishap_in(struct world *w, uint32_t mean_ms);

/* End the device's process, or its power, right here. Never returns. */
_Noreturn void world_strike(struct world *w, enum world_mishap mishap);

/* The first failure of a run is kept. */
void world_fail(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_say(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
