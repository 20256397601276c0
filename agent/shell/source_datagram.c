/* SPDX-License-Identifier: Apache-2.0 */
/* Reads all datagrams of the syslog socket and feeds them to the core. Never answers and never waits. */
#include "agent/shell/source_datagram.h"

#include "agent/base/require.h"
#include "agent/shell/feed.h"

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
static int read_batch(struct source_datagram *d)
{
	struct input input = {.kind = INPUT_LINE, .source = CORE_SOURCE_SYSLOG};
	int n;

	for (int i = 0; i < SOURCE_DATAGRAM_BATCH; i++)
		d->messages[i].msg_hdr.msg_controllen = sizeof(d->controls[i]);
	do {
		n = recvmmsg(d->fd, d->messages, SOURCE_DATAGRAM_BATCH, MSG_DONTWAIT, NULL);
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
	struct source_datagram *d = poll->data;

	(void)events;
	if (status < 0)
		return;
	for (int i = 0; i < BATCHES_PER_WAKE && read_batch(d) == SOURCE_DATAGRAM_BATCH; i++)
		;
}

void source_datagram_open(struct source_datagram *d, struct feed *feed, int fd)
{
	memset(d, 0, sizeof(*d));
	d->feed = feed;
	d->fd = fd;
	d->poll.data = d;
	for (int i = 0; i < SOURCE_DATAGRAM_BATCH; i++) {
		d->parts[i] = (struct iovec){d->bytes[i], sizeof(d->bytes[i])};
		d->messages[i].msg_hdr.msg_iov = &d->parts[i];
		d->messages[i].msg_hdr.msg_iovlen = 1;
		d->messages[i].msg_hdr.msg_control = d->controls[i];
	}
	require(uv_poll_init(feed->uv, &d->poll, fd) == 0);
	uv_poll_start(&d->poll, UV_READABLE, readable);
}
