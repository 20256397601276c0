/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core says to the actor: every datagram is checked in full before anything is done, and a core that sends one
 * that no sane core sends is ended by the caller.
 */
#include "agent/actor/request.h"

#include "agent/actor/life.h"
#include "agent/actor/rails/policy.h"
#include "agent/actor/sys/exposure_open.h"
#include "agent/actor/sys/sources.h"
#include "agent/actor/trustee.h"
#include "agent/actor/tuner.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/effect.h"
#include "agent/base/clock.h"
#include "agent/common/core_fds.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool text_ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

/* Asked for only where it matters, because the time zone's file is looked at. */
static int local_minute(const struct actor *a)
{
	return a->settings.quiet.on ? clock_local_minute() : -1;
}

/* Orders and playbooks come with signatures, in messages of their own. */
static bool may_ask(uint8_t origin)
{
	return origin == ORIGIN_RULE || origin == ORIGIN_LOCAL ||
	       (IS_ENABLED(CONFIG_IMMUNITY) && origin == ORIGIN_IMMUNITY);
}

static enum err check_asked(struct actor *a, const struct actor_act *m, struct act_request *q, char why[RAILS_WHY_MAX])
{
	enum err err;

	if (IS_ENABLED(CONFIG_IMMUNITY) && m->origin == ORIGIN_IMMUNITY)
		return immunity_allows(a, q, why);
	err = policy_request(&a->settings, m, why);
	return err == ERR_OK && policy_is_quiet(&a->settings, m, local_minute(a), why) ? ERR_DENIED : err;
}

static enum err on_act(struct actor *a, const struct actor_act *m)
{
	struct act_request q;
	char why[RAILS_WHY_MAX], sense[VERB_WHY_MAX];
	enum err err;

	if (!may_ask(m->origin) || m->observe > 1 || !text_ends(m->rule, sizeof(m->rule)) ||
	    !text_ends(m->args.account, sizeof(m->args.account)) || !text_ends(m->args.path, sizeof(m->args.path)))
		return ERR_PROTOCOL;
	if (IS_ENABLED(CONFIG_IMMUNITY) && m->origin == ORIGIN_IMMUNITY && !immunity_is_delegated(a))
		return ERR_OK;
	memset(&q, 0, sizeof(q));
	q.request_id = m->header.request_id;
	q.origin = m->origin;
	memcpy(q.rule, m->rule, sizeof(q.rule));
	memcpy(q.incident, m->incident, sizeof(q.incident));
	q.args = m->args;
	q.cause_us = m->cause_us;
	q.decided_us = m->decided_us;
	q.received_us = clock_mono_us();
	q.observe = policy_observes(&a->settings, m);
	err = verb_args_check(&m->args, sense);
	if (err != ERR_OK) {
		/* A receipt holds no more than its verb has room for. */
		verb_args_purge(&q.args);
		act_refuse(a, &q, err, sense);
		return ERR_OK;
	}
	err = check_asked(a, m, &q, why);
	if (err == ERR_OK)
		act_begin(a, &q);
	else
		act_refuse(a, &q, err, why);
	return ERR_OK;
}

/* The receipt of an order that is not begun speaks for the whole of it. */
static void refuse_order(struct actor *a, struct act_request *q, const struct mandate_verdict *v, enum err err)
{
	q->args = v->order.steps[0].args;
	act_refuse(a, q, err, v->why);
}

static void begin_order(struct actor *a, struct act_request *q, struct mandate_verdict *v)
{
	enum err err = ERR_BUSY;

	/* Not remembered, so that it may be sent again. */
	if (!run_has_room(a))
		snprintf(v->why, sizeof(v->why), "%d orders are under way", RUNS_MAX);
	else /* a dry run may come again: it does nothing */
		err = v->order.dry_run ? ERR_OK : run_remember(a, &v->order, v->why);
	if (err == ERR_OK)
		run_begin(a, &v->order, q);
	else
		refuse_order(a, q, v, err);
}

static enum err on_order(struct actor *a, const struct actor_order *m)
{
	struct act_request q;
	struct mandate_verdict v;
	enum err err;

	if (m->order_len > MESSAGE_ORDER_MAX || m->signature_count > MESSAGE_SIGNATURES_MAX)
		return ERR_PROTOCOL;
	for (unsigned i = 0; i < m->signature_count; i++)
		if (m->signatures[i].len > MESSAGE_SIGNATURE_MAX)
			return ERR_PROTOCOL;
	memset(&q, 0, sizeof(q));
	trustee_refresh(a);
	proof_renew(a);
	err = mandate_check(&a->mandate, m, clock_wall_us() / SECOND_US, &v);
	q.request_id = m->header.request_id;
	q.origin = ORIGIN_ORDER;
	memcpy(q.order_id, v.order.id, sizeof(q.order_id));
	q.received_us = m->received_us;
	q.decided_us = clock_mono_us();
	q.observe = v.order.dry_run;
	if (err == ERR_OK)
		begin_order(a, &q, &v);
	else if (err != ERR_REPLAYED || !run_repeat(a, &v.order, &q))
		refuse_order(a, &q, &v, err);
	return ERR_OK;
}

/* ERR_BUSY: the socket takes no answer now. */
static enum err answer_source(struct actor *a, const struct actor_source *m)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct actor_source reply = *m;
	struct iovec iov = {&reply, sizeof(reply)};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
	enum err err = ERR_OK;
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
	if (sendmsg(a->child.socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		err = err_from_errno(errno);
	if (fd >= 0)
		close(fd);
	return err;
}

/* Not through the outbox, which holds no descriptors. Until this is answered, nothing else of the core is read. */
static enum err on_source(struct actor *a, const struct actor_source *m)
{
	if (m->sibling > 1 || m->next > 1 || !text_ends(m->name, sizeof(m->name)))
		return ERR_PROTOCOL;
	if (answer_source(a, m) == ERR_BUSY)
		a->held = *m;
	return ERR_OK;
}

static enum err on_ready(struct actor *a, const struct actor_header *m)
{
	union actor_message synced;

	a->ready = true;
	memset(&a->health_sent, 0xff, sizeof(a->health_sent));
	memset(&synced, 0, sizeof(synced));
	synced.header =
		(struct actor_header){MESSAGE_VERSION, ACTOR_SYNCED, sizeof(struct actor_header), m->request_id};
	a->effects_to_send = a->ledger.count;
	a->synced = synced.header;
	actor_send_nets(a);
	actor_send_health(a);
	request_continue(a);
	return ERR_OK;
}

void request_continue(struct actor *a)
{
	union actor_message m;

	if (a->held.header.type != 0 && answer_source(a, &a->held) == ERR_BUSY)
		return;
	a->held.header.type = 0;
	/* As many as fit: the list may be longer than the socket's and the outbox's room together. */
	while (a->effects_to_send > 0 && a->outbox_count == 0) {
		a->effects_to_send--;
		if (a->effects_to_send < a->ledger.count)
			actor_send_effect(a, &a->ledger.rows[a->effects_to_send], false);
	}
	if (a->synced.type == 0 || a->effects_to_send > 0 || a->outbox_count > 0)
		return;
	memset(&m, 0, sizeof(m));
	m.header = a->synced;
	a->synced.type = 0;
	actor_send(a, &m);
}

static enum err on_recorded(struct actor *a, const struct actor_recorded *m)
{
	return IS_ENABLED(CONFIG_UPLINK) ? proof_recorded(a, m->seq) : ERR_PROTOCOL;
}

static enum err on_trust(struct actor *a, const struct actor_trust *m)
{
	if (m->len > sizeof(m->bytes))
		return ERR_PROTOCOL;
	trustee_take(a, (struct str){(const char *)m->bytes, m->len});
	return ERR_OK;
}

/* The answer comes when it is found (loop.c). */
static enum err on_owner(struct actor *a, const struct actor_owner *m)
{
	union actor_message reply;
	enum err err;

	if (!a->settings.network)
		return ERR_PROTOCOL;
	err = owners_ask(&a->owners, m, clock_mono_us(), &reply.owner_answer);
	if (err == ERR_BUSY)
		actor_send(a, &reply);
	return err == ERR_BUSY ? ERR_OK : err;
}

static enum err on_audit(const struct actor *a, const struct actor_audit *m)
{
	uint32_t round;

	if (!a->settings.exposure || m->whole > 1)
		return ERR_PROTOCOL;
	/* The one under way may tell a core that is gone: of it this one knows nothing. */
	if (exposure_open_round(a->child.fds[CORE_FD_SETTINGS], m->whole, &round) == ERR_BUSY)
		exposure_open_owe(m->whole);
	return ERR_OK;
}

static enum err on_heard(struct actor *a)
{
	effect_heard(a, clock_mono_us());
	if (IS_ENABLED(CONFIG_TUNING))
		tuner_heard(a);
	return ERR_OK;
}

enum err request_handle(struct actor *a, const void *message, size_t len)
{
	const struct actor_header *h = message;

	if (len < sizeof(*h) || h->version != MESSAGE_VERSION || h->length != len || message_length(h->type) != len)
		return ERR_PROTOCOL;
	switch (h->type) {
	case ACTOR_ACT: return on_act(a, message);
	case ACTOR_ORDER: return IS_ENABLED(CONFIG_UPLINK) ? on_order(a, message) : ERR_PROTOCOL;
	case ACTOR_SOURCE: return on_source(a, message);
	case ACTOR_READY: return on_ready(a, message);
	case ACTOR_ALIVE: life_alive(clock_mono_us()); return ERR_OK;
	case ACTOR_HEARD: return on_heard(a);
	case ACTOR_RECORDED: return on_recorded(a, message);
	case ACTOR_OBJECT: return IS_ENABLED(CONFIG_OBJECTS) ? objects_request(a, message) : ERR_PROTOCOL;
	case ACTOR_TRUST: return IS_ENABLED(CONFIG_UPLINK) ? on_trust(a, message) : ERR_PROTOCOL;
	case ACTOR_AUDIT: return IS_ENABLED(CONFIG_SOURCE_EXPOSURE) ? on_audit(a, message) : ERR_PROTOCOL;
	case ACTOR_PLAY: return IS_ENABLED(CONFIG_PLAYBOOKS) ? play_begin(a, message) : ERR_PROTOCOL;
	case ACTOR_OWNER: return IS_ENABLED(CONFIG_SOURCE_SOCKET) ? on_owner(a, message) : ERR_PROTOCOL;
	default: return ERR_PROTOCOL;
	}
}
