/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of incidents: gives each event to the rules, opens findings of incidents, adds to them, and closes them.
 * What follows from one input is found step by step, as the caller takes the changes: a step may depend on what
 * the response made of the one before. Never acts: what is to be done about an incident is a change for the caller.
 */
#include "agent/incident/incident_table.h"

#include "agent/base/hash.h"
#include "agent/base/require.h"

#include <string.h>

static struct incident_change *change(struct incidents *t, enum incident_change_kind kind, struct finding *f)
{
	struct incident_work *w = &t->work;

	require(w->count < INCIDENT_CHANGES_MAX);
	w->changes[w->count] =
		(struct incident_change){.kind = kind, .finding = f, .event = w->in.event, .attempt = w->in.attempt};
	return &w->changes[w->count++];
}

/*
 * The finding is over; t->gone is a copy of it and its incident, whose place another one may take before the caller has
 * the change. Returns what is to be told of it, or 0: nothing, as when it makes room and its part is not due.
 */
static enum incident_change_kind end(struct incidents *t, struct finding *f, bool for_room, struct now now)
{
	struct finding *gone = &t->gone.finding;
	enum incident_change_kind kind = 0;

	finding_close(t, f);
	if (incident_leave(t, gone, now))
		kind = INCIDENT_CLOSED;
	else if (for_room ? incident_part_due(gone, now) : incident_part_grew(gone))
		kind = INCIDENT_UPDATED;
	if (kind)
		incident_recorded(gone, now);
	t->gone.incident = *gone->incident;
	gone->incident = &t->gone.incident;
	return kind;
}

static void close_one(struct incidents *t, struct finding *f)
{
	enum incident_change_kind kind = end(t, f, true, t->work.now);

	if (kind)
		change(t, kind, &t->gone.finding);
}

/*
 * Make the identifier of the incident that the finding opens from what happened and where it was read. So a line that
 * is read again after a crash opens an incident with the same identifier, and the service has one incident.
 */
static void name(struct incidents *t, const struct finding *i, uint8_t out[INCIDENT_ID])
{
	const struct incident_place *place = &t->work.in.place;
	uint8_t text[128];
	struct buf b = buf_over(text, sizeof(text));
	struct hash_key key;

	memcpy(&key, t->names.identity, sizeof(key));
	buf_be64(&b, i->rule);
	buf_be64(&b, i->group);
	if (finding_rule(t, i)->rule->by_user)
		buf_be64(&b, hash_bytes(&t->rules->key, i->user, i->user_len));
	buf_be16(&b, place->source);
	buf_be64(&b, place->inode);
	buf_be64(&b, place->offset);
	if (place->inode == 0) {
		buf_bytes(&b, t->names.this_start, sizeof(t->names.this_start));
		buf_be64(&b, ++t->names.unplaced);
	}
	for (uint8_t half = 0; half < 2; half++) {
		struct buf id = buf_over(out + 8 * half, 8);

		buf_be64(&id, hash_bytes(&key, text, b.len));
		buf_be8(&b, half);
	}
}

/* Tell of incidents that are part of another one now. */
static void tell_merges(struct incidents *t, unsigned merges)
{
	for (unsigned n = 0; n < merges; n++)
		change(t, INCIDENT_CLOSED, &t->merges[n].finding);
}

/* The incident that a new finding is of: one that it belongs to, or a new one. */
static struct incident *incident_for(struct incidents *t, const struct finding *f, struct incident_keys *keys)
{
	uint8_t id[INCIDENT_ID];
	unsigned merges;
	struct incident *i = incident_match(t, keys, NULL, &merges);

	tell_merges(t, merges);
	if (i && i->findings > 0)
		return i;
	if (incident_storms(t, f->rule, keys)) {
		i = incident_match(t, keys, NULL, &merges);
		tell_merges(t, merges);
	}
	if (i)
		return i;
	name(t, f, id);
	return incident_add(t, id);
}

/* Put a new finding into the incident that it belongs to, and tell of that. */
static void attach(struct incidents *t, struct finding *f, const struct finding_about *about)
{
	struct incident_keys keys;
	enum incident_change_kind kind;

	incident_keys_of(t, about, &keys);
	struct incident *i = incident_for(t, f, &keys);

	kind = i->findings ? INCIDENT_JOINED : i->joined ? INCIDENT_REOPENED : INCIDENT_OPENED;
	t->opened += kind == INCIDENT_OPENED;
	if (kind == INCIDENT_REOPENED) {
		t->reopened++;
		i->reopened++;
	}
	incident_keys_put(t, i, &keys);
	incident_enter(t, i, f, t->work.now);
	if (about->attempt && about->attempt->class == ATTEMPT_SUCCESS)
		incident_part_won(f);
	struct incident_change *told = change(t, kind, f);

	told->tells = kind != INCIDENT_JOINED || incident_part_due(f, t->work.now);
	if (told->tells)
		incident_recorded(f, t->work.now);
	else
		incident_owe(t, f);
}

/* Open a finding. NULL: there are too many. */
static struct finding *open_one(struct incidents *t, const struct finding_about *about)
{
	struct finding *f;

	if (!finding_room(t, about->rule->rule->level, t->work.now, &f))
		return NULL;
	if (f)
		close_one(t, f);
	f = finding_open(t, about, t->work.now);
	attach(t, f, about);
	return f;
}

/* A further event of a finding about a program may be of another incident's processes: then the two are one. */
static void connect(struct incidents *t, const struct finding_about *about, struct finding *f)
{
	struct incident_keys keys;
	unsigned merges;

	if (f->subject.kind != SUBJECT_PROCESS)
		return;
	finding_aim(f, about);
	incident_keys_of(t, about, &keys);
	if (incident_shares(f->incident, &keys))
		return;
	incident_match(t, &keys, f->incident, &merges);
	incident_keys_put(t, f->incident, &keys);
	tell_merges(t, merges);
}

/* Whether the rule's window, if it ended now, would not have this in it any more. */
static bool is_over(const struct incidents *t, const struct rule_row *rule)
{
	int64_t ago_us = t->work.now.mono_us - t->work.in.when.mono_us;

	return ago_us > 0 && ago_us > rule->policy->window_us;
}

/* Have the steps of the incident's rule asked for. */
static struct incident_change *ask(struct incidents *t, struct finding *i)
{
	const struct attempt *attempt = t->work.in.attempt;

	if (attempt && attempt->class == ATTEMPT_SUCCESS)
		i->win_vouched = attempt->vouched || (i->witness_us && i->win_vouched);
	struct incident_change *asks = change(t, INCIDENT_ASKS, i);

	asks->witnessed = incident_witnessed(t, i);
	asks->confirmed = incident_confirmed(t, i);
	asks->over = is_over(t, finding_rule(t, i));
	return asks;
}

/* What the caller's answer to INCIDENT_ASKS leaves to do: steps may wait for a witness now. */
static void answered(struct incidents *t)
{
	struct finding *i = t->work.asked;

	t->work.asked = NULL;
	if (!i || !i->witness_us)
		return;
	if (i == &t->loose)
		change(t, INCIDENT_GIVES_UP, i); /* it has no place to wait in */
	else
		finding_wait(t, i);
}

/* Whether the walk over the open incidents has another one; w->at is it, or NULL. */
static bool walk(struct incidents *t)
{
	struct incident_work *w = &t->work;

	w->at = w->begun ? w->at ? lru_older(&t->findings, w->at) : NULL : lru_newest(&t->findings);
	w->begun = true;
	return w->at != NULL;
}

/* A log-in has succeeded that a PAM module had refused: bans that were asked for then are lifted. */
static bool forgive(struct incidents *t)
{
	struct incident_work *w = &t->work;

	if (!w->in.attempt || !w->in.attempt->forgiven)
		return false;
	for (struct finding *i = lru_newest(&t->findings); i; i = lru_older(&t->findings, i)) {
		if (!i->early || i->group != w->round.groups[SUBJECT_SRC])
			continue;
		enum incident_change_kind kind = end(t, i, false, t->work.now);

		change(t, INCIDENT_LIFTS, &t->gone.finding);
		if (kind)
			change(t, kind, &t->gone.finding);
		return true;
	}
	return false;
}

/* A request that was refused has been granted: its failures count no more. What was done because of them stays. */
static bool take_back(struct incidents *t)
{
	if (t->work.in.attempt && t->work.in.attempt->cancelled)
		rule_take_back(t->rules, &t->work.round);
	return false;
}

/* After a vouched trace about the incident's subject: ask for the steps that waited, if there are enough witnesses now.
 */
static void reconsider(struct incidents *t, struct finding *i)
{
	const struct attempt *attempt = t->work.in.attempt;
	struct str user = {i->user, i->user_len};

	if (attempt->class == ATTEMPT_SUCCESS && str_equal(user, str_sub(attempt->user, 0, FINDING_USER_MAX)))
		i->win_vouched = true;
	if (!incident_confirmed(t, i))
		return;
	i->witness_us = 0;
	struct incident_change *asks = change(t, INCIDENT_ASKS, i);

	asks->opened = asks->witnessed = asks->confirmed = true;
}

/* A trace that no local user can have written: count it, and look at the incidents whose steps wait for it. */
static bool vouch(struct incidents *t)
{
	struct incident_work *w = &t->work;

	if (!w->in.attempt || !w->in.attempt->vouched)
		return false;
	if (!w->begun && w->in.attempt->class == ATTEMPT_FAILURE)
		rule_vouch(t->rules, &w->round);
	if (t->witness_us == INT64_MAX || !walk(t))
		return false;
	if (w->at->group == w->round.groups[w->at->subject.kind] && w->at->witness_us)
		reconsider(t, w->at);
	return true;
}

/* Keep the line for incidents about its subjects to quote. */
static void keep_line(struct incidents *t)
{
	const struct rule_round *round = &t->work.round;

	for (unsigned kind = 0; round->named >> kind; kind++)
		if (round->groups[kind])
			evidence_add(&t->evidence, round->groups[kind], round->in.event->line);
}

/* What was no line is kept as its fields, and only if an incident is about it. */
static void keep_fields(struct incidents *t, uint64_t group)
{
	char text[EVIDENCE_LINE_MAX];
	struct buf b = buf_over(text, sizeof(text));

	if (t->work.in.event->line.len)
		return;
	fields_show(&b, t->work.in.event);
	evidence_add(&t->evidence, group, buf_str(&b));
}

/* What lasted is over, because the event says so. */
static void end_one(struct incidents *t, struct finding *f)
{
	enum incident_change_kind kind = end(t, f, false, t->work.now);

	if (kind)
		change(t, kind, &t->gone.finding);
}

/* Add the event to one rule's open incident about this subject, and answer the rule's finding if it fired. */
static void follow(struct incidents *t, const struct rule_finding *found)
{
	struct incident_work *w = &t->work;
	struct finding_about about = {found->rule, found->group, w->in.event, w->in.attempt, found->count};
	struct finding *i = finding_find(t, &about);
	bool fired = found->count > 0;

	if (found->ends) {
		if (i)
			end_one(t, i);
		return;
	}
	if (i || fired)
		keep_fields(t, found->group);
	if (fired && found->why.len) {
		if (!w->round.named)
			evidence_add(&t->evidence, found->group, w->in.event->line);
		evidence_add(&t->evidence, found->group, found->why);
	}
	if (i && i->early) {
		i->early = false; /* the attempt has failed for certain now, and the incident counts it already */
	} else if (i) {
		finding_note(t, i, w->round.event.weight, w->now);
		if (incident_note(t, i, w->round.event.weight, w->now)) {
			incident_recorded(i, w->now);
			change(t, INCIDENT_UPDATED, i);
		}
	}
	if (i && fired)
		connect(t, &about, i);
	if (!fired && !(i && i->owed))
		return;
	bool opened = i == NULL;

	if (opened && !(i = open_one(t, &about))) {
		t->loose = finding_loose(&about, w->now);
		i = &t->loose;
	}
	struct incident_change *asks = ask(t, i);

	asks->opened = opened;
	asks->only = fired ? 0 : i->owed;
}

/* An attempt counts, or an event is about no log-in: ask the rules that look at it, one after the other. */
static bool count(struct incidents *t)
{
	struct incident_work *w = &t->work;
	struct rule_finding found;

	if (w->in.attempt && w->in.verdict != ATTEMPT_COUNTED)
		return false;
	if (!w->begun) {
		keep_line(t);
		rule_begin(t->rules, &w->round);
	}
	w->begun = true;
	if (!rule_next(t->rules, &w->round, &found))
		return false;
	follow(t, &found);
	return true;
}

/* The attempt would make the rule fire if it failed: open the incident now, and ask for its ban. */
static void foresee_one(struct incidents *t, struct rule_row *rule)
{
	struct incident_work *w = &t->work;
	struct finding_about about = {rule, w->round.groups[SUBJECT_SRC], w->in.event, w->in.attempt, 0};

	about.count = rule_foresee(t->rules, rule, &w->round);
	/* An incident that is open already has its ban, or gets it with the verdict. */
	if (about.count == 0 || is_over(t, rule) || finding_find(t, &about))
		return;
	keep_line(t);
	struct finding *i = open_one(t, &about);

	if (!i)
		return;
	i->early = true;
	ask(t, i)->opened = true;
}

/*
 * A PAM module has refused an attempt, and for this service it is known that the whole stack then refuses. If the
 * attempt would make a rule fire, ban its address before the attacker gets the answer. Only a ban can be lifted again,
 * so no other step is done.
 */
static bool foresee(struct incidents *t)
{
	struct incident_work *w = &t->work;
	struct rule_row *rule;

	if (!w->in.attempt || w->in.verdict != ATTEMPT_REFUSED || !w->in.attempt->early)
		return false;
	if (!w->begun)
		rule_set_walk(t->rules->set, w->in.event, w->in.attempt->class, &w->round.walk);
	w->begun = true;
	rule = rule_set_next(&w->round.walk);
	if (rule && rule->rule->early)
		foresee_one(t, rule);
	return rule != NULL;
}

/* What follows from an input, in this order. Each is called until it returns false. */
static bool (*const stages[])(struct incidents *t) = {forgive, take_back, vouch, count, foresee};

#define STAGES (sizeof(stages) / sizeof(stages[0]))

void incident_feed(struct incidents *t, const struct incident_input *in, struct now now)
{
	struct incident_work *w = &t->work;

	w->in = *in;
	w->now = now;
	rule_look(t->rules, &(struct rule_input){in->event, in->attempt, in->when, in->line}, &w->round);
	/* An attempt at the console has no src, for instance: then there may be nothing to count by. */
	w->stage = rule_looks(t->rules, &w->round) ? 0 : STAGES;
	w->begun = false;
	w->count = w->given = 0;
	w->asked = NULL;
}

bool incident_next(struct incidents *t, struct incident_change *out)
{
	struct incident_work *w = &t->work;

	answered(t);
	while (w->given == w->count) {
		w->given = w->count = 0;
		if (w->stage == STAGES)
			return false;
		if (stages[w->stage](t))
			continue;
		w->stage++;
		w->begun = false;
	}
	*out = w->changes[w->given++];
	if (out->kind == INCIDENT_ASKS)
		w->asked = out->finding;
	return true;
}

/* The next incident whose steps no witness has confirmed in time, or NULL. */
static struct finding *unwitnessed(struct incidents *t, struct now now)
{
	int64_t next = INT64_MAX;

	if (now.mono_us < t->witness_us)
		return NULL;
	for (struct finding *i = lru_newest(&t->findings); i; i = lru_older(&t->findings, i)) {
		if (i->witness_us && i->witness_us <= now.mono_us)
			return i;
		if (i->witness_us && i->witness_us < next)
			next = i->witness_us;
	}
	t->witness_us = next;
	return NULL;
}

/* The next finding that is over and has to be told of; *kind is as what. NULL: there is none. */
static struct finding *ended(struct incidents *t, struct now now, enum incident_change_kind *kind)
{
	struct finding *f;

	do {
		f = finding_due(t, now);
		*kind = f ? end(t, f, false, now) : 0;
	} while (f && !*kind);
	return f ? &t->gone.finding : NULL;
}

bool incident_tick(struct incidents *t, struct now now, struct incident_change *out)
{
	*out = (struct incident_change){.kind = INCIDENT_GIVES_UP, .finding = unwitnessed(t, now)};
	if (out->finding)
		return true;
	if ((out->finding = ended(t, now, &out->kind)) != NULL)
		return true;
	out->kind = INCIDENT_UPDATED;
	if ((out->finding = incident_untold(t, now)) != NULL)
		incident_recorded(out->finding, now);
	return out->finding != NULL;
}

int64_t incident_deadline(const struct incidents *t)
{
	int64_t first = t->witness_us < t->next_look_us ? t->witness_us : t->next_look_us;

	return t->tell_us < first ? t->tell_us : first;
}
