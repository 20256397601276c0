/* SPDX-License-Identifier: Apache-2.0 */
/* Reads all datagrams of the syslog socket and feeds them to the core. Never answers and never waits. */
#include "agent/source/syslog_socket.h"

#include "agent/common/core_fds.h"
#include "agent/source/feed.h"

#include <errno.h>
#include <string.h>

#define BATCHES_PER_WAKE 256

/* Cut the line feed or NUL with which syslog(3) of some C libraries ends a datagram. */
static struct str line_of(const char *bytes, size_t len)
{
	while (len && (bytes[len - 1] == '\n' || bytes[len - 1] == 0))
		len--;
	return (struct str){bytes, len};
}

/*
 * Whether root sent the datagram. False: another user did, or the kernel did not say. *writer is the number of the
 * process; 0: the process is in another namespace.
 */
static bool root_wrote(struct msghdr *message, uint32_t *writer)
{
	struct ucred who;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS ||
		    c->cmsg_len != CMSG_LEN(sizeof(who)))
			continue;
		memcpy(&who, CMSG_DATA(c), sizeof(who));
		*writer = who.pid > 0 ? (uint32_t)who.pid : 0;
		return who.uid == 0;
	}
	return false;
}

/* Receive and feed one batch. Returns how many datagrams it had. */
static int read_batch(struct syslog_socket *d)
{
	struct input input = {.kind = INPUT_LINE, .source = CORE_SOURCE_SYSLOG};
	int n;

	for (int i = 0; i < SYSLOG_SOCKET_BATCH; i++)
		d->messages[i].msg_hdr.msg_controllen = sizeof(d->controls[i]);
	do {
		n = recvmmsg(d->fd, d->messages, SYSLOG_SOCKET_BATCH, MSG_DONTWAIT, NULL);
	} while (n < 0 && errno == EINTR);
	struct now now = feed_now();

	for (int i = 0; i < n; i++) {
		if (!root_wrote(&d->messages[i].msg_hdr, &input.writer)) {
			d->dropped++;
			continue;
		}
		d->cut += (d->messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
		d->lines++;
		input.bytes = line_of(d->bytes[i], d->messages[i].msg_len);
		feed_input_at(d->feed, &input, now);
	}
	return n;
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct syslog_socket *d = poll->data;

	(void)events;
	if (status < 0)
		return;
	for (int i = 0; i < BATCHES_PER_WAKE && read_batch(d) == SYSLOG_SOCKET_BATCH; i++)
		;
}

static bool wanted(const struct settings *settings)
{
	return settings->syslog_socket[0] != '\0';
}

static void open_socket(void *state, const struct source_given *given)
{
	struct syslog_socket *d = state;

	if (given->fd < 0) {
		health_set(given->feed->health, given->slot, "caltropd could not open the syslog socket %s",
			   given->feed->settings->syslog_socket);
		return;
	}
	d->feed = given->feed;
	d->fd = given->fd;
	d->poll.data = d;
	for (int i = 0; i < SYSLOG_SOCKET_BATCH; i++) {
		d->parts[i] = (struct iovec){d->bytes[i], sizeof(d->bytes[i])};
		d->messages[i].msg_hdr.msg_iov = &d->parts[i];
		d->messages[i].msg_hdr.msg_iovlen = 1;
		d->messages[i].msg_hdr.msg_control = d->controls[i];
	}
	feed_poll(d->feed, &d->poll, d->fd, readable);
}

static void counters(const void *state, struct core_shell_health *out)
{
	const struct syslog_socket *d = state;

	health_count(out, "syslog_lines", d->lines);
	health_count(out, "syslog_not_root", d->dropped);
	health_count(out, "syslog_cut", d->cut);
}

const struct source_row syslog_socket_row = {
	.name = "syslog",
	.fd = CORE_FD_SYSLOG,
	.size = sizeof(struct syslog_socket),
	.wanted = wanted,
	.open = open_socket,
	.counters = counters,
};
