/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection of a device: TCP, TLS, and above it a session (LINK_TLS_ALPN) or an enrolment. Lives on its loop's
 * thread from accept to close. Its own state is below 2 KiB; the library's TLS buffers, which come with the first byte,
 * are most of what a connected device costs. Buffers for what cannot be written at once are made when needed and
 * bounded.
 */
#pragma once

#include "server-stub/gateway/loop.h"

#define LINK_HANDSHAKE_US (20 * SECOND_US)
#define LINK_HELLO_US     (30 * SECOND_US)
#define LINK_ENROLL_US    (30 * SECOND_US)
#define LINK_ENDING_US    (3 * SECOND_US)
#define LINK_WRITING_MAX  65536  /* encrypted bytes handed to the kernel's queue */
#define LINK_BACKLOG_MAX  262144 /* bytes that wait for that; a device that reads slower is dropped */
#define LINK_ORDERS_KEPT  4      /* ids of orders sent last, so that none is sent twice in a row */

enum link_state {
	LINK_SHAKING = 1,
	LINK_ENROLLING,
	LINK_UP,
	LINK_ENDING, /* last words are on their way; what comes is not looked at */
	LINK_CLOSED,
};

struct link {
	struct loop *loop;
	struct link *next, *previous; /* of all */
	struct link *next_paused;
	struct link *next_device; /* in the bucket */
	struct link *next_dirty;  /* loop_answer: has something to say */
	uint64_t id;
	enum link_state state;
	bool half_open, entered, paused, dirty, hello_seen, heard;
	uint16_t source; /* of loop->sources */
	uv_tcp_t tcp;
	struct tls_end *tls; /* made for the first byte */
	struct link_tls_peer peer;
	size_t writing;
	struct buf backlog; /* memory of its own */
	struct buf enroll;  /* memory of its own: the request so far */
	int64_t deadline_us;
	struct session *session;
	uint8_t orders[LINK_ORDERS_KEPT][STORE_ID];
	unsigned order_next;
	char address[48];
};

/* Take the connection that waits at the loop's listener. */
void link_accept(struct loop *loop);

/* NULL: it is gone. */
struct link *link_by_id(struct loop *loop, uint64_t id);

/* Encrypt and send. The link may be closed afterwards. */
void link_send(struct link *link, struct str bytes);

/* Flush what was sent, then close. */
void link_end(struct link *link);

/* At once. The memory goes when libuv lets go of it; the link is not to be used any more. */
void link_close(struct link *link);

/* The handshake is over, one way or the other. */
void link_leave_half_open(struct link *link);

/* Whether its time is over: then it is ended. */
void link_tick(struct link *link, struct now now);

/* Stop and start looking for bytes. */
void link_pause(struct link *link);
void link_resume(struct link *link);
