/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one loop of caltrop-core. It feeds the pure core with input from the sources, the actor, the service and the
 * local command line, and carries out the core's effects. Requests to the actor are sent inside of the call that feeds
 * the core. Records, sends to the service and saves are done once in each turn, before the loop sleeps, so that they
 * never delay a ban.
 */
#pragma once

#include "agent/common/message.h"
#include "agent/common/settings.h"
#include "agent/core/core.h"
#include "agent/shell/actor_link.h"
#include "agent/shell/alive.h"
#include "agent/shell/control_socket.h"
#include "agent/shell/pack_file.h"
#include "agent/shell/spool_disk.h"
#include "agent/shell/state_file.h"
#include "agent/source/feed.h"
#include "agent/source/health.h"
#include "agent/source/sources.h"
#include "agent/spool/spool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define LOOP_STAGE_BYTES 65536	      /* bytes of one turn's records, until the spool gets them */
#define LOOP_LEAVE_US (5 * SECOND_US) /* the longest time that a clean end may take */

struct uplink_tls;

struct loop {
	uv_loop_t uv;
	uv_prepare_t sleeping;
	uv_timer_t timer;
	uv_idle_t again; /* runs while a source has more bytes than may be read in one turn */
	uv_signal_t terminate, interrupt;
	int64_t timer_us;
	int64_t leave_us; /* when the program ends at the latest; 0: it was not asked to end */
	struct settings settings;
	uint8_t settings_digest[32]; /* of their text; not without CONFIG_UPLINK */
	struct feed feed;
	struct core *core;
	struct spool *spool;
	struct uplink_tls *link; /* NULL: built without CONFIG_UPLINK */
	struct actor_link actor;
	struct alive alive;
	struct sources sources;
	struct control_socket control;
	struct health health;
	struct spool_disk_files disk;
	struct state_file state;
	struct pack_file packs;
	uint64_t heard;	  /* frames of the service when the actor was last told */
	int64_t heard_us; /* when that was */
	struct {
		uint64_t place; /* of a receipt, in the actor's chain */
		uint64_t needs; /* the spool's number that has to be durable before the actor is told; 0: it was told */
	} recorded;
	uint64_t stage_lost;
	size_t staged;
	uint8_t stage[LOOP_STAGE_BYTES];
};

/*
 * Read the settings from the descriptors of core_fds.h, and open the core, the spool, the sources, the sockets and the
 * link. On failure it ends the program. `loop` must be zero and must not move.
 */
void loop_init(struct loop *loop);

/* Restore the saved state, ask the actor for the log files, and run until SIGTERM or SIGINT. Returns the exit code. */
int loop_run(struct loop *loop);
