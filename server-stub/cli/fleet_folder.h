/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder that says what a fleet is to be: one file NAME.yml for each group (server-stub/desired), and what these
 * name. All of it is read and compiled before anything is asked of the service. Messages are printed here, each with
 * file and line.
 */
#pragma once

#include "proto/playbook.h"
#include "server-stub/cli/opts.h"
#include "server-stub/desired/plan.h"

#include <jansson.h>

#include <limits.h>

#define FLEET_GROUPS_MAX 256

/* An object that the devices of a group are to keep. */
struct fleet_item {
	struct plan_item plan;
	const char *from; /* the file that says so, for messages; in the arena */
	char *bytes;	  /* its own */
	size_t len;
	struct playbook
		*playbook;   /* of a playbook, without its end; its own. NULL: another kind, or one that is to go */
	unsigned signatures; /* that it needs */
	json_t *sealed;	     /* what was signed of it in this run, its own; NULL: nothing yet */
};

struct fleet_group {
	const char *file; /* in the arena */
	struct desired desired;
	unsigned count;
	struct fleet_item items[PLAN_ITEMS_MAX];
};

struct fleet_folder {
	struct arena arena;
	unsigned count;
	struct fleet_group *groups[FLEET_GROUPS_MAX]; /* by the names of their files */
};

/* Read it. OPTS_GO_ON, or the exit status after messages. Either way fleet_folder_free() gives the memory back. */
int fleet_folder_read(struct fleet_folder *f, const char *dir);
void fleet_folder_free(struct fleet_folder *f);

/* The folder's name without the slashes behind it, for messages and names of files in it: `out`, or `given` if long. */
const char *fleet_folder_name(const char *given, char out[PATH_MAX]);

/* Give an item other bytes, which it then owns, with their hash. */
void fleet_folder_set(struct fleet_item *item, char *bytes, size_t len);

/* One more item of a group. NULL after a message: there are too many. */
struct fleet_item *fleet_folder_add(struct fleet_group *g, const char *kind, const char *name);
