/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop playbook push` and `sign`: one that is run by hand becomes an order, one that is bound to incidents an
 * object, with one desk's signature or several.
 */
#include "server-stub/cli/fleet.h"

#include "agent/cli/command.h"
#include "server-stub/cli/fleet_aim.h"
#include "server-stub/cli/grid.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/order_post.h"
#include "server-stub/cli/order_request.h"
#include "server-stub/cli/playbook_bound.h"
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
	.about = "Run a playbook on devices: its steps become one signed order. Without --incident, one that is bound\n"
		 "to incidents goes to devices instead, which keep it and run it by themselves, whether or not they\n"
		 "reach the service. FILE may also be what `playbook sign` wrote, which says who it is for.\n"
		 "Exit status with --wait: 0 done everywhere, 3 somewhere, 1 nowhere, 6 no receipt in time.",
	.examples = "  caltrop playbook push end_sessions.yml --set who=alice --device gateway-7 --wait\n"
		    "  caltrop playbook push shut_out.yml --incident 1f6ac1 --group gateways\n"
		    "  caltrop playbook push miner.yml --incident 1f6ac1 --device gateway-7 --dry-run --wait\n"
		    "  caltrop playbook push port_scanner.yml --group gateways\n"
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

/* Whether devices keep it, to run it by themselves. With an incident it is run by hand, now. */
static bool is_for_keeps(const struct playbook *p)
{
	return p->bound && !incident;
}

static int check_words(const struct opts_command *command, const struct playbook *p)
{
	if (is_for_keeps(p) && (set_words.count || push.dry_run || waiting.wait))
		return opts_wrong(command, "%s runs when there is an incident: to run it now, name one with --incident",
				  p->name);
	return check_aim(command);
}

/* Before anything is asked of the service. */
static int check_signed(const struct playbook *p)
{
	unsigned needed = is_for_keeps(p) ? playbook_signatures(p) : p->approvals;

	if (push.dry_run || (keys.count ? keys.count : 1) >= needed)
		return OPTS_GO_ON;
	return opts_failed(COMMAND_CONFLICT,
			   "%s needs %u signatures: give --order-key as often, or 'playbook sign' at each desk",
			   p->name, needed);
}

static struct object_bytes_offer bound_aim(void)
{
	return (struct object_bytes_offer){.group = push.group, .all = push.all, .devices = &devices, .keys = &keys};
}

/* The body of the order that the playbook is for these devices. NULL: *status says why. */
static json_t *compose(struct rest *r, const struct playbook *p, int *status)
{
	static struct order steps;

	*status = fill(r, p, &steps);
	push.steps = &steps;
	return *status == OPTS_GO_ON ? order_request_body(&push, r, status) : NULL;
}

static int push_order(struct rest **r, struct playbook *p)
{
	int status;
	json_t *body = compose(*r, p, &status);

	if (body)
		status = order_post(r, body, &waiting);
	json_decref(body);
	return status;
}

static int say_object(int status, json_t *object)
{
	const char *id = json_string_value(json_object_get(object, "id"));

	if (status == COMMAND_OK && opts_common.json)
		grid_json(object);
	else if (status == COMMAND_OK)
		printf("playbook %s, version %lld, is on its way; caltrop object show %s tells who has it\n",
		       json_string_value(json_object_get(object, "name")),
		       (long long)json_integer_value(json_object_get(object, "version")), id ? id : "ID");
	json_decref(object);
	return status;
}

static int push_bound(struct rest *r, struct playbook *p)
{
	const struct object_bytes_offer aim = bound_aim();
	json_t *answer = NULL;
	int status = playbook_bound_push(r, p, &aim, &answer);

	return say_object(status, answer);
}

static int push_file(const char *file)
{
	static struct playbook p;
	int status = playbook_files_read(file, &p, NULL);

	if (status == OPTS_GO_ON)
		status = check_words(&push_command, &p);
	if (status == OPTS_GO_ON)
		status = check_signed(&p);
	if (status != OPTS_GO_ON)
		return status;
	struct rest *r = rest_open(&status);

	if (r)
		status = is_for_keeps(&p) ? push_bound(r, &p) : push_order(&r, &p);
	rest_close(r);
	return status;
}

static int push_signed(const struct playbook_signed *given)
{
	int status;
	json_t *body = playbook_signed_body(given, &keys, &status), *answer = NULL;
	struct rest *r = body ? rest_open(&status) : NULL;

	if (r && playbook_bound_is(given->order)) {
		status = playbook_bound_push_signed(r, body, &answer);
		status = say_object(status, answer);
	} else if (r) {
		status = order_post(&r, body, &waiting);
	}
	json_decref(body);
	rest_close(r);
	return status;
}

int cmd_playbook_push(int argc, char **argv)
{
	struct playbook_signed given = {.order = NULL};
	struct opts_list args;
	int status = opts_read(&push_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = playbook_signed_read(args.items[0], &given);
	if (status == OPTS_GO_ON && given.order &&
	    (devices.count || push.group || push.all || set_words.count || incident || push.dry_run))
		status = opts_wrong(&push_command, "%s says by itself who and what it is for", args.items[0]);
	if (status == OPTS_GO_ON)
		status = given.order ? push_signed(&given) : push_file(args.items[0]);
	playbook_signed_free(&given);
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
	.about = "Sign the order that a playbook is for certain devices, or of one that is bound to incidents the\n"
		 "object, and write it to a file in place of pushing it. Another operator runs the same on that file,\n"
		 "reads what it says, and adds a signature; who made it pushes it. Nothing in it can be changed in\n"
		 "between.",
	.examples = "  caltrop playbook sign reset.yml --set who=root --all --order-key ada.pem -o signed.json\n"
		    "  caltrop playbook sign signed.json --order-key bob.pem -o twice.json\n"
		    "  caltrop playbook push twice.json --wait",
	.options = sign_options,
	.args_min = 1,
	.args_max = 1,
};

static json_t *sign_order(struct rest *r, struct playbook *p, int *status)
{
	json_t *body = compose(r, p, status);

	if (body)
		json_object_set_new(body, "approvals", json_integer(p->approvals));
	return body;
}

static json_t *sign_new(const char *file, int *status)
{
	const struct object_bytes_offer aim = bound_aim();
	static struct playbook p;
	json_t *body = NULL;

	*status = playbook_files_read(file, &p, NULL);
	if (*status == OPTS_GO_ON)
		*status = check_words(&sign_command, &p);
	struct rest *r = *status == OPTS_GO_ON ? rest_open(status) : NULL;

	if (r)
		body = is_for_keeps(&p) ? playbook_bound_sign(r, &p, &aim, status) : sign_order(r, &p, status);
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
