/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop device`: the fleet's devices. */
#include "server-stub/cli/fleet.h"

#include "agent/cli/command.h"
#include "server-stub/cli/item.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"

#include <stdio.h>
#include <string.h>

static struct {
	const char *group, *state, *trust, *label, *search;
	int64_t limit;
} filter;

static const struct opts_option list_options[] = {
	{OPTS_TEXT, "group", "NAME", &filter.group, "show only devices of this group"},
	{OPTS_TEXT, "state", "STATE", &filter.state,
	 "show only devices that are pending, approved, revoked or expected"},
	{OPTS_TEXT, "trust", "WORD", &filter.trust,
	 "show only devices whose trust bundle is the fleet's, current, or is not, behind"},
	{OPTS_TEXT, "label", "LABEL", &filter.label, "show only devices with this label"},
	{OPTS_TEXT, "search", "TEXT", &filter.search,
	 "show only devices with this in their name, or whose id begins so"},
	{OPTS_COUNT, "limit", "N", &filter.limit, "show at most N devices (default: all)"},
	{.kind = OPTS_END},
};

static const struct opts_command list_command = {
	.usage = "device list [--group NAME] [--state STATE] [--trust WORD] [--label LABEL] [--search TEXT]",
	.about = "List the devices: when each was last connected, its mode, and which trust bundle it has, marked when "
		 "the "
		 "fleet's is newer.",
	.examples =
		"  caltrop device list\n  caltrop device list --state pending\n  caltrop device list --trust behind\n"
		"  caltrop device list --json | jq -r '.items[] | select(.connected | not) | .name'",
	.options = list_options,
};

/* "3", "2 behind", "none behind"; "" when the device has not told. */
static const char *trust_text(json_t *d, char out[GRID_CELL_MAX])
{
	json_int_t version = json_integer_value(json_object_get(d, "trust_version"));
	const char *behind = json_is_true(json_object_get(d, "trust_behind")) ? " behind" : "";

	grid_text(d, "trust_version", out);
	if (out[0])
		snprintf(out + (version ? strlen(out) : 0), 32, "%s%s", version ? "" : "none", behind);
	return out;
}

static void row(struct grid *g, json_t *item)
{
	char text[GRID_CELL_MAX];
	bool here = json_is_true(json_object_get(item, "connected"));
	char number[24];

	grid_put_id(g, item, "id");
	grid_put(g, item, "name");
	grid_put(g, item, "group");
	grid_put(g, item, "state");
	if (here)
		grid_cell(g, "now");
	else
		grid_put_ago(g, item, "last_seen");
	grid_put(g, item, "version");
	grid_put(g, item, "address");
	grid_put(g, item, "mode");
	grid_cell(g, trust_text(item, text));
	snprintf(number, sizeof(number), "%zu", json_array_size(json_object_get(item, "problems")));
	grid_cell(g, number);
}

int cmd_device_list(int argc, char **argv)
{
	static const char *const heads[] = {"ID",      "NAME", "GROUP", "STATE",    "SEEN", "VERSION",
					    "ADDRESS", "MODE", "TRUST", "PROBLEMS", NULL};
	struct opts_list args;
	struct list_url u = {.text = "/api/v1/devices"};
	int status = opts_read(&list_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	list_param(&u, "group", filter.group);
	list_param(&u, "state", filter.state);
	list_param(&u, "trust", filter.trust);
	list_param(&u, "label", filter.label);
	list_param(&u, "q", filter.search);
	return list_run(&(struct list){.path = u.text,
				       .limit = filter.limit,
				       .heads = heads,
				       .row = row,
				       .none = "There are no such devices; let one join: caltrop token create"});
}

static const struct opts_option no_options[] = {{.kind = OPTS_END}};

static const struct opts_command show_command = {
	.usage = "device show DEVICE",
	.about = "Show one device. DEVICE is its name, its id, or the first digits of its id.",
	.examples = "  caltrop device show gateway-7",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

/* The words of a list on one line. */
static void show_words(json_t *d, const char *key)
{
	char text[GRID_CELL_MAX] = "";
	size_t i, len = 0;
	json_t *word;

	json_array_foreach(json_object_get(d, key), i, word)
	{
		int more = snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "", json_string_value(word));

		if (more < 0 || len + (size_t)more >= sizeof(text))
			break;
		len += (size_t)more;
	}
	grid_clean(text);
	grid_line(key, text);
}

static void show_sources(json_t *d)
{
	char text[GRID_CELL_MAX], ago[GRID_CELL_MAX], line[2 * GRID_CELL_MAX + 64];
	size_t i;
	json_t *source;

	json_array_foreach(json_object_get(d, "sources"), i, source)
	{
		grid_text(source, "name", text);
		if (grid_ago(source, "newest", ago)[0])
			snprintf(line, sizeof(line), "%s, newest line %s", text, ago);
		else
			snprintf(line, sizeof(line), "%s, no line since the guard started", text);
		grid_line("source", line);
	}
}

/* What its last health record tells. */
static void show_health(json_t *d)
{
	char text[GRID_CELL_MAX];

	grid_line_key("mode", d, "mode");
	grid_line("trust bundle", trust_text(d, text));
	grid_line_key("settings", d, "settings_digest");
	grid_line_key("tuning", d, "tuning_version");
	show_words(d, "features");
	show_sources(d);
	grid_line_time("told at", d, "health_time");
}

/* "Two guards use ... (3m ago, from 192.0.2.7 ...): caltrop incident show ID" */
static void show_identity(json_t *d)
{
	char title[GRID_CELL_MAX], ago[GRID_CELL_MAX], evidence[GRID_CELL_MAX], id[GRID_CELL_MAX];
	char line[4 * GRID_CELL_MAX];
	size_t i;
	json_t *item;

	json_array_foreach(json_object_get(d, "identity"), i, item)
	{
		grid_text(item, "title", title);
		grid_ago(item, "last", ago);
		grid_text(item, "evidence", evidence);
		snprintf(line, sizeof(line), "%s, %s (%s): caltrop incident show %s", title, ago, evidence,
			 grid_text(item, "incident", id));
		grid_line("identity", line);
	}
}

static bool is_expected(json_t *d)
{
	const char *state = json_string_value(json_object_get(d, "state"));

	return state && strcmp(state, "expected") == 0;
}

static void show(json_t *d)
{
	size_t i;
	json_t *problem;

	grid_line_key("id", d, "id");
	grid_line_key("name", d, "name");
	grid_line_key("group", d, "group");
	show_words(d, "labels");
	grid_line_key("state", d, "state");
	grid_line_key("connected", d, "connected");
	grid_line_time("last seen", d, "last_seen");
	grid_line_time(is_expected(d) ? "expected since" : "joined", d, "created");
	grid_line_key("address", d, "address");
	grid_line_key("version", d, "version");
	grid_line_key("kernel", d, "kernel");
	grid_line_key("architecture", d, "arch");
	grid_line_time("certificate", d, "certificate_expires");
	grid_line_key("receipt key", d, "receipt_key");
	grid_line_key("factory", d, "factory");
	grid_line_key("serial", d, "serial");
	grid_line_key("records", d, "records");
	show_identity(d);
	show_health(d);
	json_array_foreach(json_object_get(d, "problems"), i, problem)
	{
		char text[GRID_CELL_MAX];

		snprintf(text, sizeof(text), "%s", json_string_value(problem));
		grid_clean(text);
		grid_line("problem", text);
	}
}

struct task {
	const struct opts_command *command;
	const char *method, *suffix;
	void (*print)(json_t *device);
	const char *member; /* of the body, whose value is the second argument; NULL: there is no body */
	bool is_list;	    /* and so are all arguments behind it */
};

static json_t *body_of(const struct task *t, const struct opts_list *args)
{
	json_t *list;

	if (!t->member)
		return NULL;
	if (!t->is_list)
		return json_pack("{s:s}", t->member, args->items[1]);
	list = json_array();
	for (unsigned i = 1; i < args->count; i++)
		json_array_append_new(list, json_string(args->items[i]));
	return json_pack("{s:o}", t->member, list);
}

static int run(const struct task *t, int argc, char **argv)
{
	struct opts_list args;
	struct list_url u = {.text = "/api/v1/devices/"};
	int status = opts_read(t->command, argc, argv, &args);

	if (status == OPTS_GO_ON && !rest_encode(u.text, sizeof(u.text) - strlen(t->suffix), args.items[0]))
		status = opts_wrong(t->command, "the argument is not the name or id of a device");
	if (status != OPTS_GO_ON)
		return status;
	strncat(u.text, t->suffix, sizeof(u.text) - strlen(u.text) - 1);
	return item_run(
		&(struct rest_call){
			.method = t->method,
			.path = u.text,
			.body = body_of(t, &args),
		},
		t->print);
}

int cmd_device_show(int argc, char **argv)
{
	return run(&(struct task){&show_command, "GET", "", show, NULL, false}, argc, argv);
}

static void say_state(json_t *d)
{
	char name[GRID_CELL_MAX], state[GRID_CELL_MAX];

	printf("%s is %s.\n", grid_text(d, "name", name), grid_text(d, "state", state));
}

static const struct opts_command approve_command = {
	.usage = "device approve DEVICE",
	.about = "Let a device in that joined with a token of the kind that asks for approval.",
	.examples = "  caltrop device list --state pending\n  caltrop device approve 3f2a9c",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

int cmd_device_approve(int argc, char **argv)
{
	return run(&(struct task){&approve_command, "POST", "/approve", say_state, NULL, false}, argc, argv);
}

static const struct opts_command revoke_command = {
	.usage = "device revoke DEVICE",
	.about = "Refuse a device from now on, and end its open connection. It can come back only by joining anew.",
	.examples = "  caltrop device revoke gateway-7",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

int cmd_device_revoke(int argc, char **argv)
{
	return run(&(struct task){&revoke_command, "POST", "/revoke", say_state, NULL, false}, argc, argv);
}

static const struct opts_command expect_command = {
	.usage = "device expect DEVICE",
	.about = "Let a device in once more that joined by its factory certificate and was reset or revoked: it stays "
		 "the "
		 "device that\nit is. One without a factory certificate needs a token: caltrop token create --for "
		 "DEVICE.",
	.examples = "  caltrop device expect gateway-7",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

int cmd_device_expect(int argc, char **argv)
{
	return run(&(struct task){&expect_command, "POST", "/expect", say_state, NULL, false}, argc, argv);
}

static const struct opts_command rename_command = {
	.usage = "device rename DEVICE NAME",
	.about = "Give a device another name. It keeps its id and its history. No other device may be found by the "
		 "name.",
	.examples = "  caltrop device rename 3f2a9c gateway-7",
	.options = no_options,
	.args_min = 2,
	.args_max = 2,
};

static void say_name(json_t *d)
{
	char name[GRID_CELL_MAX], id[GRID_CELL_MAX];

	printf("%s is %s.\n", grid_text(d, "id", id), grid_text(d, "name", name));
}

int cmd_device_rename(int argc, char **argv)
{
	return run(&(struct task){&rename_command, "POST", "/rename", say_name, "name", false}, argc, argv);
}

static const struct opts_command move_command = {
	.usage = "device move DEVICE GROUP",
	.about = "Put a device into another group. The device itself obeys orders and takes files for its old group "
		 "until it\nenrols again, which makes it no new device: `caltrop enroll --again` there.",
	.examples = "  caltrop device move gateway-7 spares",
	.options = no_options,
	.args_min = 2,
	.args_max = 2,
};

static void say_group(json_t *d)
{
	char name[GRID_CELL_MAX], group[GRID_CELL_MAX];

	grid_text(d, "name", name);
	printf("%s is in the group %s; it learns so when it enrols again:\n\n"
	       "  caltrop token create --for %s >token\n"
	       "  caltrop enroll --again --token-file token      # there\n",
	       name, grid_text(d, "group", group), name);
}

int cmd_device_move(int argc, char **argv)
{
	return run(&(struct task){&move_command, "POST", "/move", say_group, "group", false}, argc, argv);
}

static const struct opts_command label_command = {
	.usage = "device label DEVICE [LABEL]...",
	.about = "Give a device these labels, in place of those that it has; without any, take all away. They are for "
		 "people:\n`device list --label` finds devices by them.",
	.examples = "  caltrop device label gateway-7 site=berlin spare\n  caltrop device list --label site=berlin",
	.options = no_options,
	.args_min = 1,
	.args_max = OPTS_ARGS_MAX,
};

static void say_labels(json_t *d)
{
	grid_line_key("name", d, "name");
	show_words(d, "labels");
}

int cmd_device_label(int argc, char **argv)
{
	return run(&(struct task){&label_command, "POST", "/label", say_labels, "labels", true}, argc, argv);
}

static const struct opts_command delete_command = {
	.usage = "device delete DEVICE",
	.about = "Take a device that was revoked, or never approved, off the list for good. What it sent stays until "
		 "the "
		 "service's\nretention ends. It can join as a new device only: caltrop enroll --new.",
	.examples = "  caltrop device revoke gateway-7\n  caltrop device delete gateway-7",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

static void say_deleted(json_t *none)
{
	(void)none;
	printf("Deleted.\n");
}

int cmd_device_delete(int argc, char **argv)
{
	return run(&(struct task){&delete_command, "DELETE", "", say_deleted, NULL, false}, argc, argv);
}
