/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket for the local command line. A client sends one line of at most CONTROL_SOCKET_REQUEST bytes, gets an
 * answer of rows (base/rows.h), and is disconnected. The kernel says who the client is (SO_PEERCRED, unix(7)): only
 * root may change something; every user who can open the socket may ask. The shell answers "reload" itself; the core
 * answers all other requests.
 *
 * At most CONTROL_SOCKET_CLIENTS are served at a time; more are disconnected and counted. A client has five seconds to
 * ask and thirty to read its answer. An answer longer than CONTROL_SOCKET_REPLY ends with an error row.
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
struct effect;
struct feed;

struct control_client {
	struct control_socket *of;
	uv_poll_t poll;
	int fd;	      /* -1: free */
	bool closing; /* libuv has not released the handle yet */
	bool root, asked, answered;
	bool held; /* the answer is not sent yet */
	uint64_t token;
	int64_t deadline_us;
	size_t request_len;
	char request[CONTROL_SOCKET_REQUEST];
	size_t reply_len, reply_sent;
	char *reply; /* reserved at start; its pages are returned to the kernel after each answer */
};

struct control_socket {
	struct feed *feed;
	bool (*reload)(void *context);	     /* reads the identity again; false: there is none */
	void (*look)(void *context);	     /* looks for new objects to send */
	void (*fresh_health)(void *context); /* gives the core the shell's health before it answers about it */
	uv_poll_t poll;
	int fd;
	uint64_t next_token, refused;
	struct control_client clients[CONTROL_SOCKET_CLIENTS];
};

/* Take over the listening socket. fd -1: there is no socket and there are no clients. */
void control_socket_open(struct control_socket *c, struct feed *feed, int fd);

/*
 * Begin to accept clients; later calls do nothing. The loop calls it once its sources are open: whoever has had an
 * answer and then writes a line may count on its being read. Clients that come before wait in the kernel's queue.
 */
void control_socket_serve(struct control_socket *c);

/* Send a copy of an EFFECT_REPLY's rows to the client whose request it answers; one that is held with the next
 * control_socket_release(). */
void control_socket_reply(struct control_socket *c, const struct effect *reply);

/* Whether an answer is held. */
bool control_socket_holds(const struct control_socket *c);

/* Send the answers that are held. */
void control_socket_release(struct control_socket *c);

/* Disconnect the clients whose time is over. */
void control_socket_tick(struct control_socket *c, int64_t now_us);

/* When to call control_socket_tick() next, CLOCK_BOOTTIME in microseconds; INT64_MAX: no need. */
int64_t control_socket_deadline(const struct control_socket *c);
