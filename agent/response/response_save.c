/* SPDX-License-Identifier: Apache-2.0 */
/* Bans and requests as bytes for the saved state, and back. What comes back may be damaged and is bounded here. */
#include "agent/response/response_save.h"

#include "agent/response/response_parts.h"
#include "agent/rules/rule_old.h"

#include <string.h>

#define WANTED_BYTES 64u
#define WANTED_OLD_BYTES 57u
#define ACTION_BYTES (2u + VERB_BYTES_MAX + 24u)
#define BAN_BYTES 48u

static bool fits(const struct buf *b, size_t bytes)
{
	return b->cap - b->len >= bytes;
}

/* Nobody may ask in the name of a rule that is not loaded. */
static bool is_loaded(const struct response *r, uint64_t rule)
{
	return rule_set_has(r->rules, rule_set_find(r->rules, rule));
}

uint32_t response_save_wanted(const struct response *r, struct buf *b)
{
	uint32_t left_out = 0;

	for (const struct ban *ban = r->queue.first; ban; ban = ban->behind) {
		if (!fits(b, WANTED_BYTES)) {
			left_out++;
			continue;
		}
		addr_save(b, &ban->addr);
		addr_save(b, &ban->src);
		buf_bytes(b, ban->incident, sizeof(ban->incident));
		buf_be32(b, ban->wanted_s);
		buf_be64(b, ban->rule);
	}
	return left_out;
}

uint32_t response_restore_wanted(struct response *r, struct view *v, const struct saved_as *as)
{
	size_t bytes = as->version > RULE_OLD_VERSION ? WANTED_BYTES : WANTED_OLD_BYTES;
	uint32_t unknown = 0;

	while (v->len >= bytes) {
		struct response_action a = {.origin = ORIGIN_RULE, .args = {.verb = VERB_BAN}};
		struct addr src;

		a.args.addr = addr_restore(v);
		src = addr_restore(v);
		view_bytes(v, a.incident, sizeof(a.incident));
		a.args.duration_s = view_be32(v);
		a.rule = rule_old_take(v, as->version);
		a.decided_us = as->now.mono_us;
		if (!addr_contains(&a.args.addr, &src) || !verb_args_valid(&a.args))
			continue;
		if (is_loaded(r, a.rule))
			response_restore(r, &a, &src, as->now);
		else
			unknown++;
	}
	return unknown;
}

uint32_t response_save_bans(const struct response *r, struct buf *b, struct now now)
{
	uint32_t left_out = 0;

	for (const struct ban *ban = lru_newest(&r->bans.table); ban; ban = lru_older(&r->bans.table, ban)) {
		if (ban->state == BAN_ASKED || ban->expires_us <= now.mono_us)
			continue; /* response_save_wanted() saves a ban that is asked for */
		if (!fits(b, BAN_BYTES)) {
			left_out++;
			continue;
		}
		addr_save(b, &ban->addr);
		buf_be8(b, ban->state);
		buf_be8(b, ban->origin);
		buf_be64(b, ban->rule);
		buf_be32(b, ban->duration_s);
		buf_be64(b, (uint64_t)(ban->expires_us - now.mono_us));
		buf_be64(b, (uint64_t)ban->since_wall_us);
	}
	return left_out;
}

void response_restore_bans(struct response *r, struct view *v, const struct saved_as *as)
{
	while (v->len) {
		struct addr addr = addr_restore(v);
		uint8_t state = view_be8(v), origin = view_be8(v);
		uint64_t rule = rule_old_take(v, as->version);
		uint32_t duration_s = view_be32(v);
		uint64_t left = view_be64(v);
		int64_t since = (int64_t)view_be64(v);

		if (v->short_read)
			return;
		if (addr.family == 0 || left > 366 * 24 * (uint64_t)HOUR_US)
			continue;
		if ((int64_t)left <= as->elapsed_us && origin == ORIGIN_RULE) /* it ran out meanwhile */
			offender_note(&r->bans.offenders, &addr, as->now.mono_us + (int64_t)left - as->elapsed_us);
		if ((int64_t)left <= as->elapsed_us || lru_full(&r->bans.table))
			continue;
		struct ban *ban = ban_get(&r->bans, &addr, as->now);

		ban->state = state == BAN_OBSERVED ? BAN_OBSERVED : BAN_RESTORED;
		ban->origin = origin;
		ban->rule = rule;
		ban->duration_s = duration_s;
		ban->since_wall_us = since;
		ban_set_expiry(&r->bans, ban, as->now.mono_us + (int64_t)left - as->elapsed_us);
		lru_sink(&r->bans.table, ban); /* the newest comes first */
		rule_set_use(r->rules, rule);
	}
}

uint32_t response_save_actions(const struct response *r, struct buf *b)
{
	uint32_t left_out = 0;

	for (unsigned n = 0; n < RESPONSE_ACTIONS_MAX; n++) {
		const struct response_action *a = &r->actions[n];

		if (a->request_id == 0 || a->origin != ORIGIN_RULE)
			continue;
		if (!fits(b, ACTION_BYTES)) {
			left_out++;
			continue;
		}
		buf_be16(b, a->args.verb);
		verb_args_encode(b, &a->args);
		buf_bytes(b, a->incident, sizeof(a->incident));
		buf_be64(b, a->rule);
	}
	return left_out;
}

/* Up to version 2 the arguments had fixed places. */
static void get_fixed_args(struct view *v, struct verb_args *args)
{
	args->duration_s = view_be32(v);
	args->addr = addr_restore(v);
	args->pid = (int32_t)view_be32(v);
	view_bytes(v, args->account, VERB_ACCOUNT_MAX);
}

uint32_t response_restore_actions(struct response *r, struct view *v, const struct saved_as *as)
{
	uint32_t unknown = 0;

	while (v->len) {
		struct response_action a = {.origin = ORIGIN_RULE};
		char why[VERB_WHY_MAX];

		a.args.verb = view_be16(v);
		if (as->version > 2 && verb_args_decode(v, &a.args, why) != ERR_OK)
			break;
		if (as->version <= 2)
			get_fixed_args(v, &a.args);
		view_bytes(v, a.incident, sizeof(a.incident));
		a.rule = rule_old_take(v, as->version);
		a.decided_us = as->now.mono_us;
		if (v->short_read)
			break;
		/* After a restart of the device a process number stands for another process. */
		if (!verb_args_valid(&a.args) || a.args.pid)
			continue;
		if (is_loaded(r, a.rule))
			response_restore(r, &a, &a.args.addr, as->now);
		else
			unknown++;
	}
	return unknown;
}
