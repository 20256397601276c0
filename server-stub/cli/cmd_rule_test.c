/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop rule test` and `caltrop rule explain`: a pack is tried on events of a file, as a device would judge them. */
#include "server-stub/cli/fleet.h"

#include "agent/base/json.h"
#include "agent/cli/command.h"
#include "agent/sigma/correlate.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/sigma_events.h"
#include "server-stub/cli/sigma_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CORRELATE_BYTES (256u << 20) /* touched as far as there are groups */
#define LINE_BYTES (512u << 10)	     /* of JSON: each text that may stand in it with all its bytes escaped */
#define VALUE_BYTES 1024
#define PATTERN_BYTES 1024

static struct {
	const char *pack, *events;
	int64_t only; /* the number of the only event to tell of; 0: all */
} wanted;

struct run {
	struct pack pack;
	struct str bytes;
	struct sigma_events *events;
	struct correlate correlate;
	void *memory;
	int64_t now_us; /* an event from before the last one counts as at the same time */
	bool explains;
};

static char line_memory[LINE_BYTES];

static bool is_wanted(const struct run *r)
{
	return wanted.only == 0 || (uint64_t)wanted.only == sigma_events_number(r->events);
}

static void member_level(struct json *j, uint8_t level)
{
	json_key(j, "level");
	json_text(j, level ? pack_level_name(level) : NULL);
}

static void json_hits(struct json *j, const struct run *r, const struct sigma_hits *hits)
{
	char memory[PATTERN_BYTES];

	json_key(j, "hits");
	json_begin_array(j);
	for (unsigned i = 0; i < hits->count; i++) {
		struct buf b = buf_over(memory, sizeof(memory));

		sigma_show(&b, &r->pack, hits->list[i].pattern);
		json_begin_object(j);
		json_member(j, "field",
			    hits->list[i].field == PACK_WHOLE ? STR_NONE : pack_field(&r->pack, hits->list[i].field));
		json_member(j, "pattern", buf_str(&b));
		json_member(j, "value", str_sub(hits->list[i].value, 0, VALUE_BYTES));
		json_end_object(j);
	}
	json_end_array(j);
}

/* One match as a line of JSON. `hits` NULL: of a correlation, or nobody asks. */
static void print_json(const struct run *r, const struct pack_about *about, const struct sigma_hits *hits)
{
	struct buf b = buf_over(line_memory, sizeof(line_memory));
	struct json j = json_over(&b);

	json_begin_object(&j);
	json_key(&j, "event");
	json_u64(&j, sigma_events_number(r->events));
	json_member(&j, "rule_id", about->id);
	json_member(&j, "title", about->title);
	member_level(&j, about->level);
	json_member(&j, "author", about->author.len ? about->author : STR_NONE);
	if (r->explains && hits)
		json_hits(&j, r, hits);
	json_end_object(&j);
	buf_char(&b, '\n');
	fwrite(b.data, 1, b.len, stdout);
}

static void print_hit(const struct run *r, const struct sigma_hits *hits, unsigned i)
{
	char memory[PATTERN_BYTES];
	struct buf b = buf_over(memory, sizeof(memory));

	sigma_show(&b, &r->pack, hits->list[i].pattern);
	fputs("    ", stdout);
	if (hits->list[i].field == PACK_WHOLE)
		fputs("the event", stdout);
	else
		sigma_files_print(stdout, pack_field(&r->pack, hits->list[i].field), 128);
	if (hits->list[i].value.data) {
		fputs(" '", stdout);
		sigma_files_print(stdout, hits->list[i].value, 400);
		fputs("'", stdout);
	}
	putchar(' ');
	sigma_files_print(stdout, buf_str(&b), sizeof(memory));
	putchar('\n');
}

static void print_words(const struct run *r, const struct pack_about *about, const struct sigma_hits *hits)
{
	printf("event %llu: ", (unsigned long long)sigma_events_number(r->events));
	sigma_files_print(stdout, about->title, 300);
	printf(" (%s%s", pack_level_name(about->level), about->level ? ", " : "");
	sigma_files_print(stdout, about->id, 100);
	fputs(about->author.len ? ", by " : "", stdout);
	sigma_files_print(stdout, about->author, 200);
	puts(")");
	if (!hits)
		puts("    this event completed the correlation");
	else if (hits->count == 0)
		puts("    nothing that it has: the condition holds because patterns do not fit");
	for (unsigned i = 0; hits && i < hits->count; i++)
		print_hit(r, hits, i);
}

static void tell(const struct run *r, const struct pack_about *about, const struct sigma_hits *hits)
{
	if ((about->flags & PACK_QUIET) || !is_wanted(r))
		return;
	if (r->explains && !opts_common.json)
		print_words(r, about, hits);
	else
		print_json(r, about, hits);
}

/* False after a message: what else is counted would not be true. */
static bool count(struct run *r)
{
	for (uint32_t i = 0; i < pack_count(&r->pack, PACK_CORRELATIONS); i++) {
		struct pack_correlation row = pack_correlation(&r->pack, i);

		if (correlate_count(&r->correlate, i) == CORRELATE_MATCHES)
			tell(r, &row.about, NULL);
	}
	if (!correlate_lost(&r->correlate))
		return true;
	opts_failed(COMMAND_FAILED, "%s: with event %llu correlations count more groups than there is room for",
		    wanted.events, (unsigned long long)sigma_events_number(r->events));
	return false;
}

static bool judge(struct run *r)
{
	const struct sigma_event *event = sigma_events_event(r->events);
	struct sigma_hits hits;

	if (sigma_events_time_us(r->events) > r->now_us)
		r->now_us = sigma_events_time_us(r->events);
	correlate_begin(&r->correlate, event, r->now_us, sigma_events_times(r->events));
	for (uint32_t i = 0; i < pack_count(&r->pack, PACK_RULES); i++) {
		struct pack_rule rule = pack_rule(&r->pack, i);

		if (!sigma_events_applies(r->events, &rule) || !sigma_match(&r->pack, rule.node, event, &hits))
			continue;
		correlate_rule(&r->correlate, i);
		tell(r, &rule.about, &hits);
	}
	return count(r);
}

static int begin(struct run *r)
{
	static const struct hash_key key = {0x63616c74726f70, 1};
	char why[PACK_WHY_MAX];
	int status = sigma_files_read(wanted.pack, PACK_BYTES_MAX, &r->bytes);

	if (status != OPTS_GO_ON)
		return status;
	if (sigma_load(&r->pack, r->bytes, why) != ERR_OK)
		return opts_failed(COMMAND_FAILED, "%s: %s", wanted.pack, why);
	r->memory = calloc(1, CORRELATE_BYTES);
	if (!r->memory)
		return opts_failed(COMMAND_FAILED, "out of memory");
	if (correlate_init(&r->correlate, &r->pack, &key,
			   &(struct correlate_room){r->memory, CORRELATE_BYTES, TALLY_GROUPS_MAX}) != ERR_OK)
		return opts_failed(COMMAND_FAILED, "%s: its correlations need more memory than there is", wanted.pack);
	r->events = sigma_events_open(wanted.events, &r->pack);
	return r->events ? OPTS_GO_ON : COMMAND_FAILED;
}

static int run_events(bool explains)
{
	static struct run r;
	int status;

	r = (struct run){.explains = explains, .now_us = INT64_MIN / 2};
	status = begin(&r);
	while (status == OPTS_GO_ON) {
		status = sigma_events_next(r.events);
		if (status == OPTS_GO_ON && !judge(&r))
			status = COMMAND_FAILED;
	}
	if (status == COMMAND_OK && (uint64_t)wanted.only > sigma_events_number(r.events))
		status = opts_failed(COMMAND_NOT_FOUND, "%s has no event %lld, but %llu", wanted.events,
				     (long long)wanted.only, (unsigned long long)sigma_events_number(r.events));
	sigma_events_close(r.events);
	free(r.memory);
	free((char *)r.bytes.data);
	return status;
}

static const struct opts_option test_options[] = {
	{OPTS_TEXT, "pack", "PACK", &wanted.pack, "the pack, of `caltrop rule build`"},
	{OPTS_TEXT, "events", "FILE", &wanted.events, "events, one JSON object a line; - for standard input"},
	{.kind = OPTS_END},
};

static const struct opts_command test_command = {
	.usage = "rule test --pack PACK --events FILE",
	.about =
		"Try a pack on events: one JSON line for each match, with the keys event (the number of the event, "
		"from 1),\n"
		"rule_id, title, level and author. Events have Sigma's names of fields, and an object `logsource` "
		"with\n"
		"category, product and service. A correlation is told of at the event that completes it; it takes the\n"
		"time of events from the first of timestamp, @timestamp, UtcTime, EventTime, time and the like, in "
		"ISO\n"
		"8601 or seconds or milliseconds since 1970, and an event without one is as late as the one before "
		"it.\n"
		"What a guard recorded with a count is counted as often.",
	.examples = "  caltrop rule test --pack linux.pack --events recorded.jsonl",
	.options = test_options,
};

static const struct opts_option explain_options[] = {
	{OPTS_TEXT, "pack", "PACK", &wanted.pack, "the pack, of `caltrop rule build`"},
	{OPTS_TEXT, "events", "FILE", &wanted.events, "events, one JSON object a line; - for standard input"},
	{OPTS_COUNT, "event", "N", &wanted.only, "tell of this event only, by its number from 1"},
	{.kind = OPTS_END},
};

static const struct opts_command explain_command = {
	.usage = "rule explain --pack PACK --events FILE [--event N]",
	.about = "Say which field matched which pattern in each match of a pack over events (see `caltrop rule test`).",
	.examples = "  caltrop rule explain --pack linux.pack --events recorded.jsonl --event 17",
	.options = explain_options,
};

static int run(const struct opts_command *command, bool explains, int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	if (!wanted.pack || !wanted.events)
		return opts_wrong(command, "say --pack PACK and --events FILE");
	return run_events(explains);
}

int cmd_rule_test(int argc, char **argv)
{
	return run(&test_command, false, argc, argv);
}

int cmd_rule_explain(int argc, char **argv)
{
	return run(&explain_command, true, argc, argv);
}
