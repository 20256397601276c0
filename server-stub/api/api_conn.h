/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One operator's connection: TCP, TLS and requests one after another. Bounded in number, in total and by address, and
 * in time at every step; one that answers slowly holds only its own memory.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "server-stub/api/call.h"

#include <stdbool.h>
#include <stddef.h>

#define API_CONN_MAX 512
#define API_CONN_ADDRESS_MAX 128  /* from one address (IPv6: one /64) */
#define API_CONN_FIRST_MS 10000	  /* from the accept to the first whole request's first byte */
#define API_CONN_REQUEST_MS 20000 /* for a request, from its first byte to its last */
#define API_CONN_IDLE_MS 75000	  /* between requests */
#define API_CONN_WRITE_MS 30000	  /* without the peer taking anything */

/* What a connection knows of those above it. Set in api->handler before the first is taken. */
struct api_conn_handler {
	/* call->http is READY or BAD. Answers at once unless call->pending is set afterwards. */
	void (*call)(struct call *call);
	/* The reader of an answer that streams has caught up. */
	void (*drained)(struct api *api, struct api_conn *conn);
	/* The connection of an answer that streams closes. */
	void (*gone)(struct api *api, struct api_conn *conn);
};

/* Take a connection that waits on api->listener. */
void api_conn_accept(struct api *api);

/* Start to close; it frees itself later. */
void api_conn_close(struct api_conn *conn);

/* The answer to the call under way, whole (head and body). Afterwards the connection reads on or ends. */
void api_conn_answer(struct api_conn *conn, struct str head, struct str body);

/* More of an answer that streams. ERR_TOO_LONG (too much waits), ERR_CLOSED. */
ERR_CHECK enum err api_conn_stream(struct api_conn *conn, struct str bytes);

/* Bytes not taken by the peer yet. */
size_t api_conn_waiting(const struct api_conn *conn);

/* The stream has said its last; the connection is ready for the next request. */
void api_conn_end(struct api_conn *conn);

/* A pending call is complete, or its connection is gone by now: only then false. */
bool api_conn_back(struct api_conn *conn);
