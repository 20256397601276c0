/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the API's own files share: the running API, and the call under way on a connection. Everything here belongs to
 * the API's thread. A call's way: api_conn (bytes) -> serve (route, who, may they) -> handler -> reply -> api_conn.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/json.h"
#include "server-stub/api/api.h"
#include "server-stub/api/http.h"
#include "server-stub/api/limit.h"
#include "server-stub/api/route.h"

#include <uv.h>

#include <stdatomic.h>

#define CALL_DETAIL_MAX 256
#define CALL_PAGE_BYTES (4u << 20) /* memory one answer is written in */
#define CALL_PAGE_FULL (1u << 20)  /* a list ends its page here, whatever limit was asked for */
#define CALL_ADDRESS_MAX 64

struct api_conn;
struct api_conn_handler;
struct api_tls;
struct call;
struct names_entry;
struct news;
struct stream;
struct work;

struct call {
	struct api *api;
	struct api_conn *conn;
	const struct route *route; /* NULL: no such path */
	const struct http *http;
	struct str arg;		/* what stands for "*" in the route's path, still percent-encoded */
	struct store_user user; /* name "": not logged in */
	struct store_session session;
	struct addr addr;
	char address[CALL_ADDRESS_MAX];
	char action[STORE_NAME_MAX];  /* for the audit log; empty: the route's name */
	char detail[CALL_DETAIL_MAX]; /* for the audit log: what it was about, never a secret */

	bool writes;			      /* serve_begin was called */
	bool pending;			      /* a worker thread goes on with it: serve_done follows */
	bool streams;			      /* the answer goes on as events */
	void (*committed)(struct call *call); /* run once what the handler wrote is durable */
	uint8_t id[STORE_ID];		      /* of what the call is about, for `committed` */

	uint16_t status; /* of the answer; 0: none yet */
	const char *type;
	char headers[256]; /* more header lines, each with CR LF */
	struct buf body;   /* over api->page */
	struct json json;  /* writes into body */
};

struct api {
	struct api_env env;
	const struct route *routes;
	const struct api_conn_handler *handler; /* of what comes on connections */
	uv_loop_t loop;
	uv_thread_t thread;
	uv_tcp_t listener;
	uv_async_t wake;
	uv_timer_t audit_timer;
	uv_timer_t soon; /* for streams that wait for their turn */
	uv_timer_t beat; /* runs while there are streams */
	unsigned beats;
	uint16_t port;
	bool stopping;
	int64_t tls_looked_us;
	atomic_bool stop_asked;

	struct api_tls *tls;
	struct api_conn *conns;
	unsigned conn_count;
	struct stream *streams;
	char *page;
	char *chunk; /* CALL_PAGE_BYTES more, for what is not an answer: events of streams */
	struct limit *limit;
	struct work *work; /* passwords that wait for a worker thread, oldest first */
	unsigned working, work_waiting;

	struct news *news;
	struct names_entry *names;

	/* api_audit.c */
	struct store_audit *audit;
	unsigned audit_count;
	uint64_t audit_lost;
	int64_t strangers_minute;
	unsigned strangers;

	/* push under way, between the commit and the hand-over */
	struct store_order order;
	uint8_t (*order_devices)[STORE_ID];
	unsigned order_device_count;

	struct {
		uint64_t connections, refused, requests[6], bytes_out, streams;
	} count;
};
