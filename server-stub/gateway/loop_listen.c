/* SPDX-License-Identifier: Apache-2.0 */
/* The port that all loops share: each has a socket of its own on it, and the kernel deals connections out. */
#include "server-stub/gateway/link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096 /* the kernel cuts it to net.core.somaxconn */

static void on_connection(uv_stream_t *listener, int status)
{
	struct loop *loop = listener->data;

	if (status < 0)
		say_limited(&loop->limit, "accept: %s", uv_strerror(status));
	else
		link_accept(loop);
}

/* libuv sets no SO_REUSEPORT, so the socket is made by hand. -errno. */
static int bind_socket(const struct sockaddr *address, socklen_t len, bool shared)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1, zero = 0, failed;

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (shared)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	if (address->sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (bind(fd, address, len) == 0)
		return fd;
	failed = -errno;
	close(fd);
	return failed;
}

/* The first loop asks for the port alone, since sharing it with another program of this user would go unnoticed. */
static int bind_shared(const struct loop *loop, const struct sockaddr *address, socklen_t len)
{
	int alone = loop->index == 0 ? bind_socket(address, len, false) : 0;

	if (alone < 0)
		return alone;
	if (loop->index == 0)
		close(alone);
	return bind_socket(address, len, true);
}

static int bind_text(const struct loop *loop, const char *text)
{
	struct fleet_conf_address at;
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;
	int fd = -EINVAL;

	if (fleet_conf_address(text, &at) != ERR_OK)
		return -EINVAL;
	if (uv_ip4_addr(at.host, at.port, &v4) == 0)
		return bind_shared(loop, (const struct sockaddr *)&v4, sizeof(v4));
	if (uv_ip6_addr(at.host, at.port, &v6) == 0)
		fd = bind_shared(loop, (const struct sockaddr *)&v6, sizeof(v6));
	/* A kernel without IPv6 has an "any" all the same. */
	if (fd == -EAFNOSUPPORT && strcmp(at.host, "::") == 0 && uv_ip4_addr("0.0.0.0", at.port, &v4) == 0)
		fd = bind_shared(loop, (const struct sockaddr *)&v4, sizeof(v4));
	return fd;
}

enum err loop_listen(struct loop *loop, char error[LINK_TLS_ERROR_MAX])
{
	const char *where = loop->shared->conf->gateway_listen;
	int fd = bind_text(loop, where);
	int failed = fd < 0 ? fd : uv_tcp_open(&loop->listener, fd);

	if (failed != 0 && fd >= 0)
		close(fd);
	if (failed == 0)
		failed = uv_listen((uv_stream_t *)&loop->listener, BACKLOG, on_connection);
	if (failed == 0)
		return ERR_OK;
	snprintf(error, LINK_TLS_ERROR_MAX, "[gateway] listen = %s: %s", where, uv_strerror(failed));
	return ERR_IO;
}
