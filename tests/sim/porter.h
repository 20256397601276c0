/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects at the simulated device: the disk that the real uplink gathers them on and sends them from, and the model of
 * the actor that judges them and puts them in place. Root's program that wants a file sent is here too.
 */
#pragma once

#include "agent/common/message.h"
#include "agent/uplink/uplink.h"
#include "tests/sim/disk.h"
#include "tests/sim/world.h"

#include <stdbool.h>
#include <stdint.h>

void porter_begin(struct world *w, struct disk *d);

/* A process has started, with this view of the disk: give objects to its uplink. */
void porter_open(struct uplink *u, const struct spool_disk *ops);

/* Whether this sync was asked for by objects and not by the spool. */
bool porter_owns(uint64_t token);

/* The uplink is connected (faults that are built in on purpose act here), and it sends this. */
void porter_connected(struct uplink *u);
void porter_sent(struct str frame);

/* A request for the actor from the core of that life. The answer comes by device_object_answer(). */
void porter_ask(const struct actor_object *ask, uint64_t life);

/* Put the next object into the spool of those to be sent, if there is one. False: not now, the disk takes no writes. */
bool porter_make(void);

/* The power is gone: what was under way in the actor is lost. And the power is back: look at what is left. */
void porter_lose_power(void);
void porter_check(void);

/* At the end: nothing is left of objects that were under way, or why not. */
bool porter_done(const char **why);
