/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From findings to requests and from receipts to peace of mind, between the incidents and the actor. Knows the
 * policy (steps, never_ban, protected accounts, budget, mode) and what is unanswered. Never touches the machine.
 */
#include "agent/response/response.h"

#include "agent/base/require.h"

#include <stdio.h>
#include <string.h>

#define ANSWER_US (30 * SECOND_US)	/* an answer that has not come by then is lost */
#define AGAIN_US MINUTE_US		/* steps about an account are not repeated sooner */
#define RETRY_US SECOND_US		/* first of the growing pauses: 1, 4, 16, 64, 256 s */
#define SETTLE_US (2 * SECOND_US)	/* after a restart, for the actor to say what is in force */

size_t response_size(uint32_t bans)
{
	return RESPONSE_ACTIONS_MAX * sizeof(struct response_action) + ban_size(bans);
}

void response_init(struct response *r, struct lru_room room, const struct settings *settings, struct hash_key key)
{
	*r = (struct response){.settings = settings, .actions = room.memory, .next_request = 1};
	r->next_due_us = INT64_MAX;
	memset(room.memory, 0, RESPONSE_ACTIONS_MAX * sizeof(struct response_action));
	ban_init(&r->bans, (uint8_t *)room.memory + RESPONSE_ACTIONS_MAX * sizeof(struct response_action),
		 room.capacity, key);
}

static bool never_ban(const struct response *r, const struct addr *net)
{
	for (unsigned i = 0; i < r->settings->never_ban_count; i++)
		if (addr_overlaps(&r->settings->never_ban[i], net))
			return true;
	return addr_is_special(net);
}

/* An IPv6 neighbour that must not be banned keeps the rest of its network from hiding behind it. */
struct addr response_net(const struct response *r, const struct addr *src)
{
	struct addr net = addr_mask(src, src->family == 6 ? r->settings->ban_prefix6 : 32);

	return never_ban(r, &net) ? *src : net;
}

static struct response_action *new_action(struct response *r)
{
	for (unsigned i = 0; i < RESPONSE_ACTIONS_MAX; i++) {
		struct response_action *a = &r->actions[i];

		if (a->request_id)
			continue;
		*a = (struct response_action){.request_id = r->next_request++};
		return a;
	}
	r->overflow++;
	return NULL;
}

static void due_at(struct response *r, struct response_action *a, int64_t due_us)
{
	a->due_us = due_us;
	if (due_us < r->next_due_us)
		r->next_due_us = due_us;
}

/* The budget lets a minute's worth of bans through at once, then as many as it refills. */
static int64_t ban_slot(struct response *r, struct now now)
{
	uint32_t limit = r->settings->bans_per_minute;
	int64_t apart = limit ? MINUTE_US / limit : 0;
	int64_t due = r->slot_us - (MINUTE_US - apart);

	r->slot_us = (r->slot_us > now.mono_us ? r->slot_us : now.mono_us) + apart;
	return due > now.mono_us ? due : now.mono_us;
}

static struct actor_receipt *refuse(struct response *r, const struct response_case *c, const struct verb_args *args,
				    struct actor_receipt *out)
{
	uint8_t bit = (uint8_t)(1u << (args->verb & 7));

	if (c->incident->refused & bit)
		return NULL;
	c->incident->refused |= bit;
	r->refused++;
	memset(out, 0, sizeof(*out));
	out->origin = ORIGIN_RULE;
	out->result = RECEIPT_REFUSED;
	out->args = *args;
	out->cause_us = c->now.mono_us;
	memcpy(out->incident, c->incident->id, INCIDENT_ID);
	snprintf(out->rule, sizeof(out->rule), "%s", rule_table[c->incident->rule].id);
	return out;
}

static bool ask(struct response *r, const struct response_case *c, const struct verb_args *args)
{
	struct response_action *a = new_action(r);

	if (!a)
		return false;
	a->args = *args;
	a->cause_us = a->decided_us = c->now.mono_us;
	a->rule = c->incident->rule;
	a->origin = ORIGIN_RULE;
	memcpy(a->incident, c->incident->id, INCIDENT_ID);
	due_at(r, a, args->verb == VERB_BAN ? ban_slot(r, c->now) : c->now.mono_us);
	r->asked++;
	return true;
}

static unsigned step_ban(struct response *r, const struct response_case *c, struct actor_receipt *out)
{
	const struct settings_rule_row *row = &r->settings->rules[c->incident->rule];
	struct verb_args args = {.verb = VERB_BAN, .duration_s = row->ban_s ? row->ban_s : r->settings->ban_s};
	char text[ADDR_TEXT_MAX];

	if (c->incident->src.family == 0) {
		if (!refuse(r, c, &args, out))
			return 0;
		out->err = ERR_UNSUPPORTED;
		snprintf(out->text, sizeof(out->text), "not banned: the source is a name, and names lie");
		return 1;
	}
	args.addr = response_net(r, &c->incident->src);
	if (never_ban(r, &args.addr)) {
		if (!refuse(r, c, &args, out))
			return 0;
		out->err = ERR_PROTECTED;
		snprintf(out->text, sizeof(out->text), "not banned: %s is never to be banned",
			 addr_text(&args.addr, text));
		return 1;
	}
	struct ban *ban = ban_find(&r->bans, &args.addr, c->now);

	if (ban && ban->state <= BAN_OBSERVED && ban->duration_s >= args.duration_s)
		return 0;
	if (!ask(r, c, &args))
		return 0;
	ban = ban_get(&r->bans, &args.addr, c->now);
	ban->state = ban->state == BAN_IN_FORCE ? BAN_IN_FORCE : BAN_ASKED;
	ban->origin = ORIGIN_RULE;
	ban->rule = c->incident->rule;
	ban->duration_s = args.duration_s;
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
	struct str user = {c->incident->user, c->incident->user_len};
	bool fits = str_copy(user, args.account, sizeof(args.account)) == ERR_OK;

	if (!c->opened && c->now.mono_us - c->incident->acted_us < AGAIN_US)
		return 0;
	if (fits && verbs_args_valid(&args) && !is_protected(r, user)) {
		c->incident->acted_us = c->now.mono_us;
		ask(r, c, &args);
		return 0;
	}
	if (!refuse(r, c, &args, out))
		return 0;
	out->err = fits && is_protected(r, user) ? ERR_PROTECTED : ERR_INVALID;
	snprintf(out->text, sizeof(out->text), "%s: '%.32s' is %s", verbs_name(verb), args.account,
		 out->err == ERR_PROTECTED ? "protected; an order may do it" : "no account name");
	return 1;
}

static void step_kill(struct response *r, const struct response_case *c)
{
	struct verb_args args = {.verb = VERB_KILL, .pid = (int32_t)c->attempt->pid};

	if (verbs_args_valid(&args))
		ask(r, c, &args);
}

unsigned response_case(struct response *r, const struct response_case *c,
		       struct actor_receipt refusals[SETTINGS_STEPS_MAX])
{
	const struct settings_rule_row *row = &r->settings->rules[c->incident->rule];
	unsigned count = 0;

	for (unsigned i = 0; i < SETTINGS_STEPS_MAX && row->steps[i] != VERB_NONE; i++) {
		switch (row->steps[i]) {
		case VERB_BAN:
			count += step_ban(r, c, &refusals[count]);
			break;
		case VERB_RESET:
		case VERB_LOGOUT:
			count += step_account(r, row->steps[i], c, &refusals[count]);
			break;
		case VERB_KILL:
			step_kill(r, c);
			break;
		default:
			break;
		}
	}
	return count;
}

static void fill_act(const struct response *r, const struct response_action *a, struct actor_act *out)
{
	memset(out, 0, sizeof(*out));
	out->header = (struct actor_header){VERBS_VERSION, ACTOR_ACT, sizeof(*out), a->request_id};
	out->origin = a->origin;
	out->observe = r->settings->mode == MODE_OBSERVE && a->origin == ORIGIN_RULE;
	if (a->rule < RULES_MAX)
		snprintf(out->rule, sizeof(out->rule), "%s", rule_table[a->rule].id);
	memcpy(out->incident, a->incident, sizeof(out->incident));
	out->cause_us = a->cause_us;
	out->decided_us = a->decided_us;
	out->args = a->args;
}

bool response_take(struct response *r, struct now now, struct actor_act *out)
{
	if (now.mono_us < r->next_due_us)
		return false;
	r->next_due_us = INT64_MAX;
	for (unsigned i = 0; i < RESPONSE_ACTIONS_MAX; i++) {
		struct response_action *a = &r->actions[i];

		if (a->request_id == 0)
			continue;
		if (a->sent || a->due_us > now.mono_us) {
			due_at(r, a, a->due_us);
			continue;
		}
		fill_act(r, a, out);
		a->sent = true;
		a->tries++;
		a->due_us = now.mono_us + (a->origin == ORIGIN_LOCAL ? RESPONSE_LOCAL_US : ANSWER_US);
		r->next_due_us = now.mono_us;	/* look at the rest with the next call */
		return true;
	}
	return false;
}

static struct response_action *action_of(struct response *r, uint64_t request_id)
{
	for (unsigned i = 0; request_id && i < RESPONSE_ACTIONS_MAX; i++)
		if (r->actions[i].request_id == request_id)
			return &r->actions[i];
	return NULL;
}

/* A ban that nobody will ask for again was not to be. */
static void give_up(struct response *r, const struct response_action *a, struct now now)
{
	struct ban *ban = a->args.verb == VERB_BAN ? ban_find(&r->bans, &a->args.addr, now) : NULL;

	r->failed++;
	if (ban && ban->state == BAN_ASKED)
		ban_remove(&r->bans, ban);
}

/* Ask again later. False when that has been done often enough. */
static bool retry(struct response *r, struct response_action *a, struct now now)
{
	if (a->origin != ORIGIN_RULE || a->tries >= RESPONSE_TRIES_MAX) {
		give_up(r, a, now);
		return false;
	}
	a->sent = false;
	due_at(r, a, now.mono_us + (RETRY_US << 2 * (a->tries - 1)));
	return true;
}

static void ban_stands(struct response *r, const struct actor_receipt *receipt, struct now now)
{
	struct ban *ban = ban_get(&r->bans, &receipt->args.addr, now);
	int64_t lasts_us = (int64_t)receipt->args.duration_s * SECOND_US;
	int64_t left_us = receipt->expires_wall_us - now.wall_us;

	if (receipt->expires_wall_us && (left_us < lasts_us || receipt->result == RECEIPT_ALREADY))
		lasts_us = left_us > 0 ? left_us : 0;
	ban->state = receipt->result == RECEIPT_OBSERVED ? BAN_OBSERVED : BAN_IN_FORCE;
	if (ban->origin == 0)
		ban->origin = receipt->origin;
	ban->duration_s = receipt->args.duration_s;
	ban_set_expiry(&r->bans, ban, now.mono_us + lasts_us);
}

static void ban_gone(struct response *r, const struct addr *addr, struct now now)
{
	struct ban *ban = ban_find(&r->bans, addr, now);

	if (ban && ban->state != BAN_ASKED)
		ban_remove(&r->bans, ban);
}

/* What a final receipt says about bans, whoever asked. */
static void settle(struct response *r, const struct actor_receipt *receipt, struct now now)
{
	bool so = receipt->result == RECEIPT_DONE || receipt->result == RECEIPT_ALREADY;

	if (receipt->args.verb == VERB_BAN) {
		if (so || receipt->result == RECEIPT_OBSERVED)
			ban_stands(r, receipt, now);
		else if (receipt->result == RECEIPT_REVERTED)
			ban_gone(r, &receipt->args.addr, now);
	} else if (receipt->args.verb == VERB_UNBAN && so) {
		ban_gone(r, &receipt->args.addr, now);
	}
}

/* Worth another try: trouble that passes. What a rail refuses, it refuses again. */
static bool may_pass(const struct response_action *a, const struct actor_receipt *receipt)
{
	if (receipt->result == RECEIPT_REFUSED)
		return receipt->err == ERR_BUDGET || receipt->err == ERR_BUSY || receipt->err == ERR_FULL;
	return receipt->result == RECEIPT_FAILED && a->args.verb != VERB_KILL;
}

uint64_t response_receipt(struct response *r, const struct actor_receipt *receipt, struct now now)
{
	struct response_action *a = action_of(r, receipt->header.request_id);
	uint64_t token = 0;

	settle(r, receipt, now);
	if (!a)
		return 0;
	if (may_pass(a, receipt)) {
		if (retry(r, a, now))
			return 0;
	} else if (receipt->result == RECEIPT_REFUSED || receipt->result == RECEIPT_FAILED) {
		give_up(r, a, now);
	}
	token = a->token;
	a->request_id = 0;
	return token;
}

static uint8_t rule_of(const char rule[VERBS_RULE_MAX])
{
	for (uint8_t i = 0; i < RULES_MAX; i++)
		if (strncmp(rule, rule_table[i].id, VERBS_RULE_MAX) == 0)
			return i;
	return BAN_RULE_NONE;
}

void response_told(struct response *r, const struct actor_ban *told, struct now now)
{
	if (told->gone) {
		ban_gone(r, &told->addr, now);
		return;
	}
	struct ban *ban = ban_get(&r->bans, &told->addr, now);

	if (ban->state == 0)
		ban->state = BAN_TOLD;
	if (ban->state == BAN_RESTORED)
		ban->state = BAN_IN_FORCE;
	ban->origin = told->origin;
	ban->rule = rule_of(told->rule);
	if (ban->state != BAN_ASKED)
		ban_set_expiry(&r->bans, ban, told->expires_mono_us);
}

void response_synced(struct response *r, struct now now)
{
	for (struct ban *ban = lru_oldest(&r->bans.table), *newer; ban; ban = newer) {
		newer = lru_newer(&r->bans.table, ban);
		if (ban->state != BAN_RESTORED)
			continue;
		int64_t left_us = ban->expires_us - now.mono_us;
		struct response_action *a = ban->origin == ORIGIN_RULE && left_us >= SECOND_US ? new_action(r) : NULL;

		if (!a) {
			ban_remove(&r->bans, ban);
			continue;
		}
		a->args = (struct verb_args){.verb = VERB_BAN, .addr = ban->addr};
		a->args.duration_s = (uint32_t)(left_us / SECOND_US);
		a->decided_us = now.mono_us;
		a->rule = ban->rule;
		a->origin = ORIGIN_RULE;
		due_at(r, a, ban_slot(r, now));
		ban->state = BAN_ASKED;
	}
}

enum err response_unban(struct response *r, const struct addr *addr, uint64_t token, struct now now)
{
	struct response_action *a = new_action(r);

	if (!a)
		return ERR_FULL;
	a->args = (struct verb_args){.verb = VERB_UNBAN, .addr = *addr};
	a->cause_us = a->decided_us = now.mono_us;
	a->rule = BAN_RULE_NONE;
	a->origin = ORIGIN_LOCAL;
	a->token = token;
	due_at(r, a, now.mono_us);
	return ERR_OK;
}

uint64_t response_tick(struct response *r, struct now now)
{
	ban_expire(&r->bans, now);
	if (now.mono_us < r->next_due_us)
		return 0;
	for (unsigned i = 0; i < RESPONSE_ACTIONS_MAX; i++) {
		struct response_action *a = &r->actions[i];

		if (a->request_id == 0 || !a->sent || a->due_us > now.mono_us || retry(r, a, now))
			continue;
		uint64_t token = a->token;

		a->request_id = 0;
		if (token)
			return token;
	}
	return 0;
}

int64_t response_deadline(const struct response *r)
{
	int64_t bans = ban_deadline(&r->bans);

	return bans < r->next_due_us ? bans : r->next_due_us;
}

void response_restore(struct response *r, const struct response_action *saved, struct now now)
{
	struct response_action *a = new_action(r);
	uint64_t request_id;

	if (!a)
		return;
	request_id = a->request_id;
	*a = *saved;
	a->request_id = request_id;
	a->token = 0;
	a->sent = false;
	a->tries = 0;
	due_at(r, a, now.mono_us + SETTLE_US);
}
