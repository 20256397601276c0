/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells the actor what a finding is about, once for playbooks that need no witness and once for those that do, so that
 * it runs what it has for such. Never knows a playbook: the actor keeps them, and judges.
 */
#include "agent/core/core_parts.h"

#include <stdio.h>
#include <string.h>

/* What it is about, as the response has it for a rule's steps: a path only where it is whole and the program's own. */
static void aim(struct actor_play *m, const struct incident_change *change)
{
	const struct finding *f = change->finding;
	const struct subject *s = &f->subject;

	/* Without a family, the rest of it says nothing; a network is nobody to act on. */
	if (s->addr.family && s->addr.prefix == (s->addr.family == 4 ? 32 : 128))
		m->addr = s->addr;
	if (f->user_len < sizeof(m->account))
		memcpy(m->account, f->user, f->user_len);
	if (s->kind == SUBJECT_ACCOUNT && s->len < sizeof(m->account))
		memcpy(m->account, s->value, s->len);
	if (s->kind == SUBJECT_PROCESS && s->pid <= INT32_MAX)
		m->pid = (int32_t)s->pid;
	/* Of events that an account, say, has in common, the last one's program is what there is to end. */
	else if (!change->attempt && change->event && subject_pid(change->event) <= INT32_MAX)
		m->pid = (int32_t)subject_pid(change->event);
	if ((s->kind == SUBJECT_PROCESS || s->kind == SUBJECT_FILE) && s->len < sizeof(m->path) && !s->alias)
		memcpy(m->path, s->value, s->len);
}

static void describe(struct actor_play *m, const struct rule *rule)
{
	snprintf(m->rule, sizeof(m->rule), "%s", rule->id);
	m->level = (uint8_t)rule->level;
	for (unsigned n = 0; rule->tags[n] && m->tag_count < PLAY_TAGS_MAX; n++)
		if (strlen(rule->tags[n]) < PLAY_TAG_MAX)
			snprintf(m->tags[m->tag_count++], PLAY_TAG_MAX, "%s", rule->tags[n]);
}

static void ask(struct core *c, const struct incident_change *change, bool sure, enum play_witness witness)
{
	const struct finding *f = change->finding;
	struct actor_play m;

	memset(&m, 0, sizeof(m));
	m.header = (struct actor_header){MESSAGE_VERSION, ACTOR_PLAY, sizeof(m), 0};
	m.sure = sure;
	m.witness = (uint8_t)witness;
	m.cause_us = m.decided_us = c->now.mono_us;
	memcpy(m.incident, f->id, INCIDENT_ID);
	describe(&m, finding_rule(&c->incidents, f)->rule);
	aim(&m, change);
	effects_put(&c->effects, &(struct effect){.kind = EFFECT_PLAY}, (struct str){(const char *)&m, sizeof(m)});
}

void core_play(struct core *c, const struct incident_change *change)
{
	const struct actor_health *has = &c->health.actor;
	struct finding *f = change->finding;
	bool first = f->played == FINDING_UNPLAYED;

	/* What is over is told of and not answered; an attempt that may still succeed has only its ban. */
	if (has->playbooks == 0 || change->over || f->early || f->played == FINDING_PLAYED)
		return;
	if (change->confirmed || !has->playbooks_doubt) {
		ask(c, change, first, change->confirmed ? PLAY_WITNESSED : PLAY_UNKNOWN);
		f->played = FINDING_PLAYED;
	} else if (change->kind == INCIDENT_GIVES_UP) {
		ask(c, change, first, PLAY_UNWITNESSED);
		f->played = FINDING_GAVE_UP;
	} else if (first) {
		ask(c, change, true, PLAY_UNKNOWN);
		f->played = FINDING_PLAYED_SURE;
		if (f->witness_us == 0)
			f->witness_us = c->now.mono_us + INCIDENT_WITNESS_US;
	}
}
