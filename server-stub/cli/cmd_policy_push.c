/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop policy push`: a packet-filter policy goes to devices, as a signed object. */
#include "server-stub/cli/fleet.h"

#include "agent/cli/command.h"
#include "server-stub/cli/fleet_aim.h"
#include "server-stub/cli/grid.h"
#include "server-stub/cli/object_bytes.h"
#include "server-stub/cli/policy_file.h"

#include <stdio.h>

static struct opts_list devices;
static struct object_bytes_offer offer = {.kind = "policy", .name = "filter", .devices = &devices};

static const struct opts_option push_options[] = {
	{OPTS_COUNT, "version", "N", &offer.version,
	 "devices take none below what they had (default: the time in milliseconds)"},
	{OPTS_MANY, "device", "DEVICE", &devices, "device by name or id; may be given again"},
	{OPTS_TEXT, "group", "NAME", &offer.group, "or all approved devices of a group"},
	{OPTS_FLAG, "all", NULL, &offer.all, "or all approved devices"},
	{OPTS_TEXT, "order-key", "FILE", &offer.key_file, "sign with this key instead of the service's"},
	{.kind = OPTS_END},
};

static const struct opts_command push_command = {
	.usage = "policy push FILE --device DEVICE [--order-key FILE]",
	.about = "Send a packet-filter policy to devices. Each verifies who signed it and puts it in force; unless it\n"
		 "hears the service through it within its confirm_time, the one before is in force again, and its\n"
		 "receipt says so. `object show` tells who has it, `event list` what became of it.",
	.examples = "  caltrop policy push camera.yml --device camera-7\n"
		    "  caltrop policy push camera.yml --group cameras --order-key ada.pem",
	.options = push_options,
	.args_min = 1,
	.args_max = 1,
};

static void print(json_t *object)
{
	const char *id = json_string_value(json_object_get(object, "id"));

	printf("policy %s, version %lld, is on its way; caltrop object show %s tells who has it\n", id ? id : "?",
	       (long long)json_integer_value(json_object_get(object, "version")), id ? id : "ID");
}

int cmd_policy_push(int argc, char **argv)
{
	static struct filter filter;
	uint8_t memory[FILTER_BYTES_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	struct opts_list args;
	json_t *answer = NULL;
	int status = opts_read(&push_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = fleet_aim_check(&push_command, &devices, offer.group, offer.all);
	if (status == OPTS_GO_ON)
		status = policy_file_load(args.items[0], &filter);
	if (status != OPTS_GO_ON)
		return status;
	filter_encode(&b, &filter);
	offer.bytes = buf_str(&b);
	struct rest *r = rest_open(&status);

	if (r)
		status = object_bytes_offer(r, args.items[0], &offer, &answer);
	if (status == COMMAND_OK && opts_common.json)
		grid_json(answer);
	else if (status == COMMAND_OK)
		print(answer);
	json_decref(answer);
	rest_close(r);
	return status;
}
