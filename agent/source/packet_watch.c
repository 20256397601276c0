/* SPDX-License-Identifier: Apache-2.0 */
/* Moves packets that were logged, and addresses that connected to decoys. Never judges them: the sensor does. */
#include "agent/source/packet_watch.h"

#include "agent/base/netlink_socket.h"
#include "agent/common/core_fds.h"
#include "agent/common/packet_log.h"
#include "agent/event/connection.h"
#include "agent/sensors/sensors.h"
#include "agent/source/feed.h"

#include <linux/netlink.h>

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define DATAGRAMS_PER_WAKE 64
#define CONNECTIONS_PER_WAKE 16
#define LOG_BYTES (16u << 10)

struct watch {
	struct feed *feed;
	unsigned slot;
	uint64_t overruns, unread; /* datagrams that the kernel dropped; packets of other protocols */
	struct netlink log;
	uv_poll_t readable;
	struct packet_given given;
	int fds[SETTINGS_DECOYS_MAX];
	uv_poll_t decoys[SETTINGS_DECOYS_MAX];
	char memory[LOG_BYTES];
};

static void give(struct watch *w, const struct packet_sample *sample)
{
	struct input input = {.kind = INPUT_SAMPLE,
			      .source = SENSORS_SOURCE_PACKET,
			      .bytes = {(const char *)sample, sizeof(*sample)}};

	feed_input(w->feed, &input);
}

static void take_log(struct watch *w, const struct netlink_message *m)
{
	struct packet_sample sample;

	if (packet_log_read(m, &sample))
		give(w, &sample);
	else
		w->unread += m->type >= NLMSG_MIN_TYPE; /* the end of a batch is no packet */
}

static void read_log(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;
	struct netlink_message m;
	struct view datagram;

	(void)status;
	(void)events;
	for (int i = 0; i < DATAGRAMS_PER_WAKE; i++) {
		enum err err = netlink_receive(w->log.fd, w->memory, sizeof(w->memory), &datagram);

		w->overruns += err == ERR_FULL;
		if (err != ERR_OK && err != ERR_FULL)
			return;
		while (err == ERR_OK && netlink_next(&datagram, &m))
			take_log(w, &m);
	}
}

/* The address of one end; a socket of both families has IPv4 ones mapped, which the sensor knows. */
static bool put_end(const struct sockaddr_storage *a, struct packet_sample *out, uint8_t address[16], uint16_t *port)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)a;
	const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)a;

	if (a->ss_family == AF_INET6) {
		memcpy(address, &six->sin6_addr, 16);
		*port = ntohs(six->sin6_port);
	} else {
		memcpy(address, &four->sin_addr, 4);
		*port = ntohs(four->sin_port);
	}
	out->family = a->ss_family == AF_INET6 ? 6 : 4;
	return a->ss_family == AF_INET6 || a->ss_family == AF_INET;
}

/* Reset, so that neither end keeps anything of it. */
static bool take_connection(struct watch *w, int listener)
{
	static const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	struct packet_sample sample = {
		PACKET_SAMPLE_VERSION, PACKET_SAMPLE_CONNECTED, CONNECTION_TCP, 0, {0}, {0}, 0, 0};
	struct sockaddr_storage remote = {0}, local = {0};
	socklen_t remote_len = sizeof(remote), local_len = sizeof(local);
	int fd = accept4(listener, (struct sockaddr *)&remote, &remote_len, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return false;
	if (getsockname(fd, (struct sockaddr *)&local, &local_len) == 0 &&
	    put_end(&remote, &sample, sample.remote, &sample.remote_port) &&
	    put_end(&local, &sample, sample.local, &sample.local_port))
		give(w, &sample);
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
	return true;
}

static void read_decoy(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;

	(void)status;
	(void)events;
	for (int i = 0; i < CONNECTIONS_PER_WAKE && take_connection(w, w->fds[poll - w->decoys]); i++)
		continue;
}

static bool wanted(const struct settings *settings)
{
	return settings->firewall;
}

/* The message waits, because caltropd has sent it before this process began. */
static bool receive_given(struct watch *w)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(w->fds))];
	} control;
	struct iovec part = {&w->given, sizeof(w->given)};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	const struct cmsghdr *c;

	if (recvmsg(CORE_FD_PACKET_GIVEN, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(w->given) ||
	    w->given.decoys > SETTINGS_DECOYS_MAX)
		return false;
	w->given.why[sizeof(w->given.why) - 1] = '\0';
	c = CMSG_FIRSTHDR(&message);
	if (!c || c->cmsg_type != SCM_RIGHTS)
		return w->given.decoys == 0;
	if (c->cmsg_len != CMSG_LEN(w->given.decoys * sizeof(int)))
		return false;
	memcpy(w->fds, CMSG_DATA(c), w->given.decoys * sizeof(int));
	return true;
}

static void open_watch(void *state, const struct source_given *given)
{
	struct watch *w = state;

	w->feed = given->feed;
	w->slot = given->slot;
	w->log = (struct netlink){.fd = -1, .in = w->memory, .in_cap = sizeof(w->memory)};
	if (given->fd >= 0 && netlink_adopt(&w->log, given->fd) != ERR_OK)
		w->log.fd = -1;
	if (!w->feed->has_fd(CORE_FD_PACKET_GIVEN) || !receive_given(w)) {
		w->given.decoys = 0;
		str_show(STR("caltropd gave no decoys"), w->given.why, sizeof(w->given.why));
	}
	if (w->log.fd < 0 && !w->given.why[0])
		str_show(STR("packets to ports that nobody serves are not seen: their log cannot be read"),
			 w->given.why, sizeof(w->given.why));
	health_set(w->feed->health, w->slot, w->given.why[0] ? "%s" : NULL, w->given.why);
}

static void start_watch(void *state)
{
	struct watch *w = state;

	w->readable.data = w;
	if (w->log.fd >= 0)
		feed_poll(w->feed, &w->readable, w->log.fd, read_log);
	for (unsigned i = 0; i < w->given.decoys; i++) {
		w->decoys[i].data = w;
		feed_poll(w->feed, &w->decoys[i], w->fds[i], read_decoy);
	}
}

static void counters(const void *state, struct core_shell_health *out)
{
	const struct watch *w = state;

	health_count(out, "packet_overruns", w->overruns);
	health_count(out, "packets_unread", w->unread);
	health_count(out, "decoys", w->given.decoys);
}

const struct source_row packet_watch_row = {
	.name = "firewall",
	.fd = CORE_FD_PACKET_LOG,
	.size = sizeof(struct watch),
	.wanted = wanted,
	.open = open_watch,
	.start = start_watch,
	.counters = counters,
};
