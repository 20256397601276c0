/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All bans together: replayed from the journal, reconciled with the kernel, put back when somebody else removed them,
 * ended in time. The kernel ends elements by itself too; this keeps our books and tells the core.
 */
#include "agent/actor/verb/ban.h"

#include "agent/actor/verb/act.h"
#include "agent/base/clock.h"

#include <stdio.h>
#include <string.h>

#define RESTORE_MIN_US (2 * SECOND_US)
#define RESTORE_MAX_US (5 * MINUTE_US)
#define EXPIRY_SLACK_US (20 * MS_US) /* lets several end in one wake-up, and the kernel's own clock come first */

void ban_record(const struct actor *a, const struct ban *ban, struct journal_record *out)
{
	*out = (struct journal_record){
		.kind = JOURNAL_BAN,
		.origin = ban->origin,
		.addr = ban->addr,
		.duration_s = ban->duration_s,
		.expires_mono_us = ban->expires_mono_us,
		.expires_wall_us = ban->expires_wall_us,
	};
	memcpy(out->rule, ban->rule, sizeof(out->rule));
	memcpy(out->incident, ban->incident, sizeof(out->incident));
	memcpy(out->boot, a->boot, sizeof(out->boot));
}

/* What is left of a recorded ban. After a reboot only the wall clock can tell, and it may be years off. */
static int64_t left_us(const struct actor *a, const struct journal_record *r, struct now now)
{
	int64_t whole_us = (int64_t)r->duration_s * SECOND_US;
	int64_t left;

	if (memcmp(r->boot, a->boot, sizeof(a->boot)) == 0)
		left = r->expires_mono_us - now.mono_us;
	else if (__builtin_sub_overflow(r->expires_wall_us, now.wall_us, &left))
		left = 0;
	return left > whole_us ? whole_us : left;
}

void ban_replay(struct actor *a, const struct journal_record *r)
{
	struct ban *ban = bans_find(&a->bans, &r->addr);
	struct now now = clock_now();
	char why[RAILS_WHY_MAX];
	int64_t left = left_us(a, r, now);

	if (ban && (r->kind == JOURNAL_UNBAN || left <= 0))
		bans_remove(&a->bans, ban);
	/* never_ban may have grown since, and the machine's own addresses may have changed. */
	if (r->kind != JOURNAL_BAN || left <= 0 || rails_ban(&a->settings, &a->rails_hosts, &r->addr, why) != ERR_OK)
		return;
	ban = bans_put(&a->bans, &r->addr);
	if (!ban)
		return;
	ban->origin = r->origin;
	ban->duration_s = r->duration_s;
	memcpy(ban->rule, r->rule, sizeof(ban->rule));
	memcpy(ban->incident, r->incident, sizeof(ban->incident));
	bans_expire_at(&a->bans, ban, now.mono_us + left, now.wall_us + left);
}

/* Which of our addresses the kernel has; ones we know nothing of are adopted. */
static void note_element(void *context, const struct addr *addr, uint64_t left_ms)
{
	struct actor *a = context;
	struct ban *ban = bans_find(&a->bans, addr);
	struct now now = clock_now();

	if (!ban && left_ms > 0) {
		ban = bans_put(&a->bans, addr);
		if (!ban)
			return;
		ban->duration_s = (uint32_t)(left_ms / 1000 + 1);
		bans_expire_at(&a->bans, ban, now.mono_us + (int64_t)left_ms * MS_US,
			       now.wall_us + (int64_t)left_ms * MS_US);
		actor_send_ban(a, ban, false);
	}
	if (ban)
		ban->seen = true;
}

struct missing {
	struct actor *a;
	enum nft_set set;
	unsigned at;
	int64_t mono_us;
};

static bool next_missing(void *context, struct addr *addr, uint64_t *timeout_ms)
{
	struct missing *m = context;

	while (m->at < m->a->bans.count) {
		const struct ban *ban = &m->a->bans.rows[m->at++];
		enum nft_set set;

		if (ban->seen || !nft_set_of(&ban->addr, &set) || set != m->set || ban->expires_mono_us <= m->mono_us)
			continue;
		*addr = ban->addr;
		*timeout_ms = (uint64_t)((ban->expires_mono_us - m->mono_us) / MS_US) + 1;
		return true;
	}
	return false;
}

static enum err add_missing(struct actor *a)
{
	struct missing m = {.a = a, .mono_us = clock_mono_us()};
	enum err err = ERR_OK;

	for (unsigned set = 0; set < NFT_SETS_MAX && err == ERR_OK; set++) {
		m.set = (enum nft_set)set;
		m.at = 0;
		err = nft_bulk(&a->nft, m.set, next_missing, &m);
	}
	return err;
}

/* Ends one; when its time is over the element is mostly gone by then. */
static void lift(struct actor *a, struct ban *ban)
{
	enum err err = a->firewall == ERR_OK ? nft_remove(&a->nft, &ban->addr) : ERR_OK;

	(void)err;
	actor_send_ban(a, ban, true);
	bans_remove(&a->bans, ban);
}

/* One receipt for what somebody else's change took away; `missing` bans were put back with it. */
static void report_restored(struct actor *a, const struct nft_news *news, unsigned missing)
{
	union actor_message m;
	struct actor_receipt *r = &m.receipt;
	char who[NFT_NAME_MAX + 24] = "somebody";

	memset(&m, 0, sizeof(m));
	if (news->by_pid)
		snprintf(who, sizeof(who), "%s (process %u)", news->by_name, news->by_pid);
	r->header = (struct actor_header){MESSAGE_VERSION, ACTOR_RECEIPT, sizeof(*r), 0};
	r->origin = ORIGIN_LOCAL;
	r->result = RECEIPT_RESTORED;
	r->verified = 1;
	r->args.verb = VERB_BAN;
	r->count = missing;
	r->received_us = a->watched_us;
	r->acted_us = r->verified_us = clock_mono_us();
	if (a->bans.count == 1)
		r->args.addr = a->bans.rows[0].addr;
	snprintf(r->text, sizeof(r->text),
		 "%s changed table inet " NFT_TABLE "; put it back with %u of %u bans missing",
		 news->lost ? "notifications were lost, perhaps somebody" : who, missing, a->bans.count);
	a->health.reconciled++;
	actor_send(a, &m);
}

void ban_recheck(struct actor *a)
{
	char why[RAILS_WHY_MAX];

	for (unsigned i = 0; i < a->bans.count;)
		if (rails_ban(&a->settings, &a->rails_hosts, &a->bans.rows[i].addr, why) != ERR_OK)
			lift(a, &a->bans.rows[i]);
		else
			i++;
}

void ban_reconcile(struct actor *a, const struct nft_news *news)
{
	unsigned missing = 0;

	for (unsigned i = 0; i < a->bans.count; i++)
		a->bans.rows[i].seen = false;
	a->firewall = nft_setup(&a->nft);
	if (a->firewall == ERR_OK)
		a->firewall = nft_dump(&a->nft, note_element, a);
	for (unsigned i = 0; i < a->bans.count; i++)
		missing += !a->bans.rows[i].seen;
	if (a->firewall == ERR_OK)
		a->firewall = add_missing(a);
	a->restore_wait_us = a->firewall == ERR_OK ? RESTORE_MIN_US : a->restore_wait_us * 2;
	if (a->restore_wait_us > RESTORE_MAX_US)
		a->restore_wait_us = RESTORE_MAX_US;
	a->restore_us = a->firewall == ERR_OK ? 0 : clock_mono_us() + a->restore_wait_us;
	a->health.firewall = (uint8_t)a->firewall;
	ban_recheck(a);
	a->health.bans = a->bans.count;
	if (news && a->firewall == ERR_OK) {
		report_restored(a, news, missing);
		a->damaged = false;
	}
}

void ban_watch(struct actor *a)
{
	struct nft_news news;
	int64_t now_us = clock_mono_us();

	nft_watch(&a->nft, &news);
	if (!news.changed && !news.lost)
		return;
	a->watched_us = now_us;
	if (budget_spend(&a->restores, now_us)) {
		ban_reconcile(a, &news);
		return;
	}
	/* Another program insists: health says so, and the table comes back more slowly. */
	a->damaged = true;
	a->firewall = ERR_BUSY;
	a->health.firewall = ERR_BUSY;
	if (a->restore_us == 0)
		a->restore_us = now_us + RESTORE_MIN_US;
}

void ban_tick(struct actor *a, int64_t mono_us)
{
	struct ban *ban;

	while ((ban = bans_ended(&a->bans, mono_us)) != NULL)
		lift(a, ban);
	a->health.bans = a->bans.count;
	if (a->restore_us != 0 && mono_us >= a->restore_us) {
		struct nft_news news = {.changed = true};

		ban_reconcile(a, a->damaged ? &news : NULL);
	}
}

int64_t ban_next_us(const struct actor *a)
{
	int64_t next_us =
		a->bans.earliest_us < INT64_MAX - EXPIRY_SLACK_US ? a->bans.earliest_us + EXPIRY_SLACK_US : INT64_MAX;

	return a->restore_us != 0 && a->restore_us < next_us ? a->restore_us : next_us;
}
