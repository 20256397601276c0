/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From findings to requests, between the incidents and the actor. Knows the policy: steps, never_ban, protected
 * accounts. What becomes of a request is response_answer.c's. Never touches the machine.
 */
#include "agent/response/response_parts.h"

#include "agent/base/require.h"
#include "agent/base/zero.h"
#include "agent/response/neighbour.h"

#include <stdio.h>
#include <string.h>

#define AGAIN_US MINUTE_US /* steps other than bans are not repeated sooner */

size_t response_size(uint32_t bans)
{
	return RESPONSE_ACTIONS_MAX * sizeof(struct response_action) + guest_size() + ban_size(bans);
}

void response_init(struct response *r, struct lru_room room, const struct rules *rules)
{
	*r = (struct response){.settings = rules->set->settings, .rules = rules->set, .near = &rules->near};
	r->actions = room.memory;
	r->next_request = 1;
	r->next_due_us = INT64_MAX;
	r->gave_up_us = r->overflow_us = INT64_MIN / 2;
	ban_queue_init(&r->queue);
	zero_fill(room.memory, RESPONSE_ACTIONS_MAX * sizeof(struct response_action));
	uint8_t *rest = (uint8_t *)room.memory + RESPONSE_ACTIONS_MAX * sizeof(struct response_action);

	ban_init(&r->bans, rest + guest_size(), room.capacity, rules->key);
	guest_init(&r->guests, rest, &r->bans.key);
}

bool response_never_ban(const struct response *r, const struct addr *net)
{
	for (unsigned i = 0; i < r->settings->never_ban_count; i++)
		if (addr_overlaps(&r->settings->never_ban[i], net))
			return true;
	return addr_is_special(net);
}

struct response_action *response_place(struct response *r)
{
	for (unsigned i = 0; i < RESPONSE_ACTIONS_MAX; i++) {
		struct response_action *a = &r->actions[i];

		if (a->request_id)
			continue;
		*a = (struct response_action){.request_id = r->next_request++};
		return a;
	}
	return NULL;
}

/* The rule whose finding is to be answered. */
static const struct rule_row *rule_of(const struct response *r, const struct response_case *c)
{
	const struct rule_row *row = rule_set_find(r->rules, c->finding->rule);

	require(row);
	return row;
}

static uint32_t bit_of(uint16_t verb)
{
	return UINT32_C(1) << verb;
}

/* There is no room for a step that was decided: the finding's next attempt asks for it again. */
static void owe(struct response *r, const struct response_case *c, uint16_t verb)
{
	c->finding->owed |= bit_of(verb);
	r->overflow++;
	r->overflow_us = c->now.mono_us;
}

void response_due_at(struct response *r, struct response_action *a, int64_t due_us)
{
	a->due_us = due_us;
	if (due_us < r->next_due_us)
		r->next_due_us = due_us;
}

static struct actor_receipt *refuse(struct response *r, const struct response_case *c, const struct verb_args *args,
				    struct actor_receipt *out)
{
	uint32_t bit = bit_of(args->verb);

	if (c->finding->refused & bit)
		return NULL;
	c->finding->refused |= bit;
	r->refused++;
	memset(out, 0, sizeof(*out));
	out->origin = ORIGIN_RULE;
	out->result = RECEIPT_REFUSED;
	out->args = *args;
	out->cause_us = c->now.mono_us;
	memcpy(out->incident, c->finding->id, INCIDENT_ID);
	snprintf(out->rule, sizeof(out->rule), "%s", rule_of(r, c)->rule->id);
	return out;
}

static bool ask(struct response *r, const struct response_case *c, const struct verb_args *args)
{
	struct response_action *a = response_place(r);

	if (!a) {
		owe(r, c, args->verb);
		return false;
	}
	a->args = *args;
	a->cause_us = a->decided_us = c->now.mono_us;
	a->rule = c->finding->rule;
	a->origin = ORIGIN_RULE;
	memcpy(a->incident, c->finding->id, INCIDENT_ID);
	response_due_at(r, a, c->now.mono_us);
	r->asked++;
	return true;
}

/* Whether one in force or asked for already does what is wanted. */
static bool covers(const struct ban *ban, uint32_t wanted_s)
{
	if (!ban)
		return false;
	if (ban->asked != BAN_NOT_ASKED && ban->wanted_s >= wanted_s)
		return true;
	return ban->state != BAN_ASKED && ban->duration_s >= wanted_s;
}

struct ban *response_want(struct response *r, const struct response_action *about, const struct addr *src,
			  struct now now)
{
	struct ban *ban = ban_get(&r->bans, &about->args.addr, now);

	if (!ban)
		return NULL;
	if (ban->state == 0)
		ban->state = BAN_ASKED;
	if (ban->asked == BAN_NOT_ASKED || ban->wanted_s < about->args.duration_s)
		ban->wanted_s = about->args.duration_s;
	ban->origin = ORIGIN_RULE;
	ban->rule = about->rule;
	ban->src = *src;
	memcpy(ban->incident, about->incident, sizeof(ban->incident));
	ban->cause_us = about->cause_us;
	ban->decided_us = about->decided_us;
	ban_queue_put(&r->queue, ban, about->due_us);
	return ban;
}

static void ask_ban(struct response *r, const struct response_case *c, const struct verb_args *args)
{
	struct response_action about = {.args = *args, .rule = c->finding->rule, .due_us = c->now.mono_us};

	about.cause_us = about.decided_us = c->now.mono_us;
	memcpy(about.incident, c->finding->id, INCIDENT_ID);
	if (response_want(r, &about, &c->finding->subject.addr, c->now))
		r->asked++;
	else
		owe(r, c, VERB_BAN);
}

static struct offender_times times_of(const struct response *r, const struct response_case *c)
{
	const struct settings_rule_row *policy = rule_of(r, c)->policy;

	return (struct offender_times){settings_ban_s(r->settings, policy),
				       settings_ban_longest_s(r->settings, policy)};
}

/* How long the next ban is to last, where `ban` is the one in force. A ban whose time is over counts from here on. */
static uint32_t lasts_s(struct response *r, const struct response_case *c, const struct ban *ban,
			const struct addr *banned)
{
	const struct offender_times times = times_of(r, c);

	if (!ban)
		offender_pardon(&r->bans.offenders, banned, times.max_s, c->now);
	return offender_ban_s(&r->bans.offenders, banned, times);
}

static unsigned step_ban(struct response *r, const struct response_case *c, struct actor_receipt *out)
{
	struct verb_args args = {.verb = VERB_BAN, .duration_s = times_of(r, c).base_s};
	char text[ADDR_TEXT_MAX];

	const struct subject *subject = &c->finding->subject;

	if (subject->addr.family == 0) {
		if (!refuse(r, c, &args, out))
			return 0;
		out->err = ERR_UNSUPPORTED;
		snprintf(out->text, sizeof(out->text), "not banned: %s%s",
			 subject->kind == SUBJECT_SRC ? "the attempt came from a name, and names lie"
						      : "no address is known of the incident's ",
			 subject->kind == SUBJECT_SRC ? "" : subject_kind_name(subject->kind));
		return 1;
	}
	args.addr = near_net(r->near, &subject->addr);
	if (response_never_ban(r, &args.addr)) {
		if (!refuse(r, c, &args, out))
			return 0;
		out->err = ERR_PROTECTED;
		snprintf(out->text, sizeof(out->text), "not banned: %s is never to be banned",
			 addr_text(&args.addr, text));
		return 1;
	}
	/* An address of the network may have been banned alone. */
	const struct ban *net = ban_find(&r->bans, &args.addr, c->now);
	const struct ban *alone = ban_find(&r->bans, &subject->addr, c->now);

	args.duration_s = lasts_s(r, c, net, &args.addr);
	if (covers(net, args.duration_s) || covers(alone, args.duration_s) ||
	    covers(neighbour_ban(r, &args.addr, c->now), times_of(r, c).base_s))
		return 0;
	const struct addr whole = neighbour_net(&args.addr);

	if (!response_never_ban(r, &whole) && neighbour_widens(r, &args.addr, c->now)) {
		args.addr = whole;
		net = ban_find(&r->bans, &args.addr, c->now);
		args.duration_s = lasts_s(r, c, net, &args.addr);
	}
	ask_ban(r, c, &args);
	return 0;
}

static bool is_protected(const struct response *r, struct str account)
{
	for (unsigned i = 0; i < r->settings->protect_count; i++)
		if (str_equal(account, str_from(r->settings->protect[i])))
			return true;
	return false;
}

static unsigned step_account(struct response *r, uint16_t verb, const struct response_case *c,
			     struct actor_receipt *out)
{
	struct verb_args args = {.verb = verb};
	struct str user = {c->finding->user, c->finding->user_len};
	bool fits = str_copy(user, args.account, sizeof(args.account)) == ERR_OK;

	if (fits && verb_args_valid(&args) && !is_protected(r, user)) {
		if (ask(r, c, &args))
			c->finding->acted_us = c->now.mono_us;
		return 0;
	}
	if (!refuse(r, c, &args, out))
		return 0;
	out->err = fits && is_protected(r, user) ? ERR_PROTECTED : ERR_INVALID;
	snprintf(out->text, sizeof(out->text), "%s: '%.32s' is %s", verb_name(verb), args.account,
		 out->err == ERR_PROTECTED ? "protected; an order may do it" : "no account name");
	return 1;
}

static bool is_about_account(uint16_t verb)
{
	const struct verb_param *what = verb_what(&(struct verb_args){.verb = verb});

	return what && what->tag == VERB_ACCOUNT;
}

/* What the step would be done to: an account's name in the form that is shown, if it is about no file. */
static struct verb_args shown_args(const struct response_case *c, uint16_t verb)
{
	struct verb_args args = {.verb = verb};

	if (is_about_account(verb))
		str_show((struct str){c->finding->user, c->finding->user_len}, args.account, sizeof(args.account));
	return args;
}

/*
 * The file that the finding is about, or the program. ERR_TOO_LONG: the finding has only the beginning of its path.
 * ERR_KIND: it has the name of an applet, which whoever starts a multi-call program says himself: there may be another
 * file of that name.
 */
static enum err find_path(const struct subject *subject, char path[VERB_PATH_MAX])
{
	if ((subject->kind != SUBJECT_FILE && subject->kind != SUBJECT_PROCESS) || subject->len == 0)
		return ERR_UNSUPPORTED;
	if (subject->len >= SUBJECT_VALUE_MAX)
		return ERR_TOO_LONG;
	if (subject->alias)
		return ERR_KIND;
	memcpy(path, subject->value, subject->len);
	return ERR_OK;
}

/* What the step is to be done to, of what the finding is about. ERR_UNSUPPORTED: nothing of that. */
static enum err aim(const struct response_case *c, struct verb_args *args)
{
	const struct subject *s = &c->finding->subject;

	if (verb_takes(args->verb, VERB_ADDR) && s->addr.family) {
		args->addr = s->addr;
		return ERR_OK;
	}
	if (verb_takes(args->verb, VERB_PID) && s->kind == SUBJECT_PROCESS && s->pid) {
		args->pid = (int32_t)s->pid;
		return ERR_OK;
	}
	/* That one process of a program is what was found is no reason to do it to all of them. */
	if (verb_takes(args->verb, VERB_PID) && s->kind == SUBJECT_PROCESS)
		return ERR_UNSUPPORTED;
	return verb_takes(args->verb, VERB_PATH) ? find_path(s, args->path) : ERR_UNSUPPORTED;
}

/* Steps against files, processes and connections. */
static unsigned step_aimed(struct response *r, uint16_t verb, const struct response_case *c, struct actor_receipt *out)
{
	const struct subject *subject = &c->finding->subject;
	struct verb_args args = {.verb = verb};
	enum err err = aim(c, &args);

	if (err == ERR_OK && verb_takes(verb, VERB_RATE)) {
		args.rate = r->settings->limit_rate;
		args.addr = near_net(r->near, &args.addr);
	}
	if (err == ERR_OK && verb_args_valid(&args)) {
		if (ask(r, c, &args))
			c->finding->acted_us = c->now.mono_us;
		return 0;
	}
	verb_args_purge(&args);
	if (!refuse(r, c, &args, out))
		return 0;
	out->err = (uint8_t)(err == ERR_OK ? ERR_INVALID : err);
	if (err == ERR_UNSUPPORTED)
		snprintf(out->text, sizeof(out->text), "%s: it cannot be done to the %s that the incident is about",
			 verb_name(verb), subject_kind_name(subject->kind));
	else
		snprintf(out->text, sizeof(out->text), "%s: %s", verb_name(verb),
			 err == ERR_TOO_LONG ? "the path is longer than a finding keeps; an order can name it"
			 : err == ERR_KIND ? "a multi-call program was run under that name; an order can name its file"
					   : "what the event names makes no sense for it");
	return 1;
}

/* Whether the step has to be left for now. */
static bool must_wait(const struct response_case *c, uint16_t verb)
{
	if (verb == VERB_BAN || (c->witnessed && !c->early))
		return false;
	if (!c->early && c->finding->witness_us == 0)
		c->finding->witness_us = c->now.mono_us + INCIDENT_WITNESS_US;
	return true;
}

unsigned response_unwitnessed(struct response *r, const struct response_case *c,
			      struct actor_receipt refusals[SETTINGS_STEPS_MAX])
{
	const struct settings_rule_row *policy = rule_of(r, c)->policy;
	unsigned count = 0;

	c->finding->witness_us = 0;
	for (unsigned i = 0; i < SETTINGS_STEPS_MAX && policy->steps[i] != VERB_NONE; i++) {
		struct verb_args args = shown_args(c, policy->steps[i]);
		struct actor_receipt *out = &refusals[count];

		if (args.verb == VERB_BAN || !refuse(r, c, &args, out))
			continue;
		out->err = ERR_PROTECTED;
		snprintf(out->text, sizeof(out->text),
			 "%s: '%.32s' is left alone: only log files tell of this, and "
			 "any local user can write to those; see trust_logs",
			 verb_name(args.verb), args.account);
		count++;
	}
	return count;
}

/* What is over is told of and not answered: who had the address then need not have it now. */
static unsigned refuse_over(struct response *r, uint16_t verb, const struct response_case *c, struct actor_receipt *out)
{
	struct verb_args args = shown_args(c, verb);

	if (verb_takes(verb, VERB_ADDR))
		args.addr = near_net(r->near, &c->finding->subject.addr);
	if (!refuse(r, c, &args, out))
		return 0;
	out->err = ERR_EXPIRED;
	snprintf(out->text, sizeof(out->text), "%s: not done: it was over before its line was read", verb_name(verb));
	return 1;
}

/* Whether it is too soon for steps other than bans, which are asked for together as far as there is room. */
static bool acted_lately(const struct response_case *c)
{
	int64_t acted_us = c->finding->acted_us;

	return !c->opened && acted_us && c->now.mono_us - acted_us < AGAIN_US;
}

unsigned response_case(struct response *r, const struct response_case *c,
		       struct actor_receipt refusals[SETTINGS_STEPS_MAX])
{
	const struct settings_rule_row *policy = rule_of(r, c)->policy;
	uint32_t owed = c->finding->owed;
	bool lately = acted_lately(c);
	unsigned count = 0;

	for (unsigned i = 0; i < SETTINGS_STEPS_MAX && policy->steps[i] != VERB_NONE; i++) {
		if (c->only && !(c->only & bit_of(policy->steps[i])))
			continue;
		if (c->over) {
			count += refuse_over(r, policy->steps[i], c, &refusals[count]);
			continue;
		}
		if (must_wait(c, policy->steps[i]))
			continue;
		c->finding->owed &= ~bit_of(policy->steps[i]);
		if (policy->steps[i] == VERB_BAN)
			count += step_ban(r, c, &refusals[count]);
		else if (lately && !(owed & bit_of(policy->steps[i])))
			continue;
		else if (is_about_account(policy->steps[i]))
			count += step_account(r, policy->steps[i], c, &refusals[count]);
		else
			count += step_aimed(r, policy->steps[i], c, &refusals[count]);
	}
	return count;
}

void response_welcome(struct response *r, const struct addr *src, struct now when)
{
	guest_note(&r->guests, src, when.mono_us);
}
