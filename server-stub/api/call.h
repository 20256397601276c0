/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the API's own files share: the running API, and the present call of a connection. Only the API's thread uses it.
 * A call goes this way: api_conn (bytes) -> serve (route, user, permission) -> handler -> reply -> api_conn.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/json.h"
#include "server-stub/api/api.h"
#include "server-stub/api/http.h"
#include "server-stub/api/limit.h"
#include "server-stub/api/route.h"
#include "server-stub/store/person.h"

#include <uv.h>

#include <stdatomic.h>

#define CALL_DETAIL_MAX 256
#define CALL_PAGE_BYTES (4u << 20) /* memory in which one answer is written */
#define CALL_PAGE_FULL (1u << 20)  /* a list ends its page at this size, whatever its limit */
#define CALL_ADDRESS_MAX 64

struct api_conn;
struct api_conn_handler;
struct api_tls;
struct call;
struct challenge_book;
struct desk_book;
struct names_entry;
struct news;
struct sso_wait;
struct stream;
struct work;

struct call {
	struct api *api;
	struct api_conn *conn;
	const struct route *route; /* NULL: no such path */
	const struct http *http;
	struct str arg;	    /* the segment that "*" in the route's path stands for, percent-encoded */
	struct person user; /* name "": not logged in */
	struct person_session session;
	struct addr addr, net; /* the caller's, and whom it counts with: of IPv6 its /64 */
	char address[CALL_ADDRESS_MAX];
	char action[STORE_NAME_MAX];  /* for the audit log; empty: the route's name */
	char detail[CALL_DETAIL_MAX]; /* for the audit log: what the call was about, never a secret */

	bool writes;			      /* serve_begin was called */
	bool pending;			      /* a worker thread works on it; serve_done follows */
	bool streams;			      /* the answer goes on as events */
	void (*committed)(struct call *call); /* called when what the handler wrote is durable */
	uint8_t id[STORE_ID];		      /* the id of what the call is about, for `committed` */

	uint16_t status; /* of the answer; 0: none yet */
	const char *type;
	const char *cache; /* for Cache-Control; NULL: no-store */
	const char *rules; /* NULL, or header lines of a page for people, each with CR LF */
	char headers[256]; /* more header lines, each with CR LF */
	struct buf body;   /* over api->page */
	struct json json;  /* writes into body */
};

struct api {
	struct api_env env;
	const struct route *routes;
	const struct api_conn_handler *handler; /* called by connections */
	uv_loop_t loop;
	uv_thread_t thread;
	uv_tcp_t listener;
	uv_async_t wake;
	uv_timer_t audit_timer;
	uv_timer_t soon;  /* runs while streams wait for their turn */
	uv_timer_t beat;  /* runs while there are streams */
	uv_timer_t leave; /* runs while api->leaving */
	unsigned beats;
	uint16_t port;
	bool leaving;  /* what is under way is the last */
	bool stopping; /* everything is being closed */
	atomic_bool draining;
	int64_t tls_looked_us;
	atomic_bool stop_asked;

	struct api_tls *tls;
	struct api_conn *conns;
	unsigned conn_count;
	struct stream *streams;
	char *page;
	char *chunk; /* CALL_PAGE_BYTES for the events of streams */
	struct limit *limit;
	struct work *work;	   /* passwords that wait for a worker thread, in their turn */
	struct work *work_refused; /* those that gave their place up, until they are answered */
	unsigned working, work_waiting;

	struct news *news;
	struct names_entry *names;
	struct challenge_book *challenges; /* for passkeys and single sign-on */
	struct desk_book *desks;	   /* command lines that wait for somebody in a browser */
	struct sso_wait *sso;		   /* NULL: there is no single sign-on */

	/* api_audit.c */
	struct person_audit *audit;
	unsigned audit_count;
	uint64_t audit_lost;
	int64_t strangers_minute;
	unsigned strangers;

	/* the order of the present push, from the commit until the gateway has it */
	struct registry_order order;
	uint8_t (*order_devices)[STORE_ID];
	unsigned order_device_count;

	struct {
		uint64_t connections, refused, displaced, requests[6], bytes_out, streams;
	} count;
};
