/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator API: HTTPS (TLS 1.2 and up) and JSON under /api/v1 on a loop and thread of its own. The rest of the
 * service starts and stops it, and tells it what was committed, so that waiting operators hear of it at once. What
 * the API serves is written down in openapi.json beside this file.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/store/store.h"

#include <stdint.h>

#define API_ERROR_MAX 256
#define API_NEWS_MAX 8192 /* kept; more only makes streams look at all they wait for */

struct api;

/* What only the gateway knows, for /metrics. */
struct api_figures {
	uint64_t connected, handshakes, batches, records, duplicates, rejected, receipts;
};

/* Everything pointed at stays valid until api_stop returns. */
struct api_env {
	const struct fleet *fleet;
	struct store *store;		  /* a handle of its own: only the API's thread uses it while the API runs */
	const char *listen;		  /* "127.0.0.1:8444", "[::]:8444"; port 0: any, see api_port */
	const char *cert_path, *key_path; /* PEM; looked at again when they change */
	const char *link_host;		  /* where devices find the gateway: goes into join tokens */
	uint16_t link_port;

	/* Called on the API's thread; they copy what they need and do not block. Each may be NULL. */
	void *context;
	/* The order is durable. Send it to those of the devices that are connected. */
	void (*push)(void *context, const struct store_order *order, const uint8_t (*devices)[STORE_ID],
		     unsigned device_count);
	/* The device is revoked in the store. End its open connection now. */
	void (*revoke)(void *context, const uint8_t device[STORE_ID]);
	void (*figures)(void *context, struct api_figures *out);
};

/*
 * Load the certificate, listen and serve. On an error `error` is a whole sentence: ERR_IO (address in use, a file that
 * cannot be read), ERR_INVALID (address), ERR_CORRUPT (certificate or key), ERR_NO_MEMORY.
 */
ERR_CHECK enum err api_start(const struct api_env *env, struct api **out, char error[API_ERROR_MAX]);

/* End all connections, join the thread, free it. NULL does nothing. */
void api_stop(struct api *api);

/* The port it listens on. */
uint16_t api_port(const struct api *api);

enum api_news {
	API_NEWS_ORDER = 1, /* id: an order of which a target changed or a receipt came */
	API_NEWS_INCIDENT,  /* id: an incident that opened or changed */
	API_NEWS_BATCH,	    /* id: NULL; records were stored */
};

/* From any thread, after the commit; never blocks for longer than a short lock. The API reads the rest in the store. */
void api_news(struct api *api, enum api_news news, const uint8_t *id);
