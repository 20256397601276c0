/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop playbook list` and `withdraw`: the playbooks that devices were given, to run for incidents. */
#include "server-stub/cli/fleet.h"

#include "agent/cli/command.h"
#include "server-stub/cli/fleet_aim.h"
#include "server-stub/cli/grid.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/playbook_bound.h"

#include <stdio.h>
#include <string.h>

static const struct opts_option no_options[] = {{.kind = OPTS_END}};

static const struct opts_command list_command = {
	.usage = "playbook list",
	.about =
		"List the playbooks bound to incidents that devices were given, the newest first. Of one name, devices "
		"run\nthe newest that they have, until it expires; `object show ID` tells who has it.",
	.examples = "  caltrop playbook list\n"
		    "  caltrop playbook list --json",
	.options = no_options,
};

/* The one of a name that is listed first is the newest. */
struct listed {
	json_t *items;
};

static bool is_withdrawal(json_t *item)
{
	return json_integer_value(json_object_get(item, "size")) == (json_int_t)strlen(PLAYBOOK_WITHDRAWN);
}

static bool each(void *arg, json_t *item)
{
	struct listed *l = arg;
	const char *kind = json_string_value(json_object_get(item, "kind"));

	if (kind && strcmp(kind, PLAYBOOK_KIND) == 0)
		json_array_append(l->items, item);
	return true;
}

static void print(json_t *items)
{
	static const char *const heads[] = {"NAME", "VERSION", "FOR", "BY", "MADE", "OBJECT", NULL};
	struct grid *g = grid_new(heads);
	json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
	{
		const char *group = json_string_value(json_object_get(item, "group"));

		grid_put(g, item, "name");
		grid_put(g, item, "version");
		grid_cell(g, is_withdrawal(item) ? "(withdrawn)" : group && group[0] ? group : "any group");
		grid_put(g, item, "author");
		grid_put_ago(g, item, "created");
		grid_put_id(g, item, "id");
	}
	grid_print(g, "No playbook was given to devices: caltrop playbook push");
}

int cmd_playbook_list(int argc, char **argv)
{
	struct listed l = {.items = NULL};
	struct opts_list args;
	int status = opts_read(&list_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	struct rest *r = rest_open(&status);

	if (!r)
		return status;
	l.items = json_array();
	status = list_each(r, "/api/v1/objects", each, &l);
	if (status == OPTS_GO_ON && opts_common.json)
		grid_json(l.items);
	else if (status == OPTS_GO_ON)
		print(l.items);
	json_decref(l.items);
	rest_close(r);
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}

/* -- withdraw -- */

static struct opts_list devices, keys;
static struct object_bytes_offer aim = {.devices = &devices, .keys = &keys};

static const struct opts_option withdraw_options[] = {
	{OPTS_MANY, "device", "DEVICE", &devices, "device by name or id; may be given again"},
	{OPTS_TEXT, "group", "NAME", &aim.group, "or all approved devices of a group"},
	{OPTS_FLAG, "all", NULL, &aim.all, "or all approved devices"},
	{OPTS_MANY, "order-key", "FILE", &keys, "sign with this key instead of the service's"},
	{.kind = OPTS_END},
};

static const struct opts_command withdraw_command = {
	.usage = "playbook withdraw NAME --device DEVICE [--order-key FILE]",
	.about = "Have devices run a playbook no more: an empty one takes its place. One signature is enough.",
	.examples = "  caltrop playbook withdraw port_scanner --group gateways",
	.options = withdraw_options,
	.args_min = 1,
	.args_max = 1,
};

struct sought {
	const char *name;
	bool found;
};

static bool look(void *arg, json_t *item)
{
	struct sought *s = arg;
	const char *kind = json_string_value(json_object_get(item, "kind"));
	const char *name = json_string_value(json_object_get(item, "name"));

	s->found =
		kind && name && strcmp(kind, PLAYBOOK_KIND) == 0 && strcmp(name, s->name) == 0 && !is_withdrawal(item);
	return !s->found;
}

/* A name that is not spelt as it was given would withdraw nothing. */
static int check_given(struct rest *r, const char *name)
{
	struct sought s = {name, false};
	int status = list_each(r, "/api/v1/objects", look, &s);

	if (status != OPTS_GO_ON || s.found)
		return status;
	return opts_failed(COMMAND_NOT_FOUND, "no device was given a playbook %s; caltrop playbook list shows them",
			   name);
}

int cmd_playbook_withdraw(int argc, char **argv)
{
	struct opts_list args;
	json_t *answer = NULL;
	int status = opts_read(&withdraw_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = fleet_aim_check(&withdraw_command, &devices, aim.group, aim.all);
	if (status != OPTS_GO_ON)
		return status;
	struct rest *r = rest_open(&status);

	aim.name = args.items[0];
	if (r)
		status = check_given(r, aim.name);
	if (r && status == OPTS_GO_ON)
		status = playbook_bound_withdraw(r, &aim, &answer);
	if (status == COMMAND_OK && opts_common.json)
		grid_json(answer);
	else if (status == COMMAND_OK)
		printf("%s is on its way out; caltrop object show %s tells who runs it no more\n", aim.name,
		       json_string_value(json_object_get(answer, "id")));
	json_decref(answer);
	rest_close(r);
	return status;
}
