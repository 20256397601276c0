/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notary's process, and the way to it: one datagram for a request, one for its answer (unix(7), SOCK_SEQPACKET).
 * An answer that came too late has the number of an older request, and is passed over.
 */
#include "server-stub/fleet/notary.h"

#include "agent/base/apart.h"
#include "agent/base/call_install.h"
#include "agent/base/call_policy.h"
#include "agent/base/clock.h"
#include "ports/linux/seccomp/notary.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESS_NAME "caltrop-notary" /* as ps(1) shows it */
#define BAD_FILE_MAX 32

struct notary {
	pthread_mutex_t mutex;	  /* over what follows */
	struct notary_desk *desk; /* NULL: the process has the keys */
	int fd;
	pid_t process;
	uint32_t number;
	struct notary_request request;
	struct key_der ca_public, order_public;
};

/* The first thing that the process sends. */
struct ready {
	uint32_t err; /* enum err, of notary_desk_load() */
	char bad_file[BAD_FILE_MAX];
	struct key_der ca_public, order_public;
};

static struct notary *make(void)
{
	struct notary *n = calloc(1, sizeof(*n));

	if (n) {
		pthread_mutex_init(&n->mutex, NULL);
		n->fd = -1;
	}
	return n;
}

/* -- in this process -- */

enum err notary_open(const char *dir, struct notary **out, const char **bad_file)
{
	struct notary *n = make();
	enum err err = ERR_NO_MEMORY;

	*out = NULL;
	*bad_file = NULL;
	if (n)
		n->desk = calloc(1, sizeof(*n->desk));
	if (n && n->desk)
		err = notary_desk_load(dir, n->desk, bad_file);
	if (err != ERR_OK) {
		notary_close(n);
		return err;
	}
	n->ca_public = n->desk->ca_public;
	n->order_public = n->desk->order_public;
	*out = n;
	return ERR_OK;
}

/* -- in a process of its own -- */

/* Keys are read by now, and nothing else is: it opens no file, socket or process any more. */
static enum err close_calls(void)
{
	static const struct call_policy policy = {
		.calls = seccomp_notary_calls,
		.call_count = sizeof(seccomp_notary_calls) / sizeof(seccomp_notary_calls[0]),
	};
	static struct call_filter filter;
	enum err err;

	call_policy_filter(&policy, getpid(), &filter);
	err = call_install(&filter, true);
	/* A kernel without filters is told of when the service puts its own up. */
	return err == ERR_UNSUPPORTED ? ERR_OK : err;
}

static bool tell_ready(int fd, const char *dir, struct notary_desk *desk)
{
	const char *bad = NULL;
	struct ready ready = {.err = notary_desk_load(dir, desk, &bad)};

	if (ready.err == ERR_OK)
		ready.err = close_calls();
	if (bad)
		strncpy(ready.bad_file, bad, sizeof(ready.bad_file) - 1);
	ready.ca_public = desk->ca_public;
	ready.order_public = desk->order_public;
	return send(fd, &ready, sizeof(ready), MSG_NOSIGNAL) == (ssize_t)sizeof(ready) && ready.err == ERR_OK;
}

/* It ends when the service's end of the socket is closed, so it answers as long as anybody may ask. */
static void serve(int fd, const struct notary_desk *desk)
{
	static struct notary_request request;
	static struct notary_answer answer;

	for (;;) {
		ssize_t len = recv(fd, &request, sizeof(request), 0);

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return;
		request.wall_s = clock_wall_s();
		notary_desk_answer(desk, &request, (size_t)len, &answer);
		if (send(fd, &answer, offsetof(struct notary_answer, bytes) + answer.len, MSG_NOSIGNAL) < 0)
			return;
	}
}

static void __attribute__((noreturn)) become(int fd, const char *dir)
{
	static struct notary_desk desk;

	if (apart_begin(PROCESS_NAME, fd) && tell_ready(STDIN_FILENO, dir, &desk))
		serve(STDIN_FILENO, &desk);
	key_wipe(&desk, sizeof(desk));
	_exit(0);
}

static enum err hear_ready(struct notary *n, const char **bad_file)
{
	static struct ready ready;

	if (recv(n->fd, &ready, sizeof(ready), 0) != (ssize_t)sizeof(ready))
		return ERR_IO;
	n->ca_public = ready.ca_public;
	n->order_public = ready.order_public;
	ready.bad_file[sizeof(ready.bad_file) - 1] = '\0';
	*bad_file = ready.bad_file[0] ? ready.bad_file : NULL;
	return (enum err)ready.err;
}

enum err notary_start(const char *dir, struct notary **out, const char **bad_file)
{
	const struct timeval answer_within = {.tv_sec = NOTARY_ANSWER_S};
	struct notary *n = make();
	int pair[2];
	enum err err;

	*out = NULL;
	*bad_file = NULL;
	if (!n)
		return ERR_NO_MEMORY;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		notary_close(n);
		return err_from_errno(errno);
	}
	n->fd = pair[0];
	n->process = fork();
	if (n->process == 0)
		become(pair[1], dir);
	close(pair[1]);
	err = n->process < 0 ? err_from_errno(errno) : hear_ready(n, bad_file);
	if (err == ERR_OK && setsockopt(n->fd, SOL_SOCKET, SO_RCVTIMEO, &answer_within, sizeof(answer_within)) != 0)
		err = err_from_errno(errno);
	if (err != ERR_OK)
		notary_close(n);
	else
		*out = n;
	return err;
}

pid_t notary_process(const struct notary *n)
{
	return n->process;
}

const struct key_der *notary_ca_key(const struct notary *n)
{
	return &n->ca_public;
}

const struct key_der *notary_order_key(const struct notary *n)
{
	return &n->order_public;
}

/* -- requests -- */

static enum err hear(struct notary *n, struct notary_answer *answer)
{
	for (;;) {
		ssize_t len = recv(n->fd, answer, sizeof(*answer), 0);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return errno == EAGAIN ? ERR_TIMEOUT : ERR_CLOSED;
		if (len == 0)
			return ERR_CLOSED;
		if ((size_t)len < offsetof(struct notary_answer, bytes) ||
		    (size_t)len != offsetof(struct notary_answer, bytes) + answer->len)
			return ERR_PROTOCOL;
		if (answer->number == n->number)
			return ERR_OK;
	}
}

/* The mutex is held. */
static enum err ask(struct notary *n, struct notary_request *request, struct notary_answer *answer)
{
	size_t len = offsetof(struct notary_request, bytes) + request->len;
	enum err err;

	request->number = ++n->number;
	if (n->desk) {
		notary_desk_answer(n->desk, request, len, answer);
		return (enum err)answer->err;
	}
	if (send(n->fd, request, len, MSG_NOSIGNAL) < 0)
		return ERR_CLOSED;
	err = hear(n, answer);
	return err == ERR_OK ? (enum err)answer->err : err;
}

enum err notary_sign(struct notary *n, enum notary_kind kind, struct str bytes, struct object_signature *out)
{
	struct notary_answer answer;
	enum err err;

	if (bytes.len > sizeof(n->request.bytes))
		return ERR_TOO_LONG;
	pthread_mutex_lock(&n->mutex);
	n->request.kind = kind;
	n->request.len = (uint32_t)bytes.len;
	memcpy(n->request.bytes, bytes.data, bytes.len);
	err = ask(n, &n->request, &answer);
	pthread_mutex_unlock(&n->mutex);
	if (err == ERR_OK && answer.len > sizeof(out->bytes))
		err = ERR_PROTOCOL;
	if (err != ERR_OK)
		return err;
	key_id(&n->order_public, out->key_id);
	out->len = (uint8_t)answer.len;
	memcpy(out->bytes, answer.bytes, answer.len);
	return ERR_OK;
}

enum err notary_certify(struct notary *n, struct notary_request *request, struct notary_answer *answer)
{
	enum err err;

	pthread_mutex_lock(&n->mutex);
	err = ask(n, request, answer);
	pthread_mutex_unlock(&n->mutex);
	return err;
}

void notary_close(struct notary *n)
{
	if (!n)
		return;
	if (n->fd >= 0)
		close(n->fd);
	while (n->process > 0 && waitpid(n->process, NULL, 0) < 0 && errno == EINTR)
		;
	if (n->desk)
		key_wipe(n->desk, sizeof(*n->desk));
	free(n->desk);
	pthread_mutex_destroy(&n->mutex);
	free(n);
}
