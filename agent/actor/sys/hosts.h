/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses this machine needs, for the rails: its own and its default gateways (rtnetlink(7)), its resolvers
 * (resolv.conf(5), also those that a local resolver asks in turn), the service's, and those of the names in never_ban.
 * Read at start and again when the kernel says that an address or a default route changed. Names are resolved by a
 * short-lived child that has dropped to the guard's user, at start, after such a change, every hour, and every five
 * minutes where never_ban has names, because the actor itself talks to no network. A name that cannot be resolved keeps
 * the addresses of its last answer and is asked for again every minute. A build without RESOLVER has no names to
 * resolve.
 */
#pragma once

#include "agent/actor/rails/rails.h"
#include "agent/base/err.h"
#include "agent/base/netlink_socket.h"
#include "agent/common/message.h"
#include "agent/common/settings.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define HOSTS_SERVER_NAMES 2 /* [server] address and the name in the trust bundle */
#define HOSTS_NAMES_MAX (HOSTS_SERVER_NAMES + SETTINGS_NEVER_BAN_NAMES_MAX)

struct hosts {
	struct netlink socket; /* rtnetlink requests */
	struct netlink_out out;
	int watch_fd;			    /* its notifications */
	const char *names[HOSTS_NAMES_MAX]; /* the service's, then never_ban's; borrowed; NULL or empty: none */
	uint32_t silent[HOSTS_NAMES_MAX];   /* rails_name() of those that the last look found no address of */
	unsigned silent_count;
	const char *program; /* that resolves when it is started as resolver.h says; NULL: names are not resolved */
	uid_t uid;	     /* whom it becomes */
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

/*
 * Which addresses are not protected although they should be, as a phrase for health: of which names in never_ban there
 * is no new answer, or which kind has more than RAILS_..._MAX. Empty: there are none.
 */
void hosts_gaps(const struct hosts *h, const struct rails_hosts *known, char why[MESSAGE_WHY_MAX]);
