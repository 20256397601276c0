/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of open incidents, between the rules and the response. Decides when to tell about one again and when it
 * is over; never what to do about it.
 */
#include "agent/incident/incident_table.h"

#include "agent/base/require.h"

#include <string.h>

#define UPDATE_MIN_US (10 * SECOND_US)
#define UPDATE_MAX_US (10 * MINUTE_US)
#define GIVE_UP_US (10 * SECOND_US)
#define LOOK_MIN_US (10 * SECOND_US) /* closing late by that much saves waking up */

static size_t table_size(const struct incident_limits *limits)
{
	return (lru_size(limits->incidents, sizeof(struct incident)) + 7) / 8 * 8;
}

size_t incident_size(const struct incident_limits *limits)
{
	return table_size(limits) + limits->evidence_bytes;
}

void incident_init(struct incidents *t, void *memory, const struct incident_limits *limits, struct rules *rules)
{
	memset(t, 0, sizeof(*t));
	t->rules = rules;
	t->next_look_us = t->witness_us = INT64_MAX;
	memcpy(t->names.identity, limits->identity, sizeof(t->names.identity));
	memcpy(t->names.this_start, limits->identity, sizeof(t->names.this_start));
	lru_init(&t->open, memory, limits->incidents, sizeof(struct incident));
	evidence_init(&t->evidence, (uint8_t *)memory + table_size(limits), limits->evidence_bytes);
}

/* The subject's hash is secret and even; mixing in rule and user keeps it so. */
static uint64_t key_of(uint64_t group, const struct rule_row *row, struct str user)
{
	uint64_t key = group ^ row->hash;

	if (!row->rule->by_user)
		return key;
	return hash_bytes(&(struct hash_key){key, group}, user.data, user.len);
}

/* Whose account it is about: the one that was tried, or the one whose process did it. */
static struct str user_of(const struct incident_about *about, struct subject_found *scratch)
{
	if (about->attempt)
		return str_sub(about->attempt->user, 0, INCIDENT_USER_MAX);
	subject_find(SUBJECT_ACCOUNT, about->event, NULL, scratch);
	return str_sub(scratch->text, 0, INCIDENT_USER_MAX);
}

struct rule_row *incident_rule(const struct incidents *t, const struct incident *i)
{
	struct rule_row *row = rule_set_find(t->rules->set, i->rule);

	require(row);
	return row;
}

struct incident *incident_find(struct incidents *t, const struct incident_about *about)
{
	struct subject_found scratch;
	struct str user = about->rule->rule->by_user ? user_of(about, &scratch) : STR_NONE;

	return lru_find(&t->open, key_of(about->group, about->rule, user));
}

bool incident_room(struct incidents *t, enum severity level, struct now now, struct incident **give_up)
{
	*give_up = lru_full(&t->open) ? lru_oldest(&t->open) : NULL;
	if (!*give_up || level >= SEV_HIGH || now.mono_us - (*give_up)->last_us >= GIVE_UP_US)
		return true;
	t->overflow++;
	return false;
}

/* Over after the longer of what the rule looks back and what its ban lasts. */
static int64_t quiet_us(const struct incidents *t, const struct incident *i)
{
	const struct settings_rule_row *policy = incident_rule(t, i)->policy;
	int64_t ban_us = (int64_t)settings_ban_s(t->rules->set->settings, policy) * SECOND_US;

	if (policy->steps[0] == VERB_NONE) /* nothing is done about it */
		ban_us = 0;
	return policy->window_us > ban_us ? policy->window_us : ban_us;
}

static void look_at(struct incidents *t, int64_t due_us)
{
	if (due_us < t->next_look_us)
		t->next_look_us = due_us;
}

static void fill(struct incident *i, const struct incident_about *about, struct now now)
{
	struct subject_found scratch;
	struct str user = user_of(about, &scratch);

	i->group = about->group;
	i->rule = about->rule->hash;
	about->rule->used = true;
	i->subject = subject_of(about->rule->rule->subject, about->event, about->attempt);
	i->service = about->attempt ? about->attempt->service : SERVICE_NONE;
	i->count = about->count;
	i->first_wall_us = i->last_wall_us = now.wall_us;
	i->last_us = now.mono_us;
	i->user_len = (uint8_t)user.len;
	if (user.len)
		memcpy(i->user, user.data, user.len);
}

struct incident incident_loose(const struct incident_about *about, struct now now)
{
	struct incident i = {.count = 0};

	fill(&i, about, now);
	return i;
}

struct incident *incident_open(struct incidents *t, const struct incident_about *about, struct now now)
{
	struct subject_found scratch;
	struct str user = about->rule->rule->by_user ? user_of(about, &scratch) : STR_NONE;
	struct incident *i = lru_add(&t->open, key_of(about->group, about->rule, user));

	fill(i, about, now);
	about->rule->holds++;
	t->opened++;
	look_at(t, now.mono_us + quiet_us(t, i));
	return i;
}

static int64_t update_after_us(const struct incident *i)
{
	int64_t wait = UPDATE_MIN_US << (i->updates < 6 ? i->updates : 6);

	return wait < UPDATE_MAX_US ? wait : UPDATE_MAX_US;
}

bool incident_note(struct incidents *t, struct incident *i, uint32_t weight, struct now now)
{
	i->count = i->count + weight < i->count ? UINT32_MAX : i->count + weight;
	i->last_us = now.mono_us;
	i->last_wall_us = now.wall_us;
	lru_touch(&t->open, i);
	return now.mono_us - i->recorded_us >= update_after_us(i);
}

void incident_recorded(struct incident *i, struct now now)
{
	i->updates += i->recorded != 0 && i->updates < UINT8_MAX;
	i->recorded = i->count;
	i->recorded_us = now.mono_us;
}

struct incident *incident_due(struct incidents *t, struct now now)
{
	if (now.mono_us < t->next_look_us)
		return NULL;
	int64_t next = INT64_MAX;

	for (struct incident *i = lru_oldest(&t->open); i; i = lru_newer(&t->open, i)) {
		int64_t due = i->last_us + quiet_us(t, i);

		if (due <= now.mono_us)
			return i;
		if (due < next)
			next = due;
	}
	if (next != INT64_MAX && next - now.mono_us < LOOK_MIN_US)
		next = now.mono_us + LOOK_MIN_US;
	t->next_look_us = next;
	return NULL;
}

int64_t incident_deadline(const struct incidents *t)
{
	return t->witness_us < t->next_look_us ? t->witness_us : t->next_look_us;
}

void incident_quote(const struct incidents *t, const struct incident *i, struct evidence_quote *out)
{
	evidence_quote(&t->evidence, i->group, out);
}

void incident_wait(struct incidents *t, const struct incident *i)
{
	if (i->witness_us && i->witness_us < t->witness_us)
		t->witness_us = i->witness_us;
}

void incident_close(struct incidents *t, struct incident *i)
{
	t->gone = *i;
	incident_rule(t, i)->holds--;
	lru_remove(&t->open, i);
	t->closed++;
}

bool incident_put_back(struct incidents *t, const struct incident *saved)
{
	struct rule_row *row = rule_set_find(t->rules->set, saved->rule);

	if (!row)
		return false;
	uint64_t key = key_of(saved->group, row, (struct str){saved->user, saved->user_len});

	row->used = true;
	if (lru_full(&t->open) || lru_find(&t->open, key))
		return true;
	struct incident *i = lru_add(&t->open, key);

	*i = *saved;
	row->holds++;
	lru_sink(&t->open, i); /* the newest comes first */
	look_at(t, i->last_us + quiet_us(t, i));
	incident_wait(t, i);
	return true;
}
