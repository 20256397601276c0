/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop ban list`: who is banned now, on which device. The devices' receipts say so: the newest one about an address
 * on a device counts, and no ban lasts longer than 30 days.
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
	const char *device, *address;
} filter;

static const struct opts_option list_options[] = {
	{OPTS_TEXT, "device", "DEVICE", &filter.device, "show only bans of this device"},
	{OPTS_TEXT, "address", "ADDRESS", &filter.address, "show only bans of this address or network"},
	{.kind = OPTS_END},
};

static const struct opts_command list_command = {
	.usage = "ban list [--device DEVICE] [--address ADDRESS]",
	.about = "List the addresses that devices have banned now, as their receipts tell. What a device that is away "
		 "did since, is\nnot known yet; `caltrop local bans` on the device asks the kernel.",
	.examples = "  caltrop ban list\n  caltrop ban list --address 203.0.113.9",
	.options = list_options,
};

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

struct bans {
	json_t *items;
	json_t *seen; /* "DEVICE ADDRESS", of which the newest receipt was looked at */
	char now[32]; /* as the service writes times */
};

/* Whether the receipt says how things are: in force, or ended. One that was refused says nothing. */
static bool is_word(json_t *receipt, bool *in_force)
{
	const char *verb = text_of(receipt, "verb"), *result = text_of(receipt, "result");
	bool bans = strcmp(verb, "ban") == 0;
	bool was_done = strcmp(result, "done") == 0 || strcmp(result, "already") == 0;

	*in_force = bans && was_done;
	return (was_done && (bans || strcmp(verb, "unban") == 0)) || (bans && strcmp(result, "reverted") == 0);
}

static bool each(void *arg, json_t *event)
{
	struct bans *b = arg;
	json_t *receipt = json_object_get(event, "receipt");
	const char *addr = text_of(receipt, "addr"), *expires = text_of(receipt, "expires");
	bool in_force;
	char key[192];

	snprintf(key, sizeof(key), "%.40s %.100s", text_of(event, "device"), addr);
	if (!addr[0] || (filter.address && strcmp(filter.address, addr) != 0) || !is_word(receipt, &in_force) ||
	    json_object_get(b->seen, key))
		return true;
	json_object_set_new(b->seen, key, json_true());
	if (!in_force || strcmp(expires, b->now) <= 0)
		return true;
	json_array_append_new(b->items,
			      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "device", text_of(event, "device"),
					"device_name", text_of(event, "device_name"), "addr", addr, "since",
					text_of(event, "time"), "expires", expires, "rule", text_of(receipt, "rule"),
					"order", text_of(receipt, "order"), "verified",
					json_is_true(json_object_get(receipt, "verified"))));
	return true;
}

static void print(json_t *items)
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
		grid_cell(g, text_of(item, "order")[0] ? "an order" : text_of(item, "rule"));
	}
	grid_print(g, "No device has banned anybody.");
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

int cmd_ban_list(int argc, char **argv)
{
	struct bans b = {.items = NULL};
	struct list_url u = {.text = "/api/v1/events?kind=receipt", .has_query = true};
	char since[OPTS_WHEN_MAX];
	struct opts_list args;
	time_t now_s = (time_t)clock_wall_s();
	struct tm tm;
	int status = opts_read(&list_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	if (filter.address && !read_address(&filter.address))
		return opts_wrong(&list_command, "'%.60s' is no address or network", filter.address);
	snprintf(since, sizeof(since), "%lld", (long long)now_s - VERB_DURATION_MAX_S);
	list_param(&u, "since", since);
	list_param(&u, "device", filter.device);
	strftime(b.now, sizeof(b.now), "%Y-%m-%dT%H:%M:%S.", gmtime_r(&now_s, &tm));
	b.items = json_array();
	b.seen = json_object();
	struct rest *r = rest_open(&status);

	if (r)
		status = list_each(r, u.text, each, &b);
	rest_close(r);
	if (status == OPTS_GO_ON && opts_common.json) {
		json_t *all = json_pack("{s:O}", "items", b.items);

		grid_json(all);
		json_decref(all);
	} else if (status == OPTS_GO_ON) {
		print(b.items);
	}
	json_decref(b.items);
	json_decref(b.seen);
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}
