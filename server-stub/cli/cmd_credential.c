/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop credential open`: the new secret of what was reset. It travels sealed to the fleet's escrow key, so nobody
 * on the way can read it, the service included; the private key stays with whoever runs this.
 */
#include "server-stub/cli/fleet.h"

#include "agent/base/key.h"
#include "agent/base/str.h"
#include "agent/cli/command.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/signer.h"

#include <mbedtls/base64.h>

#include <stdio.h>
#include <string.h>

#define SEALED_MAX 1024
#define SECRET_MAX 512
#define INPUT_MAX 65536

static struct {
	const char *key, *sealed;
} credential;

static const struct opts_option open_options[] = {
	{OPTS_TEXT, "key", "FILE", &credential.key,
	 "the fleet's escrow key, escrow_key.pem; - reads it from standard input"},
	{OPTS_TEXT, "sealed", "BASE64", &credential.sealed, "open these sealed bytes and do not ask the server"},
	{.kind = OPTS_END},
};

static const struct opts_command open_command = {
	.usage = "credential open --key FILE [ID | - | --sealed BASE64]",
	.about = "Open the secret in a receipt and print it. ID is the id of an order or an incident; - reads the "
		 "sealed\n"
		 "bytes as base64, or a receipt as JSON, from standard input. When several receipts hold a secret, "
		 "each\n"
		 "is printed with its device and account, or name. With --json each line is one object.",
	.examples = "  caltrop credential open --key escrow_key.pem 9d818a95\n"
		    "  caltrop incident show 3f2a9c11 --json | caltrop credential open --key escrow_key.pem -",
	.options = open_options,
	.args_max = 1,
};

/* Whose it is: an account's, or of what the device names. */
static const char *owner_of(json_t *receipt, char out[GRID_CELL_MAX])
{
	if (grid_text(receipt, "account", out)[0])
		return out;
	return grid_text(json_object_get(receipt, "params"), "name", out);
}

/* One secret: alone, with the device and the account before it, or as a line of JSON with what the receipt says. */
static bool print_secret(const char *secret, size_t len, json_t *receipt, bool labelled)
{
	char device[GRID_CELL_MAX], owner[GRID_CELL_MAX];
	json_t *line;

	if (!opts_common.json) {
		if (labelled)
			printf("%s %s ", grid_text(receipt, "device_name", device), owner_of(receipt, owner));
		fwrite(secret, 1, len, stdout);
		putchar('\n');
		return true;
	}
	line = json_pack("{s:o*, s:o*, s:o*, s:o}", "device_name", json_incref(json_object_get(receipt, "device_name")),
			 "account", json_incref(json_object_get(receipt, "account")), "name",
			 json_incref(json_object_get(json_object_get(receipt, "params"), "name")), "secret",
			 json_stringn(secret, len));
	if (line) {
		json_dumpf(line, stdout, JSON_COMPACT);
		putchar('\n');
	}
	json_decref(line);
	return line;
}

/* `receipt` is NULL when only the sealed bytes are known. */
static int open_one(const struct key_der *key, const char *base64, json_t *receipt, bool labelled)
{
	uint8_t sealed[SEALED_MAX], secret[SECRET_MAX];
	size_t sealed_len = 0, len = 0;
	struct str text = str_trim(str_from(base64));

	if (mbedtls_base64_decode(sealed, sizeof(sealed), &sealed_len, (const unsigned char *)text.data, text.len))
		return opts_failed(COMMAND_USAGE, "the sealed secret is not base64");
	enum err err = key_open(key, sealed, sealed_len, secret, sizeof(secret), &len);

	if (err)
		return opts_failed(COMMAND_FAILED,
				   "the secret does not open with %s: it was sealed to another key, or changed",
				   credential.key);
	bool printed = print_secret((const char *)secret, len, receipt, labelled);

	key_wipe(secret, sizeof(secret));
	return printed ? OPTS_GO_ON : opts_failed(COMMAND_FAILED, "the secret is not text; leave --json out");
}

/* The sealed secret of a receipt; NULL: it has none, or it says again what one before it said. */
static const char *sealed_of(json_t *list, size_t at)
{
	const char *text = json_string_value(json_object_get(json_array_get(list, at), "sealed"));

	for (size_t i = 0; i < at && text; i++) {
		const char *earlier = json_string_value(json_object_get(json_array_get(list, i), "sealed"));

		if (earlier && strcmp(earlier, text) == 0)
			text = NULL;
	}
	return text;
}

/* An order, an incident, or a receipt alone. */
static int open_receipts(const struct key_der *key, json_t *object)
{
	json_t *list = json_object_get(object, "receipts"), *r;
	size_t i, sealed = 0;
	int status = OPTS_GO_ON;

	if (json_object_get(object, "sealed"))
		return open_one(key, json_string_value(json_object_get(object, "sealed")), object, false);
	json_array_foreach(list, i, r) sealed += sealed_of(list, i) != NULL;
	json_array_foreach(list, i, r)
	{
		const char *text = sealed_of(list, i);

		if (!text)
			continue;
		int one = open_one(key, text, r, sealed > 1);

		status = one == OPTS_GO_ON ? status : one;
	}
	return sealed ? status : opts_failed(COMMAND_NOT_FOUND, "there is no sealed secret in it (yet)");
}

static int get(struct rest *r, const char *kind, const char *id, json_t **answer)
{
	struct list_url u = {.has_query = false};

	snprintf(u.text, sizeof(u.text), "/api/v1/%s/", kind);
	if (!rest_encode(u.text, sizeof(u.text), id))
		return opts_wrong(&open_command, "the argument is not the id of an order or an incident");
	return rest_call(r, &(struct rest_call){.method = "GET", .path = u.text, .quiet = true}, answer);
}

static int open_id(const struct key_der *key, const char *id)
{
	int status;
	struct rest *r = rest_open(&status);
	json_t *answer = NULL;

	if (!r)
		return status;
	status = get(r, "orders", id, &answer);
	if (status == COMMAND_NOT_FOUND) {
		json_decref(answer);
		status = get(r, "incidents", id, &answer);
	}
	if (status == COMMAND_NOT_FOUND)
		opts_failed(status, "there is no order and no incident %s", id);
	else if (status != OPTS_GO_ON)
		opts_failed(status, "the server does not tell about %s", id);
	else
		status = open_receipts(key, answer);
	json_decref(answer);
	rest_close(r);
	return status;
}

static int open_input(const struct key_der *key)
{
	static char text[INPUT_MAX];
	json_error_t error;

	if (!context_read_file("-", text, sizeof(text)))
		return COMMAND_FAILED;
	struct str trimmed = str_trim(str_from(text));

	if (!str_starts(trimmed, STR("{")))
		return open_one(key, text, NULL, false);
	json_t *object = json_loads(text, 0, &error);
	int status = object ? open_receipts(key, object) : opts_failed(COMMAND_USAGE, "standard input is not JSON");

	json_decref(object);
	return status;
}

int cmd_credential_open(int argc, char **argv)
{
	struct opts_list args;
	struct signer key;
	int status = opts_read(&open_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	if (!credential.key)
		return opts_wrong(&open_command, "--key is missing");
	if (strcmp(credential.key, "-") == 0 && args.count == 1 && strcmp(args.items[0], "-") == 0)
		return opts_wrong(&open_command, "the key and what it opens cannot both come from standard input");
	if ((args.count == 1) == (credential.sealed != NULL))
		return opts_wrong(&open_command, "an ID, - or --sealed must name what to open");
	status = signer_open_file(credential.key, &key);
	if (status != OPTS_GO_ON)
		return status;
	if (credential.sealed)
		status = open_one(&key.private_key, credential.sealed, NULL, false);
	else if (strcmp(args.items[0], "-") == 0)
		status = open_input(&key.private_key);
	else
		status = open_id(&key.private_key, args.items[0]);
	signer_close(&key);
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}
