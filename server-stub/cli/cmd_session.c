/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop session`, `caltrop context`: who is logged in at the service, and which services this account of this
 * machine knows.
 */
#include "server-stub/cli/fleet.h"

#include "agent/cli/command.h"
#include "server-stub/cli/context.h"
#include "server-stub/cli/item.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct opts_option no_options[] = {{.kind = OPTS_END}};

/* -- sessions -- */

static const struct opts_command list_command = {
	.usage = "session list",
	.about = "List who is logged in, and the API tokens: your own sessions, and everybody's for an admin or "
		 "auditor. A log-in lasts 12 "
		 "hours,\nthat of a browser also ends when nothing uses it for an hour.",
	.examples = "  caltrop session list",
	.options = no_options,
};

static void row(struct grid *g, json_t *item)
{
	grid_put_id(g, item, "id");
	grid_put(g, item, "user");
	grid_put_ago(g, item, "created");
	grid_put_ago(g, item, "expires");
	grid_put(g, item, "kind");
	grid_put(g, item, "name");
	grid_put(g, item, "role");
	grid_put_ago(g, item, "used");
	grid_put(g, item, "present");
}

int cmd_session_list(int argc, char **argv)
{
	static const char *const heads[] = {"ID",   "USER", "SINCE", "ENDS",	 "KIND",
					    "NAME", "ROLE", "USED",  "THIS ONE", NULL};
	struct opts_list args;
	int status = opts_read(&list_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	return list_run(
		&(struct list){.path = "/api/v1/sessions", .heads = heads, .row = row, .none = "Nobody is logged in."});
}

static struct {
	const char *role, *scope;
	int64_t ttl_s;
} wish = {.role = "viewer", .ttl_s = INT64_C(90) * 86400};

static const struct opts_option create_options[] = {
	{OPTS_TEXT, "role", "ROLE", &wish.role, "what it may do, at most what you may (default: viewer)"},
	{OPTS_TEXT, "scope", "ACTIONS", &wish.scope, "only these actions, such as \"device.list incident.*\""},
	{OPTS_SPAN, "ttl", "SPAN", &wish.ttl_s, "when it ends: 24h, 30d, at most 365d (default: 90d)"},
	{.kind = OPTS_END},
};

static const struct opts_command create_command = {
	.usage = "session create NAME [--role ROLE] [--scope ACTIONS] [--ttl 90d]",
	.about = "Make an API token for a program and print it on standard output. It cannot be shown again. It is "
		 "asked\n"
		 "for no second factor, changes no operators, passwords or tokens, and ends with `session end`, or "
		 "when\n"
		 "your role, password or second factor changes. Actions are called as `audit list` shows them.",
	.examples = "  caltrop session create grafana --scope \"event.list incident.*\" > token.txt\n"
		    "  caltrop login --server https://fleet.example:8444 --token-file token.txt",
	.options = create_options,
	.args_min = 1,
	.args_max = 1,
};

static void print_token(json_t *answer)
{
	char text[GRID_CELL_MAX];

	printf("%s\n", grid_text(answer, "token", text));
}

int cmd_session_create(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&create_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	json_t *body = json_pack("{s:s, s:s, s:s*, s:I}", "name", args.items[0], "role", wish.role, "scope", wish.scope,
				 "ttl_s", (json_int_t)wish.ttl_s);

	return item_run(&(struct rest_call){.method = "POST", .path = "/api/v1/sessions", .body = body}, print_token);
}

static const struct opts_command end_command = {
	.usage = "session end ID",
	.about = "End a session: whoever has it must log in again. Yours, or anybody's for an admin; `user disable` "
		 "keeps "
		 "somebody\nout for good.",
	.examples = "  caltrop session end 9d818a95",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

static void say_ended(json_t *none)
{
	(void)none;
	printf("Ended.\n");
}

int cmd_session_end(int argc, char **argv)
{
	struct opts_list args;
	struct list_url u = {.text = "/api/v1/sessions/"};
	int status = opts_read(&end_command, argc, argv, &args);

	if (status == OPTS_GO_ON && !rest_encode(u.text, sizeof(u.text), args.items[0]))
		status = opts_wrong(&end_command, "that is not the id of a session");
	if (status != OPTS_GO_ON)
		return status;
	return item_run(&(struct rest_call){.method = "DELETE", .path = u.text}, say_ended);
}

/* -- contexts -- */

static const struct opts_command contexts_command = {
	.usage = "context list",
	.about = "List the services that this account knows, each by the name that --context takes. `login --context "
		 "NAME` "
		 "makes one.",
	.examples = "  caltrop context list",
	.options = no_options,
};

static bool each_context(void *arg, const struct context *c)
{
	char server[sizeof(c->host) + 32];

	bool six = strchr(c->host, ':') != NULL;

	snprintf(server, sizeof(server), six ? "https://[%s]:%u" : "https://%s:%u", c->host, c->port);
	json_array_append_new(arg, json_pack("{s:s, s:s, s:s, s:b}", "name", c->name, "server", server, "user", c->user,
					     "logged_in", c->token[0] != 0));
	return true;
}

int cmd_context_list(int argc, char **argv)
{
	static const char *const heads[] = {"NAME", "SERVER", "USER", "LOGGED IN", NULL};
	struct opts_list args;
	json_t *list, *all, *one;
	size_t i;
	int status = opts_read(&contexts_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	list = json_array();
	status = context_each(each_context, list);
	if (status == OPTS_GO_ON && opts_common.json) {
		all = json_pack("{s:O}", "items", list);
		grid_json(all);
		json_decref(all);
	} else if (status == OPTS_GO_ON) {
		struct grid *g = grid_new(heads);

		json_array_foreach(list, i, one)
		{
			grid_put(g, one, "name");
			grid_put(g, one, "server");
			grid_put(g, one, "user");
			grid_put(g, one, "logged_in");
		}
		grid_print(g, "There are none; begin with: caltrop login --server https://HOST:PORT --user NAME");
	}
	json_decref(list);
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}

static const struct opts_command remove_command = {
	.usage = "context remove NAME",
	.about = "Forget a service: remove its address, its authority and its session from this machine. `logout "
		 "--context "
		 "NAME`\nends the session there as well.",
	.examples = "  caltrop logout --context lab\n  caltrop context remove lab",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

int cmd_context_remove(int argc, char **argv)
{
	struct opts_list args;
	struct context c;
	int status = opts_read(&remove_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	opts_common.context = args.items[0];
	status = context_load(&c, false);
	if (status == OPTS_GO_ON && !c.host[0])
		return opts_failed(COMMAND_NOT_FOUND, "there is no context %s; caltrop context list shows them",
				   c.name);
	if (status == OPTS_GO_ON && c.token[0])
		fprintf(stderr, "caltrop: its session lasts at the service until it ends; next time log out first\n");
	if (status == OPTS_GO_ON)
		status = context_remove(&c);
	if (status == OPTS_GO_ON && !opts_common.json)
		printf("Removed %s.\n", c.name);
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}
