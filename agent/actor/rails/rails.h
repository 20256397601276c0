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

#define RAILS_HOSTS_MAX 256
#define RAILS_WHY_MAX 96

enum rails_kind { RAILS_OWN, RAILS_GATEWAY, RAILS_RESOLVER, RAILS_SERVER, RAILS_KINDS };

/* Addresses that the machine needs, by where they were found. */
struct rails_hosts {
	unsigned count;
	struct {
		uint8_t kind; /* enum rails_kind */
		struct addr addr;
	} rows[RAILS_HOSTS_MAX];
	uint32_t left_out; /* for which there was no room */
};

/* Remove all addresses of this kind. */
void rails_hosts_clear(struct rails_hosts *h, enum rails_kind kind);
/* Add an address, once. When RAILS_HOSTS_MAX are there, it is counted in left_out. */
void rails_hosts_add(struct rails_hosts *h, enum rails_kind kind, const struct addr *a);

/*
 * Whether a network may be banned. ERR_PROTECTED: it overlaps never_ban, a special address or one that the machine
 * needs. ERR_UNSUPPORTED: it is wider than /VERB_PREFIX4_MIN or /VERB_PREFIX6_MIN. For rules policy.h allows fewer
 * prefix lengths.
 */
ERR_CHECK enum err rails_ban(const struct settings *s, const struct rails_hosts *h, const struct addr *a,
			     char why[RAILS_WHY_MAX]);

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
};

/* Kill: pid 1, kernel threads and the guard are out of bounds for everybody. */
ERR_CHECK enum err rails_kill(const struct rails_process *process, char why[RAILS_WHY_MAX]);

/*
 * Suspend, for each process of a tree: what kill spares, and what the guard runs below, which may wait for it, restart
 * it or hold its terminal. `root` is the process that was asked for; why names any other one.
 */
ERR_CHECK enum err rails_suspend(const struct rails_process *process, int32_t root, char why[RAILS_WHY_MAX]);
