/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides what must not be done, whoever asks, by what the actor has found out about this machine. Pure. All functions
 * that return an error then fill `why`, a phrase that ends a receipt's text.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/err.h"
#include "agent/common/message.h"
#include "agent/common/settings.h"

#include <stdbool.h>
#include <stdint.h>

/* Each kind has room of its own, so that many of one never take the place of another. */
#define RAILS_OWN_MAX 1024
#define RAILS_GATEWAYS_MAX 64
#define RAILS_RESOLVERS_MAX 32
#define RAILS_SERVERS_MAX 64
#define RAILS_FRIENDS_MAX 256
#define RAILS_HOSTS_MAX \
	(RAILS_OWN_MAX + RAILS_GATEWAYS_MAX + RAILS_RESOLVERS_MAX + RAILS_SERVERS_MAX + RAILS_FRIENDS_MAX)
#define RAILS_WHY_MAX 96

enum rails_kind {
	RAILS_OWN,
	RAILS_GATEWAY,
	RAILS_RESOLVER,
	RAILS_SERVER,
	RAILS_FRIEND, /* of a name in never_ban */
	RAILS_KINDS,
};

/*
 * An address that the machine needs, in the form that packets have (addr_wire): isolation filters by it. Rails compare
 * the address that it stands for (addr_plain).
 */
struct rails_host {
	uint8_t kind;  /* enum rails_kind */
	uint32_t name; /* SERVER, FRIEND: rails_name() of the name that it is an address of; else 0 */
	struct addr addr;
};

/* All of them. A value of zeros holds none. */
struct rails_hosts {
	unsigned count, of[RAILS_KINDS]; /* how many, of each kind */
	struct rails_host rows[RAILS_HOSTS_MAX];
	uint32_t left_out[RAILS_KINDS]; /* for which the kind had no room, since it was cleared */
};

/* What a DNS name or the text of an address is known by here. */
uint32_t rails_name(const char *text);

/* Remove all addresses of this kind; of this name of the kind. */
void rails_hosts_clear(struct rails_hosts *h, enum rails_kind kind);
void rails_hosts_forget(struct rails_hosts *h, enum rails_kind kind, uint32_t name);

/* Add an address, once. One that its kind has no room for is counted in left_out. */
void rails_hosts_put(struct rails_hosts *h, const struct rails_host *host);
void rails_hosts_add(struct rails_hosts *h, enum rails_kind kind, const struct addr *a);

/*
 * Whether a network may be banned. ERR_PROTECTED: it overlaps never_ban, a special address or one that the machine
 * needs, or holds all of IPv4 as NAT64 carries it. ERR_UNSUPPORTED: it is wider than /VERB_PREFIX4_MIN or
 * /VERB_PREFIX6_MIN. For rules policy.h allows fewer prefix lengths.
 */
ERR_CHECK enum err rails_ban(const struct settings *s, const struct rails_hosts *h, const struct addr *a,
			     char why[RAILS_WHY_MAX]);

/*
 * Whether an address is one from which somebody may look after this machine: never_ban has it, or it is of a name
 * there. Its connections are not cut unless the order says include_me.
 */
bool rails_is_friend(const struct settings *s, const struct rails_hosts *h, const struct addr *a);

/*
 * The IPv6 networks of `bits` bits that hold one of those addresses, each once, at most `max`: no rule may ban them
 * whole. Returns how many.
 */
unsigned rails_nets(const struct rails_hosts *h, uint8_t bits, struct addr *out, unsigned max);

/* What the shell knows of an account when somebody asks to reset it or to end its sessions. */
struct rails_account {
	const char *name;
	uint8_t origin;		     /* enum verb_origin: who asks */
	bool is_root;		     /* user id 0 */
	bool is_own;		     /* the guard's user or the service's, by name or user id */
	const char *no_login;	     /* why nobody can log in with it, NULL: somebody can */
	char twin[VERB_ACCOUNT_MAX]; /* a name of the same user id that is protected or no log-in account, or "" */
};

/*
 * Reset and logout: a rule may touch log-in accounts only, and of those neither root nor protected ones; an order
 * may.
 */
ERR_CHECK enum err rails_account(const struct settings *s, const struct rails_account *account,
				 char why[RAILS_WHY_MAX]);

/* What the shell knows of a process. */
struct rails_process {
	int32_t pid;
	bool kernel_thread;
	bool guard;	  /* the actor or its core */
	bool above_guard; /* the actor runs below it */
	bool by_rule;	  /* a rule asks */
	bool way_in;	  /* people log in through it */
	bool daemon;	  /* it is one of the system's services */
};

/*
 * Kill: pid 1, kernel threads and the guard are out of bounds for everybody; what people log in through, and the
 * system's services, for rules.
 */
ERR_CHECK enum err rails_kill(const struct rails_process *process, char why[RAILS_WHY_MAX]);

/*
 * Suspend, for each process of a tree: what kill spares, and what the guard runs below, which may wait for it, restart
 * it or hold its terminal. `root` is the process that was asked for; why names any other one.
 */
ERR_CHECK enum err rails_suspend(const struct rails_process *process, int32_t root, char why[RAILS_WHY_MAX]);
