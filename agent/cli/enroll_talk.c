/* SPDX-License-Identifier: Apache-2.0 */
/* Connects, shakes hands, sends one frame, reads one. The token goes out only after the server has proven who it is. */
#include "agent/cli/enroll_talk.h"

#include "agent/base/clock.h"
#include "agent/shell/tls_client.h"
#include "proto/frame.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

struct talk {
	const struct enroll_talk *question;
	struct tls_client *tls;
	int fd;
	int64_t deadline_ms;
	char *why;
	char frame[FRAME_HEADER + FRAME_BYTES_MAX];
};

static enum err complain(struct talk *t, enum err err, const char *why)
{
	snprintf(t->why, ENROLL_TALK_WHY_MAX, "%s", why);
	return err;
}

static enum err wait_for(struct talk *t, short events)
{
	struct pollfd p = {.fd = t->fd, .events = events};
	int64_t left = t->deadline_ms - clock_mono_ms();
	int ready;

	do {
		ready = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (ready < 0 && errno == EINTR);
	return ready > 0 ? ERR_OK : complain(t, ERR_TIMEOUT, "the server does not answer");
}

/* Wait for what the step asks for. ERR_OK: try again. */
static enum err wait_step(struct talk *t, enum tls_step step, enum err failure)
{
	if (step == TLS_WAIT_READ)
		return wait_for(t, POLLIN);
	if (step == TLS_WAIT_WRITE)
		return wait_for(t, POLLOUT);
	const char *why = tls_client_why(t->tls);

	return complain(t, failure, why[0] ? why : "the server closed the connection");
}

static enum err connect_to(struct talk *t, const struct addrinfo *a)
{
	int number = 0;
	socklen_t len = sizeof(number);

	t->fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (t->fd < 0)
		return complain(t, ERR_CLOSED, strerror(errno));
	enum err err = ERR_OK;

	if (connect(t->fd, a->ai_addr, a->ai_addrlen) != 0) {
		number = errno;
		err = number == EINPROGRESS ? wait_for(t, POLLOUT) : ERR_CLOSED;
		if (err == ERR_OK)
			getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &number, &len);
	}
	if (err == ERR_OK && number == 0)
		return ERR_OK;
	close(t->fd);
	t->fd = -1;
	return err == ERR_TIMEOUT ? err : complain(t, ERR_CLOSED, strerror(number));
}

static enum err dial(struct talk *t)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	char port[8];
	enum err err = ERR_CLOSED;

	snprintf(port, sizeof(port), "%u", t->question->port);
	int rc = getaddrinfo(t->question->host, port, &hints, &list);

	if (rc != 0)
		return complain(t, ERR_CLOSED, gai_strerror(rc));
	for (const struct addrinfo *a = list; a && err == ERR_CLOSED; a = a->ai_next)
		err = connect_to(t, a);
	freeaddrinfo(list);
	return err;
}

static enum err shake(struct talk *t)
{
	struct tls_client_setup setup = {.alpn = "caltrop-enroll/1", .server_name = t->question->host,
					 .ca_sha256 = t->question->ca_sha256};
	enum err err;
	enum tls_step step;

	t->tls = tls_client_new();
	if (!t->tls || tls_client_configure(t->tls, &setup) != ERR_OK || tls_client_begin(t->tls, t->fd) != ERR_OK)
		return complain(t, ERR_NO_MEMORY, "out of memory");
	do {
		step = tls_client_handshake(t->tls);
		err = step == TLS_DONE ? ERR_OK : wait_step(t, step, ERR_UNTRUSTED);
	} while (err == ERR_OK && step != TLS_DONE);
	return err;
}

/* Lay the question into t->frame; its length, 0: too long. */
static size_t pack(struct talk *t)
{
	Caltrop__V1__EnrollRequest request = CALTROP__V1__ENROLL_REQUEST__INIT;
	Caltrop__V1__ToServer message = CALTROP__V1__TO_SERVER__INIT;
	struct utsname names;

	uname(&names);
	request.token = (char *)(uintptr_t)t->question->token;
	request.csr = (ProtobufCBinaryData){t->question->csr_len, (uint8_t *)(uintptr_t)t->question->csr};
	request.hostname = names.nodename;
	request.arch = names.machine;
	request.version = (char *)(uintptr_t)("caltrop " CALTROP_VERSION);
	message.body_case = CALTROP__V1__TO_SERVER__BODY_ENROLL;
	message.enroll = &request;
	size_t len = caltrop__v1__to_server__get_packed_size(&message);

	if (len > FRAME_BYTES_MAX)
		return 0;
	frame_header((uint8_t *)t->frame, len);
	return FRAME_HEADER + caltrop__v1__to_server__pack(&message, (uint8_t *)t->frame + FRAME_HEADER);
}

static enum err ask(struct talk *t)
{
	struct str left = {t->frame, pack(t)};
	enum err err = left.len ? ERR_OK : complain(t, ERR_TOO_LONG, "the request is too long");

	while (err == ERR_OK && left.len) {
		size_t taken = 0;
		enum tls_step step = tls_client_write(t->tls, left, &taken);

		left = str_sub(left, taken, left.len);
		if (step != TLS_DONE)
			err = wait_step(t, step, ERR_CLOSED);
	}
	return err;
}

static enum err hear(struct talk *t, Caltrop__V1__ToDevice **answer)
{
	size_t have = 0;

	for (;;) {
		struct str bytes = {t->frame, have}, frame;
		enum err err = frame_take(&bytes, &frame);

		if (err == ERR_OK) {
			*answer = caltrop__v1__to_device__unpack(NULL, frame.len, (const uint8_t *)frame.data);
			if (*answer && (*answer)->body_case == CALTROP__V1__TO_DEVICE__BODY_ENROLLED)
				return ERR_OK;
			if (*answer)
				caltrop__v1__to_device__free_unpacked(*answer, NULL);
			err = ERR_PROTOCOL;
		}
		if (err != ERR_TRUNCATED)
			return complain(t, ERR_PROTOCOL, "the server gave no answer that makes sense");
		size_t got = 0;
		enum tls_step step = tls_client_read(t->tls, t->frame + have, sizeof(t->frame) - have, &got);

		have += got;
		if (step != TLS_DONE && (err = wait_step(t, step, ERR_CLOSED)) != ERR_OK)
			return err;
	}
}

enum err enroll_talk(const struct enroll_talk *question, Caltrop__V1__ToDevice **answer, char why[ENROLL_TALK_WHY_MAX])
{
	struct talk *t = calloc(1, sizeof(*t));

	if (!t)
		return ERR_NO_MEMORY;
	t->question = question;
	t->fd = -1;
	t->why = why;
	t->deadline_ms = clock_mono_ms() + ENROLL_TALK_TIMEOUT_MS;
	enum err err = dial(t);

	if (err == ERR_OK)
		err = shake(t);
	if (err == ERR_OK)
		err = ask(t);
	if (err == ERR_OK)
		err = hear(t, answer);
	if (err == ERR_OK)
		tls_client_end(t->tls);
	tls_client_free(t->tls);
	if (t->fd >= 0)
		close(t->fd);
	free(t);
	return err;
}
