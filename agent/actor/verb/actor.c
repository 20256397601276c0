/* SPDX-License-Identifier: Apache-2.0 */
/* What the actor says to the core. What cannot be sent at once waits in a bounded outbox. It reads nothing. */
#include "agent/actor/verb/actor.h"

#include "agent/base/clock.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define MAINTENANCES_PER_HOUR 60 /* each is journaled, and anybody who speaks for the core may ask in root's name */
#define QUARANTINES_PER_HOUR 10
#define KILLS_PER_HOUR 30
#define LIMITS_PER_HOUR 60
#define CUTS_PER_HOUR 60
#define HOOKS_PER_HOUR 10
#define SERVICES_PER_HOUR 10

static enum err send_now(struct actor *a, const union actor_message *m)
{
	ssize_t sent;

	if (a->child.socket < 0)
		return ERR_CLOSED;
	do
		sent = send(a->child.socket, m, m->header.length, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	return sent >= 0 ? ERR_OK : err_from_errno(errno);
}

enum err actor_flush(struct actor *a)
{
	enum err err = ERR_OK;

	while (a->outbox_count > 0) {
		err = send_now(a, &a->outbox[a->outbox_first]);
		if (err != ERR_OK)
			break;
		a->outbox_first = (a->outbox_first + 1) % ACTOR_OUTBOX_MAX;
		a->outbox_count--;
	}
	return err == ERR_BUSY ? ERR_OK : err;
}

void actor_send(struct actor *a, const union actor_message *message)
{
	if (a->outbox_count == 0 && send_now(a, message) == ERR_OK)
		return;
	if (a->outbox_count == ACTOR_OUTBOX_MAX) {
		a->outbox_dropped++;
		return;
	}
	a->outbox[(a->outbox_first + a->outbox_count++) % ACTOR_OUTBOX_MAX] = *message;
}

void actor_budgets(struct actor *a)
{
	const struct settings *s = &a->settings;
	int64_t now_us = clock_mono_us();

	budget_init(&a->budgets[ACTION_BANS], s->bans_per_minute, MINUTE_US, now_us);
	budget_init(&a->budgets[ACTION_RESETS], s->resets_per_hour, HOUR_US, now_us);
	budget_init(&a->budgets[ACTION_LOGOUTS], s->logouts_per_hour, HOUR_US, now_us);
	budget_init(&a->budgets[ACTION_LOCKS], s->locks_per_hour, HOUR_US, now_us);
	budget_init(&a->budgets[ACTION_MAINTENANCES], MAINTENANCES_PER_HOUR, HOUR_US, now_us);
	budget_init(&a->budgets[ACTION_QUARANTINES], QUARANTINES_PER_HOUR, HOUR_US, now_us);
	budget_init(&a->budgets[ACTION_KILLS], KILLS_PER_HOUR, HOUR_US, now_us);
	budget_init(&a->budgets[ACTION_LIMITS], LIMITS_PER_HOUR, HOUR_US, now_us);
	budget_init(&a->plays.budget, PLAY_PER_MINUTE, MINUTE_US, now_us);
	budget_init(&a->budgets[ACTION_CUTS], CUTS_PER_HOUR, HOUR_US, now_us);
	budget_init(&a->budgets[ACTION_HOOKS], HOOKS_PER_HOUR, HOUR_US, now_us);
	budget_init(&a->budgets[ACTION_SERVICES], SERVICES_PER_HOUR, HOUR_US, now_us);
}

void actor_core_gone(struct actor *a, bool kept)
{
	unsigned count = a->outbox_count;

	a->ready = false;
	a->effects_to_send = 0;
	a->synced.type = 0;
	a->held.header.type = 0;
	/* State is told anew when the next core asks for it; only receipts are worth passing on. */
	for (a->outbox_count = 0; count > 0; count--, a->outbox_first = (a->outbox_first + 1) % ACTOR_OUTBOX_MAX) {
		union actor_message *m = &a->outbox[a->outbox_first];

		if (kept || m->header.type != ACTOR_RECEIPT)
			continue;
		m->header.request_id = 0;
		a->outbox[(a->outbox_first + count + a->outbox_count) % ACTOR_OUTBOX_MAX] = *m;
		a->outbox_count++;
	}
	for (unsigned i = 0; i < ACTOR_ACTIONS_MAX; i++)
		a->actions[i].receipt.header.request_id = 0;
}

void actor_note_journal(struct actor *a, enum err err)
{
	const struct journal *j = &a->journal;

	if (err == ERR_OK && a->forgets)
		err = ERR_READ_ONLY;
	if (err == ERR_OK && j->reserve == ERR_NO_SPACE)
		err = ERR_NO_SPACE;
	if (err == ERR_OK && (j->skipped > 0 || j->unknown > 0))
		err = ERR_CORRUPT;
	a->health.journal = (uint8_t)err;
}

void actor_send_effect(struct actor *a, const struct effect *e, bool gone)
{
	int64_t end_us = ledger_end_us(e);
	struct now now = clock_now();
	union actor_message m;

	/* A core that has not asked yet gets all of them when it does. */
	if (!a->ready)
		return;
	memset(&m, 0, sizeof(m));
	m.header = (struct actor_header){MESSAGE_VERSION, ACTOR_EFFECT, sizeof(m.effect), 0};
	m.effect.args = ledger_args(&a->ledger, e);
	m.effect.origin = e->origin;
	m.effect.gone = gone;
	memcpy(&m.effect.rule_hash, e->rule, sizeof(e->rule));
	m.effect.expires_mono_us = end_us;
	m.effect.expires_wall_us = end_us == INT64_MAX ? 0 : now.wall_us + (end_us - now.mono_us);
	actor_send(a, &m);
}

void actor_send_nets(struct actor *a)
{
	union actor_message m;

	if (!a->ready)
		return;
	memset(&m, 0, sizeof(m));
	m.header = (struct actor_header){MESSAGE_VERSION, ACTOR_NETS, sizeof(m.nets), 0};
	m.nets.count = rails_nets(&a->rails_hosts, a->settings.ban_prefix6, m.nets.nets, MESSAGE_NETS_MAX);
	actor_send(a, &m);
}

/* The counters ride along; they alone are no news. */
static bool health_is_news(const struct actor_health *now, const struct actor_health *sent)
{
	return now->firewall != sent->firewall || now->packets != sent->packets || now->lacks != sent->lacks ||
	       now->journal != sent->journal || now->trust != sent->trust || now->accounts != sent->accounts ||
	       now->core_restarts != sent->core_restarts || now->reconciled != sent->reconciled ||
	       now->leases != sent->leases || now->stuck != sent->stuck || now->effects_lost != sent->effects_lost ||
	       now->playbooks != sent->playbooks || now->playbooks_doubt != sent->playbooks_doubt ||
	       strcmp(now->playbook_why, sent->playbook_why) != 0 || now->trust_version != sent->trust_version ||
	       now->trust_refused != sent->trust_refused || strcmp(now->trust_why, sent->trust_why) != 0 ||
	       now->tuning_version != sent->tuning_version || strcmp(now->tuning_why, sent->tuning_why) != 0 ||
	       strcmp(now->immunity_why, sent->immunity_why) != 0 || strcmp(now->hosts_why, sent->hosts_why) != 0;
}

void actor_send_health(struct actor *a)
{
	union actor_message m;

	a->health.header = (struct actor_header){MESSAGE_VERSION, ACTOR_HEALTH, sizeof(m.health), 0};
	a->health.core_restarts = a->child.starts > 0 ? a->child.starts - 1 : 0;
	a->health.bans = a->ledger.count - a->ledger.more_count;
	a->health.leases = ledger_leases(&a->ledger);
	/* A trial of settings, too, waits for the service to be heard. */
	if (IS_ENABLED(CONFIG_TUNING))
		a->health.leases += a->tuning.on_trial;
	if (!a->ready || !health_is_news(&a->health, &a->health_sent))
		return;
	a->health_sent = a->health;
	memset(&m, 0, sizeof(m));
	m.health = a->health;
	actor_send(a, &m);
}
