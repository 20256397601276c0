/* SPDX-License-Identifier: Apache-2.0 */
/* Many simulated devices on one epoll(7) loop, one thread: connects them and moves their bytes. */
#pragma once

#include "tests/bench/load/load_device.h"

#include <stdbool.h>
#include <stdint.h>

struct load_crowd {
	struct load_device *devices;
	unsigned count;
	struct load_totals totals;
	struct load_records records;
	bool reconnect; /* devices that are down come back */
	unsigned burst; /* handshakes under way at once, at most */

	int epoll;
	unsigned next;	  /* to look at for a connection */
	int64_t retry_us; /* no connection before this after a failure */
	uint64_t ended_seen;
};

void load_crowd_init(struct load_crowd *c, const struct load_tls_key *key, const struct load_fleet *fleet);

/* Run until done(arg) or the time is over; true when it was done. It is asked after every round of events. */
bool load_crowd_run(struct load_crowd *c, bool (*done)(const struct load_crowd *c, void *arg), void *arg,
		    int64_t limit_us);

/* The first `active` devices have `more` new records each, sent in batches of at most `batch_records`. */
void load_crowd_produce(struct load_crowd *c, unsigned active, uint64_t more, unsigned batch_records);

/* Records produced so far that are not acknowledged. */
uint64_t load_crowd_waiting(const struct load_crowd *c);

/* Nothing more is produced: what was not sent yet never existed. */
void load_crowd_stop_producing(struct load_crowd *c);

void load_crowd_cut_all(struct load_crowd *c);

/* Nobody wants to connect, all are up. */
bool load_crowd_all_up(const struct load_crowd *c, void *arg);
/* All records are acknowledged. */
bool load_crowd_all_acked(const struct load_crowd *c, void *arg);
