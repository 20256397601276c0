/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of the API: all pages up to a limit, as one {"items":[...]} for programs, or a row each for people. */
#pragma once

#include "server-stub/cli/grid.h"
#include "server-stub/cli/rest.h"

#include <stdbool.h>
#include <stdint.h>

#define LIST_URL_MAX 2048

/* A path with a query that grows. */
struct list_url {
	char text[LIST_URL_MAX];
	bool has_query;
};
void list_param(struct list_url *u, const char *name, const char *value); /* NULL: left out */

struct list {
	const char *path; /* without limit and after */
	int64_t limit;	  /* items in all; 0: every one */
	const char *const *heads;
	void (*row)(struct grid *g, json_t *item);
	const char *none;
	bool reverse; /* last first: the newest at the bottom */
};

/* Fetch and print; opens and closes the connection. Returns the exit status. */
int list_run(const struct list *l);
