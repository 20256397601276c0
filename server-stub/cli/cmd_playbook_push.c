/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop playbook push` and `sign`: one that is run by hand becomes an order, with one desk's signature or several.
 */
#include "server-stub/cli/fleet.h"

#include "agent/cli/command.h"
#include "server-stub/cli/fleet_aim.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/order_post.h"
#include "server-stub/cli/order_request.h"
#include "server-stub/cli/playbook_case.h"
#include "server-stub/cli/playbook_files.h"
#include "server-stub/cli/playbook_signed.h"
#include "server-stub/cli/sigma_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct opts_list devices, keys, set_words;
static struct order_request push = {.devices = &devices, .keys = &keys, .expires_s = 3600};
static struct order_post waiting = {.timeout_s = 30};
static const char *incident, *out_file;

#define AIM_OPTIONS                                                                                            \
	{OPTS_MANY, "device", "DEVICE", &devices, "device by name or id; may be given again"},                 \
		{OPTS_TEXT, "group", "NAME", &push.group, "or all approved devices of a group"},               \
		{OPTS_FLAG, "all", NULL, &push.all, "or all approved devices"},                                \
		{OPTS_TEXT, "incident", "ID", &incident, "the incident that fills $incident.addr and others"}, \
		{OPTS_MANY, "set", "NAME=VALUE", &set_words, "an input of the playbook; may be given again"},  \
	{                                                                                                      \
		OPTS_SPAN, "expires", "SPAN", &push.expires_s,                                                 \
			"how long it waits for devices that are away (default: 1h)"                            \
	}

static const struct opts_option push_options[] = {
	AIM_OPTIONS,
	{OPTS_FLAG, "dry-run", NULL, &push.dry_run, "have the devices say what they would do, and do nothing"},
	{OPTS_MANY, "order-key", "FILE", &keys,
	 "sign with this key instead of the service's; again, where more signatures are needed"},
	{OPTS_FLAG, "wait", NULL, &waiting.wait, "wait for the receipts, and print them"},
	{OPTS_SPAN, "timeout", "SPAN", &waiting.timeout_s, "how long to wait (default: 30s)"},
	{.kind = OPTS_END},
};

static const struct opts_command push_command = {
	.usage = "playbook push FILE --device DEVICE [--incident ID] [--set NAME=VALUE]... [--wait]",
	.about = "Run a playbook of `on: manual` on devices: its steps become one signed order. FILE may also be what\n"
		 "`playbook sign` wrote, which says by itself who it is for.\n"
		 "Exit status with --wait: 0 done everywhere, 3 somewhere, 1 nowhere, 6 no receipt in time.",
	.examples = "  caltrop playbook push end_sessions.yml --set who=alice --device gateway-7 --wait\n"
		    "  caltrop playbook push shut_out.yml --incident 1f6ac1 --group gateways\n"
		    "  caltrop playbook push miner.yml --incident 1f6ac1 --device gateway-7 --dry-run --wait\n"
		    "  caltrop playbook push signed.json --wait",
	.options = push_options,
	.args_min = 1,
	.args_max = 1,
};

static int check_aim(const struct opts_command *command)
{
	return fleet_aim_check(command, &devices, push.group, push.all);
}

/* What the service knows of the incident. */
static int fetch_incident(struct rest *r, struct playbook_case_file *c)
{
	struct list_url u = {.text = "/api/v1/incidents/"};
	json_t *answer = NULL;
	int status;

	if (!rest_encode(u.text, sizeof(u.text), incident))
		return opts_failed(COMMAND_USAGE, "'%s' is not the id of an incident", incident);
	status = rest_call(r, &(struct rest_call){.method = "GET", .path = u.text}, &answer);
	if (status == OPTS_GO_ON)
		return playbook_case_read(c, answer, incident);
	json_decref(answer);
	return status;
}

/* The playbook's steps with everything filled in. */
static int fill(struct rest *r, const struct playbook *p, struct order *steps)
{
	static struct playbook_case_file c;
	char why[PLAYBOOK_WHY_MAX];
	int status = incident ? fetch_incident(r, &c) : OPTS_GO_ON;

	if (status == OPTS_GO_ON)
		status = playbook_case_set(&c, p, &set_words);
	if (status == OPTS_GO_ON && playbook_fill(p, &c.parts[0], steps, why) != ERR_OK)
		status = opts_failed(COMMAND_USAGE, "%s: %s%s", p->name, why,
				     incident ? "" : " What $incident names comes with --incident ID.");
	playbook_case_free(&c);
	return status;
}

static int read_manual(const char *file, struct playbook *p)
{
	int status = playbook_files_read(file, p, NULL);

	if (status == OPTS_GO_ON && p->bound)
		status = opts_failed(COMMAND_USAGE, "%s is bound to incidents, and only one of 'on: manual' is pushed",
				     p->name);
	return status;
}

/* The body of the order that the playbook is for these devices. NULL: *status says why. */
static json_t *compose(struct rest *r, const struct playbook *p, int *status)
{
	static struct order steps;

	*status = fill(r, p, &steps);
	push.steps = &steps;
	return *status == OPTS_GO_ON ? order_request_body(&push, r, status) : NULL;
}

static json_t *body_of(struct rest *r, const char *file, const struct playbook_signed *given, int *status)
{
	static struct playbook p;

	if (given->order)
		return playbook_signed_body(given, &keys, status);
	*status = read_manual(file, &p);
	if (*status == OPTS_GO_ON)
		*status = check_aim(&push_command);
	if (*status == OPTS_GO_ON && !push.dry_run && (keys.count ? keys.count : 1) < p.approvals)
		*status = opts_failed(
			COMMAND_CONFLICT,
			"%s needs %u signatures: give --order-key as often, or 'playbook sign' at each desk", p.name,
			(unsigned)p.approvals);
	return *status == OPTS_GO_ON ? compose(r, &p, status) : NULL;
}

int cmd_playbook_push(int argc, char **argv)
{
	struct playbook_signed given = {.order = NULL};
	json_t *body = NULL;
	struct opts_list args;
	int status = opts_read(&push_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = playbook_signed_read(args.items[0], &given);
	if (status == OPTS_GO_ON && given.order &&
	    (devices.count || push.group || push.all || set_words.count || incident || push.dry_run))
		status = opts_wrong(&push_command, "%s says by itself who and what it is for", args.items[0]);
	if (status != OPTS_GO_ON)
		return status;
	struct rest *r = rest_open(&status);

	if (r)
		body = body_of(r, args.items[0], &given, &status);
	if (body)
		status = order_post(&r, body, &waiting);
	json_decref(body);
	playbook_signed_free(&given);
	rest_close(r);
	return status;
}

/* -- sign -- */

static const struct opts_option sign_options[] = {
	AIM_OPTIONS,
	{OPTS_MANY, "order-key", "FILE", &keys, "the key to sign with; may be given again"},
	{OPTS_TEXT, "o", "FILE", &out_file, "where to write what was signed"},
	{.kind = OPTS_END},
};

static const struct opts_command sign_command = {
	.usage = "playbook sign FILE --order-key FILE -o FILE [--device DEVICE] [--set NAME=VALUE]...",
	.about = "Sign the order that a playbook of `on: manual` is for certain devices, and write it to a file in "
		 "place "
		 "of\npushing it. Another operator runs the same on that file, reads what it says, and adds a "
		 "signature; "
		 "who\nmade it pushes it. Nothing in it can be changed in between.",
	.examples = "  caltrop playbook sign reset.yml --set who=root --all --order-key ada.pem -o signed.json\n"
		    "  caltrop playbook sign signed.json --order-key bob.pem -o twice.json\n"
		    "  caltrop playbook push twice.json --wait",
	.options = sign_options,
	.args_min = 1,
	.args_max = 1,
};

static json_t *sign_new(const char *file, int *status)
{
	static struct playbook p;
	json_t *body = NULL;

	*status = read_manual(file, &p);
	if (*status == OPTS_GO_ON)
		*status = check_aim(&sign_command);
	struct rest *r = *status == OPTS_GO_ON ? rest_open(status) : NULL;

	if (r)
		body = compose(r, &p, status);
	if (body)
		json_object_set_new(body, "approvals", json_integer(p.approvals));
	rest_close(r);
	return body;
}

static int write_signed(json_t *body)
{
	char *text = json_dumps(body, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	int status = text ? sigma_files_write(out_file, str_from(text)) : opts_failed(COMMAND_FAILED, "out of memory");

	free(text);
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}

int cmd_playbook_sign(int argc, char **argv)
{
	struct playbook_signed given = {.order = NULL};
	json_t *body = NULL;
	struct opts_list args;
	int status = opts_read(&sign_command, argc, argv, &args);

	if (status == OPTS_GO_ON && (!keys.count || !out_file))
		status = opts_wrong(&sign_command, "say with which key and where to: --order-key FILE -o FILE");
	if (status == OPTS_GO_ON)
		status = playbook_signed_read(args.items[0], &given);
	if (status != OPTS_GO_ON)
		return status;
	body = given.order ? playbook_signed_add(&given, &keys, &status) : sign_new(args.items[0], &status);
	if (body) {
		status = playbook_signed_say(body, sigma_files_beside(out_file));
		status = status == OPTS_GO_ON ? write_signed(body) : status;
	}
	json_decref(body);
	playbook_signed_free(&given);
	return status;
}
