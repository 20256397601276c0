/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a list of the API, page by page up to a limit: with --json as one {"items":[...]}, else as a table. */
#pragma once

#include "server-stub/cli/grid.h"
#include "server-stub/cli/rest.h"

#include <stdbool.h>
#include <stdint.h>

#define LIST_URL_MAX 2048

/* A path with a query to which parameters are appended. */
struct list_url {
	char text[LIST_URL_MAX];
	bool has_query;
};

/* Append a parameter, encoded; a value of NULL is left out. */
void list_param(struct list_url *u, const char *name, const char *value);

struct list {
	const char *path; /* without limit and after */
	int64_t limit;	  /* the number of items to print; 0: all */
	const char *const *heads;
	void (*row)(struct grid *g, json_t *item);
	const char *none;
	void (*line)(json_t *item); /* prints an item in place of all that; NULL: nothing does */
	bool reverse;		    /* print the last item first, so that the newest is at the bottom */
};

/* Append all items up to the limit to the array. Returns OPTS_GO_ON, or an exit status after a message. */
int list_fetch(struct rest *r, const struct list *l, json_t *items);

/* Call `each` for every item, page by page, until it returns false: for lists of which not all is kept. Returns as
 * above. */
int list_each(struct rest *r, const char *path, bool (*each)(void *arg, json_t *item), void *arg);

/* Fetch and print the list over a connection of its own. Returns the exit status. */
int list_run(const struct list *l);
