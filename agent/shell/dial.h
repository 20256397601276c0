/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connects to a host by its name or address. A thread resolves the name (getaddrinfo(3)); then the addresses are tried
 * one after another, each for at most DIAL_ADDRESS_US. The resolver allocates memory.
 */
#pragma once

#include "agent/base/now.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

#define DIAL_ADDRESS_US (10 * SECOND_US)
#define DIAL_ADDRESSES_MAX 8

struct socket_watch;

struct dial {
	uv_loop_t *uv;
	uv_getaddrinfo_t request;
	bool resolving, wanted; /* a resolution that is no longer wanted still runs to its end */
	unsigned count, next;
	struct sockaddr_storage addresses[DIAL_ADDRESSES_MAX];
	struct socket_watch *watch;
	int fd;
	int64_t deadline_us;
	char why[128];
	void (*done)(void *arg, int fd, const char *why);
	void *arg;
	char host[256], port[8];
};

/* Prepare; the caller then sets `done` and `arg`. d must not move. */
void dial_init(struct dial *d, uv_loop_t *uv);

/*
 * Begin to connect; host and port are copied. `done` gets a connected non-blocking socket, which is then the caller's,
 * or -1 and a sentence that says why. dial_start() itself may call it.
 */
void dial_start(struct dial *d, const char *host, uint16_t port);

/* Stop connecting. `done` is not called. */
void dial_cancel(struct dial *d);

/* Give up an address whose time is over and try the next one. */
void dial_tick(struct dial *d, struct now now);

/* When to call dial_tick() next, CLOCK_BOOTTIME in microseconds; INT64_MAX: no need. */
int64_t dial_deadline(const struct dial *d);
