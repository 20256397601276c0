/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole caltropd for tests: a process of its own in a network namespace of its own, with its state, log file and
 * accounts in a temporary directory, and the test program itself as its core. That core only hands its end of the
 * actor's socket to the test, which then speaks for it.
 */
#pragma once

#include "agent/actor/loop.h"
#include "agent/actor/sys/netfilter.h"
#include "agent/base/key.h"
#include "agent/common/message.h"
#include "proto/order.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

union guard_message {
	struct actor_header header;
	struct actor_act act;
	struct actor_order order;
	struct actor_source source;
	struct actor_receipt receipt;
	struct actor_head head;
	struct actor_effect effect;
	struct actor_health health;
};

struct guard {
	bool possible; /* what guard_prepare said */
	char dir[64];
	pid_t pid;	   /* the actor */
	pid_t core;	   /* its core */
	int listener;	   /* where cores hand over their sockets */
	int socket;	   /* the actor's, as the core has it */
	int fd;		   /* that came with the last message, -1 */
	uint64_t recorded; /* place of the last receipt of which the actor was told that it is on the disk */
	bool forgetful;	   /* do not say that receipts are on the core's disk */
	bool observe;	   /* ask for verbs without effect */
	bool by_iptables;  /* instead of nf_tables */
	int64_t cause_us;  /* when the event was, because of which a verb is asked for; 0: now */
	void (*adjust)(struct settings *s); /* what this test wants otherwise; NULL: nothing */
	const char *rule;		    /* in whose name; NULL: brute_force for bans, else breach */
	union guard_message message;
};

/* Call first in main: does not return in a process that was started as a core. */
void guard_maybe_core(void);

/* Prepare the directory; false where namespaces or nf_tables are not permitted. */
bool guard_prepare(struct guard *g);

/* What guard_start does in the actor's process before it waits: everything is open, this process confined. */
ERR_CHECK enum err guard_open(const struct guard *g, struct actor *a, char why[LOOP_WHY_MAX]);

/* Start the actor, take the first core's socket, say that it is ready. */
void guard_start(struct guard *g);

/* Take the socket of the next core, which the actor starts by itself. */
void guard_next_core(struct guard *g);

/* Kill the actor; the kernel's state stays. */
void guard_kill(struct guard *g);

/* As systemd does: SIGTERM, and the actor ends by itself. */
bool guard_stop(struct guard *g);

void guard_remove(struct guard *g);

/*
 * Have the guard filter by iptables, and open that for the test as well. False, and nothing is left of guard_prepare():
 * this machine does not have it.
 */
bool guard_by_iptables(struct guard *g, struct netfilter *filter);

/* Kill the actor and remove the directory. */
void guard_end(struct guard *g);

/* The same as a tear-down of cmocka; nothing where guard_prepare said false. nft: the test's own, to be closed; or
 * NULL. */
int guard_tear_down(struct guard *g, struct nft *nft);

/* A process that only waits, and does not outlive this program. */
pid_t guard_victim(void);

/* Whether it is stopped, or is not. Waits for up to two seconds: a signal reaches a process a moment after it was sent.
 */
bool guard_victim_is(pid_t victim, bool stopped);

/* The next message of any type into g->message; false after two seconds. */
bool guard_next(struct guard *g);

/* The next message of a type into g->message, others are dropped; false after two seconds. */
bool guard_wait(struct guard *g, uint16_t type);

/* Ask for a verb and take its receipt. */
const struct actor_receipt *guard_act(struct guard *g, const struct verb_args *args, uint8_t origin);

/* Arguments of a verb about an account. */
struct verb_args guard_account(uint16_t verb, const char *name, uint32_t duration_s);

/*
 * Make the order, which has its steps, one for the guard's device (guard_trust) and valid now, with an id that no other
 * of this program has. The second function makes one of a single step.
 */
void guard_order_bind(struct order *order);
struct order guard_order_of(const struct verb_args *args);

/* The same for an order with one signature. NULL: the guard is gone, or does not answer. */
const struct actor_receipt *guard_order(struct guard *g, const struct order *order, const struct key_der *private_key);

/* Only the first half of that; false: the guard is gone. */
bool guard_order_send(struct guard *g, const struct order *order, const struct key_der *private_key);

/* The message with an order and one signature. */
void guard_order_sign(struct actor_order *m, const struct order *order, const struct key_der *private_key);

/*
 * Put a trust bundle there: device 0707..., and one order key that is made here and given to the caller. Call it before
 * guard_start.
 */
void guard_trust(const struct guard *g, struct key_der *order_key);

/* Write a file below the directory. */
void guard_put(const struct guard *g, const char *name, const char *text);
