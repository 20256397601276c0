/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One operator's connection: TCP, TLS, and requests one after another. The number of connections is bounded, in all and
 * for each address, and so is the time of each step. A slow reader holds up only its own connection.
 *
 * Whoever did not sign in is a stranger. Strangers have a part of the places, the rest is kept for signed-in users. A
 * newcomer takes the place of a stranger where those are taken: of the oldest idle one of his own address where that
 * has its most, else of the address that has the most. So no crowd shuts anybody out, wherever it comes from.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "server-stub/api/call.h"

#include <stdbool.h>
#include <stddef.h>

#define API_CONN_MAX 512
#define API_CONN_STRANGERS_MAX 256 /* strangers among them */
#define API_CONN_ADDRESS_MAX 128   /* strangers from one address (IPv6: one /64) */
#define API_CONN_FIRST_MS 10000	   /* from the accept to the first whole request's first byte */
#define API_CONN_REQUEST_MS 20000  /* for a request, from its first byte to its last */
#define API_CONN_IDLE_MS 75000	   /* between requests */
#define API_CONN_WRITE_MS 30000	   /* without the peer taking anything */

/* What a connection calls of the files above it. Set it in api->handler before the first connection. */
struct api_conn_handler {
	/* Answer call->http, which is READY or BAD; at once, unless call->pending is set on return. */
	void (*call)(struct call *call);
	/* All bytes of an answer that streams were sent. */
	void (*drained)(struct api *api, struct api_conn *conn);
	/* The connection of an answer that streams is closing. */
	void (*gone)(struct api *api, struct api_conn *conn);
};

/* Accept a connection that waits on api->listener, and close the one whose place it takes. */
void api_conn_accept(struct api *api);

/* Close the connection; its memory is freed when libuv has closed it. */
void api_conn_close(struct api_conn *conn);

/* Close those that wait for a request; each other one ends behind the answer that is under way. api->leaving is set. */
void api_conn_leave(struct api *api);

/* Send the whole answer of the present call. Afterwards the connection reads the next request or ends. */
void api_conn_answer(struct api_conn *conn, struct str head, struct str body);

/* Send more of an answer that streams. ERR_TOO_LONG: too much waits to be sent; ERR_CLOSED. */
ERR_CHECK enum err api_conn_stream(struct api_conn *conn, struct str bytes);

/* The number of bytes that wait to be sent. */
size_t api_conn_waiting(const struct api_conn *conn);

/* The stream has ended; the connection reads the next request. */
void api_conn_end(struct api_conn *conn);

/* A pending call can be answered now. False: its connection was closed meanwhile, and the call is over. */
bool api_conn_back(struct api_conn *conn);
