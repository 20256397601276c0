/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The link's transport: carries out the uplink's effects by TCP and TLS, with the identity and the trust in this
 * device's directories. Never decides about the session or its retries: uplink.c does.
 */
#include "agent/shell/uplink_tls.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/tls/tls_socket.h"
#include "agent/common/core_fds.h"
#include "agent/shell/about.h"
#include "agent/shell/dial.h"
#include "agent/shell/file.h"
#include "agent/shell/fleet_ca.h"
#include "agent/shell/identity.h"
#include "agent/shell/link_objects.h"
#include "agent/shell/link_queue.h"
#include "agent/shell/process.h"
#include "agent/shell/socket_watch.h"
#include "agent/source/feed.h"
#include "agent/source/log.h"
#include "agent/uplink/uplink.h"
#include "proto/order.h"

#include <stdio.h>
#include <string.h>

#define READS_PER_WAKE 16

enum transport { IDLE, DIALING, SHAKING, OPEN };

struct uplink_tls {
	struct feed *feed;
	struct uplink *uplink;
	struct tls_socket tls;
	const char *wrong; /* what is wrong with the identity or the trust; NULL: nothing */
	struct dial dial;
	struct socket_watch *watch;
	enum transport state;
	enum identity_slot slot;
	bool configured, slot_good;
	uint64_t connects, resumptions;
	struct fleet_ca ca; /* in use */
	struct link_queue queue;
	struct link_objects objects;
	char bytes[UPLINK_FEED_MAX];
};

static void hang_up(struct uplink_tls *u)
{
	dial_cancel(&u->dial);
	if (u->state == SHAKING || u->state == OPEN)
		tls_end_close(u->tls.end);
	socket_watch_close(u->watch);
	u->watch = NULL;
	u->state = IDLE;
	link_queue_clear(&u->queue);
}

static enum err try_slot(struct uplink_tls *u, enum identity_slot slot);

/*
 * After a failure with one pair, use the other one next: a renewed pair that is refused must not lock the device out.
 */
static void change_slot(struct uplink_tls *u)
{
	enum identity_slot mine = u->slot, other = mine == IDENTITY_NEXT ? IDENTITY_CURRENT : IDENTITY_NEXT;
	enum err err = u->slot_good ? ERR_OK : try_slot(u, other);

	if (err && err != ERR_NOT_FOUND)
		u->configured = try_slot(u, mine) == ERR_OK;
}

static void lost(struct uplink_tls *u, const char *why)
{
	/* The service judges certificates after the handshake, when this end may have completed it already. */
	bool met = u->state == SHAKING || u->state == OPEN;
	char text[TLS_WHY_MAX];

	snprintf(text, sizeof(text), "%s", why[0] ? why : "the service closed the connection");
	hang_up(u);
	if (met)
		change_slot(u);
	uplink_disconnected(u->uplink, text, feed_now());
}

static void socket_ready(void *arg, int events);

/* TLS has ended the connection. */
static void lost_tls(struct uplink_tls *u)
{
	char why[TLS_WHY_MAX];

	tls_end_why(u->tls.end, why);
	lost(u, why);
}

/* Send as much of the queue as the socket takes. */
static void push(struct uplink_tls *u)
{
	int events = UV_READABLE;

	while (u->state == OPEN) {
		struct str front = link_queue_front(&u->queue);
		size_t taken = 0;
		enum tls_step step = str_empty(front) ? TLS_WAIT_READ : tls_socket_write(&u->tls, front, &taken);

		link_queue_drop(&u->queue, taken);
		if (step == TLS_DONE)
			continue;
		if (step >= TLS_CLOSED) {
			lost_tls(u);
			return;
		}
		events |= step == TLS_WAIT_WRITE ? UV_WRITABLE : 0;
		break;
	}
	if (u->state == OPEN)
		socket_watch_for(u->watch, events);
}

static void receive(struct uplink_tls *u)
{
	/* The socket reports no event for bytes that TLS has read already, so read those in any case. */
	for (int i = 0; u->state == OPEN && (i < READS_PER_WAKE || tls_end_fed(u->tls.end) > 0); i++) {
		size_t got = 0;
		enum tls_step step = tls_socket_read(&u->tls, u->bytes, sizeof(u->bytes), &got);

		if (step >= TLS_CLOSED)
			lost_tls(u);
		if (step != TLS_DONE)
			return;
		uplink_feed(u->uplink, (struct str){u->bytes, got}, feed_now());
		uplink_tls_before_sleep(u);
	}
}

static void shake(struct uplink_tls *u)
{
	enum tls_step step = tls_socket_shake(&u->tls);

	if (step >= TLS_CLOSED) {
		lost_tls(u);
		return;
	}
	socket_watch_for(u->watch, step == TLS_WAIT_WRITE ? UV_WRITABLE : UV_READABLE);
	if (step != TLS_DONE)
		return;
	u->state = OPEN;
	u->connects++;
	u->resumptions += tls_end_resumed(u->tls.end);
	uplink_connected(u->uplink, feed_now());
	uplink_tls_before_sleep(u);
}

static void socket_ready(void *arg, int events)
{
	struct uplink_tls *u = arg;

	if (events < 0)
		lost(u, uv_strerror(events));
	else if (u->state == SHAKING)
		shake(u);
	receive(u);
	push(u);
}

static void dialed(void *arg, int fd, const char *why)
{
	struct uplink_tls *u = arg;

	if (fd < 0) {
		lost(u, why);
		return;
	}
	u->watch = socket_watch_new(u->feed->uv, fd, socket_ready, u);
	u->state = SHAKING;
	if (!u->watch || !u->tls.end || tls_socket_begin(&u->tls, fd, clock_wall_s()) != ERR_OK)
		lost(u, "out of memory");
	else
		shake(u);
}

/* Read a text file of the trust directory. It is empty when the file does not exist or cannot be read. */
static struct str read_trust(const char *name, char *out, size_t cap)
{
	struct buf text = buf_over(out, cap);

	return file_read(CORE_FD_TRUST, name, &text) == ERR_OK ? buf_str(&text) : STR_NONE;
}

/* Use this identity from now on, and forget the kept session. After an error u->wrong is a sentence that says why. */
static enum err configure(struct uplink_tls *u, const struct tls_conf_setup *setup)
{
	static const char *const wrongs[] = {
		[TLS_PART_NONE] = "out of memory",
		[TLS_PART_CA] = "the fleet's CA certificate is damaged",
		[TLS_PART_CERT] = "this device's certificate is damaged",
		[TLS_PART_KEY] = "this device's key is damaged",
		[TLS_PART_PAIR] = "this device's key does not belong to its certificate",
	};
	enum tls_part wrong;

	struct tls_conf *conf;
	enum err err = tls_conf_new(setup, &conf, &wrong);

	if (!err) {
		tls_socket_close(&u->tls);
		err = tls_socket_open(&u->tls, conf);
		tls_conf_drop(conf);
	}
	u->wrong = !err ? NULL : err == ERR_TOO_LONG ? "the server's name is too long" : wrongs[wrong];
	return err;
}

/* Use the pair of this slot. ERR_NOT_FOUND: there is no such pair, and the one in use stays. */
static enum err try_slot(struct uplink_tls *u, enum identity_slot slot)
{
	static struct identity identity;
	char name[256];
	struct str server = read_trust("server_name", name, sizeof(name));
	static const char *const alpn[] = {"caltrop/1", NULL};
	struct tls_conf_setup setup = {.role = TLS_CLIENT,
				       .peers = TLS_PEERS_OURS,
				       .proof = TLS_PROOF_REQUIRED,
				       .alpn = alpn,
				       .clockless = true,
				       .server_name = u->feed->settings->server_host};
	int64_t not_before_s, not_after_s;

	enum err err = identity_load(CORE_FD_IDENTITY, slot, &identity);

	if (err)
		return ERR_NOT_FOUND;
	fleet_ca_read(CORE_FD_TRUST, &u->ca);
	uplink_trust_version(u->uplink, u->ca.version);
	setup.ca_pem = (struct str){u->ca.pem, u->ca.len};
	setup.cert_pem = (struct str){identity.cert, identity.cert_len};
	setup.key_pem = (struct str){identity.key, identity.key_len};
	server = str_trim(server);
	if (server.len) {
		name[server.data - name + server.len] = 0;
		setup.server_name = server.data;
	}
	err = configure(u, &setup);
	identity_wipe(&identity);
	if (err)
		return ERR_CORRUPT;
	u->slot = slot;
	u->slot_good = false;
	if (tls_end_validity(u->tls.end, &not_before_s, &not_after_s))
		uplink_validity(u->uplink, not_before_s, not_after_s);
	return ERR_OK;
}

/* Called when the service has accepted the identity in use. */
static void accepted(struct uplink_tls *u)
{
	u->slot_good = true;
	if (identity_adopt(CORE_FD_IDENTITY, u->slot) == ERR_OK)
		u->slot = IDENTITY_CURRENT;
	health_set(u->feed->health, HEALTH_IDENTITY, NULL);
}

bool uplink_tls_reload(struct uplink_tls *u)
{
	hang_up(u);
	uplink_stop(u->uplink);
	u->configured = false;
	if (u->feed->settings->server_host[0] == 0)
		return false;
	for (unsigned slot = 0; slot < IDENTITY_SLOTS && !u->configured; slot++)
		u->configured = try_slot(u, (enum identity_slot)slot) == ERR_OK;
	if (!u->configured) {
		health_set(u->feed->health, HEALTH_IDENTITY,
			   "this device is not enrolled%s%s; enrol it by `caltrop enroll`", u->wrong ? ": " : "",
			   u->wrong ? u->wrong : "");
		return false;
	}
	health_set(u->feed->health, HEALTH_IDENTITY, NULL);
	uplink_start(u->uplink, feed_now());
	return true;
}

void uplink_tls_trust(struct uplink_tls *u, uint64_t version)
{
	static struct fleet_ca now;

	if (version == u->ca.version || version == 0 || !u->configured)
		return;
	fleet_ca_read(CORE_FD_TRUST, &now);
	u->ca.version = now.version;
	uplink_trust_version(u->uplink, now.version);
	if (strcmp(now.pem, u->ca.pem) == 0)
		return;
	log_line(SEV_INFO, "the trust bundle names another CA; connecting again");
	uplink_tls_reload(u);
}

static void make_csr(struct uplink_tls *u)
{
	struct key_der key;
	uint8_t csr[KEY_CSR_MAX];
	size_t len = 0;
	enum err err = identity_next_key(CORE_FD_IDENTITY, &key);

	if (err == ERR_OK)
		err = key_csr(&key, key_random_kernel, "renewal", csr, &len);
	key_wipe(&key, sizeof(key));
	if (err == ERR_OK)
		uplink_csr(u->uplink, (struct str){(char *)csr, len}, feed_now());
	else
		health_set(u->feed->health, HEALTH_IDENTITY, "cannot make a key for the new certificate: %s",
			   err_text(err));
}

/* Save a renewed certificate and use it. The old pair stays on disk until the service has accepted the new one. */
static void on_certificate(struct uplink_tls *u, const struct uplink_effect *effect)
{
	enum err err = identity_put_next(CORE_FD_IDENTITY, effect->certificates);

	if (err) {
		health_set(u->feed->health, HEALTH_IDENTITY, "cannot keep the new certificate: %s", err_text(err));
		return;
	}
	log_line(SEV_INFO, "the service renewed this device's certificate");
	uplink_tls_reload(u);
}

static void on_order(struct uplink_tls *u, const struct actor_order *order)
{
	struct input input = {.kind = INPUT_ORDER, .order = order};

	feed_input(u->feed, &input);
}

/* The session is over. It may be this pair that the service does not know. */
static void part(struct uplink_tls *u)
{
	bool met = u->state == OPEN;

	push(u);
	hang_up(u);
	if (met)
		change_slot(u);
}

static void carry_out(struct uplink_tls *u, const struct uplink_effect *effect)
{
	switch (effect->action) {
	case UPLINK_CONNECT:
		hang_up(u);
		u->state = DIALING;
		dial_start(&u->dial, u->feed->settings->server_host, u->feed->settings->server_port);
		break;
	case UPLINK_SEND:
		if (!link_queue_put(&u->queue, effect->bytes))
			lost(u, "the service reads nothing from the connection");
		break;
	case UPLINK_CLOSE: part(u); break;
	case UPLINK_ORDER: on_order(u, effect->order); break;
	case UPLINK_OBJECT:
		if (IS_ENABLED(CONFIG_OBJECTS))
			link_objects_ask(&u->objects, effect->object);
		break;
	case UPLINK_MAKE_CSR: make_csr(u); break;
	case UPLINK_CERTIFICATE: on_certificate(u, effect); break;
	case UPLINK_REVOKED:
		health_set(u->feed->health, HEALTH_IDENTITY, "the service has revoked this device: %s", effect->text);
		break;
	case UPLINK_CLOCK: feed_learn_clock((int64_t)effect->seq); break;
	case UPLINK_TRUST: u->feed->trust(u->feed->context, effect->bytes); break;
	case UPLINK_IMMUNITY: u->feed->immunity(u->feed->context, effect->act); break;
	case UPLINK_ACKED: break;
	}
}

void uplink_tls_before_sleep(struct uplink_tls *u)
{
	struct uplink_effect effect;
	struct uplink_health health;
	bool held_back;

	do {
		uplink_pending(u->uplink, link_queue_front(&u->queue).len);
		while (uplink_take(u->uplink, &effect)) {
			carry_out(u, &effect);
			uplink_pending(u->uplink, link_queue_front(&u->queue).len);
		}
		held_back = link_queue_front(&u->queue).len > UPLINK_PENDING_MAX;
		push(u);
	} while (held_back && u->state == OPEN && link_queue_front(&u->queue).len <= UPLINK_PENDING_MAX);
	if (IS_ENABLED(CONFIG_OBJECTS))
		link_objects_problems(&u->objects);
	uplink_health(u->uplink, &health);
	if (health.welcome && !u->slot_good)
		accepted(u);
	if (u->configured && !health.welcome && health.last_error[0])
		health_set(u->feed->health, HEALTH_LINK, "no link to the service %s port %u: %s",
			   u->feed->settings->server_host, u->feed->settings->server_port, health.last_error);
	else if (health.welcome || !u->configured)
		health_set(u->feed->health, HEALTH_LINK, NULL);
}

void uplink_tls_wake(struct uplink_tls *u)
{
	uplink_wake(u->uplink, feed_now());
}

void uplink_tls_order_seen(struct uplink_tls *u, const struct actor_order *order)
{
	static const uint8_t none[MESSAGE_ID];
	struct order decoded;
	char why[ORDER_WHY_MAX];

	/* One that does not decode has been seen, too: the actor refuses it with a receipt. */
	(void)!order_decode(order->order, order->order_len, &decoded, why);
	if (memcmp(decoded.id, none, sizeof(none)) != 0)
		uplink_order_seen(u->uplink, decoded.id, feed_now());
}

void uplink_tls_tick(struct uplink_tls *u, struct now now)
{
	dial_tick(&u->dial, now);
	if (now.mono_us >= uplink_deadline(u->uplink))
		uplink_tick(u->uplink, now);
}

int64_t uplink_tls_deadline(const struct uplink_tls *u)
{
	int64_t dial = dial_deadline(&u->dial), uplink = uplink_deadline(u->uplink);

	return dial < uplink ? dial : uplink;
}

void uplink_tls_object_answered(struct uplink_tls *u, const struct actor_object_answer *answer)
{
	uplink_objects_answer(u->uplink, answer, feed_now());
}

void uplink_tls_look(struct uplink_tls *u)
{
	uplink_objects_look(u->uplink);
}

uint64_t uplink_tls_heard(const struct uplink_tls *u)
{
	struct uplink_health health;

	uplink_health(u->uplink, &health);
	return health.frames_in;
}

void uplink_tls_health(const struct uplink_tls *u, struct core_shell_health *out)
{
	struct uplink_health health;

	uplink_health(u->uplink, &health);
	out->linked = health.welcome;
	health_count(out, "link_connects", u->connects);
	health_count(out, "link_resumptions", u->resumptions);
	health_count(out, "link_frames_in", health.frames_in);
	health_count(out, "link_frames_out", health.frames_out);
	health_count(out, "link_acked_seq", health.acked_seq);
	if (IS_ENABLED(CONFIG_OBJECTS))
		link_objects_count(&u->objects, out);
}

void uplink_tls_close(struct uplink_tls *u)
{
	hang_up(u);
	uplink_stop(u->uplink);
}

struct uplink_tls *uplink_tls_open(struct feed *feed, struct spool *spool)
{
	struct uplink_tls *u = process_reserve(sizeof(*u));
	struct hash_key jitter;

	process_random(&jitter, sizeof(jitter));
	u->feed = feed;
	u->uplink = uplink_init(process_reserve(uplink_size()), spool, about_read(), jitter);
	if (IS_ENABLED(CONFIG_OBJECTS))
		link_objects_open(&u->objects, feed, u->uplink);
	dial_init(&u->dial, feed->uv);
	u->dial.done = dialed;
	u->dial.arg = u;
	return u;
}
