/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs `limit` and `unlimit`: what an address or network sends beyond a rate is dropped (sys/netfilter_limit.h).
 * The table is written whole from the ledger each time, so it is what the ledger says or it is not verified. The newest
 * order counts. What bans spare is not limited either. Rules have half of the places, so that an order finds one.
 */
#include "agent/actor/sys/netfilter_limit.h"

#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/effect.h"
#include "agent/actor/verb/firewall.h"
#include "agent/base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

_Static_assert(LEDGER_MORE_MAX <= NETFILTER_LIMITS_MAX, "what the ledger holds can be in force");

#define BY_RULES_MAX 16u

struct limits {
	unsigned count;
	struct netfilter_limit list[NETFILTER_LIMITS_MAX];
};

/* In the order of their addresses, because that of the ledger's rows changes. */
static void add(struct limits *l, const struct verb_args *args)
{
	struct netfilter_limit one = {args->addr, (uint32_t)args->rate};
	unsigned i = l->count++;

	for (; i > 0 && memcmp(&l->list[i - 1].addr, &one.addr, sizeof(one.addr)) > 0; i--)
		l->list[i] = l->list[i - 1];
	l->list[i] = one;
}

/* Those in force but for one; NULL: all. */
static void collect(struct actor *a, const struct addr *but, struct limits *out)
{
	out->count = 0;
	for (unsigned i = 0; i < a->ledger.count; i++) {
		const struct effect *e = &a->ledger.rows[i];

		if (e->verb == VERB_LIMIT && !(but && addr_equal(&e->addr, but)))
			add(out, &ledger_more(&a->ledger, e)->args);
	}
}

static enum err put_in_force(struct actor *a)
{
	struct limits limits;

	collect(a, NULL, &limits);
	return netfilter_limit_set(&a->netfilter, limits.list, limits.count);
}

static unsigned by_rules(const struct actor *a)
{
	unsigned count = 0;

	for (unsigned i = 0; i < a->ledger.count; i++)
		count += a->ledger.rows[i].verb == VERB_LIMIT && message_by_itself(a->ledger.rows[i].origin);
	return count;
}

static enum err limit_rails(struct actor *a, struct action *action)
{
	const struct actor_receipt *r = &action->receipt;
	const struct effect *e = effect_of(a, action);
	enum err err = rails_ban(&a->settings, &a->rails_hosts, &r->args.addr, action->why);

	if (r->args.rate > netfilter_limit_rate_max(&a->netfilter)) {
		snprintf(action->why, sizeof(action->why), "this packet filter counts at most %u packets/s",
			 (unsigned)netfilter_limit_rate_max(&a->netfilter));
		return ERR_INVALID;
	}
	if (err != ERR_OK || !message_by_itself(r->origin))
		return err;
	if (e && !message_by_itself(e->origin))
		snprintf(action->why, sizeof(action->why), "an order limits it");
	else if (!e && by_rules(a) >= BY_RULES_MAX)
		snprintf(action->why, sizeof(action->why), "rules limit %u already, which is all they may",
			 BY_RULES_MAX);
	else
		return ERR_OK;
	return ERR_PROTECTED;
}

static enum err limit_apply(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	const struct effect_terms terms = {.duration_s = r->args.duration_s};
	const struct effect *e = effect_of(a, action);
	bool there = e != NULL;
	enum err err;

	if (there && ledger_more(&a->ledger, e)->args.rate == r->args.rate && effect_lasts(e, r))
		return ERR_OK;
	err = effect_note(a, action, &terms);
	if (err != ERR_OK)
		return err;
	err = put_in_force(a);
	if (err == ERR_OK)
		return ERR_OK;
	snprintf(action->why, sizeof(action->why), "%s",
		 err == ERR_UNSUPPORTED ? "this kernel cannot count packets (nft_limit, xt_limit)" : err_text(err));
	/* One that was there is as it was: the transaction changed nothing, and the next look makes it as it is noted.
	 */
	if (!there)
		effect_drop(a, effect_of(a, action));
	return err;
}

static enum err limit_verify(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	struct effect *e;
	struct limits limits;
	char target[64], span[16];
	int64_t left_us;

	/* What the kernel told of others' changes until now is put back first. */
	firewall_watch(a);
	collect(a, NULL, &limits);
	e = effect_of(a, action);
	if (!e || a->firewall != ERR_OK || netfilter_limit_check(&a->netfilter, limits.list, limits.count) != ERR_OK)
		return ERR_UNVERIFIED;
	left_us = ledger_end_us(e) - clock_mono_us();
	snprintf(r->text, sizeof(r->text), "%s %s to %" PRIu64 " packets/s for %s; read back",
		 r->result == RECEIPT_ALREADY ? "already limited:" : "limited", act_target(&r->args, target),
		 r->args.rate, act_duration((uint32_t)((left_us + SECOND_US / 2) / SECOND_US), span));
	return ERR_OK;
}

static enum err limit_revert(struct actor *a, const struct verb_args *args, const struct effect_more *more,
			     char text[ACTION_WHY_MAX])
{
	struct limits limits;
	enum err err;

	(void)more;
	collect(a, &args->addr, &limits);
	err = netfilter_limit_set(&a->netfilter, limits.list, limits.count);
	if (err == ERR_OK)
		err = netfilter_limit_check(&a->netfilter, limits.list, limits.count);
	if (err != ERR_OK)
		snprintf(text, ACTION_WHY_MAX, "the kernel says: %s", err_text(err));
	return err;
}

static enum err limit_reconcile(struct actor *a, unsigned *missing)
{
	struct limits limits;

	collect(a, NULL, &limits);
	if (netfilter_limit_check(&a->netfilter, limits.list, limits.count) == ERR_OK)
		return ERR_OK;
	*missing += limits.count;
	return netfilter_limit_set(&a->netfilter, limits.list, limits.count);
}

/* What a rail has come to forbid. A table that cannot be changed now is when the firewall is put back. */
static void limit_recheck(struct actor *a)
{
	char why[RAILS_WHY_MAX];
	bool changed = false;

	for (unsigned i = 0; i < a->ledger.count;) {
		struct effect *e = &a->ledger.rows[i];

		if (e->verb != VERB_LIMIT || rails_ban(&a->settings, &a->rails_hosts, &e->addr, why) == ERR_OK) {
			i++;
			continue;
		}
		effect_over(a, e, why);
		changed = true;
	}
	if (changed && a->firewall == ERR_OK)
		(void)!put_in_force(a);
}

const struct action_row limit_row = {
	.verb = VERB_LIMIT,
	.flags = ACTION_NEEDS_EXPIRY | ACTION_NEEDS_FIREWALL | ACTION_SYNC_BEFORE,
	.budget = ACTION_LIMITS,
	.rails = limit_rails,
	.apply = limit_apply,
	.verify = limit_verify,
	.revert = limit_revert,
	.reconcile = limit_reconcile,
	.recheck = limit_recheck,
	.means = {&firewall_means, &addresses_means},
};

const struct action_row limit_end_row = {
	.verb = VERB_UNLIMIT,
	.flags = ACTION_NEEDS_FIREWALL,
	.rails = effect_undo_rails,
	.apply = effect_undo_apply,
	.verify = effect_undo_verify,
	.means = {&firewall_means},
};
