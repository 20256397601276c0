/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binds the log of packets, and listens at the decoys: the kernel's own handshake is what proves where a connection
 * comes from, also under a flood (SYN cookies). Accepts nothing; the core does, and closes at once.
 */
#include "agent/actor/sys/packet_open.h"

#include "agent/base/buf.h"
#include "agent/base/netlink_socket.h"
#include "agent/base/say.h"
#include "agent/common/packet_log.h"

#include <linux/netlink.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOG_BYTES (256 << 10)
#define BACKLOG 16
#define WHY_MAX (PACKET_WHY_MAX / 2 - 2) /* bytes of one sentence of two */

static struct {
	bool tried;
	unsigned count;
	int fds[SETTINGS_DECOYS_MAX];
	char log_why[WHY_MAX], decoys_why[WHY_MAX];
} made;

static int none(int number)
{
	errno = number;
	return -1;
}

static enum err bind_group(struct netlink *s, uint16_t group)
{
	char bytes[128];
	struct netlink_out o = netlink_over(bytes, sizeof(bytes));

	packet_log_bind(&o, group);
	return netlink_ask(s, &o, o.seq, NULL);
}

int packet_open_log(const struct settings *settings)
{
	static char memory[4096];
	struct netlink s = {.fd = -1, .in = memory, .in_cap = sizeof(memory)};
	enum err err = netlink_open(&s, NETLINK_NETFILTER);

	made.log_why[0] = '\0';
	if (err == ERR_OK)
		err = bind_group(&s, (uint16_t)settings->firewall_group);
	if (err == ERR_OK) {
		netlink_queue(s.fd, LOG_BYTES);
		return s.fd;
	}
	if (err == ERR_DENIED || err == ERR_BUSY)
		snprintf(made.log_why, sizeof(made.log_why),
			 "packets to ports that nobody serves are not seen: another program reads log group %u; set "
			 "[firewall] log_group",
			 (unsigned)settings->firewall_group);
	else
		snprintf(made.log_why, sizeof(made.log_why),
			 "packets to ports that nobody serves, and so scans, are not seen: the kernel has no "
			 "nfnetlink_log (%s)",
			 err_text(err));
	say(SAY_WARNING, "%s", made.log_why);
	netlink_close(&s);
	return none(0);
}

static int close_with(int fd, int number)
{
	close(fd);
	return none(number);
}

/* Without SO_REUSEADDR, so that a port that anybody has bound is never taken from him. */
static int listen_at(uint16_t port)
{
	struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_ANY_INIT};
	struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_ANY)}};
	static const int off = 0;
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int bound;

	if (fd >= 0) {
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
		bound = bind(fd, (struct sockaddr *)&any6, sizeof(any6));
	} else {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd < 0)
			return -1;
		bound = bind(fd, (struct sockaddr *)&any4, sizeof(any4));
	}
	return bound == 0 && listen(fd, BACKLOG) == 0 ? fd : close_with(fd, errno);
}

static void listen_all(const struct settings *settings)
{
	struct buf b = buf_over(made.decoys_why, sizeof(made.decoys_why) - 1);

	made.tried = true;
	for (unsigned i = 0; i < settings->decoy_count; i++) {
		int fd = listen_at(settings->decoys[i]);

		if (fd >= 0)
			made.fds[made.count++] = fd;
		else
			buf_printf(&b, "%s%u: %s", b.len ? ", " : "ports that cannot be decoys: ", settings->decoys[i],
				   errno == EADDRINUSE ? "another program serves it" : strerror(errno));
	}
	made.decoys_why[b.len] = '\0';
	if (b.len)
		say(SAY_WARNING, "%s", made.decoys_why);
}

static bool send_given(int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(made.fds))];
	} control;
	struct packet_given given = {.decoys = made.count};
	struct buf b = buf_over(given.why, sizeof(given.why) - 1);
	struct iovec part = {&given, sizeof(given)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	buf_printf(&b, "%s%s%s", made.log_why, made.log_why[0] && made.decoys_why[0] ? "; " : "", made.decoys_why);
	if (made.count > 0) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(made.count * sizeof(int));
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(made.count * sizeof(int));
		memcpy(CMSG_DATA(c), made.fds, made.count * sizeof(int));
	}
	return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof(given);
}

int packet_open_given(const struct settings *settings)
{
	int pair[2];

	if (!made.tried)
		listen_all(settings);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
		return -1;
	if (!send_given(pair[0])) {
		close(pair[0]);
		return close_with(pair[1], errno);
	}
	close(pair[0]);
	return pair[1];
}
