/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the rules: between the attempts, counted once, and the incidents. An attempt first goes into the series that
 * take it, then the rules that look at it are asked. Never acts and never remembers more than the series do.
 */
#include "agent/rules/rule.h"

#include "agent/rules/threshold.h"

#include <string.h>

size_t rule_size(uint32_t srcs)
{
	return state_size(srcs);
}

static void want(struct state_want *w, const struct settings_rule_row *policy)
{
	if (w->marks < policy->count)
		w->marks = policy->count;
	if (w->window_us < policy->window_us)
		w->window_us = policy->window_us;
}

/* What is no log-in is in no series. */
static bool counts_attempts(const struct rule_row *row)
{
	return row->rule->kind == EVENT_AUTH;
}

void rule_init(struct rules *r, struct lru_room room, struct rule_set *set, struct hash_key key)
{
	struct state_want wants[STATE_MAX] = {{0, 0}};

	memset(r, 0, sizeof(*r));
	r->set = set;
	near_init(&r->near, set->settings);
	r->key = key;
	for (unsigned i = 0; i < set->loaded; i++) {
		const struct rule_row *row = &set->rows[i];

		if (!row->policy->enabled || !counts_attempts(row))
			continue;
		want(&wants[row->rule->series], row->policy);
		if (settings_needs_witness(set->settings, row->policy))
			want(&wants[STATE_VOUCHED], row->policy);
	}
	state_init(&r->state, room.memory, room.capacity, wants);
}

uint64_t rule_group(const struct rules *r, const struct addr *src, struct str host)
{
	uint8_t text[1 + 64];
	size_t len = host.len < 64 ? host.len : 64;

	if (src->family == 0) {
		if (len == 0)
			return 0;
		text[0] = 'h';
		memcpy(text + 1, host.data, len);
	} else {
		struct addr net = near_net(&r->near, src);

		text[0] = src->family;
		memcpy(text + 1, net.bytes, len = sizeof(net.bytes));
	}
	uint64_t hash = hash_bytes(&r->key, text, 1 + len);

	return hash ? hash : 1;
}

bool rule_fits(const struct rules *r, const struct rule_row *rule, uint32_t *kept)
{
	uint32_t count = rule->policy->count;

	*kept = counts_attempts(rule) ? state_need(&r->state, rule->rule->series, count) : count;
	return !rule->policy->enabled || *kept == count;
}

uint32_t rule_count(const struct rules *r, const struct rule_row *rule, uint64_t group, struct now now)
{
	struct state_event event = {.group = group, .now = state_ticks(now.mono_us)};
	bool times = rule->rule->evaluate == threshold_evaluate;

	return state_count(&r->state, &event,
			   (struct state_question){rule->rule->series, times, state_ticks(rule->policy->window_us)});
}

/* The hash of a subject's value; a src is its network. */
static uint64_t group_of(const struct rules *r, uint8_t kind, const struct subject_found *found)
{
	struct hash_key key = {r->key.k0 ^ kind, r->key.k1 ^ found->pid};

	if (kind == SUBJECT_SRC)
		return rule_group(r, &found->addr, found->text);
	uint64_t hash = hash_bytes(&key, found->text.data, found->text.len);

	return hash ? hash : 1;
}

void rule_look(const struct rules *r, const struct rule_input *in, struct rule_round *round)
{
	const struct attempt *attempt = in->attempt;
	uint8_t subjects = r->set->subjects[in->event->kind];
	struct subject_found found;

	round->in = *in;
	round->fired = 0;
	round->named = 0;
	round->event.now = state_ticks(in->now.mono_us);
	round->event.user = 0; /* rule_begin() knows it */
	round->event.weight = attempt ? attempt->weight : in->event->count;
	round->event.class = attempt ? attempt->class : 0;
	round->event.unknown_user = attempt && attempt->unknown_user;
	memset(round->groups, 0, sizeof(round->groups));
	for (uint8_t kind = 0; subjects >> kind; kind++) {
		if (!(subjects >> kind & 1) || !subject_find(kind, in->event, attempt, &found))
			continue;
		round->groups[kind] = group_of(r, kind, &found);
		round->named |= (uint8_t)((round->groups[kind] != 0) << kind);
	}
}

/* Put an event into the series, for each subject of the round. */
static void count(struct rules *r, const struct rule_round *round, struct state_event *event)
{
	for (unsigned kind = 0; round->named >> kind; kind++) {
		event->group = round->groups[kind];
		if (event->group)
			state_feed(&r->state, event);
	}
}

void rule_begin(struct rules *r, struct rule_round *round)
{
	const struct attempt *attempt = round->in.attempt;

	if (attempt && attempt->user.len)
		round->event.user = (uint32_t)hash_bytes(&r->key, attempt->user.data, attempt->user.len) | 1;
	count(r, round, &round->event);
	rule_set_walk(r->set, round->in.event, round->event.class, &round->walk);
	if (IS_ENABLED(CONFIG_RULES_SIGMA) && r->detect && !round->in.event->quiet)
		detect_judge(r->detect, &(struct detect_input){round->in.event, round->event.weight, round->in.line,
							       round->in.now});
}

bool rule_looks(const struct rules *r, const struct rule_round *round)
{
	return round->named || (IS_ENABLED(CONFIG_RULES_SIGMA) && r->detect);
}

/* The next finding of the pack. */
static bool next_of_pack(struct rules *r, struct rule_round *round, struct rule_finding *out)
{
	struct buf why = buf_over(round->why, sizeof(round->why));
	struct subject_found value;
	struct detect_found found;

	do {
		if (!detect_next(r->detect, &found))
			return false;
		out->rule = rule_pack_row(r->set, &found, round->in.event, round->in.attempt);
	} while (!out->rule);
	detect_why(r->detect, &found, &why);
	subject_find(out->rule->rule->subject, round->in.event, round->in.attempt, &value);
	if (out->rule->rule->by_program)
		value.pid = 0;
	*out = (struct rule_finding){
		.rule = out->rule,
		.group = group_of(r, out->rule->rule->subject, &value),
		.count = 1,
		.why = buf_str(&why),
	};
	round->event.weight = round->event.weight ? round->event.weight : 1;
	r->fired++;
	return true;
}

/* Whether what the rule is about begins or ends by the round's event; of what does not last, each event is such. */
static bool concerns(const struct rule_round *round, const struct rule_row *row, bool *ends)
{
	const struct event *event = round->in.event;

	*ends = row->action && rule_index_matches(event, row->action, row->rule->ends);
	return !row->action || *ends || rule_index_matches(event, row->action, row->rule->begins);
}

bool rule_next(struct rules *r, struct rule_round *round, struct rule_finding *out)
{
	struct rule_row *row;
	bool ends = false;

	do {
		row = rule_set_next(&round->walk);
		round->event.group = row ? round->groups[row->rule->subject] : 0;
	} while (row && (round->event.group == 0 || !concerns(round, row, &ends)));
	*out = (struct rule_finding){.rule = row, .group = round->event.group, .ends = ends};
	if (!row)
		return IS_ENABLED(CONFIG_RULES_SIGMA) && r->detect && next_of_pack(r, round, out);
	if (ends || round->fired == RULE_FINDINGS_MAX)
		return true;
	r->evaluated++;
	out->count = row->rule->evaluate(&r->state, row->rule, row->policy, &round->event);
	round->fired += out->count > 0;
	r->fired += out->count > 0;
	return true;
}

uint32_t rule_foresee(const struct rules *r, const struct rule_row *rule, const struct rule_round *round)
{
	struct state_event event = {.group = round->groups[SUBJECT_SRC], .now = round->event.now};
	struct state_question question = {rule->rule->series, true, state_ticks(rule->policy->window_us)};

	if (!rule->policy->enabled || !rule->rule->early || event.group == 0)
		return 0;
	uint32_t count = round->event.weight + state_count(&r->state, &event, question);

	return count < state_need(&r->state, rule->rule->series, rule->policy->count) ? 0 : count;
}

void rule_vouch(struct rules *r, const struct rule_round *round)
{
	struct state_event event = {.now = round->event.now, .class = STATE_CLASS_VOUCHED};

	event.weight = round->in.attempt ? round->in.attempt->vouched : 0;
	count(r, round, &event);
}

void rule_take_back(struct rules *r, const struct rule_round *round)
{
	struct state_event event = {.class = ATTEMPT_FAILURE, .weight = round->in.attempt->cancelled};

	for (unsigned kind = 0; round->named >> kind; kind++) {
		event.group = round->groups[kind];
		if (event.group)
			state_take_back(&r->state, &event);
	}
}

bool rule_vouched(const struct rules *r, const struct rule_row *rule, uint64_t group, struct now now)
{
	struct state_event event = {.group = group, .now = state_ticks(now.mono_us)};
	struct state_question question = {STATE_VOUCHED, false, state_ticks(rule->policy->window_us)};
	uint32_t need = state_need(&r->state, rule->rule->series, rule->policy->count);

	return state_count(&r->state, &event, question) >= state_need(&r->state, STATE_VOUCHED, need);
}

void rule_forget(struct rules *r, uint64_t group)
{
	state_forget(&r->state, group);
}
