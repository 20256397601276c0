/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One gateway loop: a thread with a libuv loop, a clock and two mailboxes. Other threads reach it only through the
 * mailboxes. Its owner (links.h) gives it a row of functions, which are called with what arrives.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/now.h"
#include "server-stub/gateway/job.h"
#include "server-stub/gateway/offers.h"
#include "server-stub/store/registry.h"

#include <uv.h>

#include <stdatomic.h>

/* An order that is to be sent to devices; all loops share one copy and count its users. */
struct loop_order {
	_Atomic unsigned users;
	struct registry_order order;
	unsigned device_count;
	uint8_t devices[][STORE_ID];
};

enum loop_mail_kind {
	LOOP_ORDER = 1,
	LOOP_OFFER,    /* device: there is a new object for it */
	LOOP_REVOKED,  /* device: end its connection and tell it that it is revoked */
	LOOP_REPLACED, /* link: its device has a newer connection */
	LOOP_OUTDATED, /* device: end its connection, whose certificate was replaced */
	LOOP_RELOAD,   /* certificates changed */
	LOOP_TRUST,    /* the trust bundle changed */
	LOOP_IMMUNITY, /* offer: devices of its group are to ban an address */
	LOOP_DEAF,     /* take no more connections */
	LOOP_QUIET,    /* take no more connections and no more bytes */
	LOOP_END,      /* say goodbye and leave */
};

struct loop_mail {
	struct loop_mail *next;
	enum loop_mail_kind kind;
	struct loop_order *order;
	uint64_t link;
	uint8_t device[STORE_ID];
	struct offer offer;
};

/* The owner's functions. All are called on the loop's thread, one after the other. */
struct loop_calls {
	void (*mail)(void *owner, const struct loop_mail *mail);
	void (*answers)(void *owner, struct job *jobs); /* in order; the owner frees them */
	void (*worked_off)(void *owner);		/* both mailboxes are empty */
	void (*tick)(void *owner, struct now now);	/* once a second */
};

/* Part of its owner's memory, zeros before loop_make. Private except `uv`, on which the owner opens handles. */
struct loop {
	const struct loop_calls *calls;
	void *owner;
	uv_thread_t thread;
	uv_loop_t uv;
	uv_timer_t timer;
	uv_async_t wake;
	bool stopped;
	_Atomic unsigned ticks; /* how often `tick` was called; any thread may read it */

	pthread_mutex_t mutex; /* over the two mailboxes */
	struct loop_mail *mail, **mail_last;
	struct job *answers, **answers_last;
};

/* Prepare a loop; its thread does not run yet. ERR_NO_MEMORY; ERR_FULL: no descriptor is left. After an error there is
 * nothing to release. */
ERR_CHECK enum err loop_make(struct loop *loop, const struct loop_calls *calls, void *owner);

/* Start the thread. ERR_NO_MEMORY: it does not run, and the loop has still to be stopped. */
ERR_CHECK enum err loop_start(struct loop *loop);

/*
 * Stop the loop, on its own thread: of the owner's functions only `answers` is called from now on. The thread ends when
 * the owner has closed its handles. For a loop whose thread was never started, loop_run_out runs it to that end.
 */
void loop_stop(struct loop *loop);
void loop_run_out(struct loop *loop);

/* Wait for the thread of a stopped loop, and free what is left in the mailboxes. Call it from another thread. */
void loop_join(struct loop *loop);

/* Put mail into the mailbox, from any thread. *mail is copied, and one user of its order goes to the loop. False: out
 * of memory, and the mail is lost. */
bool loop_post(struct loop *loop, const struct loop_mail *mail);

/* Give a list of answered jobs back to the loop, which owns them again. The writer and the clerk call it. */
void loop_answer(struct loop *loop, struct job *jobs);

/* Give up one use of an order; the last one frees it. */
void loop_order_release(struct loop_order *order);
