/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of open findings, between the rules and the response. Decides when one is over; never which incident it is
 * of, or what to do about it.
 */
#include "agent/incident/finding_table.h"

#include "agent/base/require.h"
#include "agent/base/sum.h"

#include <string.h>

#define GIVE_UP_US (10 * SECOND_US)
#define LOOK_MIN_US (10 * SECOND_US) /* closing late by that much saves waking up */

/* The subject's hash is secret and even; mixing in rule and user keeps it so. */
static uint64_t key_of(uint64_t group, const struct rule_row *row, struct str user)
{
	uint64_t key = group ^ row->hash;

	if (!row->rule->by_user)
		return key;
	return hash_bytes(&(struct hash_key){key, group}, user.data, user.len);
}

/* Whose account it is about: the one that was tried, or the one whose process did it. */
static struct str user_of(const struct finding_about *about, struct subject_found *scratch)
{
	if (about->attempt)
		return str_sub(about->attempt->user, 0, FINDING_USER_MAX);
	subject_find(SUBJECT_ACCOUNT, about->event, NULL, scratch);
	return str_sub(scratch->text, 0, FINDING_USER_MAX);
}

struct rule_row *finding_rule(const struct incidents *t, const struct finding *i)
{
	struct rule_row *row = rule_set_find(t->rules->set, i->rule);

	require(row);
	return row;
}

struct finding *finding_find(struct incidents *t, const struct finding_about *about)
{
	struct subject_found scratch;
	struct str user = about->rule->rule->by_user ? user_of(about, &scratch) : STR_NONE;

	return lru_find(&t->findings, key_of(about->group, about->rule, user));
}

static bool lasts(const struct incidents *t, const struct finding *i)
{
	return finding_rule(t, i)->action != NULL;
}

/* What lasts is without events for longest, and is not over for that. */
static struct finding *first_to_go(const struct incidents *t)
{
	struct finding *i = lru_oldest(&t->findings);

	while (i && lasts(t, i))
		i = lru_newer(&t->findings, i);
	return i ? i : lru_oldest(&t->findings);
}

bool finding_room(struct incidents *t, enum severity level, struct now now, struct finding **give_up)
{
	*give_up = lru_full(&t->findings) ? first_to_go(t) : NULL;
	if (!*give_up || level >= SEV_HIGH || now.mono_us - (*give_up)->last_us >= GIVE_UP_US)
		return true;
	t->overflow++;
	return false;
}

/* Over after the longer of what the rule looks back and what its ban lasts. */
static int64_t quiet_us(const struct incidents *t, const struct finding *i)
{
	const struct settings_rule_row *policy = finding_rule(t, i)->policy;
	int64_t ban_us = (int64_t)settings_ban_s(t->rules->set->settings, policy) * SECOND_US;

	if (policy->steps[0] == VERB_NONE) /* nothing is done about it */
		ban_us = 0;
	return policy->window_us > ban_us ? policy->window_us : ban_us;
}

static int64_t due_us(const struct incidents *t, const struct finding *i)
{
	return i->sure && lasts(t, i) ? INT64_MAX : i->last_us + quiet_us(t, i);
}

static void look_at(struct incidents *t, int64_t due_us)
{
	if (due_us < t->next_look_us)
		t->next_look_us = due_us;
}

static void fill(struct finding *i, const struct finding_about *about, struct now now)
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
	i->sure = true;
	i->user_len = (uint8_t)user.len;
	if (user.len)
		memcpy(i->user, user.data, user.len);
}

struct finding finding_loose(const struct finding_about *about, struct now now)
{
	struct finding i = {.count = 0};

	fill(&i, about, now);
	return i;
}

struct finding *finding_open(struct incidents *t, const struct finding_about *about, struct now now)
{
	struct subject_found scratch;
	struct str user = about->rule->rule->by_user ? user_of(about, &scratch) : STR_NONE;
	struct finding *i = lru_add(&t->findings, key_of(about->group, about->rule, user));

	fill(i, about, now);
	about->rule->holds++;
	look_at(t, due_us(t, i));
	return i;
}

void finding_note(struct incidents *t, struct finding *f, uint32_t weight, struct now now)
{
	f->count = sum_u32(f->count, weight);
	f->last_us = now.mono_us;
	f->last_wall_us = now.wall_us;
	f->sure = true;
	lru_touch(&t->findings, f);
}

void finding_aim(struct finding *f, const struct finding_about *about)
{
	struct subject now = subject_of(about->rule->rule->subject, about->event, about->attempt);

	if (now.kind != SUBJECT_PROCESS || now.pid == 0 || now.pid == f->subject.pid)
		return;
	f->subject.pid = now.pid;
	f->acted_us = 0;
	f->played = FINDING_UNPLAYED;
}

struct finding *finding_due(struct incidents *t, struct now now)
{
	if (now.mono_us < t->next_look_us)
		return NULL;
	int64_t next = INT64_MAX;

	for (struct finding *i = lru_oldest(&t->findings); i; i = lru_newer(&t->findings, i)) {
		int64_t due = due_us(t, i);

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

void finding_quote(const struct incidents *t, const struct finding *i, struct evidence_quote *out)
{
	evidence_quote(&t->evidence, i->group, out);
}

void finding_wait(struct incidents *t, const struct finding *i)
{
	if (i->witness_us && i->witness_us < t->witness_us)
		t->witness_us = i->witness_us;
}

void finding_close(struct incidents *t, struct finding *i)
{
	t->gone.finding = *i;
	finding_rule(t, i)->holds--;
	lru_remove(&t->findings, i);
}

struct finding *finding_put_back(struct incidents *t, const struct finding *saved, struct now now, bool *unknown)
{
	struct rule_row *row = rule_set_find(t->rules->set, saved->rule);

	*unknown = row == NULL;
	if (!row)
		return NULL;
	uint64_t key = key_of(saved->group, row, (struct str){saved->user, saved->user_len});

	row->used = true;
	if (lru_full(&t->findings) || lru_find(&t->findings, key))
		return NULL;
	struct finding *f = lru_add(&t->findings, key);

	*f = *saved;
	if (lasts(t, f))
		f->last_us = now.mono_us;
	row->holds++;
	lru_sink(&t->findings, f); /* the newest comes first */
	look_at(t, due_us(t, f));
	finding_wait(t, f);
	return f;
}
