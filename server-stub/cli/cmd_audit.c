/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop audit`: the calls of the service's API, and whether its log of them is as it was. */
#include "server-stub/cli/fleet.h"

#include "agent/base/key.h"
#include "agent/cli/command.h"
#include "server-stub/cli/audit_check.h"
#include "server-stub/cli/context.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/rest.h"

#include <stdio.h>
#include <string.h>

#define SEEN "the head that was seen here before"

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
	bool anew;
} verify;

static const struct opts_option verify_options[] = {
	{OPTS_TEXT, "file", "FILE", &verify.file, "check what `audit list --limit 0 --json` printed, not the service"},
	{OPTS_TEXT, "head", "ROW:HASH", &verify.head, "a head that was printed before; the log must go on from it"},
	{OPTS_FLAG, "anew", NULL, &verify.anew, "forget the head that was seen here before: the log was restored, say"},
	{.kind = OPTS_END},
};

static const struct opts_command verify_command = {
	.usage = "audit verify [--file FILE] [--head ROW:HASH] [--anew]",
	.about = "Check here, without believing the service, that the rows of the audit log follow one another by "
		 "their\n"
		 "hashes, and print the head: the last row and its hash. It is kept with the log-in, and the next "
		 "time the\n"
		 "log has to go on from it: who controls the service can make a whole log anew, and only an older head "
		 "shows\n"
		 "that. So every operator is a witness; run it often. The service's own log also tells the head, when "
		 "it\n"
		 "starts and ends. After the service was restored from a backup the log is shorter: --anew.",
	.examples = "  caltrop audit verify\n  caltrop audit verify --head \"$(cat head.txt)\"",
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

/* The last head that was seen is kept with the log-in: whoever takes the service over has no hand on it. */
static int keep(const char *head)
{
	struct context now;
	int status = context_load(&now, true);

	if (status == OPTS_GO_ON)
		snprintf(now.audit_head, sizeof(now.audit_head), "%s", head);
	if (status == OPTS_GO_ON)
		status = context_save(&now);
	key_wipe(&now, sizeof(now));
	return status;
}

static void say(const struct audit_check *c, const char *head, const struct context *seen)
{
	if (opts_common.json) {
		printf("{\"rows\":%llu,\"head\":\"%s\",\"seen\":%s%s%s}\n", (unsigned long long)c->row, head,
		       seen->audit_head[0] ? "\"" : "", seen->audit_head[0] ? seen->audit_head : "null",
		       seen->audit_head[0] ? "\"" : "");
		return;
	}
	fprintf(stderr, "%llu rows follow one another%s%s; the head is\n", (unsigned long long)c->row,
		verify.head ? ", and from the head that was given" : "",
		seen->audit_head[0] ? ", and from the head that was seen here before" : "");
	printf("%s\n", head);
}

static int answer(struct audit_check *c, const struct context *seen)
{
	char head[AUDIT_CHECK_HEAD_TEXT];
	int status = OPTS_GO_ON;

	if (!audit_check_end(c)) {
		fprintf(stderr, "caltrop: the audit log is not as it was: %s\n", c->wrong);
		return COMMAND_FAILED;
	}
	audit_check_text(c, head);
	if (!verify.file)
		status = keep(c->row ? head : "");
	if (status != OPTS_GO_ON)
		return status;
	say(c, head, seen);
	return COMMAND_OK;
}

/* The heads that the log has to hold; of a file the one that was given only. */
static int want_heads(struct audit_check *c, struct context *seen)
{
	int status = verify.file ? OPTS_GO_ON : context_load(seen, true);

	if (verify.anew)
		seen->audit_head[0] = '\0';
	if (status != OPTS_GO_ON)
		return status;
	if (verify.head && !audit_check_head(c, verify.head, "the head that was given"))
		return opts_wrong(&verify_command, "--head takes ROW:HASH, as audit verify prints it");
	if (seen->audit_head[0] && !audit_check_head(c, seen->audit_head, SEEN)) {
		fprintf(stderr, "caltrop: the head that is kept with the log-in is damaged; --anew begins again\n");
		return COMMAND_FAILED;
	}
	return OPTS_GO_ON;
}

int cmd_audit_verify(int argc, char **argv)
{
	struct opts_list args;
	struct audit_check c = {.row = 0};
	struct context seen = {.port = 0};
	int status = opts_read(&verify_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = want_heads(&c, &seen);
	if (status == OPTS_GO_ON)
		status = verify.file ? read_file(&c) : read_service(&c);
	if (status == OPTS_GO_ON)
		status = answer(&c, &seen);
	key_wipe(&seen, sizeof(seen));
	return status;
}
