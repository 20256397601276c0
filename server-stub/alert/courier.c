/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two processes: the one that works, and one above it that waits and starts another when that has crashed. One datagram
 * is a job, one an answer (unix(7), SOCK_SEQPACKET). A job whose courier crashed has no answer; who sent it gives it up
 * after COURIER_ANSWER_S.
 */
#include "server-stub/alert/courier.h"

#include "agent/base/apart.h"
#include "agent/base/str.h"
#include "server-stub/alert/courier_work.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESS_NAME "caltrop-courier" /* as ps(1) shows it */
#define BETWEEN_STARTS_S 2

struct courier {
	int fd;
	pid_t process;
};

/* A far end that makes it crash is tried again by the back-off of its output, so here a short while is enough. */
static void __attribute__((noreturn)) watch(int fd, const struct courier_setup *setup)
{
	const struct timespec wait = {.tv_sec = BETWEEN_STARTS_S};
	bool goes_on = apart_begin(PROCESS_NAME, fd);

	while (goes_on) {
		pid_t worker = fork();
		int status = 0;

		if (worker == 0)
			_exit(courier_work(STDIN_FILENO, setup));
		while (worker > 0 && waitpid(worker, &status, 0) < 0 && errno == EINTR)
			;
		goes_on = worker < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
		if (goes_on)
			nanosleep(&wait, NULL);
	}
	_exit(0);
}

enum err courier_start(const struct courier_setup *setup, struct courier **out)
{
	struct courier *c = calloc(1, sizeof(*c));
	int pair[2];

	*out = NULL;
	if (!c)
		return ERR_NO_MEMORY;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		free(c);
		return err_from_errno(errno);
	}
	c->fd = pair[0];
	c->process = fork();
	if (c->process == 0)
		watch(pair[1], setup);
	close(pair[1]);
	if (c->process < 0) {
		close(c->fd);
		free(c);
		return ERR_NO_MEMORY;
	}
	*out = c;
	return ERR_OK;
}

int courier_fd(const struct courier *c)
{
	return c->fd;
}

enum err courier_send(struct courier *c, const struct courier_job *job)
{
	size_t len = offsetof(struct courier_job, body) + job->len;

	if (send(c->fd, job, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len)
		return ERR_OK;
	return errno == EAGAIN ? ERR_FULL : ERR_CLOSED;
}

enum err courier_hear(struct courier *c, struct courier_answer *answer)
{
	char text[COURIER_TEXT_MAX];

	for (;;) {
		ssize_t len = recv(c->fd, answer, sizeof(*answer), MSG_DONTWAIT);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 && errno == EAGAIN)
			return ERR_NOT_FOUND;
		if (len <= 0)
			return ERR_CLOSED;
		if (len != (ssize_t)sizeof(*answer))
			continue;
		/* It may be captured, and what it says goes to the log and to people. */
		memcpy(text, answer->text, sizeof(text));
		str_show((struct str){text, strnlen(text, sizeof(text))}, answer->text, sizeof(answer->text));
		return ERR_OK;
	}
}

void courier_close(struct courier *c)
{
	if (!c)
		return;
	close(c->fd);
	while (waitpid(c->process, NULL, 0) < 0 && errno == EINTR)
		;
	free(c);
}
