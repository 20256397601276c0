/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop order`: tell devices to do something, and see what came of it. */
#include "server-stub/cli/fleet.h"

#include "agent/base/buf.h"
#include "agent/cli/command.h"
#include "proto/verb.h"
#include "server-stub/cli/fleet_aim.h"
#include "server-stub/cli/item.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/order_post.h"
#include "server-stub/cli/order_request.h"
#include "server-stub/cli/order_words.h"
#include "server-stub/cli/receipt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static struct opts_list push_devices, push_keys;
static struct order_request push = {.devices = &push_devices, .keys = &push_keys, .expires_s = 3600};
static struct order_post waiting = {.timeout_s = 30};

/* What is taken back lasts no time: undo_command leaves the first one out. */
static const struct opts_option push_options[] = {
	{OPTS_SPAN, "for", "SPAN", &push.duration_s,
	 "how long it lasts (default: the device's setting, or the verb's)"},
	{OPTS_MANY, "device", "DEVICE", &push_devices, "device by name or id; may be given again"},
	{OPTS_TEXT, "group", "NAME", &push.group, "or all approved devices of a group"},
	{OPTS_FLAG, "all", NULL, &push.all, "or all approved devices"},
	{OPTS_COUNT, "start-ticks", "N", &push.start_ticks,
	 "kill, suspend, resume, cut: only the process that started then, proc_pid_stat(5)"},
	{OPTS_SPAN, "expires", "SPAN", &push.expires_s, "how long it waits for devices that are away (default: 1h)"},
	{OPTS_FLAG, "dry-run", NULL, &push.dry_run, "have the devices say what they would do, and do nothing"},
	{OPTS_FLAG, "wait", NULL, &waiting.wait, "wait for the receipts, and print them"},
	{OPTS_SPAN, "timeout", "SPAN", &waiting.timeout_s, "how long to wait (default: 30s)"},
	{OPTS_MANY, "order-key", "FILE", &push_keys,
	 "sign with this key instead of the service's; again, where more signatures are needed"},
	{.kind = OPTS_END},
};

static const struct opts_command push_command = {
	.usage = "order push VERB [WHAT] [NAME=VALUE]... [then|if-done|if-failed VERB ...]... --device DEVICE [--wait]",
	.about = "Push a signed order of up to 8 steps. Each device verifies and judges it for itself, acts, proves "
		 "what\n"
		 "it did, and sends a receipt for each step. WHAT is an address, an account, a process or a path; "
		 "`order "
		 "verbs`\n"
		 "lists the verbs with their arguments. A step behind if-done or if-failed is taken when the step "
		 "before\n"
		 "it was, or was not, done.\n"
		 "Exit status with --wait: 0 done everywhere, 3 somewhere, 1 nowhere, 6 no receipt in time.",
	.examples = "  caltrop order push ban 203.0.113.9 --for 1h --device gateway-7 --wait\n"
		    "  caltrop order push reset alice --device gateway-7 --wait\n"
		    "  caltrop order push logout alice --group gateways\n"
		    "  caltrop order push kill 4711 tree=yes --device gateway-7 --wait --timeout 5s\n"
		    "  caltrop order push suspend 4711 tree=yes --for 1h --device gateway-7 --wait\n"
		    "  caltrop order push ban 203.0.113.9 then cut 203.0.113.9 --device gateway-7 --wait\n"
		    "  caltrop order push kill 4711 then quarantine /var/tmp/x --device gateway-7 --wait\n"
		    "  caltrop order push lock alice duration=forever --device gateway-7 --wait\n"
		    "  caltrop order push isolate --group cameras --dry-run --wait\n"
		    "  caltrop order push unban 203.0.113.9 --all --order-key my_key.pem\n"
		    "  caltrop order push logout alice then reset alice if-failed kill 4711 --device gateway-7 --wait",
	.options = push_options,
	.args_min = 1,
	.args_max = OPTS_ARGS_MAX,
};

static const struct opts_command undo_command = {
	.usage = "effect undo VERB [WHAT] --device DEVICE [--wait]",
	.about =
		"Take back what a verb brought into force, as `effect list` shows it: push an order with the verb that "
		"undoes it.\nDevices on which it is not in force say so, and that is no failure.",
	.examples = "  caltrop effect undo ban 203.0.113.9 --device gateway-7 --wait\n"
		    "  caltrop effect undo isolate --group cameras\n"
		    "  caltrop effect undo lock alice --all --order-key my_key.pem",
	.options = push_options + 1,
	.args_min = 1,
	.args_max = 2,
};

static int check_aim(const struct opts_command *command)
{
	return fleet_aim_check(command, &push_devices, push.group, push.all);
}

static int push_words(const struct opts_list *words)
{
	json_t *body = NULL;
	int status;

	push.words = words;
	struct rest *r = rest_open(&status);

	if (r)
		body = order_request_body(&push, r, &status);
	if (body)
		status = order_post(&r, body, &waiting);
	json_decref(body);
	rest_close(r);
	return status;
}

int cmd_order_push(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&push_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = check_aim(&push_command);
	return status == OPTS_GO_ON ? push_words(&args) : status;
}

int cmd_effect_undo(int argc, char **argv)
{
	struct opts_list args;
	const struct verb_row *undoer;
	int status = opts_read(&undo_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = check_aim(&undo_command);
	if (status != OPTS_GO_ON)
		return status;
	undoer = verb_undoer(verb_number(args.items[0]));
	if (!undoer)
		return opts_wrong(&undo_command, "'%.40s' is no verb that leaves something in force", args.items[0]);
	args.items[0] = undoer->name;
	return push_words(&args);
}

static const struct opts_option verbs_options[] = {{.kind = OPTS_END}};

static const struct opts_command verbs_command = {
	.usage = "order verbs",
	.about = "The verbs that an order can have, with their arguments.",
	.examples = "  caltrop order verbs",
	.options = verbs_options,
};

static const char *class_name(const struct verb_row *row)
{
	static const char *const names[] = {"harmless", "reversible", "destructive"};

	return names[row->class];
}

int cmd_order_verbs(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&verbs_command, argc, argv, &args);
	json_t *list = json_array();

	if (status != OPTS_GO_ON) {
		json_decref(list);
		return status;
	}
	for (uint16_t number = VERB_NONE + 1; number < VERB_MAX; number++) {
		const struct verb_row *row = verb_row(number);
		char params[VERB_DESCRIBE_MAX];
		struct buf b = buf_over(params, sizeof(params) - 1);

		order_words_params(&b, row);
		params[b.len] = '\0';
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:i, s:s}", "verb", row->name, "params",
						      b.len ? params + 1 : "", "class", class_name(row), "signatures",
						      row->signatures, "about", row->about));
		if (!opts_common.json)
			printf("%s%s\n    %s (%s)\n", row->name, params, row->about, class_name(row));
	}
	if (opts_common.json)
		grid_json(list);
	json_decref(list);
	return COMMAND_OK;
}

static int64_t list_limit = 50;

static const struct opts_option list_options[] = {
	{OPTS_COUNT, "limit", "N", &list_limit, "show at most N, 0 for all (default: 50)"},
	{.kind = OPTS_END},
};

static const struct opts_command list_command = {
	.usage = "order list",
	.about = "Orders, newest first.",
	.examples = "  caltrop order list --limit 10",
	.options = list_options,
};

/* "gateway-7, camera-1", "12 of group cameras", "all 40". */
static void put_targets(struct grid *g, json_t *order)
{
	json_t *targets = json_object_get(order, "targets"), *one;
	long long count = json_integer_value(json_object_get(json_object_get(order, "summary"), "targets"));
	char text[GRID_CELL_MAX] = "", name[GRID_CELL_MAX];
	size_t i, len = 0;

	if (strcmp(text_of(order, "aim"), "group") == 0) {
		snprintf(text, sizeof(text), "%lld of group %.100s", count, text_of(order, "group"));
	} else if (strcmp(text_of(order, "aim"), "all") == 0) {
		snprintf(text, sizeof(text), "all %lld", count);
	} else {
		json_array_foreach(targets, i, one)
		{
			int more = snprintf(text + len, sizeof(text) - len, "%s%.64s", i ? ", " : "",
					    grid_text(one, "device_name", name)[0] ? name
										   : grid_text(one, "device", name));

			len += more > 0 ? (size_t)more : 0;
		}
		if (count > (long long)json_array_size(targets))
			snprintf(text + len, sizeof(text) - len, " and %lld more",
				 count - (long long)json_array_size(targets));
	}
	grid_cell(g, text);
}

/* "done", "3 done, 1 refused". */
static void put_results(struct grid *g, json_t *order)
{
	static const char *const states[] = {"done",	  "refused", "failed",	"expired",	 "seen",
					     "cancelled", "sent",    "pending", "needs_approval"};
	json_t *summary = json_object_get(order, "summary");
	long long total = json_integer_value(json_object_get(summary, "targets"));
	char text[GRID_CELL_MAX] = "";
	size_t len = 0;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		long long count = json_integer_value(json_object_get(summary, states[i]));
		int more = 0;

		if (count && total == 1)
			more = snprintf(text, sizeof(text), "%s", states[i]);
		else if (count)
			more = snprintf(text + len, sizeof(text) - len, "%s%lld %s", len ? ", " : "", count, states[i]);
		len += more > 0 ? (size_t)more : 0;
	}
	grid_cell(g, text);
}

static void row(struct grid *g, json_t *item)
{
	grid_put_id(g, item, "id");
	grid_put_ago(g, item, "created");
	grid_put(g, item, "author");
	grid_put(g, item, "detail");
	put_targets(g, item);
	put_results(g, item);
	grid_put_ago(g, item, "expires");
}

int cmd_order_list(int argc, char **argv)
{
	static const char *const heads[] = {"ID", "PUSHED", "BY", "ORDER", "TO", "RESULT", "EXPIRES", NULL};
	struct opts_list args;
	int status = opts_read(&list_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	return list_run(&(struct list){.path = "/api/v1/orders",
				       .limit = list_limit,
				       .heads = heads,
				       .row = row,
				       .none = "There are no orders."});
}

static const struct opts_option no_options[] = {{.kind = OPTS_END}};

static const struct opts_command show_command = {
	.usage = "order show ID",
	.about = "One order: what every device made of it, with receipts.",
	.examples = "  caltrop order show 9d818a95",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

static int by_device_and_step(const void *a, const void *b)
{
	json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int order = strcmp(text_of(x, "device"), text_of(y, "device"));
	json_int_t first = json_integer_value(json_object_get(x, "step"));
	json_int_t second = json_integer_value(json_object_get(y, "step"));

	if (!order)
		order = (first > second) - (first < second);
	return order ? order : strcmp(text_of(x, "time"), text_of(y, "time"));
}

/* The receipts come newest first: print those of each device together, its first step first. */
static void show_receipts(json_t *order)
{
	json_t *receipts = json_object_get(order, "receipts");
	size_t count = json_array_size(receipts);
	json_t **sorted = calloc(count + 1, sizeof(sorted[0]));

	if (!sorted)
		abort();
	for (size_t i = 0; i < count; i++)
		sorted[i] = json_array_get(receipts, count - 1 - i);
	qsort(sorted, count, sizeof(sorted[0]), by_device_and_step);
	if (count)
		printf("\n");
	for (size_t i = 0; i < count; i++)
		receipt_print(sorted[i], -1);
	free(sorted);
}

static void show(json_t *order)
{
	static const char *const heads[] = {"DEVICE", "STATE", "UPDATED", "TEXT", NULL};
	struct grid *g = grid_new(heads);
	size_t i;
	json_t *item;

	grid_line_key("id", order, "id");
	grid_line_key("order", order, "detail");
	grid_line_key("author", order, "author");
	grid_line_key("to", order, "aim");
	grid_line_key("group", order, "group");
	grid_line_time("pushed", order, "created");
	grid_line_time("expires", order, "expires");
	printf("\n");
	json_array_foreach(json_object_get(order, "targets"), i, item)
	{
		grid_put(g, item, "device_name");
		grid_put(g, item, "state");
		grid_put_time(g, item, "updated");
		grid_put(g, item, "text");
	}
	grid_print(g, "It has no targets.");
	show_receipts(order);
}

int cmd_order_show(int argc, char **argv)
{
	struct opts_list args;
	struct list_url u = {.text = "/api/v1/orders/"};
	int status = opts_read(&show_command, argc, argv, &args);

	if (status == OPTS_GO_ON && !rest_encode(u.text, sizeof(u.text), args.items[0]))
		status = opts_wrong(&show_command, "that is not the id of an order");
	if (status != OPTS_GO_ON)
		return status;
	return item_run(&(struct rest_call){.method = "GET", .path = u.text}, show);
}

static const struct opts_command cancel_command = {
	.usage = "order cancel ID",
	.about = "Take an order back from the devices that it was not sent to yet: those that are away. What a device "
		 "has got, it\njudges for itself; another order may undo it, such as unban.",
	.examples = "  caltrop order cancel 9d818a95",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

static void say_cancelled(json_t *order)
{
	json_t *summary = json_object_get(order, "summary");
	long long count = json_integer_value(json_object_get(summary, "cancelled"));
	long long other = json_integer_value(json_object_get(summary, "targets")) - count;

	printf("Cancelled for %lld device%s", count, count == 1 ? "" : "s");
	if (other)
		printf("; %lld got it before: caltrop order show %.12s", other, text_of(order, "id"));
	printf("\n");
}

int cmd_order_cancel(int argc, char **argv)
{
	struct opts_list args;
	struct list_url u = {.text = "/api/v1/orders/"};
	int status = opts_read(&cancel_command, argc, argv, &args);

	if (status == OPTS_GO_ON && !rest_encode(u.text, sizeof(u.text) - sizeof("/cancel"), args.items[0]))
		status = opts_wrong(&cancel_command, "that is not the id of an order");
	if (status != OPTS_GO_ON)
		return status;
	strncat(u.text, "/cancel", sizeof(u.text) - strlen(u.text) - 1);
	return item_run(&(struct rest_call){.method = "POST", .path = u.text}, say_cancelled);
}
