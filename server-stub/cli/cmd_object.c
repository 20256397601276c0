/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop object`: files for devices, and files that devices sent. */
#include "server-stub/cli/fleet.h"

#include "agent/cli/command.h"
#include "server-stub/cli/fleet_aim.h"
#include "server-stub/cli/grid.h"
#include "server-stub/cli/item.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/object_bytes.h"
#include "server-stub/cli/object_open.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/signer.h"

#include <stdio.h>
#include <string.h>

static const struct opts_option no_options[] = {{.kind = OPTS_END}};

static struct {
	const char *device;
	int64_t limit;
} wanted = {.limit = 50};

static const struct opts_option list_options[] = {
	{OPTS_TEXT, "device", "DEVICE", &wanted.device, "only what this device sent"},
	{OPTS_COUNT, "limit", "N", &wanted.limit, "how many, the newest first; 0: all (default: 50)"},
	{.kind = OPTS_END},
};

static const struct opts_command list_command = {
	.usage = "object list [--device DEVICE]",
	.about = "List the objects that were made for devices, and those that devices sent.",
	.examples = "  caltrop object list\n"
		    "  caltrop object list --device gateway-7",
	.options = list_options,
};

static void row(struct grid *g, json_t *item)
{
	char name[GRID_CELL_MAX];

	grid_put_id(g, item, "id");
	grid_put(g, item, "kind");
	grid_put(g, item, "name");
	grid_put(g, item, "version");
	grid_put(g, item, "size");
	grid_put(g, item, "state");
	grid_cell(g, json_is_string(json_object_get(item, "device")) ? grid_text(item, "device_name", name)
								     : "(for devices)");
	grid_put_ago(g, item, "created");
}

int cmd_object_list(int argc, char **argv)
{
	static const char *const heads[] = {"ID", "KIND", "NAME", "VERSION", "BYTES", "STATE", "FROM", "MADE", NULL};
	struct list_url url = {.text = "/api/v1/objects"};
	struct opts_list args;
	int status = opts_read(&list_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	list_param(&url, "device", wanted.device);
	return list_run(&(struct list){.path = url.text,
				       .limit = wanted.limit,
				       .heads = heads,
				       .row = row,
				       .none = "There are no objects; make one: caltrop object offer"});
}

static const struct opts_command show_command = {
	.usage = "object show ID",
	.about = "Show an object, and what became of it on the devices that are to get it.",
	.examples = "  caltrop object show 1f6ac1",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

static void print(json_t *o)
{
	static const char *const heads[] = {"DEVICE", "STATE", "SINCE", "TEXT", NULL};
	static const char *const lines[][2] = {{"Object", "id"},       {"Kind", "kind"},       {"Name", "name"},
					       {"Version", "version"}, {"Bytes", "size"},      {"Here", "have"},
					       {"SHA-256", "sha256"},  {"State", "state"},     {"Author", "author"},
					       {"For group", "group"}, {"From", "device_name"}};
	json_t *targets = json_object_get(o, "targets"), *t;
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		grid_line_key(lines[i][0], o, lines[i][1]);
	grid_line_time("Made", o, "created");
	if (!json_array_size(targets))
		return;
	struct grid *g = grid_new(heads);

	json_array_foreach(targets, i, t)
	{
		grid_put(g, t, "device_name");
		grid_put(g, t, "state");
		grid_put_ago(g, t, "updated");
		grid_put(g, t, "text");
	}
	grid_print(g, "");
}

/* One call about the object that args name; `print_it` NULL: nothing is printed. */
static int one(const struct opts_command *command, const char *id, const char *method, void (*print_it)(json_t *o))
{
	struct list_url url = {.text = "/api/v1/objects/"};

	if (!rest_encode(url.text, sizeof(url.text), id))
		return opts_wrong(command, "the argument is not the id of an object");
	return item_run(&(struct rest_call){.method = method, .path = url.text}, print_it);
}

int cmd_object_show(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&show_command, argc, argv, &args);

	return status == OPTS_GO_ON ? one(&show_command, args.items[0], "GET", print) : status;
}

static const struct opts_command remove_command = {
	.usage = "object remove ID",
	.about = "Remove an object from the service. Devices keep what they have.",
	.examples = "  caltrop object remove 1f6ac1",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

int cmd_object_remove(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&remove_command, argc, argv, &args);

	return status == OPTS_GO_ON ? one(&remove_command, args.items[0], "DELETE", NULL) : status;
}

static const char *out_file;

static const struct opts_option get_options[] = {
	{OPTS_TEXT, "out", "FILE", &out_file,
	 "where to write it, or - for standard output (default), if it is no terminal"},
	{.kind = OPTS_END},
};

static const struct opts_command get_command = {
	.usage = "object get ID [--out FILE]",
	.about = "Fetch an object's bytes. The service notes in its audit log who did. The hash is checked; after a\n"
		 "failure FILE is not there.",
	.examples = "  caltrop object get 1f6ac1 --out triage.tar",
	.options = get_options,
	.args_min = 1,
	.args_max = 1,
};

int cmd_object_get(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&get_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	struct rest *r = rest_open(&status);

	if (r)
		status = object_bytes_get(r, args.items[0], out_file ? out_file : "-");
	rest_close(r);
	return status;
}

static struct {
	const char *key, *out;
} opening = {.out = "-"};

static const struct opts_option open_options[] = {
	{OPTS_TEXT, "key", "FILE", &opening.key, "the fleet's escrow key, escrow_key.pem"},
	{OPTS_TEXT, "out", "FILE", &opening.out,
	 "where to write it, or - for standard output (default), if it is no terminal"},
	{.kind = OPTS_END},
};

static const struct opts_command open_command = {
	.usage = "object open FILE --key FILE [--out FILE]",
	.about = "Open a file that a device collected and sealed to the fleet's escrow key; - reads it from standard\n"
		 "input. It asks no service. After a failure the FILE that it writes is not there.",
	.examples = "  caltrop object get 1f6ac1 --out triage.sealed\n"
		    "  caltrop object open triage.sealed --key escrow_key.pem --out triage.tar\n"
		    "  mkdir triage && tar -C triage -xf triage.tar",
	.options = open_options,
	.args_min = 1,
	.args_max = 1,
};

int cmd_object_open(int argc, char **argv)
{
	struct opts_list args;
	struct signer key;
	int status = opts_read(&open_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	if (!opening.key)
		return opts_wrong(&open_command, "--key is missing");
	if (strcmp(opening.key, "-") == 0 && strcmp(args.items[0], "-") == 0)
		return opts_wrong(&open_command, "the key and what it opens cannot both come from standard input");
	status = signer_open_file(opening.key, &key);
	if (status != OPTS_GO_ON)
		return status;
	status = object_open(args.items[0], &key.private_key, opening.out);
	signer_close(&key);
	return status;
}

static struct opts_list offer_devices;
static struct object_bytes_offer offer = {.kind = "file", .devices = &offer_devices};

static const struct opts_option offer_options[] = {
	{OPTS_TEXT, "kind", "KIND", &offer.kind, "what devices make of it (default: file)"},
	{OPTS_TEXT, "name", "NAME", &offer.name, "its name there (default: that of FILE)"},
	{OPTS_COUNT, "version", "N", &offer.version,
	 "devices take none below what they had (default: the time in milliseconds)"},
	{OPTS_MANY, "device", "DEVICE", &offer_devices, "device by name or id; may be given again"},
	{OPTS_TEXT, "group", "NAME", &offer.group, "or all approved devices of a group"},
	{OPTS_FLAG, "all", NULL, &offer.all, "or all approved devices"},
	{OPTS_TEXT, "order-key", "FILE", &offer.key_file, "sign with this key instead of the service's"},
	{.kind = OPTS_END},
};

static const struct opts_command offer_command = {
	.usage = "object offer FILE --device DEVICE [--name NAME] [--version N]",
	.about = "Send a file to devices. Each fetches it when it has nothing more urgent to do, verifies who signed "
		 "it,\n"
		 "and keeps it under its kind and name: STATE_DIR/objects/KIND/NAME. `object show` tells who has it.",
	.examples = "  caltrop object offer rates.json --group gateways\n"
		    "  caltrop object offer build/rates.json --name rates --version 7 --device gateway-7",
	.options = offer_options,
	.args_min = 1,
	.args_max = 1,
};

int cmd_object_offer(int argc, char **argv)
{
	struct opts_list args;
	json_t *answer = NULL;
	int status = opts_read(&offer_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = fleet_aim_check(&offer_command, &offer_devices, offer.group, offer.all);
	if (status != OPTS_GO_ON)
		return status;
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
