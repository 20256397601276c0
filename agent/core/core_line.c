/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles one log line: decodes it, counts its attempt once, gives the attempt to the rules, opens incidents for their
 * findings, lets the response answer them, and makes records of all that. This file only calls the stages in their
 * order. Never decides itself: rules, incident and response do.
 */
#include "agent/core/core_parts.h"

#include <string.h>

static void tell(struct core *c, const struct incident *i, enum incident_state state)
{
	struct evidence_quote quote;
	const struct rule *rule = incident_rule(&c->incidents, i)->rule;
	enum severity severity = rule->level;
	struct buf b = core_record_begin(c);

	quote.count = 0;
	if (state != INCIDENT_CLOSED)
		evidence_quote(&c->evidence, i->group, &quote);
	record_finding(&b, core_head(c, severity), &(struct record_finding){i, rule, state, &quote});
	core_record_end(c, &b, severity);
}

/*
 * Make the incident's identifier from what happened and where it was read. So a line that is read again after a crash
 * opens an incident with the same identifier, and the service has one incident.
 */
static void name(struct core *c, struct incident *i, const struct input *input)
{
	uint8_t text[128];
	struct buf b = buf_over(text, sizeof(text));
	struct hash_key key;

	memcpy(&key, c->identity, sizeof(key));
	buf_be64(&b, i->rule);
	buf_be64(&b, i->group);
	if (incident_rule(&c->incidents, i)->rule->by_user)
		buf_be64(&b, hash_bytes(&c->key, i->user, i->user_len));
	buf_be16(&b, input->source);
	buf_be64(&b, input->place.inode);
	buf_be64(&b, input->place.offset);
	if (input->place.inode == 0) {
		buf_bytes(&b, c->this_start, sizeof(c->this_start));
		buf_be64(&b, ++c->unplaced);
	}
	for (uint8_t half = 0; half < 2; half++) {
		struct buf id = buf_over(i->id + 8 * half, 8);

		buf_be64(&id, hash_bytes(&key, text, b.len));
		buf_be8(&b, half);
	}
}

static void close_incident(struct core *c, struct incident *i)
{
	tell(c, i, INCIDENT_CLOSED);
	incident_close(&c->incidents, i);
	core_touch(c, CORE_SOON);
}

void core_close_incidents(struct core *c)
{
	struct incident *i;

	while (!core_full(c) && (i = incident_due(&c->incidents, c->now)) != NULL)
		close_incident(c, i);
}

/* Open an incident. NULL: there are too many. */
static struct incident *open_incident(struct core *c, const struct judged *j, const struct incident_about *about)
{
	char addr[ADDR_TEXT_MAX], user[INCIDENT_USER_MAX + 1], host[INCIDENT_HOST_MAX + 1];
	const struct rule *rule = about->rule->rule;
	struct incident *i;

	if (!incident_room(&c->incidents, rule->level, c->now, &i))
		return NULL;
	if (i)
		close_incident(c, i);
	i = incident_open(&c->incidents, about, c->now);
	name(c, i, j->input);
	tell(c, i, INCIDENT_OPENED);
	if (c->listener)
		core_decided(c, &(struct decision){
					.kind = DECISION_FINDING,
					.count = i->count,
					.attempt = j->attempt,
					.rule = rule->id,
					.why = rule->title,
				});
	incident_recorded(i, c->now);
	str_show((struct str){i->user, i->user_len}, user, sizeof(user));
	str_show((struct str){i->host, i->host_len}, host, sizeof(host));
	core_log(c, rule->level, "%s: %s, %u attempts on %s, last user '%s'", rule->id,
		 i->src.family ? addr_text(&i->src, addr) : host, i->count, auth_service_name(i->service), user);
	core_touch(c, CORE_SOON);
	return i;
}

static void answer(struct core *c, const struct judged *j, struct response_case *about)
{
	struct actor_receipt refusals[SETTINGS_STEPS_MAX];
	struct incident *i = about->incident;

	about->attempt = j->attempt;
	about->now = c->now;
	if (j->attempt->class == ATTEMPT_SUCCESS)
		i->win_vouched = j->attempt->vouched || (i->witness_us && i->win_vouched);
	about->early = i->early;
	about->witnessed = core_witnessed(c, i);
	unsigned count = response_case(&c->response, about, refusals);

	for (unsigned n = 0; n < count; n++)
		core_receipt(c, &refusals[n]);
}

/* Add the attempt to one rule's open incident about this src, and answer the rule's finding if it fired. */
static void follow(struct core *c, const struct judged *j, const struct rule_finding *found)
{
	struct incident_about about = {found->rule, j->group, j->attempt, found->count};
	struct incident *i = incident_find(&c->incidents, &about);
	bool fired = found->count > 0;

	if (i && i->early) {
		i->early = false; /* the attempt has failed for certain now, and the incident counts it already */
	} else if (i && incident_note(&c->incidents, i, j->attempt, c->now)) {
		tell(c, i, INCIDENT_UPDATED);
		incident_recorded(i, c->now);
	}
	if (!fired && !(i && i->owed))
		return;
	bool opened = i == NULL;
	struct incident loose;

	if (opened)
		i = open_incident(c, j, &about);
	if (!i)
		loose = incident_loose(&about, c->now);
	answer(c, j,
	       &(struct response_case){.incident = i ? i : &loose, .opened = opened, .only = fired ? 0 : i->owed});
	if (i)
		core_wait_witness(c, i);
	else
		core_unwitnessed(c, &loose);
}

/* The attempt would make the rule fire if it failed: open the incident now, and ask for its ban. */
static void foresee_one(struct core *c, const struct judged *j, struct rule_row *rule)
{
	struct incident_about about = {.rule = rule, .group = j->group, .attempt = j->attempt};

	about.count = rule_foresee(&c->rules, rule, j->attempt, j->when);
	/* An incident that is open already has its ban, or gets it with the verdict. */
	if (about.count == 0 || incident_find(&c->incidents, &about))
		return;
	evidence_add(&c->evidence, j->group, j->event->line);
	struct incident *i = open_incident(c, j, &about);

	if (!i)
		return;
	i->early = true;
	answer(c, j, &(struct response_case){.incident = i, .opened = true});
}

/*
 * A PAM module has refused an attempt, and for this service it is known that the whole stack then refuses. If the
 * attempt would make a rule fire, ban its address before the attacker gets the answer. Only a ban can be lifted again,
 * so no other step is done.
 */
static void foresee(struct core *c, const struct judged *j)
{
	struct rule_walk walk;
	struct rule_row *rule;

	rule_set_walk(&c->set, j->event, j->attempt->class, &walk);
	while ((rule = rule_set_next(&walk)) != NULL)
		if (rule->rule->early)
			foresee_one(c, j, rule);
}

/* Lift a ban that was asked for when one PAM module refused, because the attempt has succeeded. */
static void take_back_one(struct core *c, struct incident *i)
{
	struct actor_receipt receipt = {.origin = ORIGIN_RULE, .result = RECEIPT_REVERTED, .cause_us = c->now.mono_us};

	receipt.args = (struct verb_args){.verb = VERB_BAN, .addr = near_net(&c->rules.near, &i->src)};
	memcpy(receipt.incident, i->id, INCIDENT_ID);
	str_show(str_from(incident_rule(&c->incidents, i)->rule->id), receipt.rule, sizeof(receipt.rule));
	str_show(STR("taken back: another PAM module accepted the log-in that one had refused"), receipt.text,
		 sizeof(receipt.text));
	response_lift(&c->response, i, c->now);
	core_receipt(c, &receipt);
	close_incident(c, i);
}

static void take_back(struct core *c, uint64_t group)
{
	for (struct incident *i = lru_newest(&c->incidents.open), *older; i; i = older) {
		older = lru_older(&c->incidents.open, i);
		if (i->early && i->group == group)
			take_back_one(c, i);
	}
}

static void judge(struct core *c, const struct judged *j)
{
	struct rule_input in = {j->event, j->attempt, j->group, j->when};
	struct rule_finding found;
	struct rule_round round;

	evidence_add(&c->evidence, j->group, j->event->line);
	rule_begin(&c->rules, &in, &round);
	while (rule_next(&c->rules, &round, &found))
		follow(c, j, &found);
}

/* Give the attempt to the rules that count its src. */
static void weigh(struct core *c, const struct judged *about, enum attempt_verdict verdict)
{
	struct judged j = *about;

	j.group = rule_group(&c->rules, &j.attempt->src, j.attempt->host);
	if (c->listener)
		core_decided_attempt(c, &j, verdict);
	if (j.group == 0)
		return; /* an attempt at the console has no src to be counted for */
	if (j.attempt->forgiven)
		take_back(c, j.group);
	if (j.attempt->vouched)
		core_vouch(c, j.attempt, j.when);
	if (verdict == ATTEMPT_COUNTED)
		judge(c, &j);
	else if (verdict == ATTEMPT_REFUSED && j.attempt->early)
		foresee(c, &j);
}

/* Decode a line. "last message repeated 3 times" is decoded as the line before it, except in the audit stream. */
static bool decode(struct core *c, const struct input *input, struct event *out)
{
	if (input->source < SETTINGS_FILES_MAX)
		return repeat_decode(&c->repeats[input->source], input->bytes, out);
	if (input->source == CORE_SOURCE_SYSLOG)
		return repeat_decode(&c->repeats[SETTINGS_FILES_MAX], input->bytes, out);
	return sensor_decode(input->bytes, out);
}

void core_line(struct core *c, const struct input *input)
{
	struct event event;
	struct attempt attempt;

	c->lines += input->bytes.len > 0;
	unsigned slot = core_slot(input->source);

	if (slot < CORE_PLACES && input->place.inode) {
		c->places[slot] = input->place;
		c->placed[slot] = true;
	}
	core_touch(c, CORE_AT_LEISURE);
	if (!decode(c, input, &event))
		return;
	c->events++;
	struct now when = core_when(c, input, event.stamp_us);
	/*
	 * Traces are joined in the order in which they are read, so the stamps must not decide: a clock may be set
	 * between.
	 */
	struct attempt_trace trace = {&event.auth, input->source, core_vouched(input, &event), c->now};
	enum attempt_verdict verdict = attempt_feed(&c->attempts, &trace, &attempt);

	if (verdict != ATTEMPT_NONE)
		core_touch(c, CORE_LATER);
	/* The src that an earlier line of the connection named is the src of this one, too. */
	if (verdict == ATTEMPT_COUNTED)
		event.auth.src = attempt.src;
	weigh(c, &(struct judged){.attempt = &attempt, .input = input, .event = &event, .when = when}, verdict);
	if (verdict != ATTEMPT_AGAIN && verdict != ATTEMPT_REFUSED && event.auth.outcome != AUTH_INFO)
		core_tell_event(c, &event);
}
