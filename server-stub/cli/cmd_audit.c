/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop audit`: the calls of the service's API, and whether its log of them is as it was. */
#include "server-stub/cli/fleet.h"

#include "agent/base/buf.h"
#include "agent/cli/command.h"
#include "server-stub/cli/audit_check.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"

#include <stdio.h>
#include <string.h>

static int64_t limit = 50;

static const struct opts_option list_options[] = {
	{OPTS_COUNT, "limit", "N", &limit, "show at most N calls, 0 shows all (default: 50)"},
	{.kind = OPTS_END},
};

static const struct opts_command list_command = {
	.usage = "audit list",
	.about = "List the calls of the API: who called, what, from where, and how it ended. The newest comes last.",
	.examples = "  caltrop audit list --limit 200\n  caltrop audit list --limit 0 --json > audit.json",
	.options = list_options,
};

static void list_row(struct grid *g, json_t *item)
{
	grid_put_time(g, item, "time");
	grid_put(g, item, "user");
	grid_put(g, item, "address");
	grid_put(g, item, "status");
	grid_put(g, item, "action");
	grid_put(g, item, "detail");
}

int cmd_audit_list(int argc, char **argv)
{
	static const char *const heads[] = {"TIME", "USER", "FROM", "STATUS", "ACTION", "ABOUT", NULL};
	struct opts_list args;
	int status = opts_read(&list_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	return list_run(&(struct list){.path = "/api/v1/audit",
				       .limit = limit,
				       .heads = heads,
				       .row = list_row,
				       .reverse = true,
				       .none = "The audit log is empty."});
}

/* -- verify -- */

static struct {
	const char *file, *head;
} verify;

static const struct opts_option verify_options[] = {
	{OPTS_TEXT, "file", "FILE", &verify.file, "check what `audit list --limit 0 --json` printed, not the service"},
	{OPTS_TEXT, "head", "ROW:HASH", &verify.head, "a head that was printed before; the log must go on from it"},
	{.kind = OPTS_END},
};

static const struct opts_command verify_command = {
	.usage = "audit verify [--file FILE] [--head ROW:HASH]",
	.about = "Check here, without believing the service, that the rows of the audit log follow one another by "
		 "their\n"
		 "hashes, and print the head: the last row and its hash. Keep it elsewhere: who controls the service "
		 "can\n"
		 "make a whole log anew, and only an older head shows that. The service's own log also tells it, when "
		 "it\n"
		 "starts and ends.",
	.examples = "  caltrop audit verify >head.txt\n  caltrop audit verify --head \"$(cat head.txt)\"",
	.options = verify_options,
};

static bool each(void *arg, json_t *item)
{
	return audit_check_row(arg, item);
}

static int read_service(struct audit_check *c)
{
	int status;
	struct rest *r = rest_open(&status);

	if (r)
		status = list_each(r, "/api/v1/audit?order=oldest", each, c);
	rest_close(r);
	return status;
}

/* The list's newest row comes first, or last if somebody turned it round. */
static int read_file(struct audit_check *c)
{
	json_error_t error;
	json_t *all = json_load_file(verify.file, 0, &error), *items = json_object_get(all, "items");
	size_t count = json_array_size(items);
	bool newest_first = count > 1 && json_integer_value(json_object_get(json_array_get(items, 0), "id")) > 1;

	if (!items)
		fprintf(stderr, "caltrop: %s is not what `audit list --limit 0 --json` prints: %s\n", verify.file,
			all ? "it has no items" : error.text);
	for (size_t i = 0; i < count; i++)
		if (!audit_check_row(c, json_array_get(items, newest_first ? count - 1 - i : i)))
			break;
	json_decref(all);
	return items ? OPTS_GO_ON : COMMAND_FAILED;
}

static int answer(struct audit_check *c)
{
	char hex[2 * AUDIT_CHAIN_HASH + 1];
	struct buf b = buf_over(hex, 2 * AUDIT_CHAIN_HASH);

	if (!audit_check_end(c)) {
		fprintf(stderr, "caltrop: the audit log is not as it was: %s\n", c->wrong);
		return COMMAND_FAILED;
	}
	buf_hex(&b, c->hash, AUDIT_CHAIN_HASH);
	hex[b.len] = '\0';
	if (opts_common.json) {
		printf("{\"rows\":%llu,\"head\":\"%llu:%s\"}\n", (unsigned long long)c->row, (unsigned long long)c->row,
		       hex);
		return COMMAND_OK;
	}
	fprintf(stderr, "%llu rows follow one another%s; the head is\n", (unsigned long long)c->row,
		verify.head ? ", and from the head that was given" : "");
	printf("%llu:%s\n", (unsigned long long)c->row, hex);
	return COMMAND_OK;
}

int cmd_audit_verify(int argc, char **argv)
{
	struct opts_list args;
	struct audit_check c = {.row = 0};
	int status = opts_read(&verify_command, argc, argv, &args);

	if (status == OPTS_GO_ON && verify.head && !audit_check_head(&c, verify.head))
		status = opts_wrong(&verify_command, "--head takes ROW:HASH, as audit verify prints it");
	if (status == OPTS_GO_ON)
		status = verify.file ? read_file(&c) : read_service(&c);
	return status == OPTS_GO_ON ? answer(&c) : status;
}
