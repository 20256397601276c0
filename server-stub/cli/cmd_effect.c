/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop effect list` and `caltrop ban list`: what is in force now, on which device. The devices' receipts say so:
 * the newest one of what takes something into force or takes it back counts, of each target on each device. It knows no
 * verb, only rows of proto/verb.h.
 */
#include "server-stub/cli/fleet.h"

#include "agent/base/addr.h"
#include "agent/base/clock.h"
#include "agent/cli/command.h"
#include "proto/verb.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct {
	const char *device, *address, *verb;
} filter;

static const struct opts_option ban_options[] = {
	{OPTS_TEXT, "device", "DEVICE", &filter.device, "show only bans of this device"},
	{OPTS_TEXT, "address", "ADDRESS", &filter.address, "show only bans of this address or network"},
	{.kind = OPTS_END},
};

static const struct opts_command ban_command = {
	.usage = "ban list [--device DEVICE] [--address ADDRESS]",
	.about = "List the addresses that devices have banned now, as their receipts tell. What a device that is away "
		 "did since, is\nnot known yet; `caltrop local bans` on the device asks the kernel.",
	.examples = "  caltrop ban list\n  caltrop ban list --address 203.0.113.9",
	.options = ban_options,
};

static const struct opts_option effect_options[] = {
	{OPTS_TEXT, "device", "DEVICE", &filter.device, "show only those of this device"},
	{OPTS_TEXT, "verb", "VERB", &filter.verb, "show only those of this verb, such as isolate"},
	{.kind = OPTS_END},
};

static const struct opts_command effect_command = {
	.usage = "effect list [--device DEVICE] [--verb VERB]",
	.about = "List what devices have in force now, as their receipts of the last 30 days tell: bans, isolations, "
		 "locked accounts\nand the like. What a device that is away did since, is not known yet; `caltrop "
		 "local effects` on the device\nknows. `caltrop effect undo` takes one back.",
	.examples = "  caltrop effect list\n  caltrop effect list --verb isolate --json",
	.options = effect_options,
};

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

struct effects {
	json_t *items;
	json_t *seen;	  /* "DEVICE VERB WHAT", of which the newest receipt was looked at */
	char now[32];	  /* as the service writes times */
	const char *what; /* the key of what it is done to */
};

/*
 * The verb whose effect the receipt tells of, and whether it is in force or has ended. NULL: it says nothing of that,
 * as one that was refused.
 */
static const struct verb_row *effect_of(json_t *receipt, bool *in_force)
{
	const struct verb_row *verb = verb_find(text_of(receipt, "verb"));
	const char *result = text_of(receipt, "result");
	bool was_done = strcmp(result, "done") == 0 || strcmp(result, "already") == 0;

	*in_force = false;
	if (!verb)
		return NULL;
	if (verb->undoes)
		return was_done ? verb_row(verb->undoes) : NULL;
	*in_force = was_done || strcmp(result, "restored") == 0;
	return verb_undoer(verb->number) && (*in_force || strcmp(result, "reverted") == 0) ? verb : NULL;
}

/* What it is done to, as people type it: "198.51.100.7", "bob", "4711"; empty: the device. */
static void put_what(char what[GRID_CELL_MAX], json_t *receipt)
{
	static const char *const keys[] = {"addr", "account"};
	json_t *params = json_object_get(receipt, "params"), *pid = json_object_get(receipt, "pid");

	what[0] = '\0';
	for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]) && !what[0]; i++)
		snprintf(what, GRID_CELL_MAX, "%s", text_of(receipt, keys[i]));
	if (!what[0] && json_integer_value(pid))
		snprintf(what, GRID_CELL_MAX, "%lld", (long long)json_integer_value(pid));
	if (!what[0])
		snprintf(what, GRID_CELL_MAX, "%s", text_of(params, "path"));
}

static bool is_asked_for(const struct verb_row *verb, const char *what)
{
	return (!filter.verb || strcmp(filter.verb, verb->name) == 0) &&
	       (!filter.address || strcmp(filter.address, what) == 0);
}

static bool each(void *arg, json_t *event)
{
	struct effects *x = arg;
	json_t *receipt = json_object_get(event, "receipt");
	const char *expires = text_of(receipt, "expires");
	char what[GRID_CELL_MAX], key[GRID_CELL_MAX + 96];
	bool in_force;
	const struct verb_row *verb = effect_of(receipt, &in_force);

	if (!verb)
		return true;
	put_what(what, receipt);
	snprintf(key, sizeof(key), "%.40s %s %s", text_of(event, "device"), verb->name, what);
	if (!is_asked_for(verb, what) || json_object_get(x->seen, key))
		return true;
	json_object_set_new(x->seen, key, json_true());
	if (!in_force || (expires[0] && strcmp(expires, x->now) <= 0))
		return true;
	json_array_append_new(x->items,
			      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "device",
					text_of(event, "device"), "device_name", text_of(event, "device_name"), "verb",
					verb->name, x->what, what, "since", text_of(event, "time"), "expires", expires,
					"lease_s", text_of(json_object_get(receipt, "params"), "lease_s"), "origin",
					text_of(receipt, "origin"), "rule", text_of(receipt, "rule"), "order",
					text_of(receipt, "order"), "verified",
					json_is_true(json_object_get(receipt, "verified"))));
	return true;
}

/* Who asked for it. */
static const char *origin_of(json_t *item)
{
	if (strcmp(text_of(item, "origin"), "order") == 0 || text_of(item, "order")[0])
		return "an order";
	if (strcmp(text_of(item, "origin"), "reconciler") == 0)
		return "the guard";
	return text_of(item, "rule")[0] ? text_of(item, "rule") : "root there";
}

static void print_bans(json_t *items)
{
	static const char *const heads[] = {"ADDRESS", "DEVICE", "SINCE", "ENDS", "BY", NULL};
	struct grid *g = grid_new(heads);
	json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
	{
		grid_put(g, item, "addr");
		grid_put(g, item, "device_name");
		grid_put_ago(g, item, "since");
		grid_put_ago(g, item, "expires");
		grid_cell(g, origin_of(item));
	}
	grid_print(g, "No device has banned anybody.");
}

/* A lease is not over at a time: it begins anew whenever the device hears the service. */
static void put_end(struct grid *g, json_t *item)
{
	const char *lease_s = text_of(item, "lease_s");
	char cell[64];

	if (text_of(item, "expires")[0]) {
		grid_put_ago(g, item, "expires");
		return;
	}
	snprintf(cell, sizeof(cell), "%.10s s unheard", lease_s);
	grid_cell(g, lease_s[0] ? cell : "never");
}

static void print_effects(json_t *items)
{
	static const char *const heads[] = {"VERB", "WHAT", "DEVICE", "SINCE", "ENDS", "BY", NULL};
	struct grid *g = grid_new(heads);
	json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
	{
		grid_put(g, item, "verb");
		grid_put(g, item, "what");
		grid_put(g, item, "device_name");
		grid_put_ago(g, item, "since");
		put_end(g, item);
		grid_cell(g, origin_of(item));
	}
	grid_print(g, "Nothing is in force on any device.");
}

/* As receipts write it. */
static bool read_address(const char **text)
{
	static char own[ADDR_TEXT_MAX];
	struct addr addr;

	if (addr_parse_prefix(str_from(*text), &addr) != ERR_OK)
		return false;
	*text = addr_text(&addr, own);
	return true;
}

/* Ask for the receipts and print what they say is in force. Returns the exit status. */
static int show(struct effects *x, void (*print)(json_t *items))
{
	struct list_url u = {.text = "/api/v1/events?kind=receipt", .has_query = true};
	time_t now_s = (time_t)clock_wall_s();
	char since[OPTS_WHEN_MAX];
	struct tm tm;
	int status;

	snprintf(since, sizeof(since), "%lld", (long long)now_s - VERB_DURATION_MAX_S);
	list_param(&u, "since", since);
	list_param(&u, "device", filter.device);
	strftime(x->now, sizeof(x->now), "%Y-%m-%dT%H:%M:%S.", gmtime_r(&now_s, &tm));
	x->items = json_array();
	x->seen = json_object();
	struct rest *r = rest_open(&status);

	if (r)
		status = list_each(r, u.text, each, x);
	rest_close(r);
	if (status == OPTS_GO_ON && opts_common.json) {
		json_t *all = json_pack("{s:O}", "items", x->items);

		grid_json(all);
		json_decref(all);
	} else if (status == OPTS_GO_ON) {
		print(x->items);
	}
	json_decref(x->items);
	json_decref(x->seen);
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}

int cmd_ban_list(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&ban_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	if (filter.address && !read_address(&filter.address))
		return opts_wrong(&ban_command, "'%.60s' is no address or network", filter.address);
	filter.verb = verb_name(VERB_BAN);
	return show(&(struct effects){.what = "addr"}, print_bans);
}

int cmd_effect_list(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&effect_command, argc, argv, &args);
	const struct verb_row *verb;

	if (status != OPTS_GO_ON)
		return status;
	verb = filter.verb ? verb_find(filter.verb) : NULL;
	if (filter.verb && (!verb || !verb_undoer(verb->number)))
		return opts_wrong(&effect_command, "'%.40s' is no verb that leaves something in force", filter.verb);
	return show(&(struct effects){.what = "what"}, print_effects);
}
