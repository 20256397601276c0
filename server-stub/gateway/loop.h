/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One gateway loop: a thread with a libuv loop, a clock and two mailboxes, by which alone other threads reach it. What
 * is done with what comes is its owner's, who hands a row of functions down; see links.h.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/now.h"
#include "server-stub/gateway/job.h"
#include "server-stub/store/store.h"

#include <uv.h>

#include <stdatomic.h>

/* An order on its way to some of its devices; one copy for all loops. */
struct loop_order {
	_Atomic unsigned users;
	struct store_order order;
	unsigned device_count;
	uint8_t devices[][STORE_ID];
};

enum loop_mail_kind {
	LOOP_ORDER = 1,
	LOOP_REVOKED,  /* device: end its connection, it is not to come back */
	LOOP_REPLACED, /* link: its device has a newer connection */
	LOOP_RELOAD,   /* certificates changed */
	LOOP_QUIET,    /* take no more connections and no more bytes */
	LOOP_END,      /* say goodbye and leave */
};

struct loop_mail {
	struct loop_mail *next;
	enum loop_mail_kind kind;
	struct loop_order *order;
	uint64_t link;
	uint8_t device[STORE_ID];
};

/* What the owner does with what comes. All are called on the loop's thread, one after the other. */
struct loop_calls {
	void (*mail)(void *owner, const struct loop_mail *mail);
	void (*answers)(void *owner, struct job *jobs); /* in order; the owner frees them */
	void (*worked_off)(void *owner);		/* both mailboxes are */
	void (*tick)(void *owner, struct now now);	/* once a second */
};

/* Part of its owner's memory, zeros before loop_make. Private but for `uv`, where the owner opens its own handles. */
struct loop {
	const struct loop_calls *calls;
	void *owner;
	uv_thread_t thread;
	uv_loop_t uv;
	uv_timer_t timer;
	uv_async_t wake;
	bool stopped;

	pthread_mutex_t mutex; /* over the two mailboxes */
	struct loop_mail *mail, **mail_last;
	struct job *answers, **answers_last;
};

/* Nothing runs yet. ERR_NO_MEMORY; ERR_FULL: no descriptor is left. Then there is nothing to give back. */
ERR_CHECK enum err loop_make(struct loop *loop, const struct loop_calls *calls, void *owner);

/* Starts the thread. ERR_NO_MEMORY; the loop is open still. */
ERR_CHECK enum err loop_start(struct loop *loop);

/*
 * On the loop's thread: no more calls but answers. The thread ends when the owner has closed its handles too. On a loop
 * that did not start, loop_run_out does what the thread would.
 */
void loop_stop(struct loop *loop);
void loop_run_out(struct loop *loop);

/* After loop_stop, from another thread: wait for the thread, free what is left in the mailboxes. */
void loop_join(struct loop *loop);

/* From any thread. Mail is copied; `order` gives one of its users away. Without memory it is lost: false. */
bool loop_post(struct loop *loop, const struct loop_mail *mail);

/* From the writer and the clerk: jobs come back; the loop frees them. */
void loop_answer(struct loop *loop, struct job *jobs);

/* An order is not needed any more by one of its users. */
void loop_order_release(struct loop_order *order);
