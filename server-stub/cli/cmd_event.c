/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop event`: what the devices saw. */
#include "server-stub/cli/decode.h"
#include "server-stub/cli/event_sigma.h"
#include "server-stub/cli/fleet.h"

#include "agent/base/buf.h"
#include "agent/cli/command.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RETRY_MAX_S 30

static struct {
	const char *device, *group, *kind, *since, *until, *src, *user, *outcome, *process, *rule;
	int64_t limit;
	bool sigma;
} filter = {.limit = 50};

#define FILTER_OPTIONS                                                                                               \
	{OPTS_TEXT, "device", "DEVICE", &filter.device, "show only events of this device"},                          \
		{OPTS_TEXT, "group", "GROUP", &filter.group, "show only events of the devices in this group"},       \
		{OPTS_TEXT, "kind", "KIND", &filter.kind,                                                            \
		 "show only this kind: finding, receipt, health, dropped, or a kind of event such as auth"},         \
		{OPTS_TEXT, "since", "TIME", &filter.since,                                                          \
		 "show events from this time on: 2026-01-02T03:04:05Z, or 2h or 7d before now"},                     \
		{OPTS_TEXT, "until", "TIME", &filter.until, "show events up to this time, written in the same way"}, \
		{OPTS_TEXT, "src", "ADDRESS", &filter.src, "show only attempts that came from this address"},        \
		{OPTS_TEXT, "user", "NAME", &filter.user, "show only events about this user"},                       \
		{OPTS_TEXT, "process", "PROGRAM", &filter.process,                                                   \
		 "show only events of this program, by its path or the last part of it, or of a process's number"},  \
		{OPTS_TEXT, "rule", "ID", &filter.rule, "show only what this rule found, and what was done for it"}, \
	{                                                                                                            \
		OPTS_TEXT, "outcome", "WORD", &filter.outcome,                                                       \
			"show only this outcome: success, failure, probe, info; of a receipt its result"             \
	}

/* clang-format off */
#define SIGMA_OPTION IF_ENABLED(CONFIG_CLI_RULE, ({OPTS_FLAG, "sigma", NULL, &filter.sigma, \
	"record: one JSON object a line, with Sigma's names, for `caltrop replay --events`"},))
/* clang-format on */

static const struct opts_option list_options[] = {
	FILTER_OPTIONS,
	{OPTS_COUNT, "limit", "N", &filter.limit, "show at most N events, 0 shows all (default: 50)"},
	SIGMA_OPTION{.kind = OPTS_END},
};

static const struct opts_option follow_options[] = {
	FILTER_OPTIONS,
	SIGMA_OPTION{.kind = OPTS_END},
};

static const struct opts_command list_command = {
	.usage = "event list [--device DEVICE] [--kind KIND] [--since TIME] ...",
	.about = "List what the devices saw and did; the newest comes last. Times are those of the device's clock.\n"
		 "With --sigma it records what rules judge, as the service has it: secrets are masked, long texts\n"
		 "cut, and equal events that came together are one with a count.",
	.examples = "  caltrop event list --device gateway-7 --since 1h\n"
		    "  caltrop event list --kind auth --outcome success --src 203.0.113.9\n"
		    "  caltrop event list --json --limit 0 --since 24h\n"
		    "  caltrop event list --sigma --limit 0 --device gateway-7 --since 1h >recorded.jsonl",
	.options = list_options,
};

static const struct opts_command follow_command = {
	.usage = "event follow [--device DEVICE] [--kind KIND] ...",
	.about = "Print events as they arrive, until you interrupt the command. After a broken connection it connects\n"
		 "again and goes on behind the last event. With --json each line is one object.",
	.examples = "  caltrop event follow --kind finding\n  caltrop event follow --json | jq .auth.src",
	.options = follow_options,
};

/* What is said before the value of a member, by the member's name. */
struct word {
	const char *member, *before;
};

/* What the service makes of itself: the members that are shown, in this order. */
static const struct phrase {
	const char *kind;
	struct word words[8];
} phrases[] = {
	{"finding",
	 {{"state", ""},
	  {"title", ": "},
	  {"src", " from "},
	  {"subject_kind", ", "},
	  {"subject", " "},
	  {"user", " for "}}},
	{"receipt", {{"verb", ""}, {"addr", " "}, {"account", " "}, {"result", ": "}, {"text", ", "}}},
	{"dropped", {{"count", ""}, {"queue", " records of "}}},
};

/* What a sensor saw: all members, in the order of the fields; of the others it is said what they are. */
static const struct word event_words[] = {
	{"service", ""},   {"action", " "},	   {"outcome", " "},   {"user", " for "},
	{"src", " from "}, {"src_host", " from "}, {"method", " by "}, {"count", " x"},
};

/* Members that only --json shows. */
static const char *const left_out[] = {"line", "trace", "src_port", "pid"};

static void say(struct buf *b, json_t *body, const struct word *w)
{
	char text[GRID_CELL_MAX];

	if (!grid_text(body, w->member, text)[0])
		return;
	buf_text(b, b->len ? w->before : "");
	buf_text(b, text);
}

static bool in_sentence(const char *member)
{
	for (size_t i = 0; i < sizeof(event_words) / sizeof(event_words[0]); i++)
		if (strcmp(event_words[i].member, member) == 0)
			return true;
	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
		if (strcmp(left_out[i], member) == 0)
			return true;
	return false;
}

static void say_event(struct buf *b, json_t *body)
{
	char text[GRID_CELL_MAX];
	const char *member;
	json_t *value;

	for (size_t i = 0; i < sizeof(event_words) / sizeof(event_words[0]); i++)
		say(b, body, &event_words[i]);
	json_object_foreach(body, member, value) if (!in_sentence(member))
		buf_printf(b, "%s%s=%s", b->len ? " " : "", member, grid_text(body, member, text));
}

/* One line about an event, whatever its kind. */
static void describe(json_t *event, char out[GRID_CELL_MAX])
{
	const char *kind = json_string_value(json_object_get(event, "kind"));
	json_t *body = json_object_get(event, kind ? kind : ""), *problems = json_object_get(body, "problems");
	const char *problem = json_string_value(json_array_get(problems, 0));
	struct buf b = buf_over(out, GRID_CELL_MAX - 1);
	bool is_known = problems != NULL;

	if (problems)
		buf_text(&b, problem ? problem : "well");
	for (size_t i = 0; kind && i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		if (strcmp(phrases[i].kind, kind) != 0)
			continue;
		is_known = true;
		for (const struct word *w = phrases[i].words; w->member; w++)
			say(&b, body, w);
	}
	if (!is_known)
		say_event(&b, body);
	out[b.len] = 0;
}

static void row(struct grid *g, json_t *item)
{
	char text[GRID_CELL_MAX];

	grid_put_time(g, item, "time");
	grid_put(g, item, "device_name");
	grid_put(g, item, "severity");
	grid_put(g, item, "kind");
	describe(item, text);
	grid_cell(g, text);
}

static int check_times(const struct opts_command *c, int status)
{
	if (status != OPTS_GO_ON || (opts_is_when(filter.since) && opts_is_when(filter.until)))
		return status;
	return opts_wrong(c, "--%s wants a time as 2026-01-02T03:04:05Z, or a span as 7d",
			  opts_is_when(filter.since) ? "until" : "since");
}

static void set_filter(struct list_url *u)
{
	char since[OPTS_WHEN_MAX], until[OPTS_WHEN_MAX];

	list_param(u, "device", filter.device);
	list_param(u, "group", filter.group);
	list_param(u, "kind", filter.kind);
	list_param(u, "since", opts_when(filter.since, since));
	list_param(u, "until", opts_when(filter.until, until));
	list_param(u, "src", filter.src);
	list_param(u, "user", filter.user);
	list_param(u, "outcome", filter.outcome);
	list_param(u, "process", filter.process);
	list_param(u, "rule", filter.rule);
}

int cmd_event_list(int argc, char **argv)
{
	static const char *const heads[] = {"TIME", "DEVICE", "SEVERITY", "KIND", "WHAT", NULL};
	struct opts_list args;
	struct list_url u = {.text = "/api/v1/events"};
	int status = check_times(&list_command, opts_read(&list_command, argc, argv, &args));

	if (status != OPTS_GO_ON)
		return status;
	set_filter(&u);
	return list_run(&(struct list){.path = u.text,
				       .limit = filter.limit,
				       .heads = heads,
				       .row = row,
				       .line = IF_ENABLED(CONFIG_CLI_RULE, (filter.sigma ? event_sigma_print :)) NULL,
				       .reverse = true,
				       .none = "There are no such events."});
}

struct follow {
	char last[64];
	bool came;
};

static bool on_event(void *context, const char *event, const char *id, const char *data)
{
	struct follow *f = context;
	char device[GRID_CELL_MAX], stamp[GRID_CELL_MAX], text[GRID_CELL_MAX];

	snprintf(f->last, sizeof(f->last), "%s", id);
	f->came = true;
	if (strcmp(event, "event") != 0)
		return true;
	if (opts_common.json && !filter.sigma) {
		printf("%s\n", data);
		return fflush(stdout) == 0;
	}
	json_t *item = decode_json(data, strlen(data));

	if (IS_ENABLED(CONFIG_CLI_RULE) && filter.sigma) {
		event_sigma_print(item);
	} else {
		describe(item, text);
		grid_clean(text);
		grid_text(item, "time", stamp);
		stamp[19] = 0;
		printf("%s  %-16s  %s\n", stamp, grid_text(item, "device_name", device), text);
	}
	json_decref(item);
	return fflush(stdout) == 0;
}

int cmd_event_follow(int argc, char **argv)
{
	struct opts_list args;
	struct list_url u = {.text = "/api/v1/events/stream"};
	struct follow state = {.came = false};
	struct rest_follow f = {.path = u.text, .each = on_event, .context = &state};
	int status = check_times(&follow_command, opts_read(&follow_command, argc, argv, &args));
	unsigned wait_s = 1;
	bool followed = false;

	if (status != OPTS_GO_ON)
		return status;
	set_filter(&u);
	do {
		struct rest *r = rest_open(&status);

		f.last_id = state.last;
		state.came = false;
		if (r)
			status = rest_follow(r, &f);
		followed |= status == OPTS_GO_ON;
		rest_close(r);
		if (status != OPTS_GO_ON && status != COMMAND_UNREACHABLE)
			return status;
		wait_s = state.came ? 1 : wait_s < RETRY_MAX_S / 2 ? wait_s * 2 : RETRY_MAX_S;
	} while (!ferror(stdout) && (followed || state.last[0]) && sleep(wait_s) == 0);
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}
