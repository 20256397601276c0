/* SPDX-License-Identifier: Apache-2.0 */
/* All gateway loops, the writer and the clerk: the part of the service that devices talk to. */
#pragma once

#include "agent/base/err.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/fleet/fleet_conf.h"
#include "server-stub/gateway/writer.h"

#define GATEWAY_ERROR_MAX 512

struct gateway;

struct gateway_setup {
	const struct fleet *fleet; /* these two stay the caller's and live as long as the gateway */
	const struct fleet_conf *conf;
	const char *store_path;
	struct bulletin_news news; /* told on threads of the gateway */
	/* What an error of the store means, for gateway_start()'s sentence; NULL: err_text() says it. */
	const char *(*explain)(enum err err);
};

struct gateway_figures {
	uint64_t connected, handshakes, resumed, refused, enroll_refused;
	uint64_t object_bytes_out, object_dropped;
	struct writer_figures writer;
	enum err views_error; /* follower_error() */
	enum err damage;      /* librarian_damage() */
};

/* Start all threads and listen. On an error nothing runs, and `error` is a sentence. */
ERR_CHECK enum err gateway_start(const struct gateway_setup *setup, struct gateway **out,
				 char error[GATEWAY_ERROR_MAX]);

/* Send an order, which is durable, to those of the devices that are connected. Any thread may call it; it does not
 * wait. */
void gateway_push(struct gateway *g, const struct registry_order *order, const uint8_t (*devices)[STORE_ID],
		  unsigned device_count);

/* Offer the device, if it is connected, the object that waits for it. Any thread may call it; it does not wait. */
void gateway_offer(struct gateway *g, const uint8_t device[STORE_ID]);

/* End the connection of a device that was revoked in the store. Any thread may call it; it does not wait. */
void gateway_revoke(struct gateway *g, const uint8_t device[STORE_ID]);

/* Read the trust bundle again, and send it to all devices that are connected. Any thread may call it; it does not wait.
 */
void gateway_trust(struct gateway *g);

/* Read the certificates again; new connections use them. */
void gateway_reload(struct gateway *g);

/* Make a new key for session tickets if the present one is TICKET_ROTATE_S old. Call it now and then. */
void gateway_care(struct gateway *g, int64_t wall_s);

/* Whether every loop has turned since the last call. They do once a second. Only one thread calls it. */
bool gateway_turns(struct gateway *g);

void gateway_figures(struct gateway *g, struct gateway_figures *out);

/* Take no more connections; those that are there go on. */
void gateway_drain(struct gateway *g);

/*
 * Read no more bytes, store and acknowledge what was received, say goodbye to all devices, end the threads and free the
 * gateway. Returns when that is done. NULL does nothing.
 */
void gateway_stop(struct gateway *g);
