/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The link's transport. It carries out what the pure uplink (agent/uplink/uplink.h) asks for, by a socket and TLS
 * (agent/base/tls/tls_socket.h), with the identity and the trust of this device. It is built with CONFIG_UPLINK only;
 * callers ask IS_ENABLED(CONFIG_UPLINK) first.
 */
#pragma once

#include "agent/base/now.h"
#include "agent/core/core.h"

#include <stdbool.h>
#include <stdint.h>

struct feed;
struct spool;
struct uplink_tls;

/* Reserve memory. It does nothing else before uplink_tls_reload(). Failure is fatal. */
struct uplink_tls *uplink_tls_open(struct feed *feed, struct spool *spool);

/*
 * Read trust and identity from their directories, and connect with them. False: the settings name no server, or the
 * device has no usable identity, which health reports.
 */
bool uplink_tls_reload(struct uplink_tls *u);

/*
 * Say which trust bundle the actor has in force (0: none, or not known yet). After a change Hello says the new version;
 * when the fleet's CA changed with it, the link begins anew, with the new one.
 */
void uplink_tls_trust(struct uplink_tls *u, uint64_t version);

/* Say that the spool has new records. */
void uplink_tls_wake(struct uplink_tls *u);

/* Say that the actor has got this order. */
void uplink_tls_order_seen(struct uplink_tls *u, const struct actor_order *order);

/* The actor has answered a request about an object. There may be a new file to send. With CONFIG_OBJECTS only. */
void uplink_tls_object_answered(struct uplink_tls *u, const struct actor_object_answer *answer);
void uplink_tls_look(struct uplink_tls *u);

/* Carry out all effects of the uplink. The loop calls it once in each turn, before it sleeps. */
void uplink_tls_before_sleep(struct uplink_tls *u);

/* Handle the time-outs of the connection and of the uplink. */
void uplink_tls_tick(struct uplink_tls *u, struct now now);

/* When to call uplink_tls_tick() next, CLOCK_BOOTTIME in microseconds; INT64_MAX: no need. */
int64_t uplink_tls_deadline(const struct uplink_tls *u);

/* How many frames of the service have come, since the start. */
uint64_t uplink_tls_heard(const struct uplink_tls *u);

/* Add the link's counters to out, and whether the service has sent its Welcome. */
void uplink_tls_health(const struct uplink_tls *u, struct core_shell_health *out);

/* Stop the uplink and close the connection. */
void uplink_tls_close(struct uplink_tls *u);
