/* SPDX-License-Identifier: Apache-2.0 */
/* The loop under the simulated devices. Never blocks but in epoll_wait(2). */
#include "tests/bench/load/load_crowd.h"

#include "tests/bench/load/load_times.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define EVENTS_MAX 512
#define ROUND_MS 5
#define RETRY_US 100000
#define ENDED_MAX 100 /* per device on average: then it is no outage but a mistake */

void load_crowd_init(struct load_crowd *c, const struct load_tls_key *key, const struct load_fleet *fleet)
{
	memset(c, 0, sizeof(*c));
	c->count = fleet->count;
	c->burst = 256;
	c->devices = calloc(c->count, sizeof(*c->devices));
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!c->devices || c->epoll < 0) {
		perror("simulated devices");
		exit(1);
	}
	load_records_make(&c->records);
	for (unsigned i = 0; i < c->count; i++) {
		load_device_init(&c->devices[i], key, fleet, i);
		c->devices[i].records = &c->records;
		c->devices[i].totals = &c->totals;
	}
}

static void watch(struct load_crowd *c, struct load_device *d, int operation)
{
	struct epoll_event event = {.events = EPOLLIN | (d->wants_write ? EPOLLOUT : 0), .data.ptr = d};

	if (epoll_ctl(c->epoll, operation, d->tls.fd, &event) < 0) {
		perror("epoll_ctl");
		exit(1);
	}
}

static void go(struct load_crowd *c, struct load_device *d)
{
	bool wanted = d->wants_write;

	load_device_go(d);
	if (d->state != LOAD_DOWN && d->wants_write != wanted)
		watch(c, d, EPOLL_CTL_MOD);
}

static void connect_some(struct load_crowd *c)
{
	if (!c->reconnect || load_times_clock_us() < c->retry_us)
		return;
	for (unsigned looked = 0; looked < c->count && c->totals.shaking < c->burst; looked++) {
		struct load_device *d = &c->devices[c->next];

		if (d->state == LOAD_DOWN) {
			d->wants_write = true;
			if (!load_device_connect(d)) {
				c->retry_us = load_times_clock_us() + RETRY_US;
				return;
			}
			watch(c, d, EPOLL_CTL_ADD);
		}
		c->next = (c->next + 1) % c->count;
	}
}

/* A refusal makes all wait a little; a refusal of everything ends the bench. */
static void note_ended(struct load_crowd *c)
{
	if (c->totals.ended == c->ended_seen)
		return;
	c->ended_seen = c->totals.ended;
	c->retry_us = load_times_clock_us() + RETRY_US;
	if (c->ended_seen > (uint64_t)c->count * ENDED_MAX + 1000) {
		fprintf(stderr, "connections keep ending, the last: %s\n", c->totals.last_error);
		exit(1);
	}
}

bool load_crowd_run(struct load_crowd *c, bool (*done)(const struct load_crowd *c, void *arg), void *arg,
		    int64_t limit_us)
{
	static struct epoll_event events[EVENTS_MAX];
	int64_t until = load_times_clock_us() + limit_us;

	while (!done(c, arg)) {
		if (load_times_clock_us() >= until)
			return false;
		if (c->totals.up + c->totals.shaking < c->count)
			connect_some(c);
		int n = epoll_wait(c->epoll, events, EVENTS_MAX, ROUND_MS);

		for (int i = 0; i < n; i++)
			go(c, events[i].data.ptr);
		note_ended(c);
	}
	return true;
}

void load_crowd_produce(struct load_crowd *c, unsigned active, uint64_t more, unsigned batch_records)
{
	for (unsigned i = 0; i < active && i < c->count; i++) {
		struct load_device *d = &c->devices[i];

		d->goal_seq += more;
		c->totals.produced += more;
		d->batch_records = batch_records;
		go(c, d);
	}
}

uint64_t load_crowd_waiting(const struct load_crowd *c)
{
	return c->totals.produced - c->totals.acked;
}

void load_crowd_stop_producing(struct load_crowd *c)
{
	for (unsigned i = 0; i < c->count; i++) {
		struct load_device *d = &c->devices[i];
		uint64_t unsent = d->goal_seq + 1 - d->next_seq;

		d->goal_seq -= unsent;
		c->totals.produced -= unsent;
	}
}

void load_crowd_cut_all(struct load_crowd *c)
{
	for (unsigned i = 0; i < c->count; i++)
		if (c->devices[i].state != LOAD_DOWN)
			load_device_cut(&c->devices[i]);
}

bool load_crowd_all_up(const struct load_crowd *c, void *arg)
{
	(void)arg;
	return c->totals.up == c->count;
}

bool load_crowd_all_acked(const struct load_crowd *c, void *arg)
{
	(void)arg;
	return load_crowd_waiting(c) == 0;
}
