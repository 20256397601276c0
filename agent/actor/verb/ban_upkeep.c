/* SPDX-License-Identifier: Apache-2.0 */
/* All bans together: reconciled with the kernel, and taken back when a rail comes to forbid them. */
#include "agent/actor/verb/ban.h"

#include "agent/actor/verb/effect.h"
#include "agent/base/clock.h"

static bool is_ban(const struct effect *e)
{
	return e->verb == VERB_BAN;
}

/* An element of ours in the kernel; one that the journal lost is adopted, and journaled. */
static void note_element(void *context, const struct addr *addr, uint64_t left_ms)
{
	struct verb_args args = {.verb = VERB_BAN, .addr = *addr};
	struct actor *a = context;
	struct effect *e = ledger_find(&a->ledger, &args);

	if (!e && left_ms > 0) {
		args.duration_s = (uint32_t)(left_ms / 1000 + 1);
		e = ledger_put(&a->ledger, &args);
		if (!e)
			return;
		ledger_end_at(&a->ledger, e, clock_mono_us() + (int64_t)left_ms * MS_US);
		effect_keep(a, e);
		actor_send_effect(a, e, false);
	}
	if (e)
		e->seen = true;
}

struct missing {
	struct actor *a;
	enum ban_set set;
	unsigned at;
	int64_t mono_us;
};

static bool next_missing(void *context, struct addr *addr, uint64_t *timeout_ms)
{
	struct missing *m = context;

	while (m->at < m->a->ledger.count) {
		const struct effect *e = &m->a->ledger.rows[m->at++];
		int64_t left_us = ledger_end_us(e) - m->mono_us;
		enum ban_set set;

		if (!is_ban(e) || e->seen || !ban_set_of(&e->addr, &set) || set != m->set || left_us <= 0)
			continue;
		*addr = e->addr;
		*timeout_ms = (uint64_t)(left_us / MS_US) + 1;
		return true;
	}
	return false;
}

static enum err add_missing(struct actor *a)
{
	struct missing m = {.a = a, .mono_us = clock_mono_us()};
	enum err err = ERR_OK;

	for (unsigned set = 0; set < BAN_SETS_MAX && err == ERR_OK; set++) {
		m.set = (enum ban_set)set;
		m.at = 0;
		err = netfilter_bulk(&a->netfilter, m.set, next_missing, &m);
	}
	return err;
}

void ban_recheck(struct actor *a)
{
	char why[RAILS_WHY_MAX];

	for (unsigned i = 0; i < a->ledger.count;) {
		struct effect *e = &a->ledger.rows[i];

		if (!is_ban(e) || rails_ban(&a->settings, &a->rails_hosts, &e->addr, why) == ERR_OK) {
			i++;
			continue;
		}
		if (a->firewall == ERR_OK)
			(void)!netfilter_remove(&a->netfilter, &e->addr);
		effect_drop(a, e);
	}
}

enum err ban_reconcile(struct actor *a, unsigned *missing)
{
	enum err err;

	for (unsigned i = 0; i < a->ledger.count; i++)
		if (is_ban(&a->ledger.rows[i]))
			a->ledger.rows[i].seen = false;
	err = netfilter_dump(&a->netfilter, note_element, a);
	ban_recheck(a);
	for (unsigned i = 0; i < a->ledger.count; i++)
		*missing += is_ban(&a->ledger.rows[i]) && !a->ledger.rows[i].seen;
	return err == ERR_OK ? add_missing(a) : err;
}
