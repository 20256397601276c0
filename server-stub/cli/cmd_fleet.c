/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop fleet plan|apply`: what the devices of each group are to be stands in a folder, and is made so. */
#include "server-stub/cli/fleet.h"

#include "agent/cli/command.h"
#include "server-stub/cli/fleet_apply.h"
#include "server-stub/cli/fleet_folder.h"
#include "server-stub/cli/fleet_state.h"
#include "server-stub/cli/grid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct opts_list groups, keys;
static int64_t timeout_s = 600;

static const struct opts_option plan_options[] = {
	{OPTS_MANY, "group", "NAME", &groups, "only this group; may be given again (default: all of the folder)"},
	{.kind = OPTS_END},
};

static const struct opts_command plan_command = {
	.usage = "fleet plan DIR [--group NAME]",
	.about = "Show what devices have that is not as the folder says: one file GROUP.yml for each group, which\n"
		 "caltrop(1) describes. Nothing is changed. Exit status: 0 all is as wanted, 3 something is not, or a\n"
		 "group has no device, 1 the folder has mistakes.",
	.examples = "  caltrop fleet plan fleet/\n"
		    "  caltrop fleet plan fleet/ --group cameras --json",
	.options = plan_options,
	.args_min = 1,
	.args_max = 1,
};

static bool is_wanted(const struct fleet_group *g)
{
	for (unsigned i = 0; i < groups.count; i++)
		if (strcmp(groups.items[i], g->desired.group) == 0)
			return true;
	return groups.count == 0;
}

static int check_groups(const struct fleet_folder *f)
{
	for (unsigned i = 0; i < groups.count; i++) {
		bool found = false;

		for (unsigned k = 0; k < f->count; k++)
			found |= strcmp(groups.items[i], f->groups[k]->desired.group) == 0;
		if (!found)
			return opts_failed(COMMAND_NOT_FOUND, "%s: the folder has no such group", groups.items[i]);
	}
	return OPTS_GO_ON;
}

/* What devices are as the plan finds them. */
struct found {
	struct rest *r;
	struct grid *grid;
	json_t *items, *empty; /* the second: groups without a device */
};

/* Lines of settings that one text has and the other has not, with the section that they stand in. */
static void show_lines(const char *group, struct str have, struct str other, char sign)
{
	struct str rest = have, section = STR_NONE;

	while (rest.len) {
		struct str line = str_cut(&rest, '\n'), look = other, in = STR_NONE;
		bool found = false;

		if (str_starts(line, STR("["))) {
			section = line;
			continue;
		}
		while (look.len && !found) {
			struct str there = str_cut(&look, '\n');

			if (str_starts(there, STR("[")))
				in = there;
			else
				found = str_equal(there, line) && str_equal(in, section);
		}
		if (!found)
			printf("%s: %c %.*s %.*s\n", group, sign, (int)section.len, section.data, (int)line.len,
			       line.data);
	}
}

static int show_settings(const struct found *f, const struct fleet_group *g, const struct fleet_item *item,
			 const struct fleet_state *s)
{
	json_t *newest = fleet_state_newest(s, TUNING_KIND, TUNING_OBJECT);
	char *bytes = NULL;
	size_t len = 0;
	int status = newest ? fleet_state_bytes(f->r, newest, &bytes, &len) : OPTS_GO_ON;
	const struct str have = {bytes ? bytes : "", len}, want = {item->bytes, item->len};

	if (status == OPTS_GO_ON && !opts_common.json) {
		show_lines(g->desired.group, have, want, '-');
		show_lines(g->desired.group, want, have, '+');
	}
	free(bytes);
	return status;
}

static void note(struct found *f, const struct fleet_group *g, const struct fleet_item *item,
		 const struct plan_device *device)
{
	enum plan_state state = fleet_state_of(device, item);
	json_t *object = fleet_state_object(device, item->plan.kind, item->plan.name);
	json_t *text =
		state == PLAN_BACK ? json_object_get(device->row, "tuning_problem") : json_object_get(object, "text");
	char name[GRID_CELL_MAX], wave[8];

	if (state == PLAN_SAME)
		return;
	snprintf(wave, sizeof(wave), "%u", device->wave + 1u);
	grid_text(device->row, "device_name", name);
	json_array_append_new(f->items, json_pack("{s:s, s:s, s:i, s:s, s:s, s:b, s:s, s:s}", "group", g->desired.group,
						  "device", name, "wave", device->wave + 1, "kind", item->plan.kind,
						  "name", item->plan.name, "goes", item->plan.goes, "state",
						  plan_state_name(state), "text", text ? json_string_value(text) : ""));
	grid_cell(f->grid, g->desired.group);
	grid_cell(f->grid, name);
	grid_cell(f->grid, wave);
	grid_cell(f->grid, item->plan.kind);
	grid_cell(f->grid, item->plan.name);
	grid_cell(f->grid, item->plan.goes ? "is to go" : plan_state_name(state));
	grid_cell(f->grid, text && state != PLAN_MISSING && state != PLAN_OTHER ? json_string_value(text) : "");
}

static int plan_group(struct found *f, struct fleet_group *g)
{
	struct fleet_state s;
	int status = fleet_state_read(f->r, &g->desired, &s);

	if (status == OPTS_GO_ON && s.count == 0)
		json_array_append_new(f->empty, json_string(g->desired.group));
	if (status == OPTS_GO_ON)
		status = fleet_state_finish(f->r, g, &s);
	for (unsigned k = 0; k < g->count && status == OPTS_GO_ON; k++) {
		bool other = false;

		for (unsigned i = 0; i < s.count; i++) {
			note(f, g, &g->items[k], &s.devices[i]);
			other |= plan_sends(fleet_state_of(&s.devices[i], &g->items[k]));
		}
		if (other && strcmp(g->items[k].plan.kind, TUNING_KIND) == 0)
			status = show_settings(f, g, &g->items[k], &s);
	}
	fleet_state_free(&s);
	return status;
}

static int plan(struct fleet_folder *folder)
{
	static const char *const heads[] = {"GROUP", "DEVICE", "WAVE", "KIND", "NAME", "STATE", "TEXT", NULL};
	struct found f = {.items = json_array(), .empty = json_array()};
	json_t *answer;
	bool open;
	int status;

	f.r = rest_open(&status);
	f.grid = grid_new(heads);
	for (unsigned i = 0; f.r && i < folder->count && status == OPTS_GO_ON; i++)
		if (is_wanted(folder->groups[i]))
			status = plan_group(&f, folder->groups[i]);
	open = json_array_size(f.items) + json_array_size(f.empty) > 0;
	answer = json_pack("{s:o, s:o}", "items", f.items, "empty", f.empty);
	if (status == OPTS_GO_ON && opts_common.json)
		grid_json(answer);
	else if (status == OPTS_GO_ON)
		grid_print(f.grid, open ? "No device is other than the folder says, and a group has none."
					: "All devices are as the folder says.");
	json_decref(answer);
	rest_close(f.r);
	return status != OPTS_GO_ON ? status : open ? COMMAND_PARTIAL : COMMAND_OK;
}

int cmd_fleet_plan(int argc, char **argv)
{
	static struct fleet_folder folder;
	struct opts_list args;
	int status = opts_read(&plan_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	status = fleet_folder_read(&folder, args.items[0]);
	if (status == OPTS_GO_ON)
		status = check_groups(&folder);
	if (status == OPTS_GO_ON)
		status = plan(&folder);
	fleet_folder_free(&folder);
	return status;
}

/* -- apply -- */

static const struct opts_option apply_options[] = {
	{OPTS_MANY, "group", "NAME", &groups, "only this group; may be given again (default: all of the folder)"},
	{OPTS_MANY, "order-key", "FILE", &keys,
	 "sign with this key instead of the service's; again, where playbooks need more signatures"},
	{OPTS_SPAN, "timeout", "SPAN", &timeout_s, "how long to wait for each wave (default: 10m)"},
	{.kind = OPTS_END},
};

static const struct opts_command apply_command = {
	.usage = "fleet apply DIR [--order-key FILE] [--group NAME]",
	.about = "Make devices as the folder says. What they lack is signed and goes to one wave of each group after\n"
		 "the other; the next one begins when all connected devices of this one have it, and keep it. Where "
		 "one\n"
		 "refuses something or goes back, all behind it get nothing. Run again, it goes on where it stopped.\n"
		 "Exit status: 0 done, 3 done but for devices that are away, or a group has no device, 1 stopped, 6 a\n"
		 "wave did not end in time, 7 more signatures are needed.",
	.examples = "  caltrop fleet apply fleet/ --order-key ada.pem\n"
		    "  caltrop fleet apply fleet/ --group cameras --timeout 30m",
	.options = apply_options,
	.args_min = 1,
	.args_max = 1,
};

static int apply(struct fleet_folder *folder)
{
	struct fleet_apply a = {.keys = &keys, .timeout_s = timeout_s};
	int status;

	a.r = rest_open(&status);
	status = a.r ? COMMAND_OK : status;
	for (unsigned i = 0; a.r && i < folder->count && status == COMMAND_OK; i++)
		if (is_wanted(folder->groups[i]))
			status = fleet_apply_group(&a, folder->groups[i]);
	rest_close(a.r);
	if (status != COMMAND_OK)
		return status;
	if (opts_common.json)
		printf("{\"away\": %u, \"empty\": %u}\n", a.away, a.empty);
	else if (a.away > 0)
		printf("Done, but for %u device%s that get%s it when connected.\n", a.away, a.away == 1 ? "" : "s",
		       a.away == 1 ? "s" : "");
	else
		puts(a.empty ? "The devices that there are are as the folder says."
			     : "All devices are as the folder says.");
	return a.away + a.empty > 0 ? COMMAND_PARTIAL : COMMAND_OK;
}

int cmd_fleet_apply(int argc, char **argv)
{
	static struct fleet_folder folder;
	struct opts_list args;
	int status = opts_read(&apply_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	status = fleet_folder_read(&folder, args.items[0]);
	if (status == OPTS_GO_ON)
		status = check_groups(&folder);
	if (status == OPTS_GO_ON)
		status = apply(&folder);
	fleet_folder_free(&folder);
	return status;
}
