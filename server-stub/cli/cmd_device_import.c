/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop device import`: makes devices known before they join. The service reads the file's lines and judges them. */
#include "server-stub/cli/fleet.h"

#include "agent/base/str.h"
#include "agent/cli/command.h"
#include "server-stub/cli/grid.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/rest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TTL_MAX_S (365 * 86400) /* as the service has it */
#define BYTES_MAX 60000		/* the service takes a little more, in JSON */

static struct {
	int64_t ttl_s;
	bool dry_run;
} import = {.ttl_s = 30 * 86400};

static const struct opts_option options[] = {
	{OPTS_SPAN, "ttl", "SPAN", &import.ttl_s, "how long the tokens that are made are valid (default: 30d)"},
	{OPTS_FLAG, "dry-run", NULL, &import.dry_run, "only say what is wrong"},
	{.kind = OPTS_END},
};

static const struct opts_command command = {
	.usage = "device import FILE [--ttl 30d] [--dry-run]",
	.about = "Make the devices of a file known before they join: all of them, or none where a line is wrong. The "
		 "file "
		 "has\ncomma-separated values, its first line the columns' names: name, and of group, labels, token, "
		 "serial and factory "
		 "what there is.\nEach device gets a join token of its own, printed as name,id,token on standard "
		 "output; "
		 "with it the device\njoins under its name, into its group. They cannot be shown again. A device whose "
		 "line has a token already joins\nwith that, and one whose line has a serial number by its factory "
		 "certificate (`factory add`). FILE - is standard input; at most 1000 devices.",
	.examples = "  printf 'name,group,labels\\ncamera-1,cameras,site=berlin\\n' >cameras.csv\n"
		    "  caltrop device import cameras.csv --dry-run\n"
		    "  caltrop device import cameras.csv >tokens.csv",
	.options = options,
	.args_min = 1,
	.args_max = 1,
};

/* The whole file, which the caller frees. NULL after a message. */
static char *read_file(const char *name, size_t *len)
{
	FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
	char *text = file ? malloc(BYTES_MAX + 1) : NULL;

	if (text)
		*len = fread(text, 1, BYTES_MAX + 1, file);
	if (!text || ferror(file)) {
		opts_failed(COMMAND_FAILED, "%s: %s", name, strerror(errno));
		free(text);
		text = NULL;
	} else if (*len > BYTES_MAX) {
		opts_failed(COMMAND_FAILED, "%s has more than %d bytes; make two files of it", name, BYTES_MAX);
		free(text);
		text = NULL;
	}
	if (file && file != stdin)
		fclose(file);
	return text;
}

static void say_faults(const char *name, json_t *error)
{
	json_t *lines = json_object_get(error, "lines"), *line;
	json_int_t count = json_integer_value(json_object_get(error, "count"));
	char text[GRID_CELL_MAX];
	size_t i;

	json_array_foreach(lines, i, line)
	{
		fprintf(stderr, "%s:%lld: %s\n", name, (long long)json_integer_value(json_object_get(line, "line")),
			grid_text(line, "message", text));
	}
	if (count > (json_int_t)json_array_size(lines))
		fprintf(stderr, "%s: %lld lines are wrong in all\n", name, (long long)count);
	opts_failed(COMMAND_FAILED, "nothing was imported");
}

static void say_devices(json_t *answer)
{
	json_t *items = json_object_get(answer, "items"), *item;
	char name[GRID_CELL_MAX], id[GRID_CELL_MAX], token[GRID_CELL_MAX];
	size_t i, count = json_array_size(items);

	if (import.dry_run) {
		printf("%zu %s can be imported.\n", count, count == 1 ? "device" : "devices");
		return;
	}
	printf("name,id,token\n");
	json_array_foreach(items, i, item)
	{
		printf("%s,%s,%s\n", grid_text(item, "name", name), grid_text(item, "id", id),
		       grid_text(item, "token", token));
	}
	fprintf(stderr, "caltrop: %zu %s may join now; see caltrop device list --state expected\n", count,
		count == 1 ? "device" : "devices");
}

static int send(const char *name, json_t *body)
{
	const struct rest_call call = {.method = "POST", .path = "/api/v1/devices", .body = body, .but = "invalid"};
	json_t *answer = NULL, *error;
	int status;
	struct rest *r = rest_open(&status);

	if (r)
		status = rest_call(r, &call, &answer);
	error = json_object_get(answer, "error");
	if (status == OPTS_GO_ON) {
		if (opts_common.json)
			grid_json(answer);
		else
			say_devices(answer);
		status = COMMAND_OK;
	} else if (opts_common.json && json_object_get(error, "lines")) {
		grid_json(error);
	} else if (json_object_get(error, "lines")) {
		say_faults(name, error);
	} else if (rest_is(answer, "invalid")) {
		opts_failed(status, "%s", json_string_value(json_object_get(error, "message")));
	}
	json_decref(answer);
	rest_close(r);
	return status;
}

static int check(int status)
{
	if (status == OPTS_GO_ON && import.ttl_s > TTL_MAX_S)
		return opts_wrong(&command, "--ttl is at most %dd", TTL_MAX_S / 86400);
	return status;
}

int cmd_device_import(int argc, char **argv)
{
	struct opts_list args;
	size_t len = 0;
	int status = check(opts_read(&command, argc, argv, &args));
	char *text = status == OPTS_GO_ON ? read_file(args.items[0], &len) : NULL;
	json_t *csv, *body;

	if (status != OPTS_GO_ON || !text)
		return status != OPTS_GO_ON ? status : COMMAND_FAILED;
	csv = memchr(text, 0, len) ? NULL : json_stringn(text, len);
	free(text);
	if (!csv)
		return opts_failed(COMMAND_FAILED, "%s is not text in UTF-8; save it as CSV (UTF-8)", args.items[0]);
	body = json_pack("{s:o, s:I, s:b}", "csv", csv, "ttl_s", (json_int_t)import.ttl_s, "dry_run", import.dry_run);
	status = send(args.items[0], body);
	json_decref(body);
	return status;
}
