/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's session with the service. It sends the spool's records in their order through the shell's transport.
 * After each lost connection a record is sent again, until the service says that it is durable. The service identifies
 * it by spool and number, and stores it once. Never waits and never reads a clock.
 */
#include "agent/uplink/uplink.h"

#include "agent/uplink/uplink_parts.h"

#include <stdio.h>
#include <string.h>

#define STEADY_US (10 * SECOND_US) /* a session of at least this length counts as a success for the back-off */

size_t uplink_size(void)
{
	return sizeof(struct uplink);
}

struct uplink *uplink_init(void *memory, struct spool *spool, const struct uplink_about *about, struct hash_key jitter)
{
	struct uplink *u = memory;

	memset(u, 0, offsetof(struct uplink, arena));
	u->spool = spool;
	u->about = about;
	u->backoff.key = jitter;
	arena_init(&u->arena);
	inbox_reset(&u->in);
	return u;
}

static void session_reset(struct uplink *u)
{
	inbox_reset(&u->in);
	if (IS_ENABLED(CONFIG_OBJECTS))
		uplink_objects_unlinked(u);
	u->flights = (struct flights){0};
	u->out_len = 0;
	u->pending = 0;
	u->renewal.under_way = false;
	u->want_csr = u->want_connect = false;
	u->answer_us = INT64_MAX;
}

static void wait(struct uplink *u, const char *why, int64_t delay_us)
{
	bool is_steady = u->state == UP && u->now.mono_us - u->welcomed_us >= STEADY_US;

	if (why)
		snprintf(u->error, sizeof(u->error), "%s", why);
	if (is_steady)
		u->backoff.failures = 0;
	else
		backoff_failed(&u->backoff);
	session_reset(u);
	u->state = WAITING;
	delay_us = delay_us ? delay_us + backoff_draw(&u->backoff, delay_us / 4) : backoff_delay(&u->backoff);
	u->connect_us = u->now.mono_us + delay_us;
}

/* End the session because of an error that this end has found. */
static void fail(struct uplink *u, const char *why, int64_t delay_us)
{
	wait(u, why, delay_us);
	u->want_close = true;
}

void uplink_start(struct uplink *u, struct now now)
{
	u->now = now;
	session_reset(u);
	u->state = WAITING;
	u->backoff.failures = 0;
	u->connect_us = now.mono_us;
	u->error[0] = 0;
	uplink_tick(u, now);
}

void uplink_stop(struct uplink *u)
{
	session_reset(u);
	u->want_close = false;
	u->state = OFF;
}

/* Note that the service must answer what is being sent. */
static void expect(struct uplink *u)
{
	if (u->answer_us == INT64_MAX)
		u->answer_us = u->now.mono_us + UPLINK_ANSWER_US;
}

/* A buffer to append a small frame to. Frames that the caller has taken are dropped from it. */
static struct buf out_begin(struct uplink *u)
{
	if (u->out_given)
		u->out_len = 0;
	u->out_given = false;
	struct buf b = buf_over(u->out, sizeof(u->out));

	b.len = u->out_len;
	return b;
}

/* Keep the frame that was appended. One that does not fit is dropped: only a ping or an OrderSeen can be. */
static void out_end(struct uplink *u, const struct buf *b)
{
	if (b->overflow)
		return;
	u->out_len = b->len;
	u->sent_us = u->now.mono_us;
	u->frames_out++;
}

void uplink_connected(struct uplink *u, struct now now)
{
	u->now = now;
	if (u->state != CONNECTING)
		return;
	session_reset(u);
	u->state = GREETING;
	struct buf b = out_begin(u);

	wire_put_hello(&b, &(struct wire_hello){u->about, u->spool, u->trust_version}, now);
	memcpy(u->hello_id, spool_id(u->spool), sizeof(u->hello_id));
	out_end(u, &b);
	expect(u);
}

void uplink_disconnected(struct uplink *u, const char *why, struct now now)
{
	u->now = now;
	if (u->state >= CONNECTING && u->state <= UP)
		wait(u, why, 0);
}

void uplink_feed(struct uplink *u, struct str bytes, struct now now)
{
	u->now = now;
	if (u->state != GREETING && u->state != UP)
		return;
	if (inbox_put(&u->in, bytes) != ERR_OK)
		fail(u, "the service sent more bytes than a device takes", 0);
}

/* End the session if the spool has changed its identity (spool.h): the service knows its numbers under the old one. */
static void look_at_spool(struct uplink *u)
{
	if ((u->state == GREETING || u->state == UP) && memcmp(u->hello_id, spool_id(u->spool), SPOOL_ID) != 0)
		fail(u, "the spool works again and needs a new session", 0);
}

void uplink_wake(struct uplink *u, struct now now)
{
	u->now = now;
	u->more = true;
	look_at_spool(u);
}

void uplink_pending(struct uplink *u, size_t bytes)
{
	u->pending = bytes;
}

void uplink_validity(struct uplink *u, int64_t not_before_s, int64_t not_after_s)
{
	renewal_validity(&u->renewal, not_before_s, not_after_s);
}

void uplink_trust_version(struct uplink *u, uint64_t version)
{
	u->trust_version = version;
}

void uplink_csr(struct uplink *u, struct str csr, struct now now)
{
	u->now = now;
	if (u->state != UP)
		return;
	struct buf b = out_begin(u);

	wire_put_renew(&b, csr);
	out_end(u, &b);
	expect(u);
}

void uplink_order_seen(struct uplink *u, const uint8_t order_id[16], struct now now)
{
	u->now = now;
	if (u->state != UP)
		return;
	struct buf b = out_begin(u);

	wire_put_seen(&b, order_id);
	out_end(u, &b);
}

static void on_ack(struct uplink *u, uint64_t seq)
{
	flights_land(&u->flights, seq);
	u->acked_seq = seq;
	spool_ack(u->spool, seq, u->now);
	u->want_acked = true;
	u->more = true;
}

/*
 * Send on behind the records that the service has. If it has numbers that this run never sent, then it has other
 * records under these numbers, and the spool's records get new ones (spool.h).
 */
static void on_welcome(struct uplink *u, const struct wire_message *m)
{
	uint64_t known = spool_start_seq(u->spool) - 1;

	if (u->state != GREETING || m->committed_seq >= SPOOL_SEQ_MAX) {
		fail(u, "the service sent a Welcome that is not valid here", 0);
		return;
	}
	known = u->sent_max > known ? u->sent_max : known;
	if (m->committed_seq > known)
		spool_advance(u->spool, known, m->committed_seq, u->now);
	u->state = UP;
	u->welcomes++;
	u->attempts = 0;
	u->error[0] = 0;
	u->welcomed_us = u->now.mono_us;
	u->window_bytes = m->window_bytes;
	u->batch_bytes = m->batch_bytes_max;
	u->keepalive_us = m->keepalive_s * SECOND_US;
	u->sent_seq = m->committed_seq;
	if (m->wall_us > 0) {
		u->wall_offset_us = m->wall_us - u->now.wall_us;
		u->want_clock = true;
	}
	on_ack(u, m->committed_seq);
}

static void on_renewed(struct uplink *u, const struct wire_message *m)
{
	if (!u->renewal.under_way)
		return;
	u->renewal.under_way = false;
	if (!str_empty(m->certificates[0])) {
		u->want_certificate = true;
		return;
	}
	str_show(m->text, u->error, sizeof(u->error));
	renewal_refused(&u->renewal, u->now, backoff_draw(&u->backoff, RENEWAL_REFUSED_US));
}

static void on_goodbye(struct uplink *u, const struct wire_message *m)
{
	char why[128];

	str_show(m->text, why, 90);
	fail(u, why[0] ? why : "the service ended the session", m->retry_s * SECOND_US);
	if (m->revoked) {
		u->state = REVOKED;
		u->want_revoked = true;
	}
}

static void on_message(struct uplink *u, struct wire_message *m)
{
	u->frames_in++;
	if (m->kind == WIRE_WELCOME)
		on_welcome(u, m);
	else if (m->kind == WIRE_GOODBYE)
		on_goodbye(u, m);
	else if (u->state != UP)
		fail(u, "the service did not begin with a Welcome", 0);
	else if (m->kind == WIRE_ACK && m->committed_seq > u->sent_seq)
		fail(u, "the service acknowledged records that were never sent", 0);
	else if (m->kind == WIRE_ACK && m->committed_seq > u->acked_seq)
		on_ack(u, m->committed_seq);
	else if (m->kind == WIRE_RENEWED)
		on_renewed(u, m);
	else if (IS_ENABLED(CONFIG_OBJECTS) && m->kind == WIRE_OBJECT)
		uplink_objects_received(u, &m->object);
	/* Any message shows that the service works, so wait anew for the answers that are still missing. */
	if (u->state == UP)
		u->answer_us = u->flights.count || u->renewal.under_way ? u->now.mono_us + UPLINK_ANSWER_US : INT64_MAX;
}

/* Handle the next whole frame that arrived. False: there is none. */
static bool take_frame(struct uplink *u)
{
	struct str frame;

	if (u->state != GREETING && u->state != UP)
		return false;
	enum err err = inbox_take(&u->in, &frame);

	if (err == ERR_TRUNCATED)
		return false;
	if (err == ERR_TOO_LONG)
		fail(u, "the service sent a frame that is too long", 0);
	else if ((err = wire_take(&u->arena, frame, &u->message)) == ERR_OK)
		on_message(u, &u->message);
	else if (err == ERR_TOO_LONG)
		snprintf(u->error, sizeof(u->error), "the service sent an order that is too long; it was ignored");
	else
		fail(u, "the service sent a frame that is not a message", 0);
	if (err)
		u->message.kind = WIRE_UNKNOWN;
	return true;
}

static bool fill(void *arg, uint64_t seq, unsigned severity, struct str bytes)
{
	(void)severity;
	return batch_add(arg, seq, bytes);
}

/* Put as many of the next records into a frame as the window allows. */
static struct str next_batch(struct uplink *u)
{
	uint64_t room = u->window_bytes > u->flights.bytes ? u->window_bytes - u->flights.bytes : 0;

	if (u->state != UP || !u->more || u->pending > UPLINK_PENDING_MAX || u->flights.count == FLIGHTS_MAX)
		return STR_NONE;
	/* When no batch waits for an acknowledgement, at least one record is sent, even if the window is smaller. */
	if (u->flights.count && room < SPOOL_RECORD_MAX + BATCH_ENTRY)
		return STR_NONE;
	if (room > u->batch_bytes)
		room = u->batch_bytes;
	if (room < SPOOL_RECORD_MAX + BATCH_ENTRY)
		room = SPOOL_RECORD_MAX + BATCH_ENTRY;
	struct batch batch = batch_over(u->out, BATCH_HEAD + (size_t)room);
	enum err err = spool_read(u->spool, u->sent_seq, fill, &batch);
	struct str frame = batch_end(&batch, spool_id(u->spool));

	if (err || str_empty(frame)) {
		u->more = false;
		return STR_NONE;
	}
	flights_add(&u->flights, batch.last_seq, (uint32_t)frame.len);
	u->sent_seq = batch.last_seq;
	u->sent_max = u->sent_seq > u->sent_max ? u->sent_seq : u->sent_max;
	u->sent_us = u->now.mono_us;
	u->frames_out++;
	expect(u);
	return frame;
}

/* Take one of the effects that were noted as `want_...`. */
static bool take_wish(struct uplink *u, struct uplink_effect *effect)
{
	static const uint8_t actions[] = {UPLINK_REVOKED, UPLINK_CONNECT, UPLINK_MAKE_CSR, UPLINK_CLOCK, UPLINK_ACKED};
	bool *wishes[] = {&u->want_revoked, &u->want_connect, &u->want_csr, &u->want_clock, &u->want_acked};
	for (size_t i = 0; i < sizeof(actions); i++) {
		if (!*wishes[i])
			continue;
		*wishes[i] = false;
		*effect = (struct uplink_effect){.action = actions[i], .text = u->error, .seq = u->acked_seq};
		if (effect->action == UPLINK_CLOCK)
			effect->seq = (uint64_t)(u->now.wall_us + u->wall_offset_us);
		return true;
	}
	return false;
}

static const struct actor_act *immunity_act(struct uplink *u)
{
	u->act = (struct actor_act){
		.origin = ORIGIN_IMMUNITY,
		.cause_us = u->now.mono_us,
		.decided_us = u->now.mono_us,
		.args = {.verb = VERB_BAN, .addr = u->message.addr, .duration_s = u->message.duration_s},
	};
	return &u->act;
}

static bool take_received(struct uplink *u, struct uplink_effect *effect)
{
	u->message.kind = WIRE_UNKNOWN;
	if (!take_frame(u))
		return false;
	if (u->message.kind == WIRE_ORDER && u->state == UP) {
		u->message.order.received_us = u->now.mono_us;
		effect->action = UPLINK_ORDER;
		effect->order = &u->message.order;
	} else if (u->message.kind == WIRE_TRUST && u->state == UP) {
		effect->action = UPLINK_TRUST;
		effect->bytes = u->message.trust;
	} else if (IS_ENABLED(CONFIG_IMMUNITY) && u->message.kind == WIRE_IMMUNITY && u->state == UP) {
		effect->action = UPLINK_IMMUNITY;
		effect->act = immunity_act(u);
	} else if (u->want_certificate) {
		u->want_certificate = false;
		effect->action = UPLINK_CERTIFICATE;
		effect->certificates = u->message.certificates;
	}
	return true;
}

/* What is sent when nothing else is: records, and objects when there are none of these. */
static bool take_next(struct uplink *u, struct uplink_effect *effect)
{
	effect->bytes = next_batch(u);
	if (IS_ENABLED(CONFIG_OBJECTS) && str_empty(effect->bytes))
		effect->bytes = uplink_objects_frame(u);
	if (!str_empty(effect->bytes))
		effect->action = UPLINK_SEND;
	else if (IS_ENABLED(CONFIG_OBJECTS) && (effect->object = uplink_objects_ask(u)) != NULL)
		effect->action = UPLINK_OBJECT;
	return effect->action != 0;
}

bool uplink_take(struct uplink *u, struct uplink_effect *effect)
{
	look_at_spool(u);
	do {
		*effect = (struct uplink_effect){0};
		if (u->want_close) {
			u->want_close = false;
			effect->action = UPLINK_CLOSE;
			effect->text = u->error;
		} else if (u->out_len && !u->out_given) {
			effect->action = UPLINK_SEND;
			effect->bytes = (struct str){(const char *)u->out, u->out_len};
			u->out_given = true;
		} else if (take_wish(u, effect) || take_received(u, effect)) {
			continue;
		} else {
			u->out_len = 0;
			u->out_given = false;
			return take_next(u, effect);
		}
	} while (effect->action == 0);
	return true;
}

/* The time by the service's clock, if a Welcome has had it. */
static struct now service_now(const struct uplink *u)
{
	return (struct now){u->now.mono_us, u->now.wall_us + u->wall_offset_us};
}

void uplink_tick(struct uplink *u, struct now now)
{
	u->now = now;
	if (u->state == WAITING && now.mono_us >= u->connect_us) {
		u->state = CONNECTING;
		u->attempts++;
		u->want_connect = true;
		u->answer_us = now.mono_us + UPLINK_ANSWER_US;
	} else if (u->state >= CONNECTING && u->state <= UP && now.mono_us >= u->answer_us) {
		fail(u, u->state == CONNECTING ? "connecting to it took too long" : "the service does not answer", 0);
	} else if (u->state == UP && renewal_due(&u->renewal, service_now(u))) {
		renewal_begin(&u->renewal, now);
		u->want_csr = true;
	} else if (u->state == UP && now.mono_us - u->sent_us >= u->keepalive_us) {
		struct buf b = out_begin(u);

		wire_put_ping(&b, u->frames_out);
		out_end(u, &b);
		expect(u);
	}
}

int64_t uplink_deadline(const struct uplink *u)
{
	if (u->state != UP)
		return u->state == WAITING			? u->connect_us
		       : u->state == REVOKED || u->state == OFF ? INT64_MAX
								: u->answer_us;
	int64_t ping = u->sent_us + u->keepalive_us, objects = INT64_MAX;

	if (IS_ENABLED(CONFIG_OBJECTS))
		objects = uplink_objects_deadline(u);
	ping = objects < ping ? objects : ping;
	if (renewal_due(&u->renewal, service_now(u)))
		return u->now.mono_us;
	return ping < u->answer_us ? ping : u->answer_us;
}

void uplink_health(const struct uplink *u, struct uplink_health *out)
{
	*out = (struct uplink_health){.welcome = u->state == UP,
				      .attempts = u->attempts,
				      .sent_seq = u->sent_seq,
				      .acked_seq = u->acked_seq,
				      .frames_in = u->frames_in,
				      .frames_out = u->frames_out,
				      .welcomes = u->welcomes,
				      .next_connect_us = u->state == WAITING ? u->connect_us : INT64_MAX};
	snprintf(out->last_error, sizeof(out->last_error), "%s", u->error);
}
