/* SPDX-License-Identifier: Apache-2.0 */
/* All gateway loops together, with the writer and the clerk behind them: what the rest of the service sees of devices.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/fleet/fleet_conf.h"
#include "server-stub/gateway/writer.h"

#define GATEWAY_ERROR_MAX 512

struct gateway;

struct gateway_setup {
	const struct fleet *fleet; /* these two stay the caller's */
	const struct fleet_conf *conf;
	const char *store_path;
	struct writer_news news;
};

struct gateway_figures {
	uint64_t connected, handshakes, resumed, refused;
	struct writer_figures writer;
};

/* Start everything. error is a sentence. */
ERR_CHECK enum err gateway_start(const struct gateway_setup *setup, struct gateway **out,
				 char error[GATEWAY_ERROR_MAX]);

/* From any thread, without waiting. The order is durable: send it to those of its devices that are connected. */
void gateway_push(struct gateway *g, const struct store_order *order, const uint8_t (*devices)[STORE_ID],
		  unsigned device_count);

/* The device is revoked in the store: its connection ends. */
void gateway_revoke(struct gateway *g, const uint8_t device[STORE_ID]);

/* Take up changed certificates for connections from now on. */
void gateway_reload(struct gateway *g);

/* Make a new key for session tickets when it is time. */
void gateway_care(struct gateway *g, int64_t wall_s);

void gateway_figures(struct gateway *g, struct gateway_figures *out);

/* No new bytes; what came is stored and acknowledged; goodbye to all. Waits for it. NULL does nothing. */
void gateway_stop(struct gateway *g);
