/* SPDX-License-Identifier: Apache-2.0 */
/* Starts processes and passes datagrams. Knows nothing of what is in them. */
#include "server-stub/outside/aide.h"

#include "agent/base/apart.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BETWEEN_STARTS_S 2

struct aide {
	int fd;
	pid_t process;
};

/* What makes it crash is tried again by whoever wants it, so here a short while is enough. */
static void __attribute__((noreturn)) watch(int fd, const struct aide_setup *setup)
{
	const struct timespec wait = {.tv_sec = BETWEEN_STARTS_S};
	bool goes_on = apart_begin(setup->name, fd);

	while (goes_on) {
		pid_t worker = fork();
		int status = 0;

		if (worker == 0)
			_exit(setup->work(STDIN_FILENO, setup->context));
		while (worker > 0 && waitpid(worker, &status, 0) < 0 && errno == EINTR)
			;
		goes_on = worker < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
		if (goes_on)
			nanosleep(&wait, NULL);
	}
	_exit(0);
}

enum err aide_start(const struct aide_setup *setup, struct aide **out)
{
	struct aide *a = calloc(1, sizeof(*a));
	int pair[2];

	*out = NULL;
	if (!a)
		return ERR_NO_MEMORY;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		free(a);
		return err_from_errno(errno);
	}
	a->fd = pair[0];
	a->process = fork();
	if (a->process == 0)
		watch(pair[1], setup);
	close(pair[1]);
	if (a->process < 0) {
		close(a->fd);
		free(a);
		return ERR_NO_MEMORY;
	}
	*out = a;
	return ERR_OK;
}

int aide_fd(const struct aide *a)
{
	return a->fd;
}

enum err aide_send(struct aide *a, const void *job, size_t len)
{
	if (send(a->fd, job, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len)
		return ERR_OK;
	return errno == EAGAIN ? ERR_FULL : ERR_CLOSED;
}

enum err aide_hear(struct aide *a, void *answer, size_t len)
{
	for (;;) {
		ssize_t got = recv(a->fd, answer, len, MSG_DONTWAIT | MSG_TRUNC);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return ERR_NOT_FOUND;
		if (got <= 0)
			return ERR_CLOSED;
		if (got == (ssize_t)len)
			return ERR_OK;
	}
}

void aide_close(struct aide *a)
{
	if (!a)
		return;
	close(a->fd);
	while (waitpid(a->process, NULL, 0) < 0 && errno == EINTR)
		;
	free(a);
}
