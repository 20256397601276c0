/* SPDX-License-Identifier: Apache-2.0 */
/* What the devices of a group have, as the service knows it, beside what a folder says. Messages are printed here. */
#pragma once

#include "server-stub/cli/fleet_folder.h"
#include "server-stub/cli/rest.h"

#include <jansson.h>

struct fleet_state {
	json_t *items; /* of /api/v1/kept, its own */
	unsigned count;
	struct plan_device *devices; /* by wave; their rows are in items */
};

/*
 * Fetch it. OPTS_GO_ON; no device may be in the group. Else an exit status after a message. Either way
 * fleet_state_free() gives the memory back.
 */
int fleet_state_read(struct rest *r, const struct desired *d, struct fleet_state *out);
void fleet_state_free(struct fleet_state *s);

/* How a device is with an item. */
enum plan_state fleet_state_of(const struct plan_device *device, const struct fleet_item *item);

/* The object of that kind and name that was made last for a device, borrowed. NULL: there is none. */
json_t *fleet_state_object(const struct plan_device *device, const char *kind, const char *name);

/* The newest object of that kind and name of any device, borrowed. NULL: there is none. */
json_t *fleet_state_newest(const struct fleet_state *s, const char *kind, const char *name);

/* The bytes of an object, which the caller frees. OPTS_GO_ON, or an exit status after a message. */
int fleet_state_bytes(struct rest *r, json_t *object, char **bytes, size_t *len);

/*
 * Finish the items of a group by what its devices have: a playbook that they have and that still has half of its time
 * stays the one that was signed, and one that the folder does not list is to go. OPTS_GO_ON, or an exit status.
 */
int fleet_state_finish(struct rest *r, struct fleet_group *g, const struct fleet_state *s);
