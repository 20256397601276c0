/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop token`: join tokens. */
#include "server-stub/cli/fleet.h"

#include "agent/cli/command.h"
#include "server-stub/cli/item.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"

#include <stdio.h>
#include <string.h>

static struct {
	const char *group, *device;
	int64_t ttl_s, uses;
	bool approve;
} token = {.ttl_s = 86400, .uses = 1};

static const struct opts_option create_options[] = {
	{OPTS_TEXT, "group", "NAME", &token.group, "the group that devices join (default: \"default\")"},
	{OPTS_SPAN, "ttl", "SPAN", &token.ttl_s, "how long the token is valid: 30m, 24h, 7d (default: 24h)"},
	{OPTS_COUNT, "uses", "N", &token.uses, "how many devices may join with it (default: 1)"},
	{OPTS_TEXT, "for", "DEVICE", &token.device,
	 "for this device, which was reset or revoked and stays the same one"},
	{OPTS_FLAG, "approve", NULL, &token.approve, "devices that join wait for `caltrop device approve`"},
	{.kind = OPTS_END},
};

static const struct opts_command create_command = {
	.usage = "token create [--for DEVICE | --group NAME] [--ttl 24h] [--uses 1] [--approve]",
	.about =
		"Make a join token and print it on standard output. It cannot be shown again. Give it to `caltrop "
		"enroll` on\n"
		"the device. With one for a device, whoever brings it is that device from then on: it keeps its name,\n"
		"group and history, it is revoked no more, and its certificate of before is good no more.",
	.examples = "  caltrop token create --group cameras --ttl 2h > token.txt\n"
		    "  caltrop token create --uses 500 --approve\n"
		    "  caltrop token create --for gateway-7",
	.options = create_options,
};

static void print_token(json_t *answer)
{
	char text[GRID_CELL_MAX];

	printf("%s\n", grid_text(answer, "token", text));
}

int cmd_token_create(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&create_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	json_t *body = json_pack("{s:s*, s:s*, s:I, s:I, s:b}", "group", token.group, "device", token.device, "ttl_s",
				 (json_int_t)token.ttl_s, "uses", (json_int_t)token.uses, "approve", token.approve);

	return item_run(&(struct rest_call){.method = "POST", .path = "/api/v1/tokens", .body = body}, print_token);
}

static const struct opts_option no_options[] = {{.kind = OPTS_END}};

static const struct opts_command list_command = {
	.usage = "token list",
	.about = "List the join tokens and how often each was used. The service keeps only their hashes.",
	.examples = "  caltrop token list",
	.options = no_options,
};

static void row(struct grid *g, json_t *item)
{
	char uses[64], have[GRID_CELL_MAX], max[GRID_CELL_MAX];

	grid_put(g, item, "id");
	grid_put(g, item, "group");
	grid_put(g, item, "state");
	snprintf(uses, sizeof(uses), "%.20s of %.20s", grid_text(item, "uses", have), grid_text(item, "uses_max", max));
	grid_cell(g, uses);
	grid_cell(g, json_is_true(json_object_get(item, "approve")) ? "yes" : "no");
	if (json_object_get(item, "device"))
		grid_put(g, item, "device_name");
	else
		grid_cell(g, "-");
	grid_put(g, item, "created_by");
	grid_put_ago(g, item, "expires");
}

int cmd_token_list(int argc, char **argv)
{
	static const char *const heads[] = {"ID", "GROUP", "STATE", "USED", "APPROVAL", "FOR", "BY", "EXPIRES", NULL};
	struct opts_list args;
	int status = opts_read(&list_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	return list_run(&(struct list){.path = "/api/v1/tokens",
				       .heads = heads,
				       .row = row,
				       .none = "There are no tokens; make one: caltrop token create"});
}

static const struct opts_command revoke_command = {
	.usage = "token revoke ID",
	.about = "Nobody joins with this token any more. Devices that have, stay.",
	.examples = "  caltrop token revoke a0e154979765978e",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

static void say_revoked(json_t *token)
{
	char id[GRID_CELL_MAX];

	printf("%s is revoked.\n", grid_text(token, "id", id));
}

int cmd_token_revoke(int argc, char **argv)
{
	struct opts_list args;
	struct list_url url = {.text = "/api/v1/tokens/"};
	int status = opts_read(&revoke_command, argc, argv, &args);

	if (status == OPTS_GO_ON && !rest_encode(url.text, sizeof(url.text), args.items[0]))
		status = opts_wrong(&revoke_command, "the argument is not the id of a token");
	if (status != OPTS_GO_ON)
		return status;
	return item_run(&(struct rest_call){.method = "DELETE", .path = url.text}, say_revoked);
}
