/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local command line's socket: one request line of at most 512 bytes, an answer of rows (base/rows.h), then it
 * is closed. Who asks is told by the kernel (SO_PEERCRED): root may change things, everybody who may open the
 * socket may look. The shell answers "reload" itself; all else is the core's.
 *
 * Four clients at a time, more are turned away; five seconds to ask, thirty to take the answer; an answer longer
 * than CONTROL_SOCKET_REPLY ends in an error row.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define CONTROL_SOCKET_CLIENTS 4
#define CONTROL_SOCKET_REQUEST 512
#define CONTROL_SOCKET_REPLY (1024 * 1024)

struct control_socket;
struct feed;

struct control_client {
	struct control_socket *of;
	uv_poll_t poll;
	int fd;	      /* -1: free */
	bool closing; /* libuv still holds the handle */
	bool root, asked, answered;
	uint64_t token;
	int64_t deadline_us;
	size_t request_len;
	char request[CONTROL_SOCKET_REQUEST];
	size_t reply_len, reply_sent;
	char *reply; /* reserved at start, given back after each answer */
};

struct control_socket {
	struct feed *feed;
	bool (*reload)(void *context);	     /* read the identity again; false: there is none */
	void (*fresh_health)(void *context); /* tell the core what the shell knows, before it is asked */
	uv_poll_t poll;
	int fd;
	uint64_t next_token, refused;
	struct control_client clients[CONTROL_SOCKET_CLIENTS];
};

/* fd -1: there is no socket, and nobody comes. */
void control_socket_open(struct control_socket *c, struct feed *feed, int fd);

/* Rows of an answer; `more` of them follow. */
void control_socket_reply(struct control_socket *c, uint64_t token, struct str rows, bool more);

/* Close clients whose time is over; when to call it next. */
void control_socket_tick(struct control_socket *c, int64_t now_us);
int64_t control_socket_deadline(const struct control_socket *c);
