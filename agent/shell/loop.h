/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core's one loop: feeds what the sources, the actor, the service and the local command line bring into the
 * pure core and carries out its effects. Order of a turn: requests to the actor leave inside the feeding call;
 * records, sends and saves are settled once before the loop sleeps, so that nothing stands between a log line
 * and its ban.
 */
#pragma once

#include "agent/actor/verbs.h"
#include "agent/base/now.h"
#include "agent/core/core.h"
#include "agent/settings/settings.h"
#include "agent/shell/actor_link.h"
#include "agent/shell/control_socket.h"
#include "agent/shell/health.h"
#include "agent/shell/source_datagram.h"
#include "agent/shell/source_netlink.h"
#include "agent/shell/source_tail.h"
#include "agent/shell/spool_disk.h"
#include "agent/shell/state_file.h"
#include "agent/spool/spool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define LOOP_STAGE_BYTES 65536	/* records of one turn on their way to the spool */
#define LOOP_LEAVE_US (5 * SECOND_US)	/* how long a clean end may take */

struct uplink_tls;

struct loop {
	uv_loop_t uv;
	uv_prepare_t settle;
	uv_timer_t timer;
	uv_idle_t again;	/* runs while a source has more than one turn may take */
	uv_signal_t terminate, interrupt;
	int64_t timer_us;
	int64_t leave_us;	/* when a clean end is given up; 0: not leaving */
	struct settings settings;
	struct core *core;
	struct spool *spool;
	struct uplink_tls *link;	/* NULL: built without CONFIG_UPLINK */
	struct actor_link actor;
	struct source_tail tail;
	struct source_datagram datagram;
	struct source_netlink netlink;
	struct control_socket control;
	struct health health;
	struct spool_disk_files disk;
	struct state_file state;
	uint64_t stage_lost;
	size_t staged;
	uint8_t stage[LOOP_STAGE_BYTES];
};

/*
 * Read the settings and the saved state from the descriptors of core_fds.h and open everything. Ends the program
 * on failure.
 */
void loop_init(struct loop *loop);

/* Ask the actor for the sources and run until the end; the program's exit code. */
int loop_run(struct loop *loop);

/* The time, for inputs. */
struct now loop_now(void);

/* Feed the core and carry out what comes of it. */
void loop_feed(struct loop *loop, const struct input *input);
void loop_feed_at(struct loop *loop, const struct input *input, struct now now);

/* Come again before sleeping: a source has more. */
void loop_again(struct loop *loop);

/* Tell the core what only the shell knows. */
void loop_feed_health(struct loop *loop);

/* Begin a clean end: save the state, make the spool durable, stop. */
void loop_leave(struct loop *loop);

/* The actor's answer about a log file; the descriptor is handed over. */
void loop_source_opened(struct loop *loop, const struct actor_source *answer, int fd);

/* Read the identity again and link up; also after a change of the service's address. False: no identity there. */
bool loop_reload(struct loop *loop);

/* The service's clock, taken over by a device that has none of its own. */
void loop_learn_clock(int64_t wall_us);

/* A line on standard error. */
void loop_log(enum severity severity, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Say why and end at once: what cannot be gone on with. State on disk is good at any moment. */
_Noreturn void loop_fail(struct loop *loop, const char *why);
