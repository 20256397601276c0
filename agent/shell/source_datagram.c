/* SPDX-License-Identifier: Apache-2.0 */
/* Drains the syslog socket into the core. Never answers, never waits. */
#include "agent/shell/source_datagram.h"

#include "agent/base/require.h"
#include "agent/shell/feed.h"

#include <errno.h>
#include <string.h>

#define BATCHES_PER_WAKE 256

/* syslog(3) of some C libraries ends a datagram with a line feed or a NUL. */
static struct str line_of(const char *bytes, size_t len)
{
	while (len && (bytes[len - 1] == '\n' || bytes[len - 1] == 0))
		len--;
	return (struct str){bytes, len};
}

/* How many datagrams there were. */
static int take_batch(struct source_datagram *d)
{
	struct input input = {.kind = INPUT_LINE, .source = CORE_SOURCE_SYSLOG};
	int n;

	do {
		n = recvmmsg(d->fd, d->messages, SOURCE_DATAGRAM_BATCH, MSG_DONTWAIT, NULL);
	} while (n < 0 && errno == EINTR);
	struct now now = feed_now();

	for (int i = 0; i < n; i++) {
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
	for (int i = 0; i < BATCHES_PER_WAKE && take_batch(d) == SOURCE_DATAGRAM_BATCH; i++)
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
	}
	require(uv_poll_init(feed->uv, &d->poll, fd) == 0);
	uv_poll_start(&d->poll, UV_READABLE, readable);
}
