/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop user`: the operators. Each command is one call of the API. */
#include "server-stub/cli/fleet.h"

#include "agent/cli/command.h"
#include "server-stub/cli/item.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"

#include <stdio.h>
#include <string.h>

#define ROLES "viewer, responder, admin or auditor"

static const struct opts_option no_options[] = {{.kind = OPTS_END}};

/* -- list -- */

static const struct opts_command list_command = {
	.usage = "user list",
	.about = "List the operators, their roles, and whether they can log in. One with a one-time password has not "
		 "set "
		 "their own yet.",
	.examples = "  caltrop user list",
	.options = no_options,
};

static void row(struct grid *g, json_t *item)
{
	grid_put(g, item, "name");
	grid_put(g, item, "role");
	grid_put(g, item, "state");
	grid_put(g, item, "second_factor");
}

int cmd_user_list(int argc, char **argv)
{
	static const char *const heads[] = {"NAME", "ROLE", "STATE", "2ND FACTOR", NULL};
	struct opts_list args;
	int status = opts_read(&list_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	return list_run(
		&(struct list){.path = "/api/v1/users", .heads = heads, .row = row, .none = "There are no operators."});
}

/* -- the others -- */

static void print_state(json_t *answer)
{
	char name[GRID_CELL_MAX], role[GRID_CELL_MAX], state[GRID_CELL_MAX];

	printf("%s: %s, %s\n", grid_text(answer, "name", name), grid_text(answer, "role", role),
	       grid_text(answer, "state", state));
}

static void print_password(json_t *answer)
{
	char password[GRID_CELL_MAX];

	/* Who comes by single sign-on has none. */
	if (json_object_get(answer, "password"))
		printf("%s\n", grid_text(answer, "password", password));
	else
		print_state(answer);
}

/* Post the body, which it takes over, and print the answer. */
static int post(const char *path, json_t *body, void (*print)(json_t *answer))
{
	return item_run(&(struct rest_call){.method = "POST", .path = path, .body = body}, print);
}

/* The path of what is done to an operator; an exit status after a message. */
static int path_of(const struct opts_command *c, const char *name, const char *suffix, struct list_url *u)
{
	snprintf(u->text, sizeof(u->text), "/api/v1/users/");
	if (!rest_encode(u->text, sizeof(u->text) - strlen(suffix), name))
		return opts_wrong(c, "'%.60s' is not the name of an operator", name);
	strncat(u->text, suffix, sizeof(u->text) - strlen(u->text) - 1);
	return OPTS_GO_ON;
}

static const char *role = "viewer";

static const struct opts_option add_options[] = {
	{OPTS_TEXT, "role", "ROLE", &role, ROLES " (default: viewer)"},
	{.kind = OPTS_END},
};

static const struct opts_command add_command = {
	.usage = "user add NAME [--role ROLE]",
	.about =
		"Let somebody in, and print a one-time password on standard output. It cannot be shown again, and the "
		"first\n"
		"login replaces it. A viewer reads; a responder pushes orders too; an admin decides on devices, tokens "
		"and\n"
		"operators too; an auditor reads, the audit log as well.",
	.examples = "  caltrop user add ada --role responder > password.txt",
	.options = add_options,
	.args_min = 1,
	.args_max = 1,
};

int cmd_user_add(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&add_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	return post("/api/v1/users", json_pack("{s:s, s:s}", "name", args.items[0], "role", role), print_password);
}

static const struct opts_command role_command = {
	.usage = "user role NAME ROLE",
	.about = "Give an operator another role: " ROLES ". It ends their sessions.",
	.examples = "  caltrop user role ada admin",
	.options = no_options,
	.args_min = 2,
	.args_max = 2,
};

int cmd_user_role(int argc, char **argv)
{
	struct opts_list args;
	struct list_url u;
	int status = opts_read(&role_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = path_of(&role_command, args.items[0], "/role", &u);
	return status == OPTS_GO_ON ? post(u.text, json_pack("{s:s}", "role", args.items[1]), print_state) : status;
}

static const struct opts_command disable_command = {
	.usage = "user disable NAME",
	.about = "Shut an operator out and end their sessions. What they did stays in the audit log under their name; "
		 "`user reset`\n"
		 "lets them in again.",
	.examples = "  caltrop user disable ada",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

int cmd_user_disable(int argc, char **argv)
{
	struct opts_list args;
	struct list_url u;
	int status = opts_read(&disable_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = path_of(&disable_command, args.items[0], "/disable", &u);
	return status == OPTS_GO_ON ? post(u.text, NULL, print_state) : status;
}

static const struct opts_command reset_command = {
	.usage = "user reset NAME",
	.about = "Give an operator who forgot the password, or was shut out, a one-time password, and print it on "
		 "standard\n"
		 "output. It cannot be shown again. It takes their second factor away and ends their sessions. Who "
		 "comes\n"
		 "by single sign-on has no password: the provider lets them in again. When no "
		 "admin can log in: caltrop-server "
		 "admin\n"
		 "reset, on the service's machine.",
	.examples = "  caltrop user reset ada > password.txt",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

int cmd_user_reset(int argc, char **argv)
{
	struct opts_list args;
	struct list_url u;
	int status = opts_read(&reset_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = path_of(&reset_command, args.items[0], "/reset", &u);
	return status == OPTS_GO_ON ? post(u.text, NULL, print_password) : status;
}
