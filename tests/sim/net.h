/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection between the device and the service, above TLS: bytes arrive in pieces of any size, later, until it
 * breaks at any byte. Black: nothing arrives any more and nobody is told.
 */
#pragma once

#include "agent/base/str.h"
#include "tests/sim/world.h"

enum net_side { NET_DEVICE = 0, NET_SERVICE = 1 };

#define NET_BYTES_MAX (1u << 20)

struct net_pipe {
	uint8_t *bytes;
	size_t len;
	bool moving; /* a delivery is under way */
};

struct net {
	struct world *world;
	uint64_t connection; /* number of the present one; 0: none */
	uint64_t last;
	bool black;
	int64_t down_until_us;
	int64_t cut_after;     /* bytes until it breaks; -1: it does not */
	struct net_pipe to[2]; /* by receiver */
	/* Whom to tell. */
	void (*arrived)(struct world *w, enum net_side side, struct str bytes);
	void (*broke)(struct world *w, enum net_side side);
};

void net_begin(struct net *n, struct world *w);
void net_end(struct net *n);

/* False: no way through now. */
bool net_connect(struct net *n);

void net_send(struct net *n, enum net_side to, struct str bytes);

/* Bytes on their way. */
size_t net_pending(const struct net *n, enum net_side to);

/* One side goes away without the other doing anything; `tell` says which sides hear of it. */
void net_close(struct net *n, bool tell_device, bool tell_service);

/* Break after so many more bytes; go black now. */
void net_cut_after(struct net *n, size_t bytes);
void net_go_black(struct net *n);
