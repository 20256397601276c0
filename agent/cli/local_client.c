/* SPDX-License-Identifier: Apache-2.0 */
/* Sends a request to the guard's control socket and reads the answer. Knows nothing of requests. */
#include "agent/cli/local_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static enum err open_socket(const char *path, int *out)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = LOCAL_CLIENT_TIMEOUT_S};

	if (str_copy(str_from(path), name.sun_path, sizeof(name.sun_path)) != ERR_OK)
		return ERR_TOO_LONG;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_from_errno(errno);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0) {
		enum err err = errno == ECONNREFUSED ? ERR_NOT_FOUND : err_from_errno(errno);

		close(fd);
		return err;
	}
	*out = fd;
	return ERR_OK;
}

static enum err send_line(int fd, const char *request)
{
	char line[600];
	size_t len = strlen(request);

	if (len + 1 > sizeof(line))
		return ERR_TOO_LONG;
	memcpy(line, request, len);
	line[len++] = '\n';
	for (size_t sent = 0; sent < len;) {
		ssize_t n = send(fd, line + sent, len - sent, MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN ? ERR_TIMEOUT : err_from_errno(errno);
		sent += (size_t)n;
	}
	return ERR_OK;
}

static enum err read_all(int fd, struct str *answer)
{
	size_t len = 0, cap = 0;
	char *data = NULL;

	for (;;) {
		if (cap - len < 32768) {
			char *more = cap < LOCAL_CLIENT_ANSWER_MAX ? realloc(data, cap + 65536) : NULL;

			if (!more) {
				free(data);
				return ERR_TOO_LONG;
			}
			data = more;
			cap += 65536;
		}
		ssize_t n = recv(fd, data + len, cap - len, 0);

		if (n == 0)
			break;
		if (n < 0) {
			enum err err = errno == EAGAIN ? ERR_TIMEOUT : err_from_errno(errno);

			free(data);
			return err;
		}
		len += (size_t)n;
	}
	*answer = (struct str){data, len};
	return ERR_OK;
}

enum err local_client_ask(const char *path, const char *request, struct str *answer)
{
	int fd = -1;
	enum err err = open_socket(path, &fd);

	if (err != ERR_OK)
		return err;
	err = send_line(fd, request);
	if (err == ERR_OK)
		err = read_all(fd, answer);
	close(fd);
	return err;
}
