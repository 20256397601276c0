/* SPDX-License-Identifier: Apache-2.0 */
/* Turns audit messages into lines for the core. Joins no group itself: the socket comes ready from the actor. */
#include "agent/shell/source_netlink.h"

#include "agent/base/require.h"
#include "agent/shell/feed.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#define MESSAGES_PER_WAKE 4096

/* Records that user space programs send about people who log in (linux/audit.h and libaudit's audit-records.h). */
static const struct {
	uint16_t type;
	const char *name;
} names[] = {
	{1100, "USER_AUTH"},  {1101, "USER_ACCT"},   {1103, "CRED_ACQ"},
	{1105, "USER_START"}, {1106, "USER_END"},    {1109, "USER_ERR"},
	{1112, "USER_LOGIN"}, {1113, "USER_LOGOUT"}, {2100, "ANOM_LOGIN_FAILURES"},
};

static const char *name_of(uint16_t type)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].type == type)
			return names[i].name;
	}
	return NULL;
}

/* The kernel counts nlmsg_len of audit messages without the header, so the datagram's own length is taken. */
bool source_netlink_text(const void *message, size_t len, struct buf *out)
{
	struct nlmsghdr header;

	if (len < NLMSG_HDRLEN)
		return false;
	memcpy(&header, message, sizeof(header));
	const char *name = name_of(header.nlmsg_type);

	if (!name)
		return false;
	struct str text = {(const char *)message + NLMSG_HDRLEN, len - NLMSG_HDRLEN};

	while (text.len && (text.data[text.len - 1] == 0 || text.data[text.len - 1] == '\n'))
		text.len--;
	buf_text(out, "type=");
	buf_text(out, name);
	buf_text(out, " msg=");
	buf_put(out, text);
	return buf_check(out) == ERR_OK;
}

/* False: nothing there. */
static bool read_message(struct source_netlink *n)
{
	struct sockaddr_nl from = {0};
	struct iovec iov = {n->bytes, sizeof(n->bytes)};
	struct msghdr msg = {.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	struct buf text = buf_over(n->text, sizeof(n->text));
	ssize_t got = recvmsg(n->fd, &msg, MSG_DONTWAIT);

	if (got < 0 && errno == ENOBUFS) {
		n->overruns++;
		return true;
	}
	if (got < 0)
		return errno == EINTR;
	/* Only the kernel has port 0. */
	if (from.nl_pid == 0 && !(msg.msg_flags & MSG_TRUNC) && source_netlink_text(n->bytes, (size_t)got, &text)) {
		struct input input = {.kind = INPUT_LINE, .source = CORE_SOURCE_AUDIT, .bytes = buf_str(&text)};

		n->lines++;
		feed_input(n->feed, &input);
	}
	return true;
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct source_netlink *n = poll->data;

	(void)events;
	(void)status;
	for (int i = 0; i < MESSAGES_PER_WAKE && read_message(n); i++)
		;
}

void source_netlink_open(struct source_netlink *n, struct feed *feed, int fd)
{
	memset(n, 0, sizeof(*n));
	n->feed = feed;
	n->fd = fd;
	n->poll.data = n;
	require(uv_poll_init(feed->uv, &n->poll, fd) == 0);
	uv_poll_start(&n->poll, UV_READABLE, readable);
}
