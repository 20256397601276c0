/* SPDX-License-Identifier: Apache-2.0 */
/* Puts what was decided into words and JSON. Reads no log and decides nothing. */
#include "agent/cli/replay_show.h"

#include "agent/base/clock.h"
#include "agent/base/json.h"
#include "agent/common/message.h"
#include "agent/event/kinds.h"

#include <stdio.h>
#include <string.h>

#define ROW_BYTES (16 * 1024) /* the longest names, every byte escaped, and more */

/* A decision in the words that are printed; a str without data is not said. */
struct row {
	const struct replay_line *line;
	const char *decision;
	struct str src, user, service, rule, verb, outcome, why, title, level;
	uint32_t count;
	char addr[ADDR_TEXT_MAX], account[SETTINGS_NAME_MAX], texts[2][FIELD_TEXT_MAX];
};

static struct str word(const char *text)
{
	return text && *text ? str_from(text) : STR_NONE;
}

static void fill_attempt(struct replay_show *s, const struct decision *d, struct row *row)
{
	static const char *const outcomes[] = {
		[AUTH_INFO] = NULL, [AUTH_SUCCESS] = "success", [AUTH_FAILURE] = "failure", [AUTH_PROBE] = "probe"};
	const struct attempt *a = d->attempt;

	row->src = a->src.family ? str_from(addr_text(&a->src, row->addr)) : str_empty(a->host) ? STR_NONE : a->host;
	row->user = str_empty(a->user) ? STR_NONE : a->user;
	if (d->service.data)
		str_show(d->service, s->other, sizeof(s->other));
	row->service = word(a->service == SERVICE_OTHER ? s->other : auth_service_name(a->service));
	row->outcome = word(d->outcome <= AUTH_PROBE ? outcomes[d->outcome] : NULL);
}

static void note_finding(struct replay_show *s, const struct row *row, const struct decision *d)
{
	struct replay_found *f = &s->found[s->found_count++ % REPLAY_SHOW_FOUND];

	*f = (struct replay_found){row->line->log, row->line->number, d->rule, d->why, d->count, "", ""};
	str_show(row->service, f->service, sizeof(f->service));
	str_show(d->attempt->user, f->user, sizeof(f->user));
}

/* The finding that a step answers; NULL: it is too long ago. */
static const struct replay_found *finding_of(const struct replay_show *s, const struct row *row, const char *rule)
{
	for (uint64_t n = 1; n <= s->found_count && n <= REPLAY_SHOW_FOUND; n++) {
		const struct replay_found *f = &s->found[(s->found_count - n) % REPLAY_SHOW_FOUND];

		if (f->log == row->line->log && f->number <= row->line->number && strcmp(f->rule, rule) == 0)
			return f;
	}
	return NULL;
}

static void fill_step(const struct replay_show *s, const struct decision *d, struct row *row)
{
	const struct verb_args *args = d->act ? &d->act->args : &d->refusal->args;
	const struct replay_found *f = finding_of(s, row, d->rule);

	row->verb = word(verb_name(args->verb));
	row->outcome = !d->act ? STR("refused") : d->act->observe ? STR("observed") : STR("done");
	if (args->addr.family)
		row->src = str_from(addr_text(&args->addr, row->addr));
	snprintf(row->account, sizeof(row->account), "%.63s", args->account[0] ? args->account : f ? f->user : "");
	row->user = word(row->account);
	if (!f)
		return;
	row->service = word(f->service);
	row->count = f->count;
	if (str_empty(row->why))
		row->why = word(f->title);
}

/* What the event is about, by the rows of its kind. */
static void fill_alert(const struct decision *d, struct row *row)
{
	const struct event_row *kind = kinds_rows[d->event->kind];

	row->rule = d->about->id;
	row->title = d->about->title;
	row->level = str_from(pack_level_name(d->about->level));
	for (unsigned i = 0; i < kind->field_count; i++) {
		const struct field *f = &kind->fields[i];

		if (f->flags & FIELD_IS_SRC)
			row->src = fields_get(f, d->event, FIELD_TEXT_MAX, row->texts[0]).text;
		else if (f->flags & FIELD_IS_ACCOUNT)
			row->user = fields_get(f, d->event, FIELD_TEXT_MAX, row->texts[1]).text;
	}
}

static void put_json(const struct replay_show *s, struct buf *b, const struct row *row)
{
	char text[48];
	struct buf time = buf_over(text, sizeof(text));
	struct json j = json_over(b);

	if (row->line->wall_us)
		clock_put_utc(&time, row->line->wall_us);
	json_begin_object(&j);
	json_member(&j, "file", str_from(s->names[row->line->log].name));
	json_key(&j, "line");
	json_u64(&j, row->line->number);
	json_member(&j, "time", time.len ? buf_str(&time) : STR_NONE);
	json_member(&j, "decision", str_from(row->decision));
	json_key(&j, "count");
	json_u64(&j, row->count);
	json_member(&j, "outcome", row->outcome);
	json_member(&j, "src", row->src);
	json_member(&j, "user", row->user);
	json_member(&j, "service", row->service);
	json_member(&j, "rule", row->rule);
	json_member(&j, "verb", row->verb);
	json_member(&j, "why", row->why);
	json_member(&j, "title", row->title);
	json_member(&j, "level", row->level);
	json_end_object(&j);
}

/* A name as logged may have any bytes; a terminal gets the harmless ones. */
static void put_word(struct buf *b, const char *name, struct str value)
{
	char text[SETTINGS_NAME_MAX];

	if (!value.data)
		return;
	str_show(value, text, sizeof(text));
	buf_printf(b, " %s%s", name, text);
}

static void put_text(const struct replay_show *s, struct buf *b, const struct row *row)
{
	buf_printf(b, "%s:%llu: %-9s", s->names[row->line->log].name, (unsigned long long)row->line->number,
		   row->decision);
	put_word(b, "", row->rule);
	put_word(b, "", row->level);
	put_word(b, "", row->verb);
	put_word(b, "", row->outcome);
	put_word(b, "src=", row->src);
	put_word(b, "user=", row->user);
	put_word(b, "service=", row->service);
	if (row->count)
		buf_printf(b, " count=%u", row->count);
	buf_text(b, ": ");
	if (row->title.data) {
		char text[FIELD_TEXT_MAX];

		str_show(row->title, text, sizeof(text));
		buf_printf(b, "%s: ", text);
	}
	buf_put(b, row->why);
}

static void print(struct replay_show *s, const struct row *row)
{
	char memory[ROW_BYTES];
	struct buf b = buf_over(memory, sizeof(memory));

	if (s->json)
		put_json(s, &b, row);
	else
		put_text(s, &b, row);
	buf_char(&b, '\n');
	if (buf_check(&b) != ERR_OK)
		fprintf(stderr, "caltrop replay: a decision is too long to print, at line %llu\n",
			(unsigned long long)row->line->number);
	else if (fwrite(b.data, 1, b.len, stdout) == b.len)
		return;
	else
		s->broken = true;
	s->failed = true;
}

void replay_show_decision(struct replay_show *s, const struct replay_line *line, const struct decision *d)
{
	static const char *const names[] = {
		[DECISION_ATTEMPT] = "attempt", [DECISION_CANCELLED] = "cancelled", [DECISION_FINDING] = "finding",
		[DECISION_STEP] = "step",	[DECISION_ALERT] = "alert",	    [DECISION_IGNORED] = "ignored",
	};
	struct row row = {.line = line, .decision = names[d->kind], .count = d->count, .rule = word(d->rule)};

	row.why = word(d->why);
	if (d->kind == DECISION_IGNORED && !s->json && !s->all)
		return;
	if (d->kind == DECISION_ALERT)
		fill_alert(d, &row);
	else if (d->attempt)
		fill_attempt(s, d, &row);
	else
		fill_step(s, d, &row);
	if (d->kind == DECISION_FINDING)
		note_finding(s, &row, d);
	print(s, &row);
}
