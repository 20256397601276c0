/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb `ban`: ledger and journal, one nf_tables transaction, read back. A ban that is there already is extended,
 * never shortened, and not by a rule that asks for the same once more. The journal is synced behind it, by the worker,
 * because a ban ends by itself anyway: a crash of any process loses nothing, a power cut at most the last bans, and
 * those come again from the log lines that caused them.
 * All bans together are kept true in ban_upkeep.c.
 */
#include "agent/actor/verb/ban.h"

#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/effect.h"
#include "agent/actor/verb/firewall.h"
#include "agent/base/clock.h"

#include <stdio.h>
#include <string.h>

#define SLACK_MS 2000 /* by which the kernel's time may differ from ours: its ticks, and time since the answer */

static enum err ban_rails(struct actor *a, struct action *action)
{
	struct verb_args *args = &action->receipt.args;

	/* The receipt says for how long it is. */
	if (args->duration_s > netfilter_longest_s(&a->netfilter))
		args->duration_s = netfilter_longest_s(&a->netfilter);
	return rails_ban(&a->settings, &a->rails_hosts, &args->addr, action->why);
}

/* How many addresses of the IPv4 network, which is a /24, rules have banned. */
static unsigned banned_in(struct actor *a, const struct addr *net)
{
	struct verb_args args = {.verb = VERB_BAN, .addr = *net};
	unsigned count = 0;

	args.addr.prefix = 32;
	for (unsigned host = 0; host < 256; host++) {
		const struct effect *e;

		args.addr.bytes[3] = (uint8_t)host;
		e = ledger_find(&a->ledger, &args);
		count += e && e->origin == ORIGIN_RULE;
	}
	return count;
}

/* The core counts, and is not believed: all but the last of the attackers are in the ledger. */
static enum err check_neighbours(struct actor *a, struct action *action)
{
	const struct actor_receipt *r = &action->receipt;
	unsigned found;

	if (r->origin != ORIGIN_RULE || r->args.addr.family != 4 || r->args.addr.prefix == 32)
		return ERR_OK;
	found = banned_in(a, &r->args.addr);
	if (found + 1 >= a->settings.ban_neighbours)
		return ERR_OK;
	snprintf(action->why, sizeof(action->why), "of the network %u addresses are banned, and ban_neighbours is %u",
		 found, (unsigned)a->settings.ban_neighbours);
	action->receipt.result = RECEIPT_REFUSED;
	return ERR_PROTECTED;
}

static enum err ban_apply(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	const struct effect_terms terms = {.duration_s = r->args.duration_s};
	const struct effect *e = effect_of(a, action);
	bool there = e != NULL;
	enum err err;

	if (effect_lasts(e, r) || effect_repeats(e, r))
		return ERR_OK;
	err = check_neighbours(a, action);
	if (err != ERR_OK)
		return err;
	err = effect_note(a, action, &terms);
	if (err != ERR_OK)
		return err;
	err = netfilter_add(&a->netfilter, &r->args.addr, (uint64_t)r->args.duration_s * 1000, !there);
	if (err == ERR_OK)
		return ERR_OK;
	snprintf(action->why, sizeof(action->why), "the kernel says: %s", err_text(err));
	if (!there)
		effect_drop(a, effect_of(a, action));
	return err;
}

/* Adds "; alone: ADDRESS is ..." where a rule's ban would have been of the whole network. */
static void say_alone(const struct actor *a, struct actor_receipt *r)
{
	struct addr net = addr_mask(&r->args.addr, a->settings.ban_prefix6);
	char why[RAILS_WHY_MAX];
	size_t len = strlen(r->text);

	if (message_by_itself(r->origin) && net.family == 6 && net.prefix < r->args.addr.prefix &&
	    rails_ban(&a->settings, &a->rails_hosts, &net, why) == ERR_PROTECTED)
		snprintf(r->text + len, sizeof(r->text) - len, "; alone: %s", why);
}

/* The element with its time, and no sign that the rules around it were touched. */
static enum err ban_verify(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	enum ban_set set = BAN_SET4;
	const struct effect *e;
	char target[64], time[16];
	uint64_t left_ms;
	int64_t wanted_ms;
	enum err err;

	/* The rules around the set: whatever the kernel told about them until now. */
	firewall_watch(a);
	e = effect_of(a, action);
	wanted_ms = e ? (ledger_end_us(e) - clock_mono_us()) / MS_US : 0;
	err = netfilter_find(&a->netfilter, &r->args.addr, &left_ms);
	/* Somebody else's element was there before with a shorter time, or ours was removed unheard. */
	if (wanted_ms > 0 && (err == ERR_NOT_FOUND || (err == ERR_OK && (int64_t)left_ms + SLACK_MS < wanted_ms))) {
		err = netfilter_add(&a->netfilter, &r->args.addr, (uint64_t)wanted_ms, false);
		if (err == ERR_OK)
			err = netfilter_find(&a->netfilter, &r->args.addr, &left_ms);
	}
	if (err != ERR_OK || a->firewall != ERR_OK)
		return ERR_UNVERIFIED;
	(void)ban_set_of(&r->args.addr, &set);
	snprintf(r->text, sizeof(r->text), "%s %s for %s; read back from set %s%s",
		 r->result == RECEIPT_ALREADY ? "already banned:" : "banned", act_target(&r->args, target),
		 act_duration((uint32_t)((wanted_ms + 500) / 1000), time), ban_set_name(set),
		 a->journal.state == ERR_OK ? "" : "; not in the journal");
	say_alone(a, r);
	return ERR_OK;
}

static enum err ban_revert(struct actor *a, const struct verb_args *args, const struct effect_more *more,
			   char text[ACTION_WHY_MAX])
{
	/* Without a table nothing drops the address; and the kernel ends elements by itself, too. */
	enum err err = a->firewall == ERR_OK ? netfilter_remove(&a->netfilter, &args->addr) : ERR_NOT_FOUND;

	(void)more;
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		snprintf(text, ACTION_WHY_MAX, "the kernel says: %s", err_text(err));
	return err;
}

const struct action_row ban_row = {
	.verb = VERB_BAN,
	.flags = ACTION_NEEDS_EXPIRY | ACTION_NEEDS_FIREWALL,
	.budget = ACTION_BANS,
	.rails = ban_rails,
	.apply = ban_apply,
	.verify = ban_verify,
	.revert = ban_revert,
	.reconcile = ban_reconcile,
	.recheck = ban_recheck,
	.means = {&firewall_means, &addresses_means},
};
