/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator API: HTTPS (TLS 1.2 and up) and JSON under /api/v1 on a loop and thread of its own. The rest of the
 * service starts and stops it, and reports what was committed, so that streams and waiting calls go on at once.
 * openapi.json beside this file describes the API.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/fleet/fleet_conf.h"
#include "server-stub/fleet/fleet_seal.h"
#include "server-stub/store/registry.h"

#include <stdint.h>

#define API_ERROR_MAX 256
#define API_LEAVE_MS 3000
#define API_NEWS_MAX 8192 /* reports kept; beyond it streams look in the store for everything they wait for */

struct aide;
struct api;

/* The gateway's figures, for /metrics. */
struct api_figures {
	uint64_t connected, handshakes, enroll_refused, batches, records, duplicates, rejected, receipts;
	uint64_t objects_kept, objects_refused, objects_disorder, object_bytes_in, object_bytes_out;
	enum err store_error, views_error; /* why what devices send is not stored, and why the views stand still */
	enum err damage;		   /* why a part of the store cannot be read; ERR_OK: none is known */
};

/* Everything that it points to must stay valid until api_stop returns. */
struct api_env {
	const struct fleet *fleet;
	struct store *store;  /* a handle that nobody else uses while the API runs */
	const char *web_root; /* NULL, or a directory from which the console's files are read at each call */
	const char *listen;   /* "127.0.0.1:8444", "[::]:8444"; port 0: any, see api_port */
	const char *cert_path, *key_path; /* PEM; read again when they change */
	const char *link_host;		  /* where devices find the gateway, for join tokens */
	uint16_t link_port;
	/* The names under which, besides localhost, browsers may use passkeys; NULL: there are none. */
	const char (*names)[FLEET_CONF_TEXT_MAX];
	unsigned name_count;
	const struct fleet_seal *seal; /* of the secrets of operators' apps */
	bool factor_required;	       /* responders and admins have to set up a second factor before anything else */

	/* These are called on the API's thread; they copy what they keep and must not block. Each may be NULL. */
	void *context;
	/* The order is durable. Send it to those of the devices that are connected. */
	void (*push)(void *context, const struct registry_order *order, const uint8_t (*devices)[STORE_ID],
		     unsigned device_count);
	/* The device is revoked in the store. End its open connection now. */
	void (*revoke)(void *context, const uint8_t device[STORE_ID]);
	/* There is a whole object for the device. Offer it if the device is connected. */
	void (*offer)(void *context, const uint8_t device[STORE_ID]);
	/* The trust bundle was replaced. Send it to the devices that are connected. */
	void (*trust)(void *context);
	/* Outputs changed, or one is to be tried. NULL: this build tells none. */
	void (*output)(void *context);
	const uint16_t *output_ports; /* to which outputs may be */
	unsigned output_port_count;
	/* Single sign-on: the process that speaks with the provider (outside/envoy.h), what people call the provider,
	 * its issuer, and where browsers find the console. NULL: there is none. */
	struct {
		struct aide *envoy;
		const char *name, *issuer, *url;
	} sso;
	void (*figures)(void *context, struct api_figures *out);
};

/*
 * Load the certificate, listen and start the thread. On an error nothing runs, and `error` is a whole sentence: ERR_IO
 * (the address is in use, a file cannot be read), ERR_INVALID (the address), ERR_CORRUPT (the certificate or key),
 * ERR_NO_MEMORY.
 */
ERR_CHECK enum err api_start(const struct api_env *env, struct api **out, char error[API_ERROR_MAX]);

/* From now on /readyz answers that the service is stopping; all else goes on. NULL does nothing. */
void api_drain(struct api *api);

/*
 * Take no more connections and calls, end streams with an event that says why, wait for the answers under way, at most
 * API_LEAVE_MS; then end all connections and the thread, and free the API. NULL does nothing.
 */
void api_stop(struct api *api);

/* The port it listens on. */
uint16_t api_port(const struct api *api);

enum api_news {
	API_NEWS_ORDER = 1, /* id: an order of which a target changed or a receipt came */
	API_NEWS_INCIDENT,  /* id: an incident that opened or changed */
	API_NEWS_BATCH,	    /* id: NULL; records were stored */
	API_NEWS_LOST,	    /* id: NULL; more was reported than could be kept. Only for those who are told */
};

/* Report a commit, after it; any thread may call, and waits for no more than a short lock. The API reads the rest in
 * the store. */
void api_news(struct api *api, enum api_news news, const uint8_t *id);
