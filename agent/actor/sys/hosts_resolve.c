/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resolving the service's name for the rails: in a child without privileges, because getaddrinfo(3) reads answers from
 * the network. It writes addresses of a fixed size and ends; what it says can only protect addresses from being banned.
 */
#include "agent/actor/sys/hosts_resolve.h"

#include "agent/base/now.h"
#include "agent/base/str.h"

#include <netdb.h>
#include <netinet/in.h>

#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWERS_MAX 16
#define CHILD_MAX_S 30
#define FDS_MAX 256 /* more than the actor ever has open */
#define AGAIN_US HOUR_US
#define RETRY_US MINUTE_US

static void put_answer(int fd, const struct addrinfo *info)
{
	struct addr a = {0};

	if (info->ai_family == AF_INET) {
		a.family = 4;
		a.prefix = 32;
		memcpy(a.bytes, &((const struct sockaddr_in *)(const void *)info->ai_addr)->sin_addr, 4);
	} else {
		a.family = 6;
		a.prefix = 128;
		memcpy(a.bytes, &((const struct sockaddr_in6 *)(const void *)info->ai_addr)->sin6_addr, 16);
	}
	if (write(fd, &a, sizeof(a)) != (ssize_t)sizeof(a))
		_exit(1);
}

static _Noreturn void resolve(const struct hosts *h, int fd)
{
	static const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};

	(void)alarm(CHILD_MAX_S);
	for (int other = 3; other < FDS_MAX; other++)
		if (other != fd)
			close(other);
	if (setgroups(0, NULL) != 0 || setresgid(h->gid, h->gid, h->gid) != 0 || setresuid(h->uid, h->uid, h->uid) != 0)
		_exit(1);
	for (unsigned i = 0; i < HOSTS_NAMES_MAX; i++) {
		struct addrinfo *list = NULL;
		unsigned count = 0;

		if (!h->names[i] || !h->names[i][0] || getaddrinfo(h->names[i], NULL, &wanted, &list) != 0)
			continue;
		for (const struct addrinfo *info = list; info && count < ANSWERS_MAX; info = info->ai_next, count++)
			if (info->ai_family == AF_INET || info->ai_family == AF_INET6)
				put_answer(fd, info);
	}
	_exit(0);
}

void hosts_resolve_start(struct hosts *h, int64_t mono_us)
{
	int ends[2];

	h->resolve_us = mono_us + RETRY_US;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return;
	h->child = fork();
	if (h->child == 0)
		resolve(h, ends[1]);
	close(ends[1]);
	if (h->child < 0) {
		h->child = 0;
		close(ends[0]);
		return;
	}
	h->pipe = ends[0];
}

/* All answers fit into the pipe, so the child never waits for us. */
void hosts_answers(struct hosts *h, struct rails_hosts *out, int64_t mono_us)
{
	struct addr answers[HOSTS_NAMES_MAX * ANSWERS_MAX];
	ssize_t got = read(h->pipe, answers, sizeof(answers));
	unsigned count = got > 0 ? (unsigned)((size_t)got / sizeof(answers[0])) : 0;

	close(h->pipe);
	h->pipe = -1;
	(void)waitpid(h->child, NULL, 0);
	h->child = 0;
	if (count == 0)
		return;
	/* A resolver that is down must not take the protection away, so only an answer replaces the old one. */
	rails_hosts_clear(out, RAILS_SERVER);
	for (unsigned i = 0; i < count; i++)
		if ((answers[i].family == 4 && answers[i].prefix == 32) ||
		    (answers[i].family == 6 && answers[i].prefix == 128))
			rails_hosts_add(out, RAILS_SERVER, &answers[i]);
	/* Unless the names changed while the child asked: then the next look is due now, or never. */
	if (h->resolve_us > mono_us && h->resolve_us != INT64_MAX)
		h->resolve_us = mono_us + AGAIN_US;
}
