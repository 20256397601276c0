/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves messages between the core and the actor. Never waits: what the socket does not take is queued, because sources
 * such as the syslog socket must be read on while the actor waits for a lock.
 */
#include "agent/shell/actor_link.h"

#include "agent/base/require.h"
#include "agent/common/message.h"
#include "agent/core/core.h"
#include "agent/source/feed.h"
#include "agent/source/log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGES_PER_WAKE 256
#define MESSAGE_MAX 8192
#define BUSY_BYTES 16384u

_Static_assert(sizeof(struct actor_order) <= MESSAGE_MAX && sizeof(struct actor_receipt) <= MESSAGE_MAX &&
		       sizeof(struct actor_trust) <= MESSAGE_MAX,
	       "buffer size");

struct message {
	_Alignas(8) uint8_t bytes[MESSAGE_MAX];
	size_t len;
	int fd; /* the descriptor that came with it; -1: none */
};

static void readable(uv_poll_t *poll, int status, int events);

static void watch(struct actor_link *a)
{
	uv_poll_start(&a->poll, UV_READABLE | (a->queued ? UV_WRITABLE : 0), readable);
}

/* Send a message now. False: the socket takes none at the moment. */
static bool send_now(struct actor_link *a, const void *message, size_t len)
{
	ssize_t n;

	do {
		n = send(a->fd, message, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == ENOBUFS))
		return false;
	if (n < 0)
		log_fatal("caltropd has closed its socket");
	a->sent++;
	return true;
}

static void flush(struct actor_link *a)
{
	size_t at = 0;

	while (at < a->queued) {
		uint32_t len;

		memcpy(&len, a->queue + at, sizeof(len));
		if (!send_now(a, a->queue + at + sizeof(len), len))
			break;
		at += sizeof(len) + len;
	}
	memmove(a->queue, a->queue + at, a->queued - at);
	a->queued -= at;
	if (a->queued == 0)
		watch(a);
}

bool actor_link_send(struct actor_link *a, uint16_t type, const void *message)
{
	uint8_t copy[MESSAGE_MAX];
	uint32_t len = (uint32_t)message_length(type);
	struct actor_header header;

	require(len >= sizeof(header) && len <= sizeof(copy));
	memcpy(copy, message, len);
	memcpy(&header, message, sizeof(header));
	header.version = MESSAGE_VERSION;
	header.type = type;
	header.length = len;
	memcpy(copy, &header, sizeof(header));
	a->unopened += type == ACTOR_SOURCE;
	if (a->queued == 0 && send_now(a, copy, len))
		return true;
	if (ACTOR_LINK_QUEUE_BYTES - a->queued < sizeof(len) + len) {
		a->dropped++;
		a->unopened -= type == ACTOR_SOURCE;
		return false;
	}
	bool first = a->queued == 0;

	memcpy(a->queue + a->queued, &len, sizeof(len));
	memcpy(a->queue + a->queued + sizeof(len), copy, len);
	a->queued += sizeof(len) + len;
	if (first)
		watch(a);
	return true;
}

void actor_link_trust(struct actor_link *a, struct str sealed)
{
	static struct actor_trust message;

	if (sealed.len > sizeof(message.bytes))
		return;
	message.len = (uint16_t)sealed.len;
	memcpy(message.bytes, sealed.data, sealed.len);
	actor_link_send(a, ACTOR_TRUST, &message);
}

bool actor_link_busy(const struct actor_link *a)
{
	return a->queued > BUSY_BYTES;
}

static void on_message(struct actor_link *a, const struct message *m)
{
	struct actor_header header;
	struct input input = {0};

	memcpy(&header, m->bytes, sizeof(header));
	switch (header.type) {
	case ACTOR_SOURCE:
		a->unopened -= a->unopened > 0;
		a->source_opened(a->feed->context, (const struct actor_source *)m->bytes, m->fd);
		return;
	case ACTOR_OBJECT_ANSWER:
		a->object_answered(a->feed->context, (const struct actor_object_answer *)m->bytes);
		return;
	case ACTOR_WAITING: a->object_waits(a->feed->context); return;
	case ACTOR_OWNER_ANSWER:
		a->owner_answered(a->feed->context, (const struct actor_owner_answer *)m->bytes);
		return;
	case ACTOR_RECEIPT:
		input.kind = INPUT_RECEIPT;
		input.receipt = (const struct actor_receipt *)m->bytes;
		a->place = input.receipt->place.seq;
		break;
	case ACTOR_HEAD:
		input.kind = INPUT_CHAIN_HEAD;
		input.chain_head = (const struct actor_head *)m->bytes;
		break;
	case ACTOR_EFFECT:
		input.kind = INPUT_EFFECT;
		input.effect = (const struct actor_effect *)m->bytes;
		break;
	case ACTOR_HEALTH:
		input.kind = INPUT_ACTOR_HEALTH;
		input.health = (const struct actor_health *)m->bytes;
		a->leases = input.health->leases;
		a->trust_version = input.health->trust_version;
		break;
	case ACTOR_NETS:
		input.kind = INPUT_NETS;
		input.nets = (const struct actor_nets *)m->bytes;
		break;
	case ACTOR_SYNCED: input.kind = INPUT_SYNCED; break;
	default: return;
	}
	feed_input(a->feed, &input);
}

static bool valid(const struct message *m)
{
	struct actor_header header;

	if (m->len < sizeof(header))
		return false;
	memcpy(&header, m->bytes, sizeof(header));
	return header.version == MESSAGE_VERSION && header.length == m->len && message_length(header.type) == m->len;
}

/* The descriptor that came with a message; -1: none. */
static int passed_fd(struct msghdr *msg)
{
	int fd = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
			memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	}
	return fd;
}

/* Receive the next message. False: there is none. */
static bool receive(struct actor_link *a, struct message *m)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {m->bytes, sizeof(m->bytes)};
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t n;

	do {
		n = recvmsg(a->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0)
		log_fatal("caltropd has closed its socket");
	m->len = (size_t)n;
	m->fd = passed_fd(&msg);
	return true;
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct actor_link *a = poll->data;
	struct message m;

	if (status < 0)
		log_fatal("caltropd has closed its socket");
	if (events & UV_WRITABLE)
		flush(a);
	for (int i = 0; i < MESSAGES_PER_WAKE && receive(a, &m); i++) {
		if (!valid(&m))
			log_fatal("caltropd has sent a message of another version");
		on_message(a, &m);
	}
}

void actor_link_open(struct actor_link *a, struct feed *feed, int fd)
{
	a->feed = feed;
	a->fd = fd;
	a->poll.data = a;
	require(uv_poll_init(feed->uv, &a->poll, fd) == 0);
	watch(a);
}
