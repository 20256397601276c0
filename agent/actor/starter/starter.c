/* SPDX-License-Identifier: Apache-2.0 */
/* caltropd's half: starts the starter, sends requests and keeps results until they are taken. It waits for nothing. */
#include "agent/actor/starter/starter.h"

#include "agent/actor/starter/starter_serve.h"
#include "agent/actor/sys/service_boot.h"
#include "agent/base/key.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum err starter_start(struct starter *r, const struct settings *s)
{
	int pair[2];

	*r = (struct starter){.socket = -1};
	if (IS_ENABLED(CONFIG_ACTION_SERVICE))
		r->services = service_boot_manager();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return err_from_errno(errno);
	r->pid = fork();
	if (r->pid == 0)
		starter_serve(&(struct starter_serving){pair[1], s, r->services, 0});
	close(pair[1]);
	if (r->pid < 0) {
		close(pair[0]);
		return err_from_errno(errno);
	}
	r->socket = pair[0];
	return ERR_OK;
}

/* A result that nobody took is of an action that did not wait for it. */
static int free_place(const struct starter *r)
{
	int stale = -1;

	for (unsigned i = 0; i < STARTER_JOBS_MAX; i++) {
		if (r->jobs[i].ticket == 0)
			return (int)i;
		if (r->jobs[i].done)
			stale = (int)i;
	}
	return stale;
}

bool starter_has_room(const struct starter *r)
{
	return free_place(r) >= 0;
}

enum err starter_submit_secret(struct starter *r, const struct verb_args *args, const char *secret, uint32_t *ticket)
{
	struct starter_request q;
	int place = free_place(r);
	ssize_t sent;

	if (r->socket < 0)
		return ERR_CLOSED;
	if (place < 0)
		return ERR_BUSY;
	memset(&q, 0, sizeof(q));
	q.args = *args;
	if (str_copy(str_from(secret), q.secret, sizeof(q.secret)) != ERR_OK)
		return ERR_TOO_LONG;
	q.ticket = ++r->ticket ? r->ticket : ++r->ticket;
	sent = send(r->socket, &q, sizeof(q), MSG_DONTWAIT | MSG_NOSIGNAL);
	key_wipe(q.secret, sizeof(q.secret));
	if (sent != (ssize_t)sizeof(q))
		return errno == EAGAIN ? ERR_BUSY : ERR_CLOSED;
	r->jobs[place].ticket = *ticket = q.ticket;
	r->jobs[place].done = false;
	return ERR_OK;
}

enum err starter_submit(struct starter *r, const struct verb_args *args, uint32_t *ticket)
{
	return starter_submit_secret(r, args, "", ticket);
}

static void keep(struct starter *r, const struct starter_result *result)
{
	for (unsigned i = 0; i < STARTER_JOBS_MAX; i++)
		if (r->jobs[i].ticket == result->ticket && !r->jobs[i].done) {
			r->jobs[i].done = true;
			r->jobs[i].result = *result;
			r->jobs[i].result.text[STARTER_TEXT_MAX - 1] = '\0';
		}
}

enum err starter_read(struct starter *r)
{
	struct starter_result result;
	ssize_t got;

	while ((got = recv(r->socket, &result, sizeof(result), MSG_DONTWAIT)) == (ssize_t)sizeof(result))
		keep(r, &result);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return ERR_OK;
	close(r->socket);
	r->socket = -1;
	(void)waitpid(r->pid, NULL, WNOHANG);
	return ERR_CLOSED;
}

enum err starter_take(struct starter *r, uint32_t ticket, struct starter_result *out)
{
	for (unsigned i = 0; i < STARTER_JOBS_MAX; i++) {
		if (r->jobs[i].ticket != ticket)
			continue;
		if (!r->jobs[i].done && r->socket >= 0)
			return ERR_BUSY;
		r->jobs[i].ticket = 0;
		if (!r->jobs[i].done)
			break;
		*out = r->jobs[i].result;
		return ERR_OK;
	}
	return ERR_CLOSED;
}
