/* SPDX-License-Identifier: Apache-2.0 */
/* The three options that say which devices orders and objects are for. Whether there are such, the service says. */
#include "server-stub/cli/fleet_aim.h"

int fleet_aim_check(const struct opts_command *command, const struct opts_list *devices, const char *group, bool all)
{
	if ((devices->count > 0) + (group != NULL) + all == 1)
		return OPTS_GO_ON;
	return opts_wrong(command, "say who it is for: one of --device, --group and --all");
}

void fleet_aim_put(json_t *body, const struct opts_list *devices, const char *group, bool all)
{
	if (devices->count) {
		json_t *list = json_array();

		for (unsigned i = 0; i < devices->count; i++)
			json_array_append_new(list, json_string(devices->items[i]));
		json_object_set_new(body, "devices", list);
	}
	if (group)
		json_object_set_new(body, "group", json_string(group));
	if (all)
		json_object_set_new(body, "all", json_true());
}
