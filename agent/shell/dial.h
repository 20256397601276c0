/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connects to a host by name or address: resolves in a thread (getaddrinfo(3)), then tries the addresses one after
 * another, DIAL_ADDRESS_US each. Allocates: the resolver does.
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
	bool resolving, wanted; /* a resolution that is no longer wanted runs to its end */
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

void dial_init(struct dial *d, uv_loop_t *uv);

/* Begin; `done` gets a connected non-blocking socket, which it owns, or -1 and why. It may be called at once. */
void dial_start(struct dial *d, const char *host, uint16_t port);

/* `done` is not called any more for what was started. */
void dial_cancel(struct dial *d);

void dial_tick(struct dial *d, struct now now);
int64_t dial_deadline(const struct dial *d);
