/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From requests to the actor and from receipts to what is believed: sends what is due, asks again for what could not be
 * done just now, and keeps the table of bans true. What is wanted is response.c's. Never touches the machine.
 */
#include "agent/response/response_parts.h"

#include <stdio.h>
#include <string.h>

#define ANSWER_US (30 * SECOND_US) /* an answer that has not come by then is lost */
#define RETRY_US SECOND_US	   /* first of the growing pauses: 1, 4, 16, 64, 256 s */
#define GRACE_US (2 * SECOND_US)   /* after a restart, for the actor to say what is in force */

static void fill_act(const struct response *r, const struct response_action *a, struct actor_act *out)
{
	const struct rule_row *rule = rule_set_find(r->rules, a->rule);

	memset(out, 0, sizeof(*out));
	out->header = (struct actor_header){MESSAGE_VERSION, ACTOR_ACT, sizeof(*out), a->request_id};
	out->origin = a->origin;
	out->observe = r->settings->mode == MODE_OBSERVE && a->origin == ORIGIN_RULE;
	if (rule)
		snprintf(out->rule, sizeof(out->rule), "%s", rule->rule->id);
	memcpy(out->incident, a->incident, sizeof(out->incident));
	out->cause_us = a->cause_us;
	out->decided_us = a->decided_us;
	out->args = a->args;
}

static bool take_ban(struct response *r, struct now now, struct actor_act *out)
{
	struct ban *ban = ban_queue_next(&r->queue, r->settings->bans_per_minute, now);

	if (!ban)
		return false;
	ban->request_id = r->next_request++;
	struct response_action a = {
		.request_id = ban->request_id,
		.cause_us = ban->cause_us,
		.decided_us = ban->decided_us,
		.args = {.verb = VERB_BAN, .duration_s = ban->wanted_s, .addr = ban->addr},
		.rule = ban->rule,
		.origin = ORIGIN_RULE,
	};

	memcpy(a.incident, ban->incident, sizeof(a.incident));
	fill_act(r, &a, out);
	return true;
}

bool response_take(struct response *r, struct now now, struct actor_act *out)
{
	if (take_ban(r, now, out))
		return true;
	if (now.mono_us < r->next_due_us)
		return false;
	r->next_due_us = INT64_MAX;
	for (unsigned i = 0; i < RESPONSE_ACTIONS_MAX; i++) {
		struct response_action *a = &r->actions[i];

		if (a->request_id == 0)
			continue;
		if (a->sent || a->due_us > now.mono_us) {
			response_due_at(r, a, a->due_us);
			continue;
		}
		fill_act(r, a, out);
		a->sent = true;
		a->due_us = now.mono_us + (a->origin == ORIGIN_LOCAL ? RESPONSE_LOCAL_US : ANSWER_US);
		r->next_due_us = now.mono_us; /* look at the rest with the next call */
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

static void give_up(struct response *r, struct now now)
{
	r->failed++;
	r->gave_up++;
	r->gave_up_us = now.mono_us;
}

/* Send the request again later. False: the actor has failed at it RESPONSE_TRIES_MAX times. */
static bool retry(struct response *r, struct response_action *a, bool failed, struct now now)
{
	unsigned growths = a->pauses < 4 ? a->pauses : 4;

	a->tries = (uint8_t)(a->tries + failed);
	if (a->origin != ORIGIN_RULE) {
		r->failed++;
		return false;
	}
	if (a->tries >= RESPONSE_TRIES_MAX) {
		give_up(r, now);
		return false;
	}
	a->pauses += a->pauses < UINT8_MAX;
	a->sent = false;
	response_due_at(r, a, now.mono_us + (RETRY_US << 2 * growths));
	return true;
}

static void ban_stands(struct response *r, const struct actor_receipt *receipt, struct now now)
{
	struct ban *ban = ban_get(&r->bans, &receipt->args.addr, now);
	int64_t lasts_us = (int64_t)receipt->args.duration_s * SECOND_US;
	int64_t left_us = receipt->expires_wall_us - now.wall_us;

	if (!ban)
		return;
	if (receipt->expires_wall_us && (left_us < lasts_us || receipt->result == RECEIPT_ALREADY))
		lasts_us = left_us > 0 ? left_us : 0;
	ban->state = receipt->result == RECEIPT_OBSERVED ? BAN_OBSERVED : BAN_IN_FORCE;
	if (ban->origin == 0)
		ban->origin = receipt->origin;
	ban->duration_s = receipt->args.duration_s;
	ban_set_expiry(&r->bans, ban, now.mono_us + lasts_us);
}

/* The kernel may end a ban a moment before this clock says that its time is over. */
static void ban_gone(struct response *r, const struct addr *addr, struct now now)
{
	const struct now soon = {.mono_us = now.mono_us + SECOND_US, .wall_us = now.wall_us};
	struct ban *ban = ban_find(&r->bans, addr, soon);

	if (ban)
		ban_end(&r->bans, ban);
}

/* Somebody asked for the address's unban: a ban of it that still waits is no longer asked for. */
static void call_off(struct response *r, const struct addr *addr, struct now now)
{
	struct ban *ban = ban_find(&r->bans, addr, now);

	if (!ban || ban->asked != BAN_WAITS)
		return;
	ban_queue_leave(&r->queue, ban);
	if (ban->state == BAN_ASKED)
		ban_remove(&r->bans, ban);
}

/* What a final receipt says about bans, whoever asked. */
static void note_outcome(struct response *r, const struct actor_receipt *receipt, struct now now)
{
	bool so = receipt->result == RECEIPT_DONE || receipt->result == RECEIPT_ALREADY;

	if (receipt->args.verb == VERB_BAN) {
		if (so || (receipt->result == RECEIPT_OBSERVED && message_by_itself(receipt->origin)))
			ban_stands(r, receipt, now);
		else if (receipt->result == RECEIPT_REVERTED)
			ban_gone(r, &receipt->args.addr, now);
	} else if (receipt->args.verb == VERB_UNBAN && so) {
		call_off(r, &receipt->args.addr, now);
		ban_gone(r, &receipt->args.addr, now);
		offender_forget(&r->bans.offenders, &receipt->args.addr);
	}
}

/* Refused for now only. What a rail refuses, it refuses again. */
static bool is_not_now(const struct actor_receipt *receipt)
{
	return receipt->result == RECEIPT_REFUSED &&
	       (receipt->err == ERR_BUDGET || receipt->err == ERR_BUSY || receipt->err == ERR_FULL);
}

/* A network that must not be banned does not protect the one address in it that attacks. */
static void ban_alone(struct response *r, const struct ban *net, struct now now)
{
	struct response_action about = {
		.args = {.verb = VERB_BAN, .duration_s = net->wanted_s, .addr = net->src},
		.rule = net->rule,
		.cause_us = net->cause_us,
		.decided_us = net->decided_us,
		.due_us = now.mono_us,
	};

	memcpy(about.incident, net->incident, sizeof(about.incident));
	if (!response_want(r, &about, &net->src, now)) {
		r->overflow++;
		r->overflow_us = now.mono_us;
	}
}

/* Asked for no more. */
static void ban_over(struct response *r, struct ban *ban)
{
	ban_queue_leave(&r->queue, ban);
	if (ban->state == BAN_ASKED)
		ban_remove(&r->bans, ban);
}

static void ban_answered(struct response *r, struct ban *ban, const struct actor_receipt *receipt, struct now now)
{
	bool failed = receipt->result == RECEIPT_FAILED;

	if (failed || is_not_now(receipt)) {
		if (ban_queue_again(&r->queue, ban, failed, now))
			return;
		give_up(r, now);
		ban_over(r, ban);
		return;
	}
	ban_queue_well(&r->queue);
	if (receipt->result != RECEIPT_REFUSED) {
		ban_over(r, ban);
		return;
	}
	struct ban was = *ban;

	ban_over(r, ban);
	if (receipt->err == ERR_PROTECTED && !response_never_ban(r, &was.src) && !addr_equal(&was.src, &was.addr))
		ban_alone(r, &was, now);
	else
		r->failed++;
}

uint64_t response_receipt(struct response *r, const struct actor_receipt *receipt, struct now now)
{
	struct ban *ban = ban_queue_of(&r->queue, receipt->header.request_id);
	struct response_action *a = action_of(r, receipt->header.request_id);
	bool failed = receipt->result == RECEIPT_FAILED;
	uint64_t token = 0;

	note_outcome(r, receipt, now);
	if (ban)
		ban_answered(r, ban, receipt, now);
	if (!a)
		return 0;
	if (is_not_now(receipt) || failed) {
		if (retry(r, a, failed, now))
			return 0;
	} else if (receipt->result == RECEIPT_REFUSED) {
		r->failed++;
	}
	token = a->token;
	a->request_id = 0;
	return token;
}

/* What an earlier core asked for, and died before it heard of, is not asked for again. */
static void was_done(struct response *r, struct ban *ban, uint32_t duration_s)
{
	if (ban->asked != BAN_WAITS || ban->wanted_s > duration_s)
		return;
	ban_queue_leave(&r->queue, ban);
	if (ban->state == BAN_ASKED)
		ban->state = BAN_REPORTED;
}

void response_effect(struct response *r, const struct actor_effect *state, struct now now)
{
	if (state->args.verb != VERB_BAN)
		return;
	if (state->gone) {
		ban_gone(r, &state->args.addr, now);
		return;
	}
	struct ban *ban = ban_get(&r->bans, &state->args.addr, now);

	if (!ban)
		return;
	was_done(r, ban, state->args.duration_s);
	if (ban->state == 0)
		ban->state = BAN_REPORTED;
	if (ban->state == BAN_RESTORED)
		ban->state = BAN_IN_FORCE;
	ban->origin = state->origin;
	ban->rule = state->rule_hash;
	if (ban->state == BAN_ASKED)
		return;
	if (ban->duration_s < state->args.duration_s)
		ban->duration_s = state->args.duration_s;
	ban_set_expiry(&r->bans, ban, state->expires_mono_us);
}

void response_synced(struct response *r, struct now now)
{
	for (struct ban *ban = lru_oldest(&r->bans.table), *newer; ban; ban = newer) {
		newer = lru_newer(&r->bans.table, ban);
		if (ban->state != BAN_RESTORED)
			continue;
		int64_t left_us = ban->expires_us - now.mono_us;

		if (ban->asked != BAN_NOT_ASKED || ban->origin != ORIGIN_RULE || left_us < SECOND_US) {
			ban_end(&r->bans, ban);
			continue;
		}
		ban->state = BAN_ASKED;
		ban->expires_us = INT64_MAX;
		ban->wanted_s = (uint32_t)(left_us / SECOND_US);
		ban->src = ban->addr;
		memset(ban->incident, 0, sizeof(ban->incident));
		ban->cause_us = 0;
		ban->decided_us = now.mono_us;
		ban_queue_put(&r->queue, ban, now.mono_us);
	}
}

void response_lift(struct response *r, const struct finding *finding, struct now now)
{
	struct addr net = near_net(r->near, &finding->subject.addr);
	const struct ban *ban = ban_find(&r->bans, &net, now);

	if (!ban)
		net = finding->subject.addr; /* a network that must not be banned */
	call_off(r, &net, now);
	ban = ban_find(&r->bans, &net, now);
	struct response_action *a = ban && ban->state != BAN_OBSERVED ? response_place(r) : NULL;

	if (!a)
		return;
	/* The actor lets rules ban, not unban; root at the command line may, and the core in his name. */
	a->args = (struct verb_args){.verb = VERB_UNBAN, .addr = net};
	a->cause_us = a->decided_us = now.mono_us;
	a->origin = ORIGIN_LOCAL;
	memcpy(a->incident, finding->id, INCIDENT_ID);
	response_due_at(r, a, now.mono_us);
}

enum err response_unban(struct response *r, const struct addr *addr, uint64_t token, struct now now)
{
	const struct verb_args args = {.verb = VERB_UNBAN, .addr = *addr};
	enum err err = response_local(r, &args, token, now);

	if (err == ERR_OK)
		call_off(r, addr, now);
	return err;
}

enum err response_local(struct response *r, const struct verb_args *args, uint64_t token, struct now now)
{
	struct response_action *a = response_place(r);

	if (!a)
		return ERR_FULL;
	a->args = *args;
	a->cause_us = a->decided_us = now.mono_us;
	a->origin = ORIGIN_LOCAL;
	a->token = token;
	response_due_at(r, a, now.mono_us);
	return ERR_OK;
}

uint64_t response_tick(struct response *r, struct now now)
{
	struct ban *late;

	ban_expire(&r->bans, now);
	while ((late = ban_queue_late(&r->queue, now)) != NULL) {
		if (ban_queue_again(&r->queue, late, true, now))
			continue;
		give_up(r, now);
		ban_over(r, late);
	}
	if (now.mono_us < r->next_due_us)
		return 0;
	for (unsigned i = 0; i < RESPONSE_ACTIONS_MAX; i++) {
		struct response_action *a = &r->actions[i];

		if (a->request_id == 0 || !a->sent || a->due_us > now.mono_us || retry(r, a, true, now))
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
	int64_t next = r->queue.due_us < r->next_due_us ? r->queue.due_us : r->next_due_us;

	return bans < next ? bans : next;
}

bool response_bans_wait(const struct response *r, struct now now)
{
	return ban_queue_is_stuck(&r->queue) || ban_queue_is_paced(&r->queue, r->settings->bans_per_minute, now);
}

void response_can_ban(struct response *r)
{
	ban_queue_well(&r->queue);
}

bool response_is_behind(const struct response *r, struct now now)
{
	return r->queue.waiting > r->bans.table.capacity / 2u && !response_bans_wait(r, now);
}

void response_restore(struct response *r, const struct response_action *saved, const struct addr *src, struct now now)
{
	struct response_action about = *saved, *a;
	uint64_t request_id;

	about.due_us = now.mono_us + GRACE_US;
	if (saved->args.verb == VERB_BAN) {
		if (!response_want(r, &about, src, now))
			r->overflow++;
		return;
	}
	a = response_place(r);
	if (!a)
		return;
	request_id = a->request_id;
	*a = about;
	a->request_id = request_id;
	a->token = 0;
	a->sent = false;
	a->tries = a->pauses = 0;
	response_due_at(r, a, about.due_us);
}
