/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One gateway loop: a thread with a libuv loop, a listener of its own on the common port (SO_REUSEPORT), its
 * connections, its TLS and its read handle of the store. Other threads reach it through two mailboxes only.
 */
#pragma once

#include "agent/base/hash.h"
#include "agent/base/now.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/fleet/fleet_conf.h"
#include "server-stub/gateway/clerk.h"
#include "server-stub/gateway/job.h"
#include "server-stub/gateway/link_tls.h"
#include "server-stub/gateway/presence.h"
#include "server-stub/gateway/say.h"
#include "server-stub/gateway/session/session.h"
#include "server-stub/gateway/ticket.h"

#include <uv.h>

#include <stdatomic.h>

#define LOOP_BUCKETS      16384 /* of the table of devices */
#define LOOP_SOURCES      4096  /* counters of handshakes under way, by a hash of the address */
#define LOOP_CIPHER_BYTES 65536
#define LOOP_PLAIN_BYTES  16384 /* one TLS record */

/* What all loops share; set up by gateway.c before any loop runs. */
struct loop_shared {
	const struct fleet *fleet;
	const struct fleet_conf *conf;
	const char *store_path;
	struct ticket_keys *tickets;
	struct presence *presence;
	struct job_queue *writer;
	struct clerk *clerk;
	unsigned loop_count;
	struct loop *loops[FLEET_CONF_LOOPS_MAX];
	_Atomic uint64_t handshakes, resumed, refused;
};

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

struct link;

struct loop_slot {
	struct link *link;
	uint32_t generation;
};

struct loop {
	struct loop_shared *shared;
	unsigned index;
	uv_thread_t thread;
	uv_loop_t uv;
	uv_tcp_t listener;
	uv_timer_t timer;
	uv_async_t wake;
	struct store *store;
	struct link_tls *tls;
	struct session_scratch *scratch;
	struct hash_key source_key;
	struct say_limit limit;
	bool quiet, ending;
	int64_t heard_us; /* when HEARD was sent last */

	pthread_mutex_t mutex; /* over the two mailboxes */
	struct loop_mail *mail, **mail_last;
	struct job *answers, **answers_last;

	unsigned link_count, links_max, half_open, tls_retired;
	struct link *links;  /* all, newest first */
	struct link *paused; /* not read from until the writer has caught up */
	struct loop_slot *slots;
	uint32_t *free_slots;
	unsigned free_count;
	struct link *devices[LOOP_BUCKETS];
	uint16_t sources[LOOP_SOURCES];
	char cipher[LOOP_CIPHER_BYTES]; /* what the socket gave */
	char plain[LOOP_PLAIN_BYTES];   /* what it meant */
};

/* Opens everything and listens, then starts the thread. error is a sentence. */
ERR_CHECK enum err loop_start(
	struct loop_shared *shared, unsigned index, struct loop **out, char error[LINK_TLS_ERROR_MAX]);

/* Bind and listen where server.conf says; part of loop_start. */
ERR_CHECK enum err loop_listen(struct loop *loop, char error[LINK_TLS_ERROR_MAX]);

/* From any thread. Mail is copied; `order` gives one of its users away. Without memory it is lost: false. */
bool loop_post(struct loop *loop, const struct loop_mail *mail);

/* To the loop of that index, from another one. */
bool loop_post_to(struct loop *loop, unsigned index, const struct loop_mail *mail);

/* From the writer and the clerk: jobs come back; the loop frees them. */
void loop_answer(struct loop *loop, struct job *jobs);

/* After LOOP_END. */
void loop_join(struct loop *loop);

/* An order is not needed any more by one of its users. */
void loop_order_release(struct loop_order *order);
