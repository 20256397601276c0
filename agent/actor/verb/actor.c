/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversation with the core: every datagram is checked in full before anything is done, and a core that sends one
 * that no sane core sends is ended by the caller. What cannot be sent at once waits in a bounded outbox.
 */
#include "agent/actor/verb/actor.h"

#include "agent/actor/verb/act.h"
#include "agent/actor/rails/policy.h"
#include "agent/actor/sys/sources.h"
#include "agent/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
	budget_init(&a->budgets[ACTION_LOGOUTS], s->resets_per_hour, HOUR_US, now_us);
}

void actor_core_gone(struct actor *a)
{
	unsigned count = a->outbox_count;

	a->ready = false;
	a->bans_to_send = 0;
	a->synced.type = 0;
	/* State is told anew when the next core asks for it; only receipts are worth keeping. */
	for (a->outbox_count = 0; count > 0; count--, a->outbox_first = (a->outbox_first + 1) % ACTOR_OUTBOX_MAX) {
		union actor_message *m = &a->outbox[a->outbox_first];

		if (m->header.type != ACTOR_RECEIPT)
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
	a->health.journal = (uint8_t)(err == ERR_OK && a->is_volatile ? ERR_READ_ONLY : err);
}

void actor_send_ban(struct actor *a, const struct ban *ban, bool gone)
{
	union actor_message m;

	/* A core that has not asked yet gets all of them when it does. */
	if (!a->ready)
		return;
	memset(&m, 0, sizeof(m));
	m.header = (struct actor_header){VERBS_VERSION, ACTOR_BAN_STATE, sizeof(m.ban), 0};
	m.ban.addr = ban->addr;
	m.ban.origin = ban->origin;
	m.ban.gone = gone;
	memcpy(m.ban.rule, ban->rule, sizeof(m.ban.rule));
	m.ban.expires_mono_us = ban->expires_mono_us;
	m.ban.expires_wall_us = ban->expires_wall_us;
	actor_send(a, &m);
}

void actor_send_nets(struct actor *a)
{
	union actor_message m;

	if (!a->ready)
		return;
	memset(&m, 0, sizeof(m));
	m.header = (struct actor_header){VERBS_VERSION, ACTOR_NETS, sizeof(m.nets), 0};
	m.nets.count = rails_nets(&a->rails_hosts, a->settings.ban_prefix6, m.nets.nets, VERBS_NETS_MAX);
	actor_send(a, &m);
}

/* The counters ride along; they alone are no news. */
static bool health_is_news(const struct actor_health *now, const struct actor_health *sent)
{
	return now->firewall != sent->firewall || now->journal != sent->journal || now->trust != sent->trust ||
	       now->accounts != sent->accounts || now->core_restarts != sent->core_restarts ||
	       now->reconciled != sent->reconciled;
}

void actor_send_health(struct actor *a)
{
	union actor_message m;

	a->health.header = (struct actor_header){VERBS_VERSION, ACTOR_HEALTH, sizeof(m.health), 0};
	a->health.core_restarts = a->child.starts > 0 ? a->child.starts - 1 : 0;
	a->health.bans = a->bans.count;
	if (!a->ready || !health_is_news(&a->health, &a->health_sent))
		return;
	a->health_sent = a->health;
	memset(&m, 0, sizeof(m));
	m.health = a->health;
	actor_send(a, &m);
}

static bool text_ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static enum err take_act(struct actor *a, const struct actor_act *m)
{
	struct actor_receipt r;
	char why[RAILS_WHY_MAX];
	enum err err;

	if ((m->origin != ORIGIN_RULE && m->origin != ORIGIN_LOCAL) || m->observe > 1 ||
	    !text_ends(m->rule, sizeof(m->rule)) || !text_ends(m->args.account, sizeof(m->args.account)))
		return ERR_PROTOCOL;
	memset(&r, 0, sizeof(r));
	r.header.request_id = m->header.request_id;
	r.origin = m->origin;
	memcpy(r.rule, m->rule, sizeof(r.rule));
	memcpy(r.incident, m->incident, sizeof(r.incident));
	r.args = m->args;
	r.cause_us = m->cause_us;
	r.decided_us = m->decided_us;
	r.received_us = clock_mono_us();
	if (!verbs_args_valid(&m->args)) {
		act_refuse(a, &r, ERR_INVALID, "its parameters make no sense for its verb");
		return ERR_OK;
	}
	err = policy_request(&a->settings, m, why);
	if (err == ERR_OK)
		act_begin(a, &r, policy_observes(&a->settings, m));
	else
		act_refuse(a, &r, err, why);
	return ERR_OK;
}

static unsigned signatures_of(uint16_t verb)
{
	for (unsigned i = 0; i < actor_table_len; i++)
		if (actor_table[i]->verb == verb)
			return actor_table[i]->signatures;
	return 1;
}

/* On the disk before it is carried out: an order must not be taken twice, whatever happens in between. */
static enum err remember(struct actor *a, const struct order *order, char why[MANDATE_WHY_MAX])
{
	struct journal_record record = {.kind = JOURNAL_ORDER, .until_wall_s = order->not_after_s};
	enum err err = mandate_remember(&a->mandate, order->id, order->not_after_s, clock_wall_us() / SECOND_US);

	if (err != ERR_OK) {
		snprintf(why, MANDATE_WHY_MAX, "%u orders are remembered already", MANDATE_SEEN_MAX);
		return err;
	}
	memcpy(record.id, order->id, sizeof(record.id));
	err = journal_append(&a->journal, &record);
	if (err == ERR_OK)
		err = journal_sync(&a->journal);
	actor_note_journal(a, err);
	/* A disk that takes nothing more must not make the device deaf: until a restart it is remembered in memory. */
	return ERR_OK;
}

static enum err take_order(struct actor *a, const struct actor_order *m)
{
	struct actor_receipt r;
	struct mandate_verdict v;
	enum err err;

	if (m->order_len > VERBS_ORDER_MAX || m->signature_count > VERBS_SIGNATURES_MAX)
		return ERR_PROTOCOL;
	for (unsigned i = 0; i < m->signature_count; i++)
		if (m->signatures[i].len > VERBS_SIGNATURE_MAX)
			return ERR_PROTOCOL;
	memset(&r, 0, sizeof(r));
	mandate_refresh(&a->mandate, a->trust_path);
	a->health.trust = (uint8_t)a->mandate.trust_state;
	a->mandate.signatures = signatures_of;
	err = mandate_check(&a->mandate, m, clock_wall_us() / SECOND_US, &v);
	if (err == ERR_OK)
		err = remember(a, &v.order, v.why);
	r.header.request_id = m->header.request_id;
	r.origin = ORIGIN_ORDER;
	memcpy(r.order_id, v.order.id, sizeof(r.order_id));
	mandate_args(&v.order, &r.args);
	r.received_us = m->received_us;
	r.decided_us = clock_mono_us();
	if (err == ERR_OK)
		act_begin(a, &r, false);
	else
		act_refuse(a, &r, err, v.why);
	return ERR_OK;
}

static enum err take_source(struct actor *a, const struct actor_source *m)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct actor_source reply = *m;
	struct iovec iov = {&reply, sizeof(reply)};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
	int fd = sources_answer(&a->settings, a->child.fds[CORE_FD_INOTIFY], &reply);

	if (fd >= 0) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	/* Not through the outbox, which holds no descriptors; the core asks again when no answer comes. */
	if (sendmsg(a->child.socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		a->outbox_dropped++;
	if (fd >= 0)
		close(fd);
	return ERR_OK;
}

static enum err take_ready(struct actor *a, const struct actor_header *m)
{
	union actor_message synced;

	a->ready = true;
	memset(&a->health_sent, 0xff, sizeof(a->health_sent));
	memset(&synced, 0, sizeof(synced));
	synced.header = (struct actor_header){VERBS_VERSION, ACTOR_SYNCED, sizeof(struct actor_header), m->request_id};
	a->bans_to_send = a->bans.count;
	a->synced = synced.header;
	actor_send_nets(a);
	actor_send_health(a);
	actor_continue(a);
	return ERR_OK;
}

void actor_continue(struct actor *a)
{
	union actor_message m;

	/* As many as fit: the list may be longer than the socket's and the outbox's room together. */
	while (a->bans_to_send > 0 && a->outbox_count == 0) {
		a->bans_to_send--;
		if (a->bans_to_send < a->bans.count)
			actor_send_ban(a, &a->bans.rows[a->bans_to_send], false);
	}
	if (a->synced.type == 0 || a->bans_to_send > 0 || a->outbox_count > 0)
		return;
	memset(&m, 0, sizeof(m));
	m.header = a->synced;
	a->synced.type = 0;
	actor_send(a, &m);
}

enum err actor_take(struct actor *a, const void *message, size_t len)
{
	const struct actor_header *h = message;

	if (len < sizeof(*h) || h->version != VERBS_VERSION || h->length != len || verbs_length(h->type) != len)
		return ERR_PROTOCOL;
	switch (h->type) {
	case ACTOR_ACT:
		return take_act(a, message);
	case ACTOR_ORDER:
		return IS_ENABLED(CONFIG_UPLINK) ? take_order(a, message) : ERR_PROTOCOL;
	case ACTOR_SOURCE:
		return take_source(a, message);
	case ACTOR_READY:
		return take_ready(a, message);
	default:
		return ERR_PROTOCOL;
	}
}
