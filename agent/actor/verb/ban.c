/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb `ban`: journal, one nf_tables transaction, read back. A ban that is there already is extended, never
 * shortened. Upkeep of all bans together is in ban_upkeep.c.
 */
#include "agent/actor/verb/ban.h"

#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/base/clock.h"

#include <stdio.h>
#include <string.h>

#define WORTH_EXTENDING_US SECOND_US
#define SLACK_MS 2000 /* by which the kernel's time may differ from ours: its ticks, and time since the answer */

static enum err ban_rails(struct actor *a, struct action *action)
{
	return rails_ban(&a->settings, &a->rails_hosts, &action->receipt.args.addr, action->why);
}

/* What the table says about the ban from now on. */
static void describe(struct ban *ban, const struct actor_receipt *r)
{
	ban->origin = r->origin;
	ban->duration_s = r->args.duration_s;
	memcpy(ban->rule, r->rule, sizeof(ban->rule));
	memcpy(ban->incident, r->incident, sizeof(ban->incident));
}

/* Before the kernel is told; a journal that cannot be written does not stop a ban, health tells. */
static void journal_ban(struct actor *a, const struct ban *ban, struct actor_receipt *r)
{
	struct journal_record record;

	ban_record(a, ban, &record);
	actor_note_journal(a, journal_append(&a->journal, &record));
	if (a->journal.state == ERR_OK)
		r->journaled_us = clock_mono_us();
}

static enum err ban_apply(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	struct now now = clock_now();
	int64_t until_us = now.mono_us + (int64_t)r->args.duration_s * SECOND_US;
	struct ban *ban = bans_find(&a->bans, &r->args.addr);
	bool there = ban != NULL;
	enum err err;

	r->expires_wall_us = now.wall_us + (int64_t)r->args.duration_s * SECOND_US;
	if (there && ban->expires_mono_us + WORTH_EXTENDING_US >= until_us) {
		r->result = RECEIPT_ALREADY;
		r->expires_wall_us = now.wall_us + (ban->expires_mono_us - now.mono_us);
		return ERR_OK;
	}
	if (!there)
		ban = bans_put(&a->bans, &r->args.addr);
	if (!ban) {
		snprintf(action->why, sizeof(action->why), "%u bans are in force already", MESSAGE_BANS_MAX);
		return ERR_FULL;
	}
	describe(ban, r);
	bans_expire_at(&a->bans, ban, until_us, r->expires_wall_us);
	journal_ban(a, ban, r);
	err = nft_add(&a->nft, &ban->addr, (uint64_t)ban->duration_s * 1000);
	if (err != ERR_OK) {
		snprintf(action->why, sizeof(action->why), "the kernel says: %s", err_text(err));
		if (!there)
			bans_remove(&a->bans, ban);
	}
	return err;
}

/* Adds "; alone: ADDRESS is ..." where a rule's ban would have been of the whole network. */
static void say_alone(const struct actor *a, struct actor_receipt *r)
{
	struct addr net = addr_mask(&r->args.addr, a->settings.ban_prefix6);
	char why[RAILS_WHY_MAX];
	size_t len = strlen(r->text);

	if (r->origin == ORIGIN_RULE && net.family == 6 && net.prefix < r->args.addr.prefix &&
	    rails_ban(&a->settings, &a->rails_hosts, &net, why) == ERR_PROTECTED)
		snprintf(r->text + len, sizeof(r->text) - len, "; alone: %s", why);
}

/* The element with its time, and no sign that the rules around it were touched. */
static enum err ban_verify(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	enum nft_set set = NFT_BAN4;
	const struct ban *ban;
	char target[64], time[16];
	uint64_t left_ms;
	int64_t wanted_ms;
	enum err err;

	/* The rules around the set: whatever the kernel told about them until now. */
	ban_watch(a);
	ban = bans_find(&a->bans, &r->args.addr);
	wanted_ms = ban ? (ban->expires_mono_us - clock_mono_us()) / MS_US : 0;
	err = nft_find(&a->nft, &r->args.addr, &left_ms);
	/* Somebody else's element was there before with a shorter time, or ours was removed unheard. */
	if (wanted_ms > 0 && (err == ERR_NOT_FOUND || (err == ERR_OK && (int64_t)left_ms + SLACK_MS < wanted_ms))) {
		err = nft_add(&a->nft, &r->args.addr, (uint64_t)wanted_ms);
		if (err == ERR_OK)
			err = nft_find(&a->nft, &r->args.addr, &left_ms);
	}
	if (err != ERR_OK || a->firewall != ERR_OK)
		return ERR_UNVERIFIED;
	(void)nft_set_of(&r->args.addr, &set);
	snprintf(r->text, sizeof(r->text), "%s %s for %s; read back from set %s%s",
		 r->result == RECEIPT_ALREADY ? "already banned:" : "banned", act_target(&r->args, target),
		 act_duration((uint32_t)((wanted_ms + 500) / 1000), time), nft_set_name(set),
		 a->journal.state == ERR_OK ? "" : "; not in the journal");
	say_alone(a, r);
	return ERR_OK;
}

const struct action_row ban_row = {
	.verb = VERB_BAN,
	.flags = ACTION_NEEDS_EXPIRY | ACTION_NEEDS_FIREWALL,
	.budget = ACTION_BANS,
	.rails = ban_rails,
	.apply = ban_apply,
	.verify = ban_verify,
};
