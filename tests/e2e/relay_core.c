/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A core that an attacker has taken over, between the actor and the service: caltropd starts it as [guard] core. It
 * runs the true core, whose path is in /tmp/relay.core, passes on all messages in both directions, and does to each
 * receipt of an order what /tmp/relay says at that moment:
 *
 *	change	say "done, verified" of whatever it was
 *	drop	keep it back
 *	again	pass it on twice, as honest cores do one after the other
 *	twin	pass it on, and behind it another one in the same place
 *	forge	pass it on, and behind it one of a reset of root that nobody did
 *	mute	pass it on, and keep back all signatures
 *
 * Anything else: pass it on as it is.
 */
#include "agent/common/core_fds.h"
#include "agent/common/message.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <signal.h>

struct parcel {
	_Alignas(8) uint8_t bytes[4096];
	size_t len;
	int fd;
};

static bool receive(int from, struct parcel *p)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {p->bytes, sizeof(p->bytes)};
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t got = recvmsg(from, &m, 0);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	p->fd = -1;
	if (got > 0 && c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&p->fd, CMSG_DATA(c), sizeof(p->fd));
	p->len = got > 0 ? (size_t)got : 0;
	return got > 0;
}

static void pass(int to, struct parcel *p)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {p->bytes, p->len};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	if (p->fd >= 0) {
		struct cmsghdr *c = &control.align;

		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &p->fd, sizeof(int));
	}
	if (sendmsg(to, &m, MSG_NOSIGNAL) < 0)
		exit(1);
}

static void read_word(const char *path, char word[256])
{
	FILE *f = fopen(path, "re");

	word[0] = '\0';
	if (f && fscanf(f, "%255s", word) != 1)
		word[0] = '\0';
	if (f)
		fclose(f);
}

static void lie(struct actor_receipt *r)
{
	r->result = RECEIPT_DONE;
	r->err = ERR_OK;
	r->verified = 1;
	r->outcome = RECEIPT_DONE;
	snprintf(r->text, sizeof(r->text), "done, says the core");
}

static void pass_receipt(int to, struct parcel *p, const char *mode)
{
	struct actor_receipt r;

	memcpy(&r, p->bytes, sizeof(r));
	if (r.origin != ORIGIN_ORDER || strcmp(mode, "drop") != 0)
		if (strcmp(mode, "change") != 0)
			pass(to, p);
	if (r.origin != ORIGIN_ORDER)
		return;
	if (strcmp(mode, "again") == 0)
		pass(to, p);
	lie(&r);
	if (strcmp(mode, "forge") == 0) {
		memset(&r.args, 0, sizeof(r.args));
		memset(r.order_id, 0, sizeof(r.order_id));
		r.args.verb = VERB_RESET;
		snprintf(r.args.account, sizeof(r.args.account), "root");
		r.place.seq = 0;
		r.header.request_id = 0;
	}
	memcpy(p->bytes, &r, sizeof(r));
	if (strcmp(mode, "forge") == 0 || strcmp(mode, "change") == 0 || strcmp(mode, "twin") == 0)
		pass(to, p);
}

static void from_actor(int to, struct parcel *p)
{
	struct actor_header header;
	char mode[256];

	memcpy(&header, p->bytes, sizeof(header));
	read_word("/tmp/relay", mode);
	if (header.type == ACTOR_RECEIPT)
		pass_receipt(to, p, mode);
	else if (header.type != ACTOR_HEAD || strcmp(mode, "mute") != 0)
		pass(to, p);
}

static void relay(int core)
{
	struct pollfd fds[2] = {{CORE_FD_ACTOR, POLLIN, 0}, {core, POLLIN, 0}};
	static struct parcel p;

	while (poll(fds, 2, -1) > 0) {
		for (unsigned i = 0; i < 2; i++) {
			if (!fds[i].revents)
				continue;
			if (!receive(fds[i].fd, &p))
				return;
			if (i == 0)
				from_actor(core, &p);
			else
				pass(CORE_FD_ACTOR, &p);
			if (p.fd >= 0)
				close(p.fd);
		}
	}
}

int main(int argc, char **argv)
{
	char path[256];
	int pair[2];

	(void)argc;
	read_word("/tmp/relay.core", path);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return 1;
	switch (fork()) {
	case -1: return 1;
	case 0:
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (dup2(pair[1], CORE_FD_ACTOR) != CORE_FD_ACTOR)
			return 1;
		execv(path, argv);
		return 1;
	default: close(pair[1]); relay(pair[0]);
	}
	return 0;
}
