/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the pack of rules: loads one, puts a new one on probation, and says what is loaded. A pack that replaces
 * another is watched for ten minutes. If it finds or bans ten times as much as the hour before did, has events judged
 * by far more rules or dearer patterns than the one before, or finds more than can be told of, that one is used
 * again. Never judges an event: detect does.
 */
#include "agent/core/core_parts.h"

#include "agent/base/rows.h"
#include "agent/common/settings_pack.h"

#include <stdio.h>
#include <string.h>

#define PROBATION_US (10 * MINUTE_US)
#define TIMES 10u      /* as much as in the hour before */
#define FOUND_MIN 100u /* findings that are never too many, and bans */
#define BANNED_MIN 20u
#define COST_EVENTS 500u  /* after that many events it is known what one costs */
#define COST_MIN 1000u	  /* rules for each 100 events that are never too many */
#define WORK_MIN 1000000u /* of patterns for each 100 events (struct detect): about 50 us each */
#define DROPPED_MAX 100u

static const char *const states[DETECT_STATES] = {"active", "off", "below level", "no sensor", "too much to remember"};

uint16_t core_pack_sensed(const struct settings *settings)
{
	uint16_t kinds = 1u << EVENT_AUTH | 1u << VALUES_LINE;

	for (unsigned i = 0; sensors_rows[i]; i++)
		if (!sensors_rows[i]->off(settings))
			kinds |= sensors_rows[i]->kinds;
	return kinds;
}

uint32_t core_pack_active(const struct core *c)
{
	const struct detect_pack *p = detect_pack(&c->detect);

	return p ? p->counts[DETECT_ACTIVE] : 0;
}

const char *core_pack_problem(const struct core *c)
{
	return c->pack.problem[0] ? c->pack.problem : NULL;
}

/* What events cost in rules, or in work of patterns, for each 100. */
static uint64_t cost(uint64_t sum, uint64_t events)
{
	return events ? sum * 100 / events : 0;
}

/* Matches that found no room to be told of. */
static uint64_t dropped(const struct core *c)
{
	return c->detect.dropped + c->set.rowless;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Close the hour, of which the next probation takes its measure. */
static void count_hour(struct core *c)
{
	struct core_pack *p = &c->pack;

	if (p->hour_us && c->now.mono_us - p->hour_us < HOUR_US)
		return;
	p->last_found = p->hour_us ? c->rules.fired - p->hour_found : 0;
	p->last_banned = p->hour_us ? c->response.asked - p->hour_banned : 0;
	p->hour_us = c->now.mono_us;
	p->hour_found = c->rules.fired;
	p->hour_banned = c->response.asked;
}

/* From here on counts what the pack in use costs. */
static void begin_measure(struct core *c)
{
	struct core_pack *p = &c->pack;

	p->events = c->detect.events;
	p->evaluated = c->detect.evaluated;
	p->work = c->detect.work;
	p->dropped = dropped(c);
}

/* The pack that is in use until now has the measure. */
static void begin_probation(struct core *c)
{
	struct core_pack *p = &c->pack;
	uint64_t events = c->detect.events - p->events;

	p->evaluated_max = larger(COST_MIN, 2 * cost(c->detect.evaluated - p->evaluated, events));
	p->work_max = larger(WORK_MIN, 2 * cost(c->detect.work - p->work, events));
	count_hour(c);
	p->until_us = c->now.mono_us + PROBATION_US;
	p->found = c->rules.fired;
	p->banned = c->response.asked;
	begin_measure(c);
	p->found_max = larger(FOUND_MIN, TIMES * larger(p->last_found, p->found - p->hour_found));
	p->banned_max = larger(BANNED_MIN, TIMES * larger(p->last_banned, p->banned - p->hour_banned));
}

static void refuse(struct core *c, const char *about, const char *why)
{
	snprintf(c->pack.problem, sizeof(c->pack.problem), "%s is not used: %s", about, why);
	core_log(c, SEV_HIGH, "%s", c->pack.problem);
	c->health.changed = true;
}

static void describe(struct core *c, const char *about)
{
	const struct detect_pack *p = detect_pack(&c->detect);
	char name[PACK_NAME_MAX + 1];

	str_show(p->pack.name, name, sizeof(name));
	str_show(str_from(about), c->pack.about, sizeof(c->pack.about));
	core_log(c, SEV_INFO, "%s: %s version %llu, %u rules, %u of them active", about, name,
		 (unsigned long long)p->pack.version, (unsigned)(p->rules + p->correlations),
		 (unsigned)p->counts[DETECT_ACTIVE]);
}

void core_pack_load(struct core *c, const struct input *input)
{
	char why[DETECT_WHY_MAX];
	enum err err = input->err;

	if (!c->settings->pack || c->detect.limits.bytes == 0)
		return;
	if (err != ERR_OK)
		snprintf(why, sizeof(why), "it cannot be read: %s", err_text(err));
	else
		err = detect_load(&c->detect, input->bytes, why);
	/* What did not load lies where the pack before was, so there is no way back any more. */
	if (!c->detect.has_before)
		c->pack.until_us = 0;
	if (err != ERR_OK) {
		refuse(c, input->about, why);
		return;
	}
	c->rules.detect = &c->detect;
	c->pack.problem[0] = '\0';
	c->pack.until_us = 0;
	rule_pack_adopt(&c->set, &detect_pack(&c->detect)->pack);
	describe(c, input->about);
	if (c->detect.has_before && c->detect.events > 0)
		begin_probation(c);
	c->health.changed = true;
	core_touch(c, CORE_LATER);
}

/* Why the pack on probation has to go; NULL: there is no reason. */
static const char *too_much(const struct core *c)
{
	const struct core_pack *p = &c->pack;
	uint64_t events = c->detect.events - p->events;

	if (c->rules.fired - p->found > p->found_max)
		return "it finds far more than this device had before";
	if (c->response.asked - p->banned > p->banned_max)
		return "it bans far more than this device had before";
	if (events >= COST_EVENTS && cost(c->detect.evaluated - p->evaluated, events) > p->evaluated_max)
		return "events cost far more than with the pack before it";
	/* A slow one is not borne for as long as COST_EVENTS take. */
	if (cost(c->detect.work - p->work, larger(events, COST_EVENTS)) > p->work_max)
		return "its patterns take far more time than those of the pack before it";
	if (dropped(c) - p->dropped > DROPPED_MAX)
		return "it finds more than can be told of";
	return NULL;
}

void core_pack_watch(struct core *c)
{
	struct core_pack *p = &c->pack;
	const char *why;

	count_hour(c);
	if (p->until_us == 0)
		return;
	why = too_much(c);
	if (why) {
		char about[CORE_PACK_ABOUT];

		p->until_us = 0;
		snprintf(about, sizeof(about), "%s", p->about);
		detect_back(&c->detect);
		begin_measure(c); /* what was dear is no measure for the next one */
		describe(c, "the pack before it");
		refuse(c, about, why);
	} else if (c->now.mono_us >= p->until_us) {
		p->until_us = 0;
		core_log(c, SEV_INFO, "%s has passed its probation", p->about);
	}
}

int64_t core_pack_deadline(const struct core *c)
{
	return c->pack.until_us ? c->pack.until_us : INT64_MAX;
}

void core_pack_alerts(struct core *c, const struct incident_input *in)
{
	char text[RULE_PACK_WHY_MAX];
	struct detect_found found;

	for (detect_again(&c->detect); detect_next(&c->detect, &found);) {
		struct buf why = buf_over(text, sizeof(text) - 1);

		detect_why(&c->detect, &found, &why);
		text[why.len] = '\0';
		core_decided(c, &(struct decision){
					.kind = DECISION_ALERT,
					.count = in->event->count,
					.event = in->event,
					.about = &found.about,
					.why = text,
				});
	}
}

static void pack_row(const struct core *c, const struct detect_pack *p, struct buf *b)
{
	rows_begin(b, "pack");
	rows_text(b, "name", p ? p->pack.name : STR_NONE);
	rows_int(b, "version", p ? (int64_t)p->pack.version : 0);
	rows_text(b, "about", str_from(c->pack.about));
	rows_int(b, "rules", p ? p->rules + p->correlations : 0);
	rows_int(b, "active", core_pack_active(c));
	rows_bool(b, "probation", c->pack.until_us != 0);
	rows_int(b, "events", (int64_t)c->detect.events);
	rows_int(b, "evaluated", (int64_t)c->detect.evaluated);
	rows_int(b, "matched", (int64_t)c->detect.matched);
	rows_int(b, "work", (int64_t)c->detect.work);
	rows_text(b, "problem", str_from(c->pack.problem));
	rows_end(b);
}

static void rule_row(const struct detect_pack *p, uint32_t number, struct buf *b)
{
	struct pack_about about = number < p->rules ? pack_rule(&p->pack, number).about
						    : pack_correlation(&p->pack, number - p->rules).about;
	const struct detect_row *row = &p->rows[number];
	bool counted = row->state == DETECT_ACTIVE && !row->told;

	rows_begin(b, "rule");
	rows_text(b, "id", about.id);
	rows_text(b, "level", str_from(pack_level_name(about.level)));
	rows_text(b, "state", str_from(counted ? "counted only" : states[row->state]));
	rows_int(b, "evaluated", row->evaluated);
	rows_int(b, "matched", row->matched);
	rows_text(b, "title", about.title);
	rows_text(b, "author", about.author);
	rows_text(b, "link", str_cut(&about.references, '\n'));
	rows_end(b);
}

bool core_pack_rows(struct core *c, struct core_reply *r, struct buf *b)
{
	const struct detect_pack *p = detect_pack(&c->detect);

	if (r->row == 0) {
		pack_row(c, p, b);
		r->row = 1;
	}
	for (; p && r->row <= p->rules + p->correlations; r->row++) {
		if (b->len > CORE_PIECE_BYTES)
			return false;
		rule_row(p, r->row - 1, b);
	}
	return true;
}
