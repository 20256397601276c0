/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop receipt verify`: fetches what devices told of their receipts and checks it here. The service's own word on
 * the proof is not read.
 */
#include "server-stub/cli/fleet.h"

#include "agent/cli/command.h"
#include "proto/record_tags.h"
#include "proto/wire.h"
#include "server-stub/cli/chain_story.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/receipt_key.h"

#include <stdio.h>
#include <string.h>

static struct {
	const char *device, *key;
} verify;

static const struct opts_option verify_options[] = {
	{OPTS_TEXT, "device", "DEVICE", &verify.device, "check only this device (default: all)"},
	{OPTS_TEXT, "key", "FILE", &verify.key, "the device's receipt key, public, in PEM; needs --device"},
	{.kind = OPTS_END},
};

static const struct opts_command verify_command = {
	.usage = "receipt verify [--device DEVICE [--key FILE]]",
	.about = "Check here, without believing the service, that receipts are as the devices' privileged halves made\n"
		 "and signed them. Without --key the key counts that was seen first. The status is 0 when no receipt\n"
		 "is unproven.",
	.examples = "  caltrop receipt verify\n  caltrop receipt verify --device gateway-7 --key gateway-7.pem",
	.options = verify_options,
};

static const char *const verdicts[CHAIN_VERDICTS] = {"pending", "proven", "unproven"};

struct tally {
	json_t *rows;
	size_t count[CHAIN_VERDICTS];
};

static const char *text_of(json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static void put_field(json_t *row, const char *name, struct str value)
{
	json_t *text = value.len ? json_stringn(value.data, value.len) : NULL;

	if (text)
		json_object_set_new(row, name, text);
}

static void on_row(void *arg, const struct chain_row *row)
{
	struct tally *t = arg;
	json_t *object = json_pack("{s:I, s:s}", "seq", (json_int_t)row->seq, "proof", verdicts[row->verdict]);

	t->count[row->verdict]++;
	if (row->why)
		json_object_set_new(object, "proof_why", json_string(row->why));
	if (row->receipt && wire_valid(row->receipt->bytes)) {
		put_field(object, "verb", wire_bytes(row->receipt->bytes, RECEIPT_VERB));
		put_field(object, "result", wire_bytes(row->receipt->bytes, RECEIPT_RESULT));
	}
	json_array_insert_new(t->rows, 0, object);
}

static void print_rest(const struct tally *t)
{
	static const char *const heads[] = {"RECEIPT", "VERB", "RESULT", "PROOF", "WHY", NULL};
	struct grid *g = grid_new(heads);
	json_t *row;
	size_t i;

	json_array_foreach(t->rows, i, row)
	{
		if (strcmp(text_of(row, "proof"), verdicts[CHAIN_PROVEN]) == 0)
			continue;
		grid_put(g, row, "seq");
		grid_put(g, row, "verb");
		grid_put(g, row, "result");
		grid_put(g, row, "proof");
		grid_put(g, row, "proof_why");
	}
	grid_print(g, "");
}

/* The sum, and what is not proven. */
static void print(const char *device, const struct tally *t)
{
	printf("%s: %zu proven, %zu pending, %zu unproven\n", device, t->count[CHAIN_PROVEN], t->count[CHAIN_PENDING],
	       t->count[CHAIN_UNPROVEN]);
	if (t->count[CHAIN_PENDING] + t->count[CHAIN_UNPROVEN])
		print_rest(t);
}

static int judge(json_t *items, const struct key_der *key, struct tally *t)
{
	struct chain_story story;
	enum err err = chain_story_read(&story, items);

	if (err == ERR_OK)
		err = chain_check(&story.told, key, on_row, t);
	chain_story_free(&story);
	if (err == ERR_OK)
		return OPTS_GO_ON;
	fprintf(stderr, "caltrop: not enough memory for the device's receipts\n");
	return COMMAND_FAILED;
}

/* Fetch, check, print. With --json the device's object goes to `out`. */
static int check_device(struct rest *r, json_t *device, json_t *out)
{
	char path[LIST_URL_MAX] = "/api/v1/devices/";
	size_t len;
	struct tally t = {.rows = json_array()};
	json_t *items = json_array();
	struct key_der now, key;
	char name[GRID_CELL_MAX];
	int status = COMMAND_FAILED;

	grid_text(device, "name", name);
	if (rest_encode(path, sizeof(path), text_of(device, "id"))) {
		len = strlen(path);
		snprintf(path + len, sizeof(path) - len, "/receipts");
		status = list_fetch(r, &(struct list){.path = path}, items);
	}
	if (status == OPTS_GO_ON) {
		chain_story_key(items, text_of(device, "receipt_key"), &now);
		status = receipt_key_get(
			rest_context(r), verify.key,
			&(struct receipt_key_device){text_of(device, "id"), name, text_of(device, "receipt_key"), &now},
			&key);
	}
	if (status == OPTS_GO_ON)
		status = judge(items, &key, &t);
	if (status == OPTS_GO_ON) {
		status = t.count[CHAIN_UNPROVEN] ? COMMAND_FAILED : COMMAND_OK;
		if (!opts_common.json)
			print(name, &t);
		json_array_append_new(
			out, json_pack("{s:O, s:O, s:I, s:I, s:I, s:O}", "device", json_object_get(device, "id"),
				       "device_name", json_object_get(device, "name"), "proven",
				       (json_int_t)t.count[CHAIN_PROVEN], "pending", (json_int_t)t.count[CHAIN_PENDING],
				       "unproven", (json_int_t)t.count[CHAIN_UNPROVEN], "receipts", t.rows));
	}
	json_decref(items);
	json_decref(t.rows);
	return status;
}

/* A device by its name or id; only so the service names its key. */
static int check_named(struct rest *r, const char *name, json_t *out)
{
	struct list_url u = {.text = "/api/v1/devices/"};
	json_t *device = NULL;
	int status;

	if (!rest_encode(u.text, sizeof(u.text), name))
		return opts_wrong(&verify_command, "the argument is not the name or id of a device");
	status = rest_call(r, &(struct rest_call){.method = "GET", .path = u.text}, &device);
	if (status == OPTS_GO_ON)
		status = check_device(r, device, out);
	json_decref(device);
	return status;
}

/* The first device that fails decides the status; the others are checked all the same. */
static int check_all(struct rest *r, json_t *out)
{
	json_t *devices = json_array(), *device;
	int status = list_fetch(r, &(struct list){.path = "/api/v1/devices"}, devices), worst = COMMAND_OK;
	size_t i;

	if (status != OPTS_GO_ON)
		worst = status;
	json_array_foreach(devices, i, device)
	{
		if (status == COMMAND_UNREACHABLE)
			break;
		status = check_named(r, text_of(device, "id"), out);
		if (worst == COMMAND_OK)
			worst = status;
	}
	json_decref(devices);
	return worst;
}

int cmd_receipt_verify(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&verify_command, argc, argv, &args);

	if (status == OPTS_GO_ON && verify.key && !verify.device)
		status = opts_wrong(&verify_command, "--key is the key of one device; give --device");
	if (status != OPTS_GO_ON)
		return status;
	struct rest *r = rest_open(&status);
	json_t *out = json_pack("{s:[]}", "devices"), *list = json_object_get(out, "devices");

	if (r)
		status = verify.device ? check_named(r, verify.device, list) : check_all(r, list);
	if (r && opts_common.json)
		grid_json(out);
	else if (r && status == COMMAND_OK && json_array_size(list) == 0)
		fputs("There are no devices.\n", stderr);
	json_decref(out);
	rest_close(r);
	return status;
}
