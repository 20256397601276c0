/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The link's transport: carries out what the pure uplink (agent/uplink/uplink.h) asks for over a socket and TLS
 * (agent/base/tls/tls_socket.h), with the identity and the trust of this device. Only built with CONFIG_UPLINK; callers
 * ask IS_ENABLED.
 */
#pragma once

#include "agent/base/now.h"
#include "agent/core/core.h"

#include <stdbool.h>
#include <stdint.h>

struct feed;
struct spool;
struct uplink_tls;

/* Reserve memory. Nothing is read and nothing happens before uplink_tls_reload. */
struct uplink_tls *uplink_tls_open(struct feed *feed, struct spool *spool);

/* Read trust and identity again and connect with them. False: no server in the settings, or no identity. */
bool uplink_tls_reload(struct uplink_tls *u);

/* The spool has new records. */
void uplink_tls_wake(struct uplink_tls *u);

/* The actor has taken this order. */
void uplink_tls_order_seen(struct uplink_tls *u, const struct actor_order *order);

/* Carry out what the uplink wants now; once a turn. */
void uplink_tls_before_sleep(struct uplink_tls *u);

void uplink_tls_tick(struct uplink_tls *u, struct now now);
int64_t uplink_tls_deadline(const struct uplink_tls *u);

/* The service has welcomed us. */
bool uplink_tls_linked(const struct uplink_tls *u);

/* Add the link's counters. */
void uplink_tls_health(const struct uplink_tls *u, struct core_shell_health *out);

/* Say goodbye to the service. */
void uplink_tls_close(struct uplink_tls *u);
