/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core's one loop: feeds what the sources, the actor, the service and the local command line bring into the
 * pure core and carries out its effects. Order of a turn: requests to the actor leave inside the feeding call;
 * records, sends and saves are done once before the loop sleeps, so that nothing stands between a log line
 * and its ban.
 */
#pragma once

#include "agent/common/message.h"
#include "agent/common/settings.h"
#include "agent/core/core.h"
#include "agent/shell/actor_link.h"
#include "agent/shell/control_socket.h"
#include "agent/shell/feed.h"
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

#define LOOP_STAGE_BYTES 65536	      /* records of one turn on their way to the spool */
#define LOOP_LEAVE_US (5 * SECOND_US) /* how long a clean end may take */

struct uplink_tls;

struct loop {
	uv_loop_t uv;
	uv_prepare_t sleeping;
	uv_timer_t timer;
	uv_idle_t again; /* runs while a source has more than one turn may take */
	uv_signal_t terminate, interrupt;
	int64_t timer_us;
	int64_t leave_us; /* when a clean end is given up; 0: not leaving */
	struct settings settings;
	struct feed feed;
	struct core *core;
	struct spool *spool;
	struct uplink_tls *link; /* NULL: built without CONFIG_UPLINK */
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
