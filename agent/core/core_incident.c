/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carries out what changes about incidents: makes records and lines for the log of it, and has the response answer.
 * Never knows when an incident opens, grows or closes: agent/incident does.
 */
#include "agent/core/core_parts.h"

#include <string.h>

static void tell(struct core *c, const struct incident_change *change)
{
	const struct finding *f = change->finding;
	enum severity severity = incident_severity(f->incident);
	struct record_finding what = {
		.finding = f, .rule = finding_rule(&c->incidents, f)->rule, .state = change->kind};
	struct evidence_quote quote;
	struct buf b = core_record_begin(c);

	quote.count = 0;
	if (change->kind == INCIDENT_JOINED)
		what.state = INCIDENT_UPDATED;
	if (change->kind != INCIDENT_CLOSED)
		finding_quote(&c->incidents, f, &quote);
	what.quote = &quote;
	record_finding(&b, core_head(c, severity), &what);
	core_record_end(c, &b, severity);
}

static void log_opened(struct core *c, const struct finding *i)
{
	char subject[SUBJECT_TEXT_MAX], user[FINDING_USER_MAX + 1];
	const struct rule *rule = finding_rule(&c->incidents, i)->rule;
	bool by_src = i->subject.kind == SUBJECT_SRC;

	subject_text(&i->subject, subject);
	str_show((struct str){i->user, i->user_len}, user, sizeof(user));
	if (i->service == SERVICE_NONE)
		core_log(c, rule->level, "%s: %s %s, %u events", rule->id, subject_kind_name(i->subject.kind), subject,
			 i->count);
	else
		core_log(c, rule->level, "%s: %s%s%s, %u attempts on %s, last user '%s'", rule->id,
			 by_src ? "" : subject_kind_name(i->subject.kind), by_src ? "" : " ", subject, i->count,
			 auth_service_name(i->service), user);
}

/* A new finding, of a new incident or one that was there. In a storm, each is one more of many. */
static void opened(struct core *c, const struct incident_change *change)
{
	const struct rule *rule = finding_rule(&c->incidents, change->finding)->rule;

	if (change->tells)
		tell(c, change);
	if (c->listener && change->attempt)
		core_decided(c, &(struct decision){
					.kind = DECISION_FINDING,
					.count = change->finding->count,
					.attempt = change->attempt,
					.rule = rule->id,
					.why = rule->title,
				});
	if (change->tells)
		log_opened(c, change->finding);
}

/* Have the response ask for the steps, or refuse those that no witness came for. */
static void answer(struct core *c, const struct incident_change *change)
{
	struct actor_receipt refusals[SETTINGS_STEPS_MAX];
	struct response_case about = {
		.finding = change->finding,
		.now = c->now,
		.opened = change->opened,
		.only = change->only,
		.early = change->finding->early,
		.over = change->over,
		.witnessed = change->witnessed,
	};
	unsigned count = change->kind == INCIDENT_ASKS ? response_case(&c->response, &about, refusals)
						       : response_unwitnessed(&c->response, &about, refusals);

	for (unsigned n = 0; n < count; n++)
		core_receipt(c, &refusals[n]);
	if (IS_ENABLED(CONFIG_PLAYBOOKS))
		core_play(c, change);
}

/* Lift a ban that was asked for when one PAM module refused, because the attempt has succeeded. */
static void lift(struct core *c, const struct finding *i)
{
	struct actor_receipt receipt = {.origin = ORIGIN_RULE, .result = RECEIPT_REVERTED, .cause_us = c->now.mono_us};

	receipt.args = (struct verb_args){.verb = VERB_BAN, .addr = near_net(&c->rules.near, &i->subject.addr)};
	memcpy(receipt.incident, i->id, INCIDENT_ID);
	str_show(str_from(finding_rule(&c->incidents, i)->rule->id), receipt.rule, sizeof(receipt.rule));
	str_show(STR("taken back: another PAM module accepted the log-in that one had refused"), receipt.text,
		 sizeof(receipt.text));
	response_lift(&c->response, i, c->now);
	core_receipt(c, &receipt);
}

static void carry_out(struct core *c, const struct incident_change *change)
{
	switch (change->kind) {
	case INCIDENT_OPENED:
	case INCIDENT_REOPENED:
	case INCIDENT_JOINED: opened(c, change); break;
	case INCIDENT_UPDATED: tell(c, change); return;
	case INCIDENT_CLOSED: tell(c, change); break;
	case INCIDENT_ASKS:
	case INCIDENT_GIVES_UP:
		answer(c, change);
		if (!change->opened)
			return;
		break;
	case INCIDENT_LIFTS: lift(c, change->finding); break;
	}
	core_touch(c, CORE_SOON);
}

void core_incidents_feed(struct core *c, const struct incident_input *in)
{
	uint64_t judged = c->detect.events;
	struct incident_change change;

	if (c->listener && in->attempt)
		core_decided_attempt(c, in);
	incident_feed(&c->incidents, in, c->now);
	while (incident_next(&c->incidents, &change))
		carry_out(c, &change);
	if (IS_ENABLED(CONFIG_RULES_SIGMA) && c->listener && c->detect.events != judged)
		core_pack_alerts(c, in);
	if (IS_ENABLED(CONFIG_RULES_SIGMA) && c->pack.until_us)
		core_pack_watch(c);
}

void core_incidents_tick(struct core *c)
{
	struct incident_change change;

	/* What finds no room in the queue is carried out at the next tick. */
	while (!core_full(c) && incident_tick(&c->incidents, c->now, &change))
		carry_out(c, &change);
}
