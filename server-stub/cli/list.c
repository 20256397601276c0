/* SPDX-License-Identifier: Apache-2.0 */
/* Fetches page after page until the limit is reached or the list ends. */
#include "server-stub/cli/list.h"

#include "agent/cli/command.h"
#include "server-stub/cli/opts.h"

#include <stdio.h>
#include <string.h>

#define PAGE 500

void list_param(struct list_url *u, const char *name, const char *value)
{
	size_t len = strlen(u->text);

	if (!value)
		return;
	snprintf(u->text + len, sizeof(u->text) - len, "%c%s=", u->has_query ? '&' : '?', name);
	u->has_query = true;
	(void)rest_encode(u->text, sizeof(u->text), value);
}

/* One page onto items. *after becomes the next cursor, "" at the end. */
static int fetch(struct rest *r, const struct list *l, json_t *items, char *after)
{
	struct list_url u = {.has_query = strchr(l->path, '?') != NULL};
	int64_t wanted = l->limit ? l->limit - (int64_t)json_array_size(items) : PAGE;
	char number[24];
	json_t *answer = NULL;

	snprintf(u.text, sizeof(u.text), "%s", l->path);
	snprintf(number, sizeof(number), "%d", (int)(wanted < PAGE ? wanted : PAGE));
	list_param(&u, "limit", number);
	list_param(&u, "after", after[0] ? after : NULL);
	int status = rest_call(r, &(struct rest_call){.method = "GET", .path = u.text}, &answer);
	const char *next = json_string_value(json_object_get(answer, "next"));

	if (status == OPTS_GO_ON)
		json_array_extend(items, json_object_get(answer, "items"));
	snprintf(after, 128, "%s", next ? next : "");
	json_decref(answer);
	return status;
}

static void print(const struct list *l, json_t *items)
{
	struct grid *g;
	size_t count = json_array_size(items);

	for (size_t i = 0; l->line && i < count; i++)
		l->line(json_array_get(items, l->reverse ? count - 1 - i : i));
	if (l->line)
		return;
	if (opts_common.json) {
		json_t *all = json_pack("{s:O}", "items", items);

		grid_json(all);
		json_decref(all);
		return;
	}
	g = grid_new(l->heads);
	for (size_t i = 0; i < count; i++)
		l->row(g, json_array_get(items, l->reverse ? count - 1 - i : i));
	grid_print(g, l->none);
}

int list_fetch(struct rest *r, const struct list *l, json_t *items)
{
	char after[128] = "";
	int status;

	do
		status = fetch(r, l, items, after);
	while (status == OPTS_GO_ON && after[0] && (!l->limit || (int64_t)json_array_size(items) < l->limit));
	return status;
}

int list_each(struct rest *r, const char *path, bool (*each)(void *arg, json_t *item), void *arg)
{
	const struct list l = {.path = path};
	char after[128] = "";
	bool more = true;
	int status;

	do {
		json_t *items = json_array(), *item;
		size_t i;

		status = fetch(r, &l, items, after);
		json_array_foreach(items, i, item) more = more && each(arg, item);
		json_decref(items);
	} while (status == OPTS_GO_ON && more && after[0]);
	return status;
}

int list_run(const struct list *l)
{
	int status;
	struct rest *r = rest_open(&status);
	json_t *items = json_array();

	if (r)
		status = list_fetch(r, l, items);
	if (status == OPTS_GO_ON) {
		print(l, items);
		status = COMMAND_OK;
	}
	json_decref(items);
	rest_close(r);
	return status;
}
