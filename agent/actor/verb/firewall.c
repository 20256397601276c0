/* SPDX-License-Identifier: Apache-2.0 */
/* The packet filter as a means of verbs; see firewall.h. */
#include "agent/actor/verb/firewall.h"

#include "agent/actor/sys/netfilter_packets.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/means.h"
#include "agent/base/clock.h"
#include "agent/base/say.h"

#include <linux/capability.h>

#include <stdio.h>
#include <string.h>

#define RESTORES_MAX 10 /* a second; where damage is looked for, a minute */
#define LOOK_US SECOND_US
#define ENDING_US (2 * SECOND_US)
#define RESTORE_MIN_US (2 * SECOND_US)
#define RESTORE_MAX_US (5 * MINUTE_US)

/* Whether the kernel tells of others' changes. */
static bool tells(const struct actor *a)
{
	return !netfilter_by_iptables(&a->netfilter);
}

static void open_table(struct actor *a)
{
	a->firewall = netfilter_open(&a->netfilter, a->settings.packet_filter == FILTER_IPTABLES);
	budget_init(&a->restores, RESTORES_MAX, tells(a) ? SECOND_US : MINUTE_US, clock_mono_us());
	if (a->firewall != ERR_OK)
		say(SAY_ERR, "no %s: %s; the packet filter cannot be used", netfilter_name(&a->netfilter),
		    err_text(a->firewall));
	a->health.firewall = (uint8_t)a->firewall;
}

/* One receipt for what somebody else's change took away; `missing` effects were put back with it. */
static void report_restored(struct actor *a, const struct netfilter_news *news, unsigned missing)
{
	struct actor_receipt r;
	char who[NETFILTER_NAME_MAX + 24] = "somebody";

	memset(&r, 0, sizeof(r));
	if (news->by_pid)
		snprintf(who, sizeof(who), "%s (process %u)", news->by_name, news->by_pid);
	r.origin = ORIGIN_LOCAL;
	r.result = RECEIPT_RESTORED;
	r.verified = 1;
	r.args.verb = VERB_BAN;
	r.count = missing;
	r.received_us = a->watched_us;
	r.acted_us = r.verified_us = clock_mono_us();
	if (a->ledger.count == 1)
		r.args.addr = a->ledger.rows[0].addr;
	snprintf(r.text, sizeof(r.text), "%s changed the guard's %s; put back with %u of %u effects missing",
		 news->lost ? "notifications were lost, perhaps somebody" : who, netfilter_name(&a->netfilter), missing,
		 a->ledger.count);
	a->health.reconciled++;
	act_send(a, &r);
}

/* Bans do not depend on it. */
static void set_up_log(struct actor *a)
{
	enum err err = netfilter_packets_setup(&a->netfilter, &a->settings);

	a->health.packets = (uint8_t)err;
	a->health.lacks = ACTOR_LACKS_NOTHING;
	if (err == ERR_UNSUPPORTED)
		a->health.lacks = (uint8_t)netfilter_packets_lacks(&a->netfilter, &a->settings);
}

/* The table, then what each row has in it. How many effects were not there any more. */
static unsigned set_up(struct actor *a)
{
	unsigned missing = 0;

	a->firewall = netfilter_setup(&a->netfilter);
	if (IS_ENABLED(CONFIG_SOURCE_PACKET) && a->firewall == ERR_OK)
		set_up_log(a);
	for (const struct action_row *const *row = a->rows; *row && a->firewall == ERR_OK; row++)
		if ((*row)->reconcile && ((*row)->flags & ACTION_NEEDS_FIREWALL))
			a->firewall = (*row)->reconcile(a, &missing);
	return missing;
}

/* With `news` (not NULL) somebody else damaged it and a receipt says what was put back. */
static void put_back(struct actor *a, const struct netfilter_news *news)
{
	unsigned missing = set_up(a);

	a->restore_wait_us = a->firewall == ERR_OK ? RESTORE_MIN_US : a->restore_wait_us * 2;
	if (a->restore_wait_us > RESTORE_MAX_US)
		a->restore_wait_us = RESTORE_MAX_US;
	a->restore_us = a->firewall == ERR_OK ? 0 : clock_mono_us() + a->restore_wait_us;
	a->health.firewall = (uint8_t)a->firewall;
	if (news && a->firewall == ERR_OK) {
		report_restored(a, news, missing);
		a->damaged = false;
	}
}

static void replayed(struct actor *a)
{
	if (!netfilter_is_open(&a->netfilter))
		return;
	a->restore_wait_us = RESTORE_MIN_US;
	put_back(a, NULL);
	if (a->firewall != ERR_OK)
		say(SAY_ERR, "%s: %s", netfilter_name(&a->netfilter), err_text(a->firewall));
}

void firewall_recheck(struct actor *a)
{
	for (const struct action_row *const *row = a->rows; *row; row++)
		if ((*row)->recheck)
			(*row)->recheck(a);
}

static void look(struct actor *a, struct netfilter_news *news)
{
	uint32_t least[BAN_SETS_MAX] = {0};
	enum ban_set set;

	for (unsigned i = 0; i < a->ledger.count && !tells(a); i++) {
		const struct effect *e = &a->ledger.rows[i];

		/* What ends just now may have ended in the kernel already. */
		if (e->verb == VERB_BAN && ban_set_of(&e->addr, &set) && ledger_end_us(e) > a->looked_us + ENDING_US)
			least[set]++;
	}
	netfilter_watch(&a->netfilter, least, news);
}

void firewall_watch(struct actor *a)
{
	struct netfilter_news news;
	int64_t now_us = clock_mono_us();

	if (!tells(a) && (!netfilter_is_open(&a->netfilter) || now_us - a->looked_us < FIREWALL_FRESH_US))
		return;
	a->looked_us = now_us;
	look(a, &news);
	if (!news.changed && !news.lost)
		return;
	a->watched_us = now_us;
	if (budget_spend(&a->restores, now_us)) {
		put_back(a, &news);
		return;
	}
	/* Another program insists: health says so, and the table comes back more slowly. */
	a->damaged = true;
	a->firewall = ERR_BUSY;
	a->health.firewall = ERR_BUSY;
	if (a->restore_us == 0)
		a->restore_us = now_us + RESTORE_MIN_US;
}

static int fd(const struct actor *a, unsigned i)
{
	return i == 0 ? netfilter_fd(&a->netfilter) : -1;
}

static void ready(struct actor *a, unsigned i)
{
	(void)i;
	firewall_watch(a);
}

/* Whether to look now and then: while something is there that somebody could take away. */
static bool looks(const struct actor *a)
{
	bool logs = a->settings.firewall && a->health.packets == ERR_OK;

	return !tells(a) && netfilter_is_open(&a->netfilter) && (a->ledger.count > 0 || logs);
}

static void tick(struct actor *a, int64_t mono_us)
{
	struct netfilter_news news = {.changed = true};

	if (a->restore_us != 0 && mono_us >= a->restore_us)
		put_back(a, a->damaged ? &news : NULL);
	else if (a->restore_us == 0 && looks(a) && mono_us >= a->looked_us + LOOK_US)
		firewall_watch(a);
}

static int64_t next_us(const struct actor *a)
{
	if (a->restore_us != 0)
		return a->restore_us;
	return looks(a) ? a->looked_us + LOOK_US : INT64_MAX;
}

/* Nobody reads what the rules log any more; bans and isolation stay. */
static void end(struct actor *a)
{
	if (IS_ENABLED(CONFIG_SOURCE_PACKET) && netfilter_is_open(&a->netfilter))
		a->health.packets = (uint8_t)netfilter_packets_remove(&a->netfilter);
}

const struct means firewall_means = {
	.capabilities = UINT64_C(1) << CAP_NET_ADMIN,
	.open = open_table,
	.replayed = replayed,
	.fd = fd,
	.ready = ready,
	.tick = tick,
	.next_us = next_us,
	.end = end,
};
