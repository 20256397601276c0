/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop report`: what happened to a fleet, or to a group of it, in a time: counted from what the API lists, so it
 * says no more than the service still has.
 */
#include "server-stub/cli/fleet.h"

#include "agent/base/clock.h"
#include "agent/cli/command.h"
#include "server-stub/cli/grid.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TOP 10
#define TALLY_MAX 100000 /* names of one kind that are told apart; what comes after is counted under one name */

static struct {
	const char *since, *until, *group, *format;
} want = {.since = "7d", .format = "text"};

static const struct opts_option options[] = {
	{OPTS_TEXT, "since", "TIME", &want.since, "begin there: 2026-01-02T03:04:05Z, or 24h or 30d before now (7d)"},
	{OPTS_TEXT, "until", "TIME", &want.until, "end there, written in the same way (default: now)"},
	{OPTS_TEXT, "group", "NAME", &want.group, "only the devices of this group"},
	{OPTS_TEXT, "format", "FORM", &want.format, "text, csv or html (default: text)"},
	{.kind = OPTS_END},
};

static const struct opts_command report_command = {
	.usage = "report [--since TIME] [--until TIME] [--group NAME] [--format text|csv|html]",
	.about = "What happened in a time: log-ins that failed and succeeded, who tried and where, incidents by rule, "
		 "and what\nthe devices did. It is counted from what the service still has.",
	.examples = "  caltrop report --since 30d --format html >november.html\n"
		    "  caltrop report --group gateways --since 24h",
	.options = options,
};

/* Counts by name. */
struct work {
	json_t *devices; /* names by id, of those that the report is about */
	json_t *sources, *users, *tried, *rules, *acts;
	json_int_t failures, successes, bans, connected, incidents, open;
	char since[40], until[40]; /* as the API writes times */
};

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void tally(json_t *counts, const char *name, json_int_t more)
{
	const char *key = name[0] ? name : "-";

	if (!json_object_get(counts, key) && json_object_size(counts) >= TALLY_MAX)
		key = "others";
	json_object_set_new(counts, key, json_integer(json_integer_value(json_object_get(counts, key)) + more));
}

static bool is_ours(const struct work *w, json_t *item)
{
	return json_object_get(w->devices, text_of(item, "device")) != NULL;
}

static bool on_device(void *arg, json_t *device)
{
	struct work *w = arg;

	json_object_set(w->devices, text_of(device, "id"), json_object_get(device, "name"));
	w->connected += json_is_true(json_object_get(device, "connected"));
	return true;
}

static bool on_auth(void *arg, json_t *event)
{
	struct work *w = arg;
	json_t *auth = json_object_get(event, "auth");
	json_int_t count = json_integer_value(json_object_get(auth, "count"));

	if (!is_ours(w, event))
		return true;
	count = count ? count : 1;
	if (strcmp(text_of(auth, "outcome"), "success") == 0)
		w->successes += count;
	if (strcmp(text_of(auth, "outcome"), "failure") != 0)
		return true;
	w->failures += count;
	tally(w->sources, text_of(auth, "src"), count);
	tally(w->users, text_of(auth, "user"), count);
	tally(w->tried, text_of(event, "device_name"), count);
	return true;
}

static bool on_receipt(void *arg, json_t *event)
{
	struct work *w = arg;
	json_t *receipt = json_object_get(event, "receipt");
	char name[128];

	if (!is_ours(w, event))
		return true;
	snprintf(name, sizeof(name), "%.40s %.40s", text_of(receipt, "verb"), text_of(receipt, "result"));
	tally(w->acts, name, 1);
	w->bans += strcmp(name, "ban done") == 0;
	return true;
}

static bool on_incident(void *arg, json_t *incident)
{
	struct work *w = arg;
	const char *first = text_of(incident, "first");

	if (!is_ours(w, incident) || strcmp(first, w->since) < 0 || strcmp(first, w->until) > 0)
		return true;
	w->incidents++;
	w->open += strcmp(text_of(incident, "state"), "open") == 0;
	tally(w->rules, text_of(incident, "rule"), 1);
	return true;
}

/* -- sections -- */

struct entry {
	const char *name;
	json_int_t count;
};

static int by_count(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : strcmp(x->name, y->name);
}

/* The largest counts, at most `max`. */
static void add_counts(json_t *sections, json_t *head, json_t *counts, size_t max)
{
	struct entry *entries = calloc(json_object_size(counts) + 1, sizeof(entries[0]));
	json_t *rows = json_array(), *value;
	const char *name;
	size_t count = 0;

	if (!entries)
		abort();
	json_object_foreach(counts, name, value) entries[count++] = (struct entry){name, json_integer_value(value)};
	qsort(entries, count, sizeof(entries[0]), by_count);
	for (size_t i = 0; i < count && i < max; i++)
		json_array_append_new(rows, json_pack("[s, I]", entries[i].name, entries[i].count));
	json_object_set_new(head, "rows", rows);
	json_array_append_new(sections, head);
	free(entries);
}

static json_t *head_of(const char *title, const char *name, const char *count)
{
	return json_pack("{s:s, s:[s, s]}", "title", title, "columns", name, count);
}

static json_t *sum_up(const struct work *w)
{
	char title[256];
	json_t *sections = json_array(), *all = head_of("In short", "WHAT", "NUMBER");

	snprintf(title, sizeof(title), "%s%.64s, %.19s to %.19s UTC", want.group ? "Group " : "The fleet",
		 want.group ? want.group : "", w->since, w->until);
	json_object_set_new(all, "rows",
			    json_pack("[[s, I], [s, I], [s, I], [s, I], [s, I], [s, I], [s, I]]", "devices",
				      (json_int_t)json_object_size(w->devices), "of them connected now", w->connected,
				      "log-ins that failed", w->failures, "log-ins that succeeded", w->successes,
				      "bans", w->bans, "incidents that began", w->incidents, "of them open", w->open));
	json_array_append_new(sections, all);
	add_counts(sections, head_of("Incidents by rule", "RULE", "INCIDENTS"), w->rules, SIZE_MAX);
	add_counts(sections, head_of("Who failed to log in most", "ADDRESS", "TRIES"), w->sources, TOP);
	add_counts(sections, head_of("As whom", "USER", "TRIES"), w->users, TOP);
	add_counts(sections, head_of("Where", "DEVICE", "TRIES"), w->tried, TOP);
	add_counts(sections, head_of("What the devices did", "DEED", "TIMES"), w->acts, SIZE_MAX);
	return json_pack("{s:s, s:s, s:s, s:o}", "title", title, "since", w->since, "until", w->until, "sections",
			 sections);
}

/* -- the times and the calls -- */

/* Seconds since 1970, or RFC 3339 in UTC, as the API writes it. False: it is neither. */
static bool write_time(const char *text, char out[40])
{
	char *end;
	struct tm tm = {0};
	time_t t = (time_t)strtoll(text, &end, 10);

	if (*end) {
		end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
		if (!end || strcmp(end, "Z") != 0)
			return false;
	} else if (!gmtime_r(&t, &tm)) {
		return false;
	}
	return strftime(out, 40, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0;
}

static int read_times(struct work *w)
{
	char since[OPTS_WHEN_MAX], until[OPTS_WHEN_MAX], now[OPTS_WHEN_MAX];

	/* With the second that has begun. */
	snprintf(now, sizeof(now), "%lld", (long long)clock_wall_s() + 1);
	if (!write_time(opts_when(want.since, since), w->since))
		return opts_wrong(&report_command, "--since wants a time as 2026-01-02T03:04:05Z, or a span as 7d");
	if (!write_time(want.until ? opts_when(want.until, until) : now, w->until))
		return opts_wrong(&report_command, "--until wants a time as 2026-01-02T03:04:05Z, or a span as 7d");
	if (strcmp(w->since, w->until) >= 0)
		return opts_wrong(&report_command, "--since is not before --until");
	if (!report_form(want.format))
		return opts_wrong(&report_command, "'%.40s' is no form of a report: text, csv or html", want.format);
	return OPTS_GO_ON;
}

static int count_all(struct work *w)
{
	const struct {
		const char *kind;
		bool (*each)(void *arg, json_t *event);
	} kinds[] = {{"auth", on_auth}, {"receipt", on_receipt}};
	struct list_url devices = {.text = "/api/v1/devices"};
	int status;
	struct rest *r = rest_open(&status);

	list_param(&devices, "group", want.group);
	if (r)
		status = list_each(r, devices.text, on_device, w);
	if (status == OPTS_GO_ON && want.group && json_object_size(w->devices) == 0)
		status = opts_failed(COMMAND_NOT_FOUND, "no device is in a group %.64s", want.group);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && status == OPTS_GO_ON; i++) {
		struct list_url u = {.text = "/api/v1/events"};

		list_param(&u, "kind", kinds[i].kind);
		list_param(&u, "since", w->since);
		list_param(&u, "until", w->until);
		status = list_each(r, u.text, kinds[i].each, w);
	}
	if (status == OPTS_GO_ON)
		status = list_each(r, "/api/v1/incidents", on_incident, w);
	rest_close(r);
	return status;
}

int cmd_report(int argc, char **argv)
{
	struct work w = {.devices = NULL};
	struct opts_list args;
	json_t **const counts[] = {&w.devices, &w.sources, &w.users, &w.tried, &w.rules, &w.acts};
	int status = opts_read(&report_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = read_times(&w);
	if (status != OPTS_GO_ON)
		return status;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		*counts[i] = json_object();
	status = count_all(&w);
	if (status == OPTS_GO_ON) {
		json_t *report = sum_up(&w);

		(void)report_print(report, opts_common.json ? "json" : want.format);
		json_decref(report);
		status = COMMAND_OK;
	}
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		json_decref(*counts[i]);
	return status;
}
