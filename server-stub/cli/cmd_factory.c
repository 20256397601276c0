/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop factory`: manufacturers whose certificates let devices join, and the card that goes into firmware. */
#include "server-stub/cli/fleet.h"

#include "agent/cli/command.h"
#include "server-stub/cli/item.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"

#include <stdio.h>
#include <string.h>

#define PATH "/api/v1/factories"
#define PEM_MAX 8192

static const struct opts_option no_options[] = {{.kind = OPTS_END}};

static struct {
	const char *ca, *group;
	bool require_expected, open;
} factory;

static const struct opts_option add_options[] = {
	{OPTS_TEXT, "ca", "FILE", &factory.ca, "the CA that signs the devices' certificates, one certificate in PEM"},
	{OPTS_TEXT, "group", "NAME", &factory.group,
	 "the group of devices that nobody expected (default: \"default\")"},
	{OPTS_FLAG, "require-expected", NULL, &factory.require_expected, "refuse devices that nobody expected"},
	{OPTS_FLAG, "open", NULL, &factory.open, "let all its devices join at once, without approval"},
	{.kind = OPTS_END},
};

static const struct opts_command add_command = {
	.usage = "factory add NAME --ca FILE [--group NAME] [--require-expected | --open]",
	.about = "Let devices join by the certificate that their manufacturer gave each of them (IEEE 802.1AR), in "
		 "place "
		 "of a\ntoken. Those whose serial numbers were imported (`device import`, columns serial and factory) "
		 "join "
		 "at once, under\ntheir names; others wait for `device approve`. The certificate lets a device join "
		 "and does "
		 "nothing else, and\nits serial number is good once: after a reset, `device expect` makes it good "
		 "again.",
	.examples = "  caltrop factory add acme --ca acme-ca.pem --require-expected\n"
		    "  printf 'name,group,serial,factory\\ncamera-1,cameras,SN-0001,acme\\n' >cameras.csv\n"
		    "  caltrop device import cameras.csv\n"
		    "  caltrop factory card >card      # into the firmware, for: caltrop enroll --card card ...",
	.options = add_options,
	.args_min = 1,
	.args_max = 1,
};

static void say_added(json_t *f)
{
	char name[GRID_CELL_MAX], subject[GRID_CELL_MAX], unlisted[GRID_CELL_MAX];

	grid_text(f, "name", name);
	grid_text(f, "unlisted", unlisted);
	printf("Devices with certificates of %s (%s) may join now; those that nobody expected %s.\n", name,
	       grid_text(f, "subject", subject),
	       strcmp(unlisted, "refuse") == 0 ? "are refused"
	       : strcmp(unlisted, "join") == 0 ? "join, too"
					       : "wait for approval");
}

int cmd_factory_add(int argc, char **argv)
{
	char pem[PEM_MAX];
	struct opts_list args;
	int status = opts_read(&add_command, argc, argv, &args);

	if (status == OPTS_GO_ON && !factory.ca)
		status = opts_wrong(&add_command, "--ca is needed");
	if (status == OPTS_GO_ON && factory.require_expected && factory.open)
		status = opts_wrong(&add_command, "--require-expected and --open exclude each other");
	if (status != OPTS_GO_ON)
		return status;
	if (!context_read_file(factory.ca, pem, sizeof(pem)))
		return COMMAND_FAILED;
	json_t *body =
		json_pack("{s:s, s:s, s:s*, s:s}", "name", args.items[0], "ca", pem, "group", factory.group, "unlisted",
			  factory.require_expected ? "refuse"
			  : factory.open	   ? "join"
						   : "approve");

	if (!body)
		return opts_failed(COMMAND_FAILED, "%s is no text", factory.ca);
	return item_run(&(struct rest_call){.method = "POST", .path = PATH, .body = body}, say_added);
}

static const struct opts_command list_command = {
	.usage = "factory list",
	.about = "List the manufacturers whose certificates let devices join, and what becomes of devices that nobody "
		 "expected.",
	.examples = "  caltrop factory list",
	.options = no_options,
};

static void row(struct grid *g, json_t *item)
{
	grid_put(g, item, "name");
	grid_put(g, item, "group");
	grid_put(g, item, "unlisted");
	grid_put(g, item, "subject");
	grid_put_ago(g, item, "ca_expires");
	grid_put(g, item, "created_by");
}

int cmd_factory_list(int argc, char **argv)
{
	static const char *const heads[] = {"NAME", "GROUP", "UNEXPECTED", "CA", "CA EXPIRES", "BY", NULL};
	struct opts_list args;
	int status = opts_read(&list_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	return list_run(&(struct list){.path = PATH,
				       .heads = heads,
				       .row = row,
				       .none = "No manufacturer is named; see: caltrop factory add --help"});
}

static const struct opts_command show_command = {
	.usage = "factory show NAME",
	.about = "Show one, with its CA.",
	.examples = "  caltrop factory show acme",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

static void show(json_t *f)
{
	const char *pem = json_string_value(json_object_get(f, "ca"));

	grid_line_key("name", f, "name");
	grid_line_key("group", f, "group");
	grid_line_key("unexpected", f, "unlisted");
	grid_line_key("CA", f, "subject");
	grid_line_key("SHA-256", f, "ca_sha256");
	grid_line_time("expires", f, "ca_expires");
	grid_line_key("added by", f, "created_by");
	grid_line_time("added", f, "created");
	printf("%s", pem ? pem : "");
}

/* The path of one; an exit status after a message. */
static int path_of(const struct opts_command *c, const char *name, struct list_url *u)
{
	snprintf(u->text, sizeof(u->text), PATH "/");
	if (rest_encode(u->text, sizeof(u->text), name))
		return OPTS_GO_ON;
	return opts_wrong(c, "'%.60s' is not the name of a factory", name);
}

int cmd_factory_show(int argc, char **argv)
{
	struct opts_list args;
	struct list_url url = {.text = ""};
	int status = opts_read(&show_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = path_of(&show_command, args.items[0], &url);
	return status == OPTS_GO_ON ? item_run(&(struct rest_call){.method = "GET", .path = url.text}, show) : status;
}

static const struct opts_command remove_command = {
	.usage = "factory remove NAME",
	.about = "No further device joins by certificates of this manufacturer. Devices that have, stay.",
	.examples = "  caltrop factory remove acme",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

int cmd_factory_remove(int argc, char **argv)
{
	struct opts_list args;
	struct list_url url = {.text = ""};
	int status = opts_read(&remove_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = path_of(&remove_command, args.items[0], &url);
	return status == OPTS_GO_ON ? item_run(&(struct rest_call){.method = "DELETE", .path = url.text}, NULL)
				    : status;
}

static const struct opts_command card_command = {
	.usage = "factory card",
	.about =
		"Print the fleet's card: where devices find the service, its CA and the fleet's root keys. It has no "
		"secret, lets\nnobody in, and belongs into the firmware of devices that join by a factory certificate.",
	.examples =
		"  caltrop factory card >card\n"
		"  caltrop enroll --card card --factory-cert cert.pem --factory-key key.pem --wait     # on the device",
	.options = no_options,
};

static void print_card(json_t *answer)
{
	char text[GRID_CELL_MAX];

	printf("%s\n", grid_text(answer, "card", text));
}

int cmd_factory_card(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&card_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	return item_run(&(struct rest_call){.method = "GET", .path = "/api/v1/card"}, print_card);
}
