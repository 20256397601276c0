/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects over the link, around the pure halves in agent/uplink: their files in the core's directory, their requests to
 * the actor, and what health says of them. It is built with CONFIG_OBJECTS only.
 */
#pragma once

#include "agent/core/core.h"
#include "agent/shell/spool_disk.h"
#include "agent/uplink/uplink.h"

struct feed;

struct link_objects {
	struct feed *feed;
	struct uplink *uplink;
	struct spool_disk_files disk;
};

/* Give the uplink the files of the core's directory. `o` must be zero and must not move. */
void link_objects_open(struct link_objects *o, struct feed *feed, struct uplink *uplink);

/* Give a request to the actor. */
void link_objects_ask(struct link_objects *o, const struct actor_object *object);

/* Set and clear the problems of objects, and add their counters to out. */
void link_objects_problems(struct link_objects *o);
void link_objects_count(const struct link_objects *o, struct core_shell_health *out);
