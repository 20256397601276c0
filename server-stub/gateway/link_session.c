/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device behind a connection: asks the registry whether it may, runs its session, passes what it wants on to the
 * writer and the clerk. Reads the store through the loop's own handle; never writes it.
 */
#include "server-stub/gateway/link_session.h"

#include "agent/base/clock.h"
#include "agent/base/require.h"
#include "server-stub/gateway/link_device.h"
#include "server-stub/gateway/link_object.h"
#include "server-stub/gateway/link_verdict.h"
#include "server-stub/gateway/session/answer.h"

#include <stdlib.h>
#include <string.h>

/* -- who is connected -- */

static void post_to(struct link_shared *shared, unsigned index, const struct loop_mail *mail)
{
	if (index < shared->loop_count && shared->loops[index])
		(void)loop_post(&shared->loops[index]->loop, mail);
}

static void replace(struct link *link, uint64_t before)
{
	const struct loop_mail mail = {.kind = LOOP_REPLACED, .link = before};
	struct link *mine = link_by_id(link->links, before);

	if (mine && mine != link)
		link_close(mine);
	else if (!mine)
		post_to(link->links->shared, (unsigned)(before >> 56) - 1, &mail);
}

static void enter(struct link *link, int64_t seen_us)
{
	uint64_t before = 0;

	if (!link_device_enter(link, seen_us, &before))
		link_close(link);
	else if (before != 0)
		replace(link, before);
}

/* -- what the service does of its verdict -- */

/* With the name that the device gives itself: people decide about it. */
static void post_hold(struct link *link, const struct session_hello *hello)
{
	struct job *job = job_new(JOB_HOLD, 0);

	if (!job)
		return;
	memcpy(job->u.hold.device, link->peer.identity.device, STORE_ID);
	memcpy(job->u.hold.serial, link->peer.identity.serial, sizeof(job->u.hold.serial));
	job->u.hold.not_after_s = link->peer.identity.not_after_s;
	str_show(str_from(link->address), job->u.hold.address, sizeof(job->u.hold.address));
	memcpy(job->u.hold.hostname, hello->hostname, sizeof(job->u.hold.hostname));
	job->wall_us = clock_now().wall_us;
	(void)job_queue_put(link->links->shared->writer, job);
}

/* Somebody has the key of a certificate that is used no more: a copy of the device as it was, or an old image of it. */
static void post_superseded(struct link *link)
{
	const struct ticket_identity *who = &link->peer.identity;
	struct job *job = job_new(JOB_NOTICE, 0);
	struct notice *n;
	struct buf text;

	if (!job)
		return;
	n = &job->u.notice;
	n->rule = NOTICE_SUPERSEDED;
	n->wall_us = n->since_us = clock_now().wall_us;
	n->episode = n->wall_us / (24 * HOUR_US);
	memcpy(n->device, who->device, STORE_ID);
	text = buf_over(n->text, sizeof(n->text) - 1);
	buf_printf(&text, "from %s, the certificate with the serial number ", link->address);
	buf_hex(&text, who->serial, sizeof(who->serial));
	(void)job_queue_put(link->links->shared->writer, job);
}

static void refuse(struct link *link, const struct link_verdict *verdict)
{
	link->links->shared->refused++;
	say_limited(&link->links->limit, SAY_WARNING, "%s is refused: %s", link->address, verdict->reason);
	if (verdict->superseded)
		post_superseded(link);
	if (verdict->revoked)
		session_goodbye(link->session, verdict->reason, true);
	else
		session_retry(link->session, verdict->reason, verdict->retry_s);
}

static void start_device(struct link *link)
{
	struct link_verdict verdict = link_verdict(link);
	struct now now = clock_now();

	link->state = LINK_UP;
	link->deadline_us = now.mono_us + LINK_HELLO_US;
	link->session = session_init((void *)(((uintptr_t)(link + 1) + 15) & ~(uintptr_t)15), link->links->scratch,
				     link->peer.identity.device);
	link->held = verdict.hold;
	link->group = verdict.group;
	if (!verdict.reason) {
		enter(link, verdict.seen_us);
	} else if (!verdict.hold) {
		refuse(link, &verdict);
		link_session_drain(link);
	}
}

void link_session_outdated(struct link *link)
{
	struct registry_pass pass;

	if (registry_device_pass(link->links->store, link->peer.identity.device, &pass) != ERR_OK ||
	    registry_pass_uses(&pass, link->peer.identity.serial))
		return;
	/* The device itself, which writes its new certificate just now, or else its old copy. */
	session_retry(link->session, LINK_VERDICT_OUTDATED, LINK_VERDICT_RETRY_S);
	link_session_drain(link);
}

static void start(struct link *link)
{
	const char *protocol = tls_end_alpn(link->tls);
	const struct link_tls_peer *peer = &link->peer;
	bool known = link_tls_knows(link->tls);
	bool verified = tls_end_resumed(link->tls) || (peer->faults == 0 && tls_end_faults(link->tls) == 0);

	if (protocol && strcmp(protocol, LINK_TLS_ALPN_ENROLL) == 0) {
		link->state = LINK_ENROLLING;
		link->deadline_us = clock_now().mono_us + LINK_ENROLL_US;
	} else if (!protocol || strcmp(protocol, LINK_TLS_ALPN) != 0) {
		say_limited(&link->links->limit, SAY_WARNING, "%s speaks none of our protocols", link->address);
		link_close(link);
	} else if (!known || !verified) {
		link->links->shared->refused++;
		say_limited(&link->links->limit, SAY_WARNING, "%s: %s", link->address,
			    known || peer->faults ? "its certificate is not of this fleet, or expired"
						  : "no client certificate");
		link_close(link);
	} else {
		start_device(link);
	}
}

/* -- the session's wishes -- */

static bool was_sent(struct link *link, const uint8_t id[STORE_ID])
{
	for (unsigned i = 0; i < LINK_ORDERS_KEPT; i++)
		if (memcmp(link->orders[i], id, STORE_ID) == 0)
			return true;
	return false;
}

bool link_session_order(struct link *link, const struct registry_order *order)
{
	struct now now = clock_now();
	enum err err;

	if (was_sent(link, order->id))
		return false;
	err = session_order(link->session, order, now);
	if (err == ERR_FULL) {
		link_session_drain(link);
		err = link->state == LINK_UP ? session_order(link->session, order, now) : ERR_CLOSED;
	}
	if (err != ERR_OK)
		return false;
	memcpy(link->orders[link->order_next++ % LINK_ORDERS_KEPT], order->id, STORE_ID);
	return true;
}

void link_session_trust(struct link *link)
{
	const struct fleet_bundle *b = &link->links->bundle;
	struct str sealed = {(const char *)b->sealed, b->len};

	if (b->len == 0 || session_trust(link->session, sealed) != ERR_FULL)
		return;
	link_session_drain(link);
	if (link->state == LINK_UP)
		(void)!session_trust(link->session, sealed);
}

void link_session_immunity(struct link *link, const struct offer *offer)
{
	uint32_t left_s = offers_left_s(offer, clock_now().wall_us);

	if (session_immunity(link->session, &offer->addr, left_s) != ERR_FULL)
		return;
	link_session_drain(link);
	if (link->state == LINK_UP)
		(void)!session_immunity(link->session, &offer->addr, left_s);
}

/* What its group was to ban while it was away. */
static void catch_up(struct link *link, int64_t wall_us)
{
	const struct offer *offer;
	unsigned at = 0;

	while (link->state == LINK_UP && (offer = offers_next(&link->links->offers, &at, link->group, wall_us)) != NULL)
		link_session_immunity(link, offer);
}

static void post_sent(struct links *links, const uint8_t *order_id, const uint8_t *device)
{
	struct job *job = job_new(JOB_SENT, STORE_ID);

	if (!job)
		return;
	job->wall_us = clock_now().wall_us;
	memcpy(job->order_id, order_id, STORE_ID);
	memcpy(job->bytes, device, STORE_ID);
	job->u.id_count = 1;
	(void)job_queue_put(links->shared->writer, job);
}

static bool on_waiting(void *arg, const struct registry_order *order)
{
	struct link *link = arg;

	if (link_session_order(link, order))
		post_sent(link->links, order->id, link->peer.identity.device);
	return link->state == LINK_UP;
}

static void post_about(struct link *link, const struct session_hello *hello)
{
	struct job *job = job_new(JOB_HELLO, 0);

	if (!job)
		return;
	memcpy(job->u.about.device, link->peer.identity.device, STORE_ID);
	memcpy(job->u.about.serial, link->peer.identity.serial, sizeof(job->u.about.serial));
	memcpy(job->u.about.run, hello->run, sizeof(job->u.about.run));
	str_show(str_from(link->address), job->u.about.address, sizeof(job->u.about.address));
	job->wall_us = clock_now().wall_us;
	memcpy(job->u.about.version, hello->version, sizeof(job->u.about.version));
	memcpy(job->u.about.arch, hello->arch, sizeof(job->u.about.arch));
	memcpy(job->u.about.kernel, hello->kernel, sizeof(job->u.about.kernel));
	memcpy(job->u.about.features, hello->features, sizeof(job->u.about.features));
	memcpy(job->u.about.hostname, hello->hostname, sizeof(job->u.about.hostname));
	(void)job_queue_put(link->links->shared->writer, job);
}

static void say_hello(const struct link *link, const struct session_hello *hello)
{
	char id[STORE_ID * 2 + 1];
	struct buf b = buf_over(id, sizeof(id) - 1);

	if (!say_would(SAY_DEBUG))
		return;
	buf_hex(&b, link->peer.identity.device, STORE_ID);
	id[b.len] = '\0';
	say(SAY_DEBUG, "%s: device %s is here, version %s", link->address, id, hello->version);
}

static void on_hello(struct link *link, const struct session_hello *hello)
{
	struct links *links = link->links;
	const uint8_t *device = link->peer.identity.device;
	struct now now = clock_now();
	uint64_t committed;

	link->hello_seen = true;
	if (link->held) {
		post_hold(link, hello);
		refuse(link, &link_verdict_hold);
		return;
	}
	say_hello(link, hello);
	post_about(link, hello);
	if (log_committed(links->store, device, hello->spool_id, &committed) != ERR_OK) {
		session_retry(link->session, "the service cannot read its store now", LINK_VERDICT_RETRY_S);
		return;
	}
	session_welcome(link->session, committed, now);
	/* Before any order, which may be signed by a key that only the new bundle knows. */
	if (hello->trust_version < links->bundle.bundle.version)
		link_session_trust(link);
	if (registry_target_waiting(links->store, device, now.wall_us / SECOND_US, on_waiting, link) != ERR_OK)
		say_limited(&links->limit, SAY_ERR, "orders for %s can't be read now", link->address);
	link_object_offer(link);
	catch_up(link, now.wall_us);
}

static void on_batch(struct link *link, const struct log_batch *batch)
{
	struct links *links = link->links;
	struct job *job = job_new(JOB_BATCH, batch->blob.len);

	if (!job) {
		session_retry(link->session, "the service is out of memory", LINK_VERDICT_RETRY_S);
		return;
	}
	job->loop = &links->loop;
	job->link = link->id;
	job->stopped = &links->slots[(uint32_t)link->id].stopped;
	job->u.batch = *batch;
	memcpy(job->bytes, batch->blob.data, batch->blob.len);
	job->u.batch.blob.data = (const char *)job->bytes;
	link->heard = true;
	if (job_queue_put(links->shared->writer, job) > JOB_QUEUE_BYTES_MAX)
		link_pause(link);
}

static void on_seen(struct link *link, const uint8_t order_id[STORE_ID])
{
	struct job *job = job_new(JOB_SEEN, 0);

	if (!job)
		return;
	job->wall_us = clock_now().wall_us;
	memcpy(job->order_id, order_id, STORE_ID);
	memcpy(job->u.device, link->peer.identity.device, STORE_ID);
	(void)job_queue_put(link->links->shared->writer, job);
}

static void on_renew(struct link *link, struct str csr)
{
	struct job *job = job_new(JOB_RENEW, sizeof(struct job_renew));
	struct job_renew *ask;

	if (job) {
		ask = (struct job_renew *)job->bytes;
		ask->csr_len = csr.len;
		ask->cert_len = ask->trust_len = 0;
		memcpy(ask->csr, csr.data, csr.len);
		memcpy(ask->device, link->peer.identity.device, STORE_ID);
		memcpy(ask->serial, link->peer.identity.serial, sizeof(ask->serial));
		job->loop = &link->links->loop;
		job->link = link->id;
		job->wall_us = clock_now().wall_us;
		if (clerk_ask(link->links->shared->clerk, job))
			return;
	}
	free(job);
	session_renewed(link->session, STR_NONE, STR_NONE, STR_NONE, "too many ask now, come back later");
}

void link_session_drain(struct link *link)
{
	struct session_effect effect;

	while (link->state == LINK_UP && session_take(link->session, &effect)) {
		switch (effect.action) {
		case SESSION_SEND: link_send(link, effect.bytes); break;
		case SESSION_HELLO: on_hello(link, &effect.hello); break;
		case SESSION_BATCH: on_batch(link, &effect.batch); break;
		case SESSION_SEEN: on_seen(link, effect.order_id); break;
		case SESSION_RENEW: on_renew(link, effect.bytes); break;
		case SESSION_OBJECT: link_object_message(link, &effect.object); break;
		case SESSION_CLOSE:
			if (!link->links->quiet)
				say_limited(&link->links->limit, SAY_NOTICE, "%s: closed: %s", link->address,
					    effect.text);
			link_end(link);
			break;
		}
	}
}

/* -- enrolment -- */

static bool gather(struct link *link, struct str bytes)
{
	if (!link->enroll.data) {
		link->enroll = buf_over(malloc(ENROLL_BYTES_MAX), ENROLL_BYTES_MAX);
		if (!link->enroll.data)
			return false;
	}
	buf_put(&link->enroll, bytes);
	return !link->enroll.overflow;
}

static void feed_enroll(struct link *link, struct str bytes)
{
	struct job *job;
	struct job_enroll *ask;
	enum err err = gather(link, bytes) ? ERR_OK : ERR_TOO_LONG;

	job = err == ERR_OK ? job_new(JOB_ENROLL, sizeof(*ask)) : NULL;
	if (!job) {
		link_close(link);
		return;
	}
	ask = (struct job_enroll *)job->bytes;
	ask->frame_len = 0;
	err = enroll_read(buf_str(&link->enroll), &ask->request);
	if (err == ERR_TRUNCATED) {
		free(job);
		return;
	}
	str_show(str_from(link->address), ask->address, sizeof(ask->address));
	pedigree_read(link->tls, &ask->pedigree);
	job->loop = &link->links->loop;
	job->link = link->id;
	job->wall_us = clock_now().wall_us;
	if (err != ERR_OK || !clerk_ask(link->links->shared->clerk, job)) {
		say_limited(&link->links->limit, SAY_WARNING, "%s: %s", link->address,
			    err != ERR_OK ? "not a request to join" : "too many want to join at once");
		free(job);
		link_close(link);
	}
}

static void feed(struct link *link, struct str bytes)
{
	if (link->state == LINK_ENROLLING) {
		feed_enroll(link, bytes);
		return;
	}
	require(link->state == LINK_UP);
	link->heard = true;
	session_feed(link->session, bytes, clock_now());
	link_session_drain(link);
}

const struct link_calls link_session_calls = {start, feed};

/* -- answers -- */

static void answer_batch(struct link *link, const struct job *job)
{
	if (job->err == ERR_OK)
		session_committed(link->session, job->committed_seq, clock_now());
	else if (job->err == ERR_PROTOCOL)
		session_goodbye(link->session, "a batch holds what is no record", false);
	else
		session_retry(link->session, "the service cannot store records now", LINK_VERDICT_RETRY_S);
}

static void answer_renew(struct link *link, const struct job *job)
{
	const struct job_renew *ask = (const struct job_renew *)job->bytes;
	const struct fleet *fleet = link->links->shared->fleet;

	if (job->err != ERR_OK)
		session_renewed(link->session, STR_NONE, STR_NONE, STR_NONE, clerk_why_not_renewed(job->err));
	else
		session_renewed(link->session, (struct str){(const char *)ask->cert, ask->cert_len},
				(struct str){(const char *)fleet->ca_cert, fleet->ca_cert_len},
				(struct str){ask->trust, ask->trust_len}, NULL);
}

void link_session_answer(struct link *link, struct job *job)
{
	if (job->kind == JOB_ENROLL && link->state == LINK_ENROLLING) {
		const struct job_enroll *ask = (const struct job_enroll *)job->bytes;

		link->links->shared->enroll_refused += job->err != ERR_OK;
		link_send(link, (struct str){ask->frame, ask->frame_len});
		link_end(link);
		return;
	}
	if (link->state != LINK_UP)
		return;
	if (job->kind == JOB_BATCH && job->err == ERR_OK) {
		/* Only a mark: many of these become one acknowledgement when the caller drains. */
		answer_batch(link, job);
		link->dirty = true;
		return;
	}
	if (job->kind == JOB_BATCH)
		answer_batch(link, job);
	else if (job->kind == JOB_RENEW)
		answer_renew(link, job);
	else if (job->kind == JOB_OBJECT)
		link_object_answer(link, job);
	link_session_drain(link);
}
