/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resolving names for the rails: in a program of its own without privileges, because getaddrinfo(3) reads answers from
 * the network. What it says can only protect addresses from being banned.
 */
#include "agent/actor/sys/hosts_resolve.h"

#include "agent/actor/sys/hosts_names.h"
#include "agent/actor/sys/resolver.h"
#include "agent/base/now.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FDS_MAX 256 /* more than the actor ever has open */
#define AGAIN_US HOUR_US
#define FRIENDS_AGAIN_US (5 * MINUTE_US) /* names in never_ban are those of lines whose address changes */
#define RETRY_US MINUTE_US

static bool is_silent(const struct hosts *h, uint32_t name)
{
	for (unsigned i = 0; i < h->silent_count; i++)
		if (h->silent[i] == name)
			return true;
	return false;
}

/* Names whose last answer failed come last: one that nobody answers for takes the child's time. */
static void list_names(const struct hosts *h, char *arguments[3 + HOSTS_NAMES_MAX])
{
	unsigned count = 0;

	arguments[count++] = (char *)(uintptr_t) "caltropd";
	arguments[count++] = (char *)(uintptr_t)RESOLVER_MODE;
	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < HOSTS_NAMES_MAX; i++)
			if (h->names[i] && h->names[i][0] && is_silent(h, rails_name(h->names[i])) == (pass == 1))
				arguments[count++] = (char *)(uintptr_t)h->names[i];
	arguments[count] = NULL;
}

/* Executed anew, it has nothing of ours but the pipe. */
static _Noreturn void become_resolver(const struct hosts *h, int fd)
{
	char *arguments[3 + HOSTS_NAMES_MAX], *const environment[] = {NULL};

	list_names(h, arguments);
	if (dup2(fd, STDOUT_FILENO) != STDOUT_FILENO)
		_exit(1);
	for (int other = STDERR_FILENO + 1; other < FDS_MAX; other++)
		close(other);
	if (setgroups(0, NULL) == 0 && setresgid(h->gid, h->gid, h->gid) == 0 && setresuid(h->uid, h->uid, h->uid) == 0)
		execve(h->program, arguments, environment);
	_exit(1);
}

void hosts_resolve_start(struct hosts *h, int64_t mono_us)
{
	int ends[2];

	h->resolve_us = mono_us + RETRY_US;
	if (!h->program || pipe2(ends, O_CLOEXEC) != 0)
		return;
	h->child = fork();
	if (h->child == 0)
		become_resolver(h, ends[1]);
	close(ends[1]);
	if (h->child < 0) {
		h->child = 0;
		close(ends[0]);
		return;
	}
	h->pipe = ends[0];
}

static void take_name(struct rails_hosts *out, enum rails_kind kind, const struct resolver_answer *all)
{
	struct rails_host host = {.kind = (uint8_t)kind, .name = all->name};

	/* A resolver that is down must not take the protection away, so only an answer replaces the old one. */
	rails_hosts_forget(out, kind, all->name);
	for (; all->end == RESOLVER_ADDRESS; all++) {
		host.addr = all->addr;
		if ((host.addr.family == 4 && host.addr.prefix == 32) ||
		    (host.addr.family == 6 && host.addr.prefix == 128))
			rails_hosts_put(out, &host);
	}
}

/* The first record of a name's whole answer. NULL: there is none, or only that it could not be resolved. */
static const struct resolver_answer *answer_of(const struct resolver_answer *all, unsigned count, uint32_t name)
{
	const struct resolver_answer *first = NULL;

	for (unsigned i = 0; i < count; i++) {
		if (all[i].name != name)
			continue;
		first = first ? first : &all[i];
		if (all[i].end != RESOLVER_ADDRESS)
			return all[i].end == RESOLVER_END ? first : NULL;
	}
	return NULL;
}

static void take_answers(struct hosts *h, struct rails_hosts *out, const struct resolver_answer *all, unsigned count)
{
	h->silent_count = 0;
	for (unsigned i = 0; i < HOSTS_NAMES_MAX; i++) {
		uint32_t name = h->names[i] ? rails_name(h->names[i]) : 0;
		const struct resolver_answer *first = name ? answer_of(all, count, name) : NULL;

		if (first)
			take_name(out, hosts_is_friend(i) ? RAILS_FRIEND : RAILS_SERVER, first);
		else if (hosts_is_name(h->names[i]))
			h->silent[h->silent_count++] = name;
	}
}

/* All answers fit into the pipe, so the child never waits for us; and it has ended, so we do not wait for it. */
static unsigned read_answers(int fd, struct resolver_answer *all, unsigned max)
{
	char *at = (char *)all, *end = (char *)(all + max);
	ssize_t got;

	do {
		got = read(fd, at, (size_t)(end - at));
		at += got > 0 ? got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return (unsigned)((size_t)(at - (char *)all) / sizeof(*all));
}

void hosts_answers(struct hosts *h, struct rails_hosts *out, int64_t mono_us)
{
	static struct resolver_answer answers[HOSTS_NAMES_MAX * (RESOLVER_ANSWERS_MAX + 1)];
	unsigned count = read_answers(h->pipe, answers, HOSTS_NAMES_MAX * (RESOLVER_ANSWERS_MAX + 1));
	int64_t again_us = AGAIN_US;

	close(h->pipe);
	h->pipe = -1;
	(void)waitpid(h->child, NULL, 0);
	h->child = 0;
	take_answers(h, out, answers, count);
	hosts_drop_strangers(h, out);
	for (unsigned i = HOSTS_SERVER_NAMES; i < HOSTS_NAMES_MAX; i++)
		if (h->names[i] && h->names[i][0])
			again_us = FRIENDS_AGAIN_US;
	/* Unless the names changed while the child asked: then the next look is due now, or never. */
	if (h->silent_count == 0 && h->resolve_us > mono_us && h->resolve_us != INT64_MAX)
		h->resolve_us = mono_us + again_us;
}
