/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses this machine needs, for the rails: its own and its default gateways (rtnetlink(7)), its resolvers
 * (resolv.conf(5)), the service's. Read at start and again when the kernel says that an address or a default route
 * changed. A service given by name is resolved by a short-lived child that has dropped to the guard's user, at start,
 * after such a change and every hour, because the actor itself talks to no network.
 */
#pragma once

#include "agent/actor/rails/rails.h"
#include "agent/base/err.h"
#include "agent/base/netlink_socket.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define HOSTS_NAMES_MAX 2 /* [server] address and the name in the trust bundle */

struct hosts {
	struct netlink socket; /* rtnetlink requests */
	struct netlink_out out;
	int watch_fd;			    /* its notifications */
	const char *names[HOSTS_NAMES_MAX]; /* borrowed; NULL or empty: none */
	uid_t uid;			    /* whom the child becomes */
	gid_t gid;
	pid_t child;	    /* resolving, 0: none */
	int pipe;	    /* from it, -1 */
	int64_t resolve_us; /* when to resolve (again), INT64_MAX: no names */
	int64_t read_us;    /* when to read the kernel's lists again, INT64_MAX: they are fresh */
};

/*
 * Open the two netlink sockets. The caller has set names, uid and gid; nothing is read yet. Errors of socket(2) and
 * bind(2).
 */
ERR_CHECK enum err hosts_open(struct hosts *h);

/*
 * Read the kernel's lists, resolv.conf and numeric names now. A list that cannot be read stays as it was, and
 * hosts_tick reads again until it can.
 */
void hosts_read(struct hosts *h, struct rails_hosts *out);

/* The names have changed (they are read where they lie): look all of them up again. */
void hosts_renamed(struct hosts *h, int64_t mono_us);

/* Take notifications; a change makes hosts_tick read again a moment later. */
void hosts_watch(struct hosts *h, int64_t mono_us);

/* Do what is due; true when `out` changed. */
bool hosts_tick(struct hosts *h, struct rails_hosts *out, int64_t mono_us);
int64_t hosts_next_us(const struct hosts *h);

/* The resolver's pipe hung up (poll it for nothing else): take its answers. */
void hosts_answers(struct hosts *h, struct rails_hosts *out, int64_t mono_us);
