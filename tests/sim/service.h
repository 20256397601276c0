/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service: the real session and ingest over the memory store. What was committed survives its crashes, nothing
 * else does. Commits come late and in groups.
 */
#pragma once

#include "agent/base/str.h"
#include "tests/sim/net.h"
#include "tests/sim/world.h"

#include <stdbool.h>
#include <stdint.h>

void service_begin(struct world *w, struct net *n);
void service_end(void);

/* The network: a device connects, bytes arrive, the connection is gone. */
void service_connected(void);
void service_arrived(struct str bytes);
void service_broke(void);

/* The process dies and is there again a little later. */
void service_crash(void);
bool service_up(void);

/* An operator pushes an order. */
void service_order(void);
void service_check_orders(void);

/* An operator makes an object for the device, while there are any to make. */
void service_object(void);

/* Records stored, in order of arrival. */
void service_each(void (*each)(void *arg, struct str record), void *arg);

/* The state of an incident (enum views_incident_state), and what it counts; 0: it is not stored. */
unsigned service_incident_state(const uint8_t id[16]);
unsigned service_incident_count(const uint8_t id[16]);

/* Calls for each incident; returns how many rows there are in all. */
unsigned service_incidents(void (*each)(void *arg, const uint8_t id[16], const char *rule, const char *src), void *arg);
