/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls of the netlink layer. The kernel handles a request inside of sendto(2), so its answer can usually be
 * read at once. netlink_read.c decides when an answer is complete.
 */
#include "agent/base/netlink_socket.h"

#include "agent/base/require.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum err netlink_open(struct netlink *s, int protocol)
{
	static const struct timeval wait = {NETLINK_WAIT_MS / 1000, NETLINK_WAIT_MS % 1000 * 1000};
	struct sockaddr_nl address = {.nl_family = AF_NETLINK};
	socklen_t len = sizeof(address);
	enum err err;

	s->any_port = false;
	s->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (s->fd < 0)
		return err_from_errno(errno);
	if (bind(s->fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    getsockname(s->fd, (struct sockaddr *)&address, &len) == 0 &&
	    setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0) {
		s->port = address.nl_pid;
		return ERR_OK;
	}
	err = err_from_errno(errno);
	netlink_close(s);
	return err;
}

void netlink_close(struct netlink *s)
{
	int number = errno;

	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	errno = number;
}

enum err netlink_join(int fd, unsigned group)
{
	return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) == 0 ? ERR_OK
											       : err_from_errno(errno);
}

void netlink_queue(int fd, int bytes)
{
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
}

bool netlink_dropped(int fd, uint64_t *count)
{
	uint32_t values[SK_MEMINFO_VARS];
	socklen_t len = sizeof(values);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values, &len) != 0 || len <= SK_MEMINFO_DROPS * sizeof(values[0]))
		return false;
	*count = values[SK_MEMINFO_DROPS];
	return true;
}

/* Receive one datagram. It is empty when the sender is not the kernel. */
static enum err receive(int fd, struct iovec room, int flags, struct view *out)
{
	struct sockaddr_nl from = {0};
	struct msghdr msg = {.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &room, .msg_iovlen = 1};
	ssize_t got;

	*out = view_over(room.iov_base, 0);
	do
		got = recvmsg(fd, &msg, flags);
	while (got < 0 && errno == EINTR);
	if (got < 0 && errno == ENOBUFS)
		return ERR_FULL;
	if (got < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? ERR_TIMEOUT : err_from_errno(errno);
	if (msg.msg_namelen != sizeof(from) || from.nl_family != AF_NETLINK || from.nl_pid != 0)
		return ERR_OK;
	if (msg.msg_flags & MSG_TRUNC)
		return ERR_FULL;
	out->len = (size_t)got;
	return ERR_OK;
}

enum err netlink_receive(int fd, void *memory, size_t cap, struct view *out)
{
	enum err err = ERR_OK;

	for (unsigned i = 0; i < NETLINK_STRANGERS_MAX && err == ERR_OK; i++) {
		err = receive(fd, (struct iovec){memory, cap}, MSG_DONTWAIT, out);
		if (err != ERR_OK || out->len > 0)
			return err;
	}
	return ERR_TIMEOUT;
}

static enum err send_out(int fd, const struct netlink_out *o)
{
	static const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	ssize_t sent;

	do
		sent = sendto(fd, o->data, o->len, 0, (const struct sockaddr *)&kernel, sizeof(kernel));
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return err_from_errno(errno);
	return (size_t)sent == o->len ? ERR_OK : ERR_IO;
}

/* The flags of the message with the number seq, which must exist. */
static uint16_t flags_of(const struct netlink_out *o, uint32_t seq)
{
	struct view rest = view_over(o->data, o->len);
	struct netlink_message m;

	while (netlink_next(&rest, &m))
		if (m.seq == seq)
			return m.flags;
	require(false);
	return 0;
}

/* Read until the answer is complete. ERR_OK: w->result is its error. */
static enum err await(struct netlink *s, struct netlink_wait *w, const struct netlink_reader *reader)
{
	struct view datagram;
	bool over = false;

	for (unsigned strangers = 0; !over && strangers < NETLINK_STRANGERS_MAX; strangers++) {
		unsigned heard = w->heard;
		enum err err = receive(s->fd, (struct iovec){s->in, s->in_cap}, 0, &datagram);

		/* The kernel may report that a transaction failed and never answer its last message. */
		if (err != ERR_OK)
			return w->result != ERR_OK ? ERR_OK : err;
		over = netlink_wait_take(w, datagram, reader);
		if (w->heard != heard)
			strangers = 0;
	}
	return over ? ERR_OK : ERR_TIMEOUT;
}

enum err netlink_ask(struct netlink *s, const struct netlink_out *o, uint32_t last_seq,
		     const struct netlink_reader *reader)
{
	enum err err = netlink_check(o);

	if (err != ERR_OK)
		return err;
	for (unsigned i = 0; i < NETLINK_DUMPS_MAX; i++) {
		struct netlink_wait w = {.port = s->port, .first_seq = o->first_seq, .last_seq = last_seq};

		w.any_port = s->any_port;
		w.flags = flags_of(o, last_seq);
		if (i > 0 && reader && reader->again)
			reader->again(reader->context);
		err = send_out(s->fd, o);
		if (err == ERR_OK)
			err = await(s, &w, reader);
		if (err != ERR_OK || w.result != ERR_OK || !w.interrupted)
			return err != ERR_OK ? err : w.result;
	}
	return ERR_BUSY;
}

enum err netlink_adopt(struct netlink *s, int fd)
{
	struct sockaddr_nl address = {0};
	socklen_t len = sizeof(address);
	struct view old;

	if (getsockname(fd, (struct sockaddr *)&address, &len) != 0 || address.nl_family != AF_NETLINK)
		return ERR_INVALID;
	s->fd = fd;
	s->any_port = false;
	s->port = address.nl_pid;
	for (unsigned i = 0; i < NETLINK_STRANGERS_MAX; i++) {
		enum err err = netlink_receive(fd, s->in, s->in_cap, &old);

		if (err != ERR_OK && err != ERR_FULL)
			break;
	}
	return ERR_OK;
}
