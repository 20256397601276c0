/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop immunity push`, `show` and `revoke`: what operators let the service ban for a group (proto/delegation.h). */
#include "server-stub/cli/fleet.h"

#include "agent/base/clock.h"
#include "agent/cli/command.h"
#include "proto/delegation.h"
#include "server-stub/cli/fleet_aim.h"
#include "server-stub/cli/grid.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/object_bytes.h"

#include <mbedtls/base64.h>

#include <stdio.h>
#include <string.h>

static struct opts_list devices, keys;
static struct object_bytes_offer offer = {.kind = DELEGATION_KIND, .name = DELEGATION_OBJECT, .devices = &devices};

#define AIM_OPTIONS                                                                                 \
	{OPTS_MANY, "device", "DEVICE", &devices, "device by name or id; may be given again"},      \
		{OPTS_TEXT, "group", "NAME", &offer.group, "or all approved devices of a group"},   \
		{OPTS_FLAG, "all", NULL, &offer.all, "or all approved devices"},                    \
		{OPTS_MANY, "order-key", "FILE", &keys,                                             \
		 "sign with this key instead of the service's; may be given again"},                \
	{                                                                                           \
		OPTS_COUNT, "version", "N", &offer.version,                                         \
			"devices take none below what they had (default: the time in milliseconds)" \
	}

/* The bytes go to whom the options say. Returns an exit status; `said` is what is printed of it. */
static int send(const struct delegation *d, const char *said)
{
	char memory[DELEGATION_BYTES_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	json_t *answer = NULL;
	int status;
	struct rest *r = rest_open(&status);

	delegation_put(&b, d);
	offer.bytes = buf_str(&b);
	offer.keys = keys.count ? &keys : NULL;
	if (r)
		status = object_bytes_offer(r, DELEGATION_OBJECT, &offer, &answer);
	if (status == COMMAND_OK && opts_common.json)
		grid_json(answer);
	else if (status == COMMAND_OK)
		printf("%s is on its way; caltrop object show %s tells who has it\n", said,
		       json_string_value(json_object_get(answer, "id")));
	json_decref(answer);
	rest_close(r);
	return status;
}

/* -- push -- */

static int64_t most = 500, widest4 = 32, widest6 = 64, longest_s = 3600, lasts_s = 30 * 86400;

static const struct opts_option push_options[] = {
	{OPTS_COUNT, "most", "N", &most, "addresses that may be banned so at a time (default: 500)"},
	{OPTS_SPAN, "longest", "SPAN", &longest_s, "how long one ban may last, at most 30d (default: 1h)"},
	{OPTS_COUNT, "widest4", "BITS", &widest4, "the shortest prefix of IPv4, 16 to 32 (default: 32)"},
	{OPTS_COUNT, "widest6", "BITS", &widest6, "the shortest prefix of IPv6, 32 to 128 (default: 64)"},
	{OPTS_SPAN, "expires", "SPAN", &lasts_s, "when all of it ends, from now (default: 30d)"},
	AIM_OPTIONS,
	{.kind = OPTS_END},
};

static const struct opts_command push_command = {
	.usage = "immunity push --group NAME [--most N] [--longest SPAN] [--expires SPAN] [--order-key FILE]",
	.about = "Let the service pass bans on: an address that several devices of a group banned by themselves is\n"
		 "then banned by the whole group, inside these bounds. Each device's privileged half verifies who\n"
		 "signed them and holds the service to them; never_ban is above them. Without a delegation devices\n"
		 "ban nothing because others did.",
	.examples = "  caltrop immunity push --group gates --order-key ada.pem\n"
		    "  caltrop immunity push --all --most 100 --longest 10m --expires 7d --order-key ada.pem",
	.options = push_options,
};

/* The reader of devices judges it, so that nothing is sent that they do not take. */
static int check(const struct delegation *d)
{
	char memory[DELEGATION_BYTES_MAX], why[DELEGATION_WHY_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	struct delegation again;
	const char *colon;

	delegation_put(&b, d);
	if (delegation_read(buf_str(&b), &again, why) == ERR_OK)
		return OPTS_GO_ON;
	/* Without the number of the line, which nobody wrote. */
	colon = strstr(why, ": ");
	return opts_wrong(&push_command, "%s", colon ? colon + 2 : why);
}

/* A number of an option that no delegation has room for becomes one that its reader refuses. */
static uint32_t narrow(int64_t n, uint32_t max)
{
	return n < 0 || n > max ? max : (uint32_t)n;
}

int cmd_immunity_push(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&push_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = fleet_aim_check(&push_command, &devices, offer.group, offer.all);
	if (status == OPTS_GO_ON && most == 0)
		status = opts_wrong(&push_command, "--most 0 allows nothing: that is 'immunity revoke'");
	const struct delegation d = {
		.most = narrow(most, UINT32_MAX),
		.longest_s = narrow(longest_s, UINT32_MAX),
		.widest4 = (uint8_t)narrow(widest4, UINT8_MAX),
		.widest6 = (uint8_t)narrow(widest6, UINT8_MAX),
		.expires_s = clock_wall_s() + lasts_s,
	};

	if (status == OPTS_GO_ON)
		status = check(&d);
	return status == OPTS_GO_ON ? send(&d, "the delegation") : status;
}

/* -- revoke -- */

static const struct opts_option revoke_options[] = {AIM_OPTIONS, {.kind = OPTS_END}};

static const struct opts_command revoke_command = {
	.usage = "immunity revoke --group NAME [--order-key FILE]",
	.about = "Let the service pass bans on no more: an empty delegation takes the place of the one that devices\n"
		 "have. Bans that came so last until their time is over, or until an order lifts them.",
	.examples = "  caltrop immunity revoke --group gates --order-key ada.pem",
	.options = revoke_options,
};

int cmd_immunity_revoke(int argc, char **argv)
{
	static const struct delegation none = {.widest4 = 32, .widest6 = 128, .longest_s = 1, .expires_s = 1};
	struct opts_list args;
	int status = opts_read(&revoke_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = fleet_aim_check(&revoke_command, &devices, offer.group, offer.all);
	return status == OPTS_GO_ON ? send(&none, "the end of the delegation") : status;
}

/* -- show -- */

static const struct opts_option no_options[] = {{.kind = OPTS_END}};

static const struct opts_command show_command = {
	.usage = "immunity show",
	.about = "List the delegations that devices were given, the newest first, with their bounds. Devices go by\n"
		 "the newest that they have; `object show ID` tells who has it, `ban list` what came of it.",
	.examples = "  caltrop immunity show\n"
		    "  caltrop immunity show --json",
	.options = no_options,
};

static bool each(void *arg, json_t *item)
{
	const char *kind = json_string_value(json_object_get(item, "kind"));

	if (kind && strcmp(kind, DELEGATION_KIND) == 0)
		json_array_append(arg, item);
	return true;
}

static bool decode(json_t *answer, struct delegation *out)
{
	const char *data = json_string_value(json_object_get(answer, "data"));
	char text[DELEGATION_BYTES_MAX + 4], why[DELEGATION_WHY_MAX];
	size_t len = 0;

	return data &&
	       mbedtls_base64_decode((unsigned char *)text, sizeof(text), &len, (const unsigned char *)data,
				     strlen(data)) == 0 &&
	       delegation_read((struct str){text, len}, out, why) == ERR_OK;
}

/* Put its bounds into the item, as the service's copy of its bytes says them. */
static int add_bounds(struct rest *r, json_t *item)
{
	struct list_url url = {.text = "/api/v1/objects/"};
	const char *id = json_string_value(json_object_get(item, "id"));
	char path[LIST_URL_MAX + 16];
	json_t *answer = NULL;
	struct delegation d;
	int status;

	if (!id || !rest_encode(url.text, sizeof(url.text), id))
		return opts_failed(COMMAND_FAILED, "the service: its answer names no object");
	snprintf(path, sizeof(path), "%s/bytes?offset=0", url.text);
	status = rest_call(r, &(struct rest_call){.method = "GET", .path = path}, &answer);
	if (status == OPTS_GO_ON && decode(answer, &d))
		json_object_set_new(item, "delegation",
				    json_pack("{s:I, s:i, s:i, s:I, s:I}", "most", (json_int_t)d.most, "widest4",
					      d.widest4, "widest6", d.widest6, "longest", (json_int_t)d.longest_s,
					      "expires", (json_int_t)d.expires_s));
	json_decref(answer);
	return status;
}

static void put_bounds(struct grid *g, json_t *item)
{
	json_t *d = json_object_get(item, "delegation");
	json_int_t top = json_integer_value(json_object_get(d, "most"));
	int64_t left_s = json_integer_value(json_object_get(d, "expires")) - clock_wall_s();
	char text[GRID_CELL_MAX];

	if (!d || top == 0) {
		grid_cell(g, d ? "(revoked)" : "?");
		grid_cell(g, "");
		grid_cell(g, "");
		grid_cell(g, "");
		return;
	}
	grid_put(g, d, "most");
	snprintf(text, sizeof(text), "/%lld /%lld", (long long)json_integer_value(json_object_get(d, "widest4")),
		 (long long)json_integer_value(json_object_get(d, "widest6")));
	grid_cell(g, text);
	snprintf(text, sizeof(text), "%lld s", (long long)json_integer_value(json_object_get(d, "longest")));
	grid_cell(g, text);
	snprintf(text, sizeof(text), left_s > 0 ? "in %lld h" : "is over", (long long)(left_s / 3600));
	grid_cell(g, text);
}

static void print(json_t *items)
{
	static const char *const heads[] = {"FOR", "MOST", "WIDEST", "LONGEST", "ENDS", "BY", "MADE", "OBJECT", NULL};
	struct grid *g = grid_new(heads);
	json_t *item;
	size_t i;

	json_array_foreach(items, i, item)
	{
		const char *group = json_string_value(json_object_get(item, "group"));

		grid_cell(g, group && group[0] ? group : "any group");
		put_bounds(g, item);
		grid_put(g, item, "author");
		grid_put_ago(g, item, "created");
		grid_put_id(g, item, "id");
	}
	grid_print(g, "Nothing was delegated to the service: caltrop immunity push");
}

int cmd_immunity_show(int argc, char **argv)
{
	json_t *items = NULL, *item;
	struct opts_list args;
	size_t i;
	int status = opts_read(&show_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	struct rest *r = rest_open(&status);

	if (!r)
		return status;
	items = json_array();
	status = list_each(r, "/api/v1/objects", each, items);
	json_array_foreach(items, i, item)
	{
		if (status == OPTS_GO_ON)
			status = add_bounds(r, item);
	}
	if (status == OPTS_GO_ON && opts_common.json)
		grid_json(items);
	else if (status == OPTS_GO_ON)
		print(items);
	json_decref(items);
	rest_close(r);
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}
