/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop incident`: the incidents with what was done about them. */
#include "server-stub/cli/fleet.h"

#include "agent/cli/command.h"
#include "server-stub/cli/item.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/receipt.h"

#include <stdio.h>
#include <string.h>

static struct {
	const char *device, *state;
	int64_t limit;
} filter = {.limit = 50};

static const struct opts_option list_options[] = {
	{OPTS_TEXT, "device", "DEVICE", &filter.device, "show only incidents of this device"},
	{OPTS_TEXT, "state", "STATE", &filter.state, "show only incidents that are open or closed"},
	{OPTS_COUNT, "limit", "N", &filter.limit, "show at most N incidents, 0 shows all (default: 50)"},
	{.kind = OPTS_END},
};

static const struct opts_command list_command = {
	.usage = "incident list [--device DEVICE] [--state open|closed]",
	.about = "List the incidents that the devices' rules found, the newest first.",
	.examples = "  caltrop incident list --state open",
	.options = list_options,
};

/* What it is about: an address or a host name, else the kind and the name of what it is; "" when nothing is told. */
static const char *about(json_t *incident, char out[GRID_CELL_MAX])
{
	char kind[GRID_CELL_MAX], name[GRID_CELL_MAX];

	if (grid_text(incident, "src", out)[0])
		return out;
	grid_text(incident, "subject_kind", kind);
	grid_text(incident, "subject", name);
	snprintf(out, GRID_CELL_MAX, "%.64s%s%.400s", kind, kind[0] && name[0] ? " " : "", name);
	return out;
}

static void row(struct grid *g, json_t *item)
{
	char subject[GRID_CELL_MAX];

	grid_put_id(g, item, "id");
	grid_put_ago(g, item, "last");
	grid_put(g, item, "device_name");
	grid_put(g, item, "severity");
	grid_put(g, item, "score");
	grid_put(g, item, "state");
	grid_put(g, item, "title");
	about(item, subject);
	grid_cell(g, subject[0] ? subject : NULL);
	grid_put(g, item, "user");
	grid_put(g, item, "count");
}

int cmd_incident_list(int argc, char **argv)
{
	static const char *const heads[] = {"ID",   "LAST",    "DEVICE", "SEVERITY", "SCORE", "STATE",
					    "WHAT", "SUBJECT", "USER",	 "COUNT",    NULL};
	struct opts_list args;
	struct list_url u = {.text = "/api/v1/incidents"};
	int status = opts_read(&list_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	list_param(&u, "device", filter.device);
	list_param(&u, "state", filter.state);
	return list_run(&(struct list){.path = u.text,
				       .limit = filter.limit,
				       .heads = heads,
				       .row = row,
				       .none = "There are no such incidents."});
}

static const struct opts_option no_options[] = {{.kind = OPTS_END}};

static const struct opts_command show_command = {
	.usage = "incident show ID",
	.about = "Show one incident: what each of its rules found, its evidence, what people did to it, and the "
		 "receipt\n"
		 "of each action.",
	.examples = "  caltrop incident show 3f2a9c11",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

static void join(json_t *list, char out[GRID_CELL_MAX])
{
	size_t i, len = 0;
	json_t *word;

	out[0] = 0;
	json_array_foreach(list, i, word)
	{
		len += (size_t)snprintf(out + len, GRID_CELL_MAX - len, "%s%s", i ? " " : "", json_string_value(word));
		if (len >= GRID_CELL_MAX)
			break;
	}
	grid_clean(out);
}

static void show_note(json_t *note, bool is_first)
{
	char time[GRID_CELL_MAX], author[GRID_CELL_MAX], deed[GRID_CELL_MAX], text[GRID_CELL_MAX];
	char line[3 * GRID_CELL_MAX];

	grid_text(note, "time", time);
	snprintf(line, sizeof(line), "%.19s %s %s %s", time, grid_text(note, "author", author),
		 grid_text(note, "deed", deed), grid_text(note, "text", text));
	grid_line(is_first ? "notes" : "", line);
}

static void show_part(json_t *part, bool is_first)
{
	char time[GRID_CELL_MAX], level[GRID_CELL_MAX], count[GRID_CELL_MAX], title[GRID_CELL_MAX], text[GRID_CELL_MAX];
	char line[3 * GRID_CELL_MAX];

	grid_text(part, "first", time);
	snprintf(line, sizeof(line), "%.19s %-13s %s x %s%s", time, grid_text(part, "level", level),
		 grid_text(part, "count", count), grid_text(part, "title", title),
		 json_is_true(json_object_get(part, "succeeded")) ? " (succeeded)" : "");
	grid_line(is_first ? "timeline" : "", line);
	snprintf(line, sizeof(line), "  until %.19s, rule %s", grid_text(part, "last", time),
		 grid_text(part, "rule", text));
	grid_line("", line);
	join(json_object_get(part, "tags"), text);
	snprintf(line, sizeof(line), "  %s", text);
	if (text[0])
		grid_line("", line);
	snprintf(line, sizeof(line), "  by %s %s", grid_text(part, "author", text), grid_text(part, "link", title));
	if (text[0])
		grid_line("", line);
}

static void show(json_t *incident)
{
	char text[GRID_CELL_MAX];
	size_t i;
	json_t *item;

	grid_line_key("id", incident, "id");
	grid_line_key("what", incident, "title");
	grid_line_key("severity", incident, "severity");
	grid_line_key("score", incident, "score");
	grid_line_key("state", incident, "state");
	grid_line_key("reopened", incident, "reopened");
	grid_line_key("merged into", incident, "merged_into");
	grid_line_key("verdict", incident, "verdict");
	grid_line_key("assigned to", incident, "assignee");
	grid_line_key("device", incident, "device_name");
	grid_line("subject", about(incident, text));
	grid_line_key("user", incident, "user");
	grid_line_key("service", incident, "service");
	grid_line_key("attempts", incident, "count");
	grid_line_time("first", incident, "first");
	grid_line_time("last", incident, "last");
	grid_line_key("rule", incident, "rule");
	grid_line_key("author", incident, "author");
	join(json_object_get(incident, "tags"), text);
	grid_line("tags", text);
	json_array_foreach(json_object_get(incident, "timeline"), i, item) show_part(item, i == 0);
	json_array_foreach(json_object_get(incident, "merged"), i, item)
		grid_line(i ? "" : "merged", json_string_value(item));
	json_array_foreach(json_object_get(incident, "evidence"), i, item)
	{
		snprintf(text, sizeof(text), "%s", json_string_value(item));
		grid_clean(text);
		grid_line(i ? "" : "evidence", text);
	}
	json_array_foreach(json_object_get(incident, "notes"), i, item) show_note(item, i == 0);
	if (json_array_size(json_object_get(incident, "receipts")))
		printf("\n");
	json_array_foreach(json_object_get(incident, "receipts"), i, item) receipt_print(item, -1);
}

int cmd_incident_show(int argc, char **argv)
{
	struct opts_list args;
	struct list_url u = {.text = "/api/v1/incidents/"};
	int status = opts_read(&show_command, argc, argv, &args);

	if (status == OPTS_GO_ON && !rest_encode(u.text, sizeof(u.text), args.items[0]))
		status = opts_wrong(&show_command, "the argument is not the id of an incident");
	if (status != OPTS_GO_ON)
		return status;
	return item_run(&(struct rest_call){.method = "GET", .path = u.text}, show);
}
